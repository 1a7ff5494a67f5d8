"""Tokens of expressions, taken from the file's own text so that every one knows its place."""

from __future__ import annotations

import re
from bisect import bisect_right

from specgen.language.source import Diagnostics, Span
from specgen.language.yamlnodes import Scalar

KEYWORDS = frozenset(
    {
        *("if", "then", "else", "or", "and", "not", "implies", "in", "where", "true", "false", "null"),
        *("exists", "no", "forall", "count"),
    }
)
# Words that begin a type or an effect key: free in an expression's grammar, but no name may be one of them.
RESERVED = KEYWORDS | frozenset(
    ("for", "do", "goto", "call", "enum", "array", "set", "sequence", "of", "bool")
)

MAX_DIGITS = 12
MAX_CHARACTERS = 20_000  # of one expression

# What other languages write, and what to write here.
FOREIGN = {
    "==": "write `=`",
    "===": "write `=`",
    "!==": "write `!=`",
    "<>": "write `!=`",
    "/=": "write `!=`",
    "!": "write `not`, or `!=`",
    "~": "write `not`",
    "&&": "write `and`",
    "&": "write `and`",
    "/\\": "write `and`",
    "||": "write `or`",
    "|": "write `or`",
    "\\/": "write `or`",
    "=>": "write `implies`; at least is `>=`",
    "->": "write `implies`",
    "=<": "write `<=`",
    "<=>": "write `=` between two truth values",
    "<->": "write `=` between two truth values",
    ":=": "an effect is written `variable: expression`",
    ":": "expressions have no `:`",
    "?": "write `if c then a else b`",
    "*": "there is no product; a definition or a constant may help",
    "/": "there is no division",
    "%": "there is no remainder",
    "{": "a set is written `set(a, b)`",
    "}": "a set is written `set(a, b)`",
    '"': "there are no strings; enum values are bare words",
    "'": "there are no strings; enum values are bare words, and effects need no primes",
    "#": "write `!=`; a comment needs two spaces before its `#`",
    ";": "write one expression only",
}

_TOKEN = re.compile(
    r"""\s*(?:
    ([A-Za-z_]\w*)
  | (\d+)(?!\w)
  | (===?|!==|<>|/=|&&|/\\|\|\||\\/|=>|->|=<|<=>|<->|:=)
  | (\.\.|!=|<=|>=|[=<>+\-()\[\],.])
  | (\d+\w*|\S)
    )""",
    re.VERBOSE | re.ASCII,
)

Token = tuple[str, str, int, int]  # kind, text, start, end


class Failed(Exception):
    """This text cannot be parsed; the diagnostic has been added."""


class TokenStream:
    """The tokens of one plain scalar, read from left to right.

    ``kind`` of the current token is ``name``, ``number``, ``end``, or of words and operators the text.
    """

    def __init__(self, scalar: Scalar, diagnostics: Diagnostics) -> None:
        self.scalar = scalar
        self.source = scalar.span.source
        self.diagnostics = diagnostics
        self.single = scalar.span.line == scalar.span.end_line
        self.line = scalar.span.line
        self.line_start = scalar.start - scalar.span.column + 1
        self._breaks: list[int] = []
        self.tokens: list[Token] = []
        self.position = 0
        self.kind = ""

    def begin(self) -> None:
        """Reads the tokens; raises :class:`Failed` where one is none."""
        if self.scalar.end - self.scalar.start > MAX_CHARACTERS:
            start = self.scalar.start
            raise self.fail("SG304", f"more than {MAX_CHARACTERS:,} characters", start, start + 1)
        append = self.tokens.append
        for found in _TOKEN.finditer(self.source.text, self.scalar.start, self.scalar.end):
            group = found.lastindex or 0
            text = found[group]
            start, end = found.span(group)
            if group == 1:
                append((text if text in KEYWORDS else "name", text, start, end))
            elif group == 4:
                append((text, text, start, end))
            elif group == 2 and len(text) <= MAX_DIGITS:
                append(("number", text, start, end))
            else:
                raise self._reject(group, text, start, end)
        append(("end", "", self.scalar.end, self.scalar.end))
        self.kind = self.tokens[0][0]

    def _reject(self, group: int, text: str, start: int, end: int) -> Failed:
        if group == 2:
            return self.fail("SG306", "this number is too large", start, end, f"at most {MAX_DIGITS} digits")
        if text[0].isdigit():
            advice = "a number has digits only, and a name begins with a letter"
            return self.fail("SG306", f"`{text}` is neither a number nor a name", start, end, advice)
        if text in FOREIGN:
            return self.fail("SG305", f"`{text}` has no meaning here", start, end, FOREIGN[text])
        what = "names have the letters a to z, A to Z, digits and `_`" if text.isalpha() else None
        return self.fail("SG301", f"unexpected character `{text}`", start, end, what)

    def advance(self) -> None:
        self.position += 1
        self.kind = self.tokens[self.position][0]

    @property
    def text(self) -> str:
        """Of the current token."""
        return self.tokens[self.position][1]

    @property
    def start(self) -> int:
        """Offset of the current token."""
        return self.tokens[self.position][2]

    @property
    def end(self) -> int:
        """Offset behind the token before the current one."""
        return self.tokens[self.position - 1][3] if self.position else self.scalar.start

    def span(self, start: int, end: int) -> Span:
        """The place of a stretch of this scalar."""
        if self.single:
            base = self.line_start - 1
            return Span(self.source, self.line, start - base, self.line, end - base)
        line, column = self._locate(start)
        end_line, end_column = self._locate(end)
        return Span(self.source, line, column, end_line, end_column)

    def _locate(self, offset: int) -> tuple[int, int]:
        if not self._breaks:
            text = self.source.text
            self._breaks = [self.line_start]
            at = text.find("\n", self.scalar.start, self.scalar.end)
            while at >= 0:
                self._breaks.append(at + 1)
                at = text.find("\n", at + 1, self.scalar.end)
        number = bisect_right(self._breaks, offset) - 1
        return self.line + number, offset - self._breaks[number] + 1

    def fail(self, code: str, message: str, start: int, end: int, advice: str | None = None) -> Failed:
        """Adds an error; the exception that gives this text up is for the caller to raise."""
        if self.scalar.flow and code == "SG302":
            block = "inside { } and [ ] YAML cuts at commas and brackets: write this mapping in block form"
            advice = block if advice is None else f"{advice}; {block}"
        self.diagnostics.add(code, message, self.span(start, max(end, start + 1)), help=advice)
        return Failed()

    def found(self) -> str:
        """The current token, for a message."""
        return "the end" if self.kind == "end" else f"`{self.text}`"

    def unexpected(self, expected: str, advice: str | None = None) -> Failed:
        token = self.tokens[self.position]
        return self.fail("SG302", f"expected {expected}, found {self.found()}", token[2], token[3], advice)

    def expect(self, kind: str, advice: str | None = None) -> None:
        if self.kind != kind:
            raise self.unexpected(f"`{kind}`", advice)
        self.advance()
