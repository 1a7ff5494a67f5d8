"""C source as far as specs speak of it: functions, statements, conditions, writes, calls, tokens.

The only module that knows tree-sitter. Functions are found by :mod:`specgen.kernel.ctokens`; the body of each is
parsed on its own when something of it is asked for. Before that, what a parser without macros trips over is
covered up by as many other characters: annotations by spaces, loop macros by ``while``. So offsets stay those of
the text, what is shown is always the text itself, and what cannot be parsed still (``errors``) costs one
statement and not the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from specgen.kernel.ctokens import KEYWORDS, Define, Definition, Finder, Token, define, stream, tokens

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LARGEST = 8 * 2**20  # characters; the largest file of Linux written by people has a tenth of it
MAX_DEPTH = 200  # brackets in one function: more is no program of anybody

_STATEMENTS = {
    "if_statement": "if",
    "while_statement": "while",
    "do_statement": "do",
    "for_statement": "for",
    "switch_statement": "switch",
    "case_statement": "case",
    "return_statement": "return",
    "goto_statement": "goto",
    "labeled_statement": "label",
    "break_statement": "break",
    "continue_statement": "continue",
    "compound_statement": "block",
    "declaration": "declaration",
    "expression_statement": "expression",
}
_CONDITIONAL = ("if", "while", "do", "switch")
_ASSIGNMENTS = ("assignment_expression", "init_declarator")
_TYPES = re.compile("struct|union|enum|unsigned|signed|long|short|int|char|const|void")
_ANNOTATION = re.compile(
    r"__(?:user|rcu|iomem|percpu|force|kernel|private|bitwise|must_check|maybe_unused|always_unused|unused|cold"
    r"|init|exit|initdata|read_mostly|ro_after_init|always_inline|nocast|safe|nocfi|fallthrough)|noinline|notrace"
    r"|asmlinkage|fallthrough"
)


class Range(NamedTuple):
    """A stretch of the text, in characters; the end is exclusive."""

    start: int
    end: int

    def holds(self, other: Range | Statement) -> bool:
        """Whether another one lies within it."""
        return self.start <= other.start and other.end <= self.end


class Statement(NamedTuple):
    """One statement of a function.

    Args:
        kind: ``if``, ``while``, ``do``, ``for``, ``switch``, ``case``, ``return``, ``goto``, ``label``,
            ``break``, ``continue``, ``block``, ``declaration``, ``expression``, or ``macro``: a loop or block
            made by a macro, with its body.
        head: what is tested or said: a condition without its brackets, the value of ``return``, the name of
            ``label`` and ``goto``, the expression of ``expression``; of ``for`` and ``macro`` all that stands
            in the brackets; None where there is none (``default:``, ``return;``).
        name: the macro's, else empty.
        parent: its index among the statements of the function, or None.
        line: from 1.
    """

    kind: str
    start: int
    end: int
    head: Range | None
    name: str
    parent: int | None
    line: int


class Call(NamedTuple):
    """A call of a function or macro by name; of a method, by its last name (``f_op->open`` is ``open``)."""

    name: str
    start: int
    end: int
    arguments: tuple[Range, ...]


class Write(NamedTuple):
    """An assignment, ``++``, ``--``, or a declaration with a value (``declares``).

    Args:
        operator: ``=``, ``|=``, ``++`` and so on.
        value: None for ``++`` and ``--``.
    """

    target: Range
    operator: str
    value: Range | None
    start: int
    end: int
    declares: bool


class Operand(NamedTuple):
    """One side of ``&&`` or ``||``: itself, the other side, and both with the operator."""

    start: int
    end: int
    other: Range
    whole: Range


class Body(NamedTuple):
    """What stands in a function; all in the order of the text."""

    statements: tuple[Statement, ...]
    conditions: tuple[Range, ...]  # of if, while, do, for, switch and ?:
    calls: tuple[Call, ...]
    writes: tuple[Write, ...]
    operands: tuple[Operand, ...]
    errors: tuple[Range, ...]  # what could not be parsed


@dataclass(frozen=True)
class Function:
    """One definition of a function. Two may have one name, in branches of ``#if``."""

    source: CSource
    definition: Definition

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def macro(self) -> str:
        """The macro that defines it, or nothing."""
        return self.definition.macro

    @property
    def line(self) -> int:
        return self.source.line(self.definition.start)

    @property
    def range(self) -> Range:
        return Range(self.definition.start, self.definition.end)

    @property
    def tokens(self) -> Sequence[Token]:
        """Declaration and body, without comments and layout."""
        return self.source.tokens[self.definition.first : self.definition.last]

    @property
    def stream(self) -> tuple[str, ...]:
        return stream(self.tokens)

    @cached_property
    def body(self) -> Body:
        return _Reader(self).read()


@dataclass(frozen=True)
class CSource:
    """One C file.

    Args:
        path: as shown to people.
        text: with line ends as they are.
    """

    path: str
    text: str

    @cached_property
    def tokens(self) -> list[Token]:
        return tokens(self.text)

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Every function that has a body, in the order of the file."""
        return tuple(Function(self, found) for found in Finder(self.tokens).run())

    def named(self, name: str) -> tuple[Function, ...]:
        """All definitions of a function: several where ``#if`` chooses between them."""
        return tuple(f for f in self.functions if f.name == name)

    @cached_property
    def defines(self) -> tuple[Define, ...]:
        """Every object-like macro, in the order of the file."""
        found = (define(token) for token in self.tokens if token.kind == "directive")
        return tuple(d for d in found if d is not None)

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return bisect_right(self._lines, offset)

    def words(self, place: Range) -> tuple[str, ...]:
        """The tokens of a stretch, without comments and layout."""
        return stream(self.within(place))

    def within(self, place: Range) -> Sequence[Token]:
        """The tokens that lie in a stretch."""
        starts = self._starts
        return self.tokens[bisect_right(starts, place.start - 1) : bisect_right(starts, place.end - 1)]

    def shown(self, place: Range) -> str:
        """A stretch as one line, without comments."""
        text, end = "", place.start
        for token in self.within(place):
            text += (" " if text and token.start > end else "") + " ".join(token.text.split())
            end = token.end
        return text

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(m.end() for m in re.finditer("\n", self.text))]

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start for token in self.tokens]


def parse(text: str, path: str = "") -> CSource:
    """A text as C source; never fails, whatever the text is.

    Raises:
        ValueError: it is larger than :data:`LARGEST`.
    """
    if len(text) > LARGEST:
        raise ValueError(f"{path or 'the source'} has more than {LARGEST >> 20} MiB")
    return CSource(path, text)


class _Reader:
    """Reads the body of one function."""

    def __init__(self, function: Function) -> None:
        definition = function.definition
        self._source = function.source
        self._text = function.source.text[definition.body : definition.end]
        self._offset = definition.body
        self._tokens = [t for t in function.tokens if t.start >= definition.body]
        self._macros: dict[int, str] = {}  # where a loop macro was covered up
        self._statements: list[Statement] = []
        self._conditions: list[Range] = []
        self._calls: list[Call] = []
        self._writes: list[Write] = []
        self._operands: list[Operand] = []
        self._errors: list[Range] = []

    def read(self) -> Body:
        root = _parser().parse(self._covered()).root_node
        self._walk(root)
        return Body(
            tuple(self._statements),
            tuple(sorted(self._conditions)),
            tuple(sorted(self._calls, key=lambda c: (c.start, -c.end))),
            tuple(sorted(self._writes, key=lambda w: (w.start, -w.end))),
            tuple(sorted(self._operands, key=lambda o: (o.start, -o.end))),
            tuple(sorted(self._errors)),
        )

    # ------------------------------------------------------------ before the parser

    def _covered(self) -> bytes:
        """The body in ASCII, one byte a character, without what only a preprocessor could make C of."""
        text = bytearray(self._text.encode("ascii", "replace"))
        closings = self._closings()
        for index, token in enumerate(self._tokens):
            if token.kind != "word" or token.text in KEYWORDS:
                continue
            at = token.start - self._offset
            if _ANNOTATION.fullmatch(token.text):
                if self._tokens[index + 1].text != ";":  # `fallthrough;` is a statement
                    text[at : at + len(token.text)] = b" " * len(token.text)
            elif index in closings and self._loops(index, closings[index]):
                keyword = b"while" if len(token.text) >= 5 else b"if"
                text[at : at + len(token.text)] = keyword.ljust(len(token.text))
                self._macros[token.start] = token.text
        for first, last in self._type_arguments(closings):
            kept = next((t for t in reversed(first) if t.kind == "word"), first[-1])
            for token in (*first, *last):
                if token is not kept:
                    at = token.start - self._offset
                    text[at : at + len(token.text)] = b" " * len(token.text)
        return bytes(text)

    def _type_arguments(self, closings: dict[int, int]) -> Iterator[tuple[list[Token], list[Token]]]:
        """Types given to macros, as in ``container_of(work, struct device, work)``: words, and stars behind them."""
        for word, closing in closings.items():
            if self._tokens[word].kind != "word" or self._tokens[word].text in KEYWORDS:
                continue
            for argument in _split(self._tokens[word + 2 : closing]):
                stars = len(argument)
                while stars and argument[stars - 1].text == "*":
                    stars -= 1
                words = argument[:stars]
                plain = all(t.kind == "word" for t in words)
                if plain and any(_TYPES.fullmatch(t.text) for t in words) and len(argument) > 1:
                    yield words, argument[stars:]

    def _closings(self) -> dict[int, int]:
        """For each word with brackets behind it, where these close."""
        found: dict[int, int] = {}
        opened: list[int] = []
        for index, token in enumerate(self._tokens):
            if token.text == "(":
                opened.append(index)
            elif token.text == ")" and opened:
                found[opened.pop() - 1] = index
            elif token.text == ";" and opened and self._tokens[opened[-1] - 1].text != "for":
                opened.clear()
        return found

    def _loops(self, word: int, closing: int) -> bool:
        """Whether a word with brackets is a macro that takes the next statement for its own."""
        before, name = self._tokens[word - 1].text, self._tokens[word].text
        if before not in (";", "{", "}", ")", ":", "else", "do") or closing + 1 >= len(self._tokens):
            return False
        following = self._tokens[closing + 1]
        if following.text == "{":
            return True
        return "for_each" in name and (following.kind == "word" or following.text in ("*", "++", "--"))

    # ------------------------------------------------------------ what the parser found

    def _range(self, node: Node) -> Range:
        return Range(node.start_byte + self._offset, node.end_byte + self._offset)

    def _inner(self, node: Node | None) -> Range | None:
        """Without brackets around it."""
        if node is None:
            return None
        if node.type == "parenthesized_expression":
            start, end = self._range(node)
            inner = [self._range(c) for c in node.named_children if c.type != "comment"]
            return Range(inner[0].start, inner[-1].end) if inner else Range(start + 1, end - 1)
        return self._range(node)

    def _walk(self, root: Node) -> None:
        pending: list[tuple[Node, int | None, int]] = [(root, None, 0)]
        while pending:
            node, parent, depth = pending.pop()
            if node.type == "ERROR" or node.is_missing:
                self._errors.append(self._range(node))
            kind = _STATEMENTS.get(node.type)
            if kind is not None and not (node.type == "declaration" and _in_for(node)):
                self._statements.append(self._statement(node, kind, parent))
                parent = len(self._statements) - 1
            else:
                self._expression(node)
            if depth < MAX_DEPTH:
                pending.extend((child, parent, depth + 1) for child in reversed(node.children))
            elif node.children:
                self._errors.append(self._range(node))

    def _statement(self, node: Node, kind: str, parent: int | None) -> Statement:
        place = self._range(node)
        line = self._source.line(place.start)
        name = self._macros.get(place.start, "")
        if name:
            head = self._inner(node.child_by_field_name("condition"))
            return Statement("macro", *place, head, name, parent, line)
        head = self._head(node, kind)
        if kind in _CONDITIONAL and head is not None:
            self._conditions.append(head)
        elif kind == "for":
            condition = self._inner(node.child_by_field_name("condition"))
            if condition is not None:
                self._conditions.append(condition)
        return Statement(kind, *place, head, "", parent, line)

    def _head(self, node: Node, kind: str) -> Range | None:
        if kind in _CONDITIONAL:
            return self._inner(node.child_by_field_name("condition"))
        if kind == "case":
            return self._inner(node.child_by_field_name("value"))
        if kind == "for":
            body = node.child_by_field_name("body")
            inside = [c for c in node.children[1:] if c != body]
            return Range(self._range(inside[0]).end, self._range(inside[-1]).start) if len(inside) > 1 else None
        if kind in ("goto", "label"):
            label = node.child_by_field_name("label")
            return None if label is None else self._range(label)
        if kind in ("return", "expression"):
            named = [c for c in node.named_children if c.type != "comment"]
            return Range(self._range(named[0]).start, self._range(named[-1]).end) if named else None
        return None

    def _expression(self, node: Node) -> None:
        if node.type == "call_expression":
            self._call(node)
        elif node.type in _ASSIGNMENTS:
            target = node.child_by_field_name("left") or node.child_by_field_name("declarator")
            value = node.child_by_field_name("right") or node.child_by_field_name("value")
            if target is not None and value is not None:
                operator = node.child_by_field_name("operator")
                sign = "=" if operator is None or operator.text is None else operator.text.decode()
                declares = node.type == "init_declarator"
                write = Write(self._range(target), sign, self._range(value), *self._range(node), declares)
                self._writes.append(write)
        elif node.type == "update_expression":
            target = node.child_by_field_name("argument")
            operator = node.child_by_field_name("operator")
            if target is not None and operator is not None and operator.text is not None:
                place = self._range(node)
                self._writes.append(Write(self._range(target), operator.text.decode(), None, *place, declares=False))
        elif node.type == "binary_expression":
            self._logical(node)
        elif node.type == "conditional_expression":
            condition = self._inner(node.child_by_field_name("condition"))
            if condition is not None:
                self._conditions.append(condition)

    def _call(self, node: Node) -> None:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return
        last = function.child_by_field_name("field") or function
        if last.type in ("identifier", "field_identifier") and last.text is not None:
            inside = self._range(arguments)
            given = _split(self._source.within(Range(inside.start + 1, inside.end - 1)))
            ranges = tuple(Range(a[0].start, a[-1].end) for a in given if a)
            self._calls.append(Call(last.text.decode(), *self._range(node), ranges))

    def _logical(self, node: Node) -> None:
        operator = node.child_by_field_name("operator")
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator is None or operator.type not in ("&&", "||") or left is None or right is None:
            return
        whole, first, second = self._range(node), self._range(left), self._range(right)
        self._operands.append(Operand(*first, second, whole))
        self._operands.append(Operand(*second, first, whole))


def _split(found: Sequence[Token]) -> list[list[Token]]:
    """What stands between the commas, those in inner brackets left out."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if token.text == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _in_for(node: Node) -> bool:
    """``for (int i = 0; ...)``: part of its head, no statement of its own."""
    return node.parent is not None and node.parent.type == "for_statement"


def _parser() -> Parser:
    # Imported here: most commands need no C, and start without it.
    import tree_sitter_c  # noqa: PLC0415 -- see above
    from tree_sitter import Language, Parser  # noqa: PLC0415 -- see above

    return Parser(Language(tree_sitter_c.language()))


def ancestors(body: Body, statement: Statement) -> Iterator[Statement]:
    """The statements around one, from the inside out."""
    while statement.parent is not None:
        statement = body.statements[statement.parent]
        yield statement
