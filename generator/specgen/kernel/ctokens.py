"""C text to tokens, and the functions that a file defines: no preprocessor, no types, nothing is resolved.

Kernel C cannot be parsed as it stands: macros define functions, annotate types and make loops. So the functions
are found here, from brackets alone, and each is then parsed on its own (:mod:`specgen.kernel.csource`): what one
function hides cannot hide another. Offsets are of characters in the text that was given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<space> (?: \s | \\\r?\n | //(?:\\\r?\n|[^\n])* | /\*.*?(?:\*/|\Z) )+ )
    | (?P<string> (?:L|u8|u|U)?"(?:\\.|[^"\\\n])*(?:"|(?=\n)|\Z) | (?:L|u|U)?'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\Z) )
    | (?P<word> [A-Za-z_$]\w* )
    | (?P<number> \.?\d(?:[eEpP][+-]|[\w.])* )
    | (?P<punctuation> \.\.\. | <<= | >>= | -> | \+\+ | -- | && | \|\| | [-+*/%&|^=!<>]= | << | >> | \#\# | . )
    """,
    re.VERBOSE | re.DOTALL,
)
# A comment that begins on a directive's line belongs to it, also where it goes on for lines.
_DIRECTIVE = re.compile(r"(?:\\\r?\n|/\*.*?(?:\*/|\Z)|//(?:\\\r?\n|[^\n])*|[^\n])*", re.DOTALL)

_WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
return short signed sizeof static struct switch typedef typeof union unsigned void volatile while
__typeof__ _Generic _Static_assert
"""
KEYWORDS = frozenset(_WORDS.split())
# What may stand around a declarator with brackets of its own, and names nothing.
ANNOTATION = re.compile(
    r"__attribute__|__acquires?(_shared)?|__releases?(_shared)?|__(cond_)?(acquires|releases|must_hold)(_shared)?"
    r"|__must_hold|__printf|__scanf|__section|__aligned|__assume_aligned|__alloc_size|__realloc_size|__malloc"
    r"|__no_sanitize|__diagnose_as|__counted_by|__nonnull|__copy|__alias|__declspec|asm|__asm__|noinline_for_\w+"
)
_MACRO = re.compile(r"[A-Z][A-Z0-9_]*")


class Token(NamedTuple):
    """``kind`` is ``word``, ``number``, ``string``, ``punctuation`` or ``directive`` (a whole line of the
    preprocessor, with its continuations).
    """

    text: str
    kind: str
    start: int
    end: int


class Definition(NamedTuple):
    """One function with a body.

    Args:
        name: of a function that a macro defines, as the macro is written: ``TEST_F(recovery, kill)``; without
            the parameters of one that is called DEFINE: ``SYSCALL_DEFINE2(io_uring_setup)``.
        macro: the macro that defines it, else empty.
        start: of the first token of its declaration.
        body: of its opening brace.
        end: behind its closing brace.
        first, last: its tokens, as a half-open range of indices.
    """

    name: str
    macro: str
    start: int
    body: int
    end: int
    first: int
    last: int


class Define(NamedTuple):
    """An object-like macro; the range is that of its value, without comments around it."""

    name: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of a text, without comments and layout; every text has some, and none is an error."""
    found: list[Token] = []
    position, fresh = 0, True  # fresh: nothing but layout stands before it on the line
    while position < len(text):
        if fresh and text[position] == "#":
            match = _DIRECTIVE.match(text, position)
            assert match is not None  # it matches the empty text too
            found.append(Token(match.group().rstrip(), "directive", position, match.end()))
            position = match.end()
            continue
        match = _TOKEN.match(text, position)
        assert match is not None  # the last alternative takes any character
        if match.lastgroup == "space":
            newline = text.rfind("\n", position, match.end())
            fresh = fresh or newline >= 0
            if newline >= 0 and text.rfind("*/", newline, match.end()) >= 0:
                fresh = True
        else:
            found.append(Token(match.group(), match.lastgroup or "", position, match.end()))
            fresh = False
        position = match.end()
    return found


def stream(found: Sequence[Token]) -> tuple[str, ...]:
    """Texts alone: equal for two functions that differ in comments and layout only."""
    return tuple(" ".join(t.text.split()) if t.kind == "directive" else t.text for t in found)


def define(token: Token) -> Define | None:
    """The object-like macro that a directive defines, if it does."""
    match = re.match(r"#[ \t]*define[ \t]+(\w+)(?![\w(])", token.text)
    if match is None:
        return None
    value = tokens(token.text[match.end() :])
    start = token.start + match.end()
    if not value:
        return Define(match[1], start, start)
    return Define(match[1], start + value[0].start, start + value[-1].end)


@dataclass(slots=True)
class _Level:
    """Where a branch of ``#if`` began, so that each of its branches starts from there."""

    braces: int
    round: int


@dataclass(slots=True)
class Finder:
    """Goes through the tokens of a file once and collects the functions, by brackets.

    A branch of ``#if`` that opens a brace which another branch opens too is counted once.
    """

    tokens: Sequence[Token]
    found: list[Definition] = field(default_factory=list)
    _braces: int = 0
    _round: int = 0
    _conditions: list[_Level] = field(default_factory=list)
    _since: int = 0  # the first token of the declaration under way
    _segments: list[int] = field(default_factory=list)  # where declarations began that ended in `;`
    _open: tuple[str, str, int, int] | None = None  # name, macro, first token, brace

    def run(self) -> tuple[Definition, ...]:
        for index, token in enumerate(self.tokens):
            if token.kind == "directive":
                self._directive(index, token.text)
            elif token.kind == "punctuation":
                self._punctuation(index, token.text)
        return tuple(self.found)

    def _directive(self, index: int, text: str) -> None:
        word = text[1:].split(None, 1)[0] if text[1:].strip() else ""
        if word in ("if", "ifdef", "ifndef"):
            self._conditions.append(_Level(self._braces, self._round))
        elif word in ("else", "elif", "elifdef", "elifndef") and self._conditions:
            level = self._conditions[-1]
            self._braces, self._round = level.braces, level.round
        elif word == "endif" and self._conditions:
            self._conditions.pop()
        if not self._braces and not self._round:
            self._since = index + 1
            self._segments.clear()

    def _punctuation(self, index: int, text: str) -> None:
        match text:
            case "(" | "[":
                self._round += 1
            case ")" | "]":
                self._round = max(0, self._round - 1)
            case "{":
                if not self._braces and not self._round:
                    self._begin(index)
                self._braces += 1
            case "}":
                self._braces = max(0, self._braces - 1)
                if not self._braces:
                    self._round = 0  # brackets do not outlast the function that forgot to close them
                    self._finish(index)
            case ";" if not self._braces and not self._round:
                self._segments.append(self._since)
                self._since = index + 1

    def _begin(self, brace: int) -> None:
        first = self._since
        if first == brace:  # old style: declarations of parameters stand between `)` and `{`
            groups = [s for s in self._segments if _groups(self.tokens[s:brace])]
            first = groups[-1] if groups else self._before_directive(brace)
        head = [token for token in self.tokens[first:brace] if token.kind != "directive"]
        named = _named(head)
        if named is not None:
            self._open = (*named, first, brace)

    def _before_directive(self, brace: int) -> int:
        """Where the declaration begins that stands in the last branch of an ``#if`` before a brace."""
        last = brace
        while last and self.tokens[last - 1].kind == "directive":
            last -= 1
        first = last
        while first and self.tokens[first - 1].kind != "directive" and self.tokens[first - 1].text not in (";", "}"):
            first -= 1
        return first if first < last < brace else brace

    def _finish(self, index: int) -> None:
        if self._open is None:
            return
        name, macro, first, brace = self._open
        start, body, end = self.tokens[first].start, self.tokens[brace].start, self.tokens[index].end
        self.found.append(Definition(name, macro, start, body, end, first, index + 1))
        self._open = None
        self._since = index + 1
        self._segments.clear()


class _Group(NamedTuple):
    """A word with round brackets behind it, outside any other: indices of the word and of both brackets."""

    word: int
    opening: int
    closing: int


def _groups(head: Sequence[Token]) -> list[_Group]:
    found: list[_Group] = []
    depth, opening = 0, 0
    for index, token in enumerate(head):
        if token.text in ("(", "["):
            if not depth:
                opening = index
            depth += 1
        elif token.text in (")", "]") and depth:
            depth -= 1
            before = head[opening - 1] if opening else None
            if not depth and token.text == ")" and before is not None and before.kind == "word":
                found.append(_Group(opening - 1, opening, index))
    return [g for g in found if head[g.word].text not in KEYWORDS]


def _named(head: Sequence[Token]) -> tuple[str, str] | None:
    """Name and macro of the function that begins so, or None: then the brace is that of a type or a value."""
    depth = 0
    for token in head:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if token.text == "=" and not depth:
            return None
    groups = [g for g in _groups(head) if ANNOTATION.fullmatch(head[g.word].text) is None]
    closed = {g.closing for g in groups}
    # `int f(void) __acquired_somehow(lock)`: an annotation that the table does not know.
    groups = [g for g in groups if not (head[g.word].text.startswith("__") and g.word - 1 in closed)]
    if not groups:
        return _pointer(head)
    chosen = groups[-1]
    name = head[chosen.word].text
    if _MACRO.fullmatch(name) is None or chosen.closing != len(head) - 1 or _typed(head, chosen.word):
        return name, ""
    arguments = [t.text for t in head[chosen.opening + 1 : chosen.closing] if t.kind in ("word", "number", "string")]
    return f"{name}({', '.join(arguments[:1] if 'DEFINE' in name else arguments)})", name


def _typed(head: Sequence[Token], word: int) -> bool:
    """Whether a type stands before a word: then it is the function itself, in capitals."""
    before = head[word - 1] if word else None
    if before is None or before.text in ("static", "inline", "extern", ")"):
        return False
    return not before.text.startswith("__")


def _pointer(head: Sequence[Token]) -> tuple[str, str] | None:
    """``static int (*handler(int n))(void)``: the name stands inside the first brackets."""
    words = [token.text for token in head]
    if not words or words[-1] != ")":
        return None
    for index, token in enumerate(head[:-1]):
        if token.kind == "word" and token.text not in KEYWORDS and words[index + 1] == "(":
            return (token.text, "") if ANNOTATION.fullmatch(token.text) is None else None
    return None
