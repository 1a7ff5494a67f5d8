"""Expressions: precedence climbing over the tokens of one scalar."""

from __future__ import annotations

from specgen.language.lexer import Failed, TokenStream
from specgen.language.source import Diagnostics, Span
from specgen.language.syntax import (
    Binary,
    Boolean,
    Call,
    Conditional,
    Expr,
    Field,
    Index,
    Membership,
    Name,
    Null,
    Number,
    Quantifier,
    RangeType,
    Unary,
)
from specgen.language.yamlnodes import Scalar

MAX_NESTING = 40
MAX_HEIGHT = 100  # of the tree: `a + b + c + ...` grows without nesting

_OR, _AND, _NOT, _COMPARE, SUM, _OPERAND = 1, 2, 3, 4, 5, 6
_LEVELS = {
    "or": _OR,
    "and": _AND,
    "=": _COMPARE,
    "!=": _COMPARE,
    "<": _COMPARE,
    "<=": _COMPARE,
    ">": _COMPARE,
    ">=": _COMPARE,
    "in": _COMPARE,
    "not": _COMPARE,
    "+": SUM,
    "-": SUM,
}
_QUANTIFIERS = ("exists", "no", "count", "forall")
_STOPS = (")", "]", ",", "then", "else", "where", "end")


def expression(scalar: Scalar, diagnostics: Diagnostics) -> Expr:
    """The expression a scalar holds. On errors they are diagnosed and some expression is returned."""
    if not usable(scalar, diagnostics):
        return Boolean(scalar.span, True)
    parser = ExpressionParser(scalar, diagnostics)
    try:
        parser.begin()
        return parser.whole()
    except Failed:
        return Boolean(scalar.span, True)


def usable(scalar: Scalar, diagnostics: Diagnostics) -> bool:
    """Whether a scalar is plain text, as expressions, types and names must be."""
    if scalar.empty:
        advice = "write it behind the `:`"
        diagnostics.add("SG208", "an expression is missing here", scalar.span, help=advice)
    elif scalar.style:
        kind = "a block scalar" if scalar.style in "|>" else "in quotes"
        advice = "remove the quotes" if scalar.style in "\"'" else "write it behind the `:`, without the mark"
        diagnostics.add("SG120", f"an expression may not be {kind}", scalar.span, help=advice)
    return not scalar.empty and not scalar.style


class ExpressionParser(TokenStream):
    """Parses the grammar of docs/language.md, "Expressions"."""

    depth = 0

    def whole(self) -> Expr:
        """One expression and nothing behind it."""
        result = self.expr()
        self.finish()
        if len(self.tokens) > MAX_HEIGHT and height(result) > MAX_HEIGHT:
            raise self.too_deep(self.scalar.start)
        return result

    def finish(self) -> None:
        if self.kind == "end":
            return
        advice = None
        if self.kind in ("name", "number"):
            advice = "two names side by side mean nothing: an operator is missing between them"
        elif self.kind == "(":
            advice = "a call has its `(` right behind a name; a cell is written `name[index]`"
        elif self.kind == "..":
            advice = "`x in 0..3` is written `0 <= x and x <= 3`"
        raise self.unexpected("an operator or the end", advice)

    def too_deep(self, start: int) -> Failed:
        advice = "name a part of it under `definitions:`"
        return self.fail("SG304", "this expression is nested too deep", start, start + 1, advice)

    def expr(self) -> Expr:
        first = self.start
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.too_deep(first)
        result: Expr
        if self.kind == "if":
            result = self.conditional(first)
        else:
            result = self.chain(_OR)
            if self.kind == "implies":
                self.advance()
                right = self.expr()
                result = Binary(self.span(first, self.end), "implies", result, right)
        self.depth -= 1
        return result

    def conditional(self, first: int) -> Expr:
        self.advance()
        condition = self.expr()
        self.expect("then", "a choice is written `if c then a else b`")
        then = self.expr()
        self.expect("else", "every `if` in an expression has an `else`")
        otherwise = self.expr()
        return Conditional(self.span(first, self.end), condition, then, otherwise)

    def chain(self, minimum: int) -> Expr:
        """Operands joined by operators of at least the level ``minimum``."""
        first = self.start
        left = self.prefix(minimum)
        while True:
            level = _LEVELS.get(self.kind, 0)
            if level < minimum or not level:
                return left
            if level == _COMPARE:
                left = self.comparison(first, left)
                # Only what binds less may follow: another comparison has been refused.
                continue
            op = self.kind
            self.advance()
            right = self.chain(level + 1)
            left = Binary(self.span(first, self.end), op, left, right)

    def prefix(self, minimum: int) -> Expr:
        kind, first = self.kind, self.start
        if kind == "not" or kind in _QUANTIFIERS:
            if minimum > _NOT:
                advice = f"put parentheses around it: `({self.text} ...)`"
                raise self.fail("SG307", f"`{kind}` needs parentheses here", first, first + len(kind), advice)
            if kind != "not":
                return self.quantifier(first)
            self.depth += 1
            if self.depth > MAX_NESTING:
                raise self.too_deep(first)
            self.advance()
            operand = self.chain(_NOT)
            self.depth -= 1
            return Unary(self.span(first, self.end), "not", operand)
        if kind == "-":
            self.advance()
            if self.kind == "-":
                raise self.unexpected("a number or a name", "one `-` is enough")
            operand = self.post()
            return Unary(self.span(first, self.end), "-", operand)
        return self.post()

    def comparison(self, first: int, left: Expr) -> Expr:
        op = self.kind
        self.advance()
        result: Expr
        if op in ("not", "in"):
            if op == "not":
                self.expect("in", "`not` stands before a whole condition: `not a = b`")
            values, container = self.members()
            result = Membership(self.span(first, self.end), left, op == "not", values, container)
        else:
            right = self.chain(SUM)
            result = Binary(self.span(first, self.end), op, left, right)
        if _LEVELS.get(self.kind) == _COMPARE:
            token = self.tokens[self.position]
            advice = "write `a < b and b < c`, or parentheses where truth values are compared"
            raise self.fail("SG303", "comparisons may not be chained", token[2], token[3], advice)
        return result

    def members(self) -> tuple[tuple[Expr, ...] | None, Expr | None]:
        """What stands behind ``in``: a list in parentheses, or a set or sequence."""
        if self.kind != "(":
            return None, self.chain(SUM)
        self.advance()
        values = [self.chain(SUM)]
        while self.kind == ",":
            self.advance()
            values.append(self.chain(SUM))
        self.expect(")", "values are separated by commas: `x in (a, b)`")
        return tuple(values), None

    def quantifier(self, first: int) -> Expr:
        kind = self.kind
        self.advance()
        names, domain, where, lint = self.bind(f"`{kind}`")
        body = None
        if self.kind == ",":
            self.advance()
            body = self.expr()
        elif kind == "forall":
            raise self.unexpected("`,` and what must hold", "`forall t in T, condition`")
        elif lint is not None:
            self.diagnostics.add(
                "SG308",
                "this `and` belongs to the `where`",
                lint,
                help=f"put parentheses around the condition if so, and else around the whole `{kind}`",
                severity="warning",
            )
        return Quantifier(self.span(first, self.end), kind, names, domain, where, body)

    def bind(self, after: str) -> tuple[tuple[Name, ...], RangeType | Expr, Expr | None, Span | None]:
        """``t u in T where p``; the span is that of a ``where`` that is an ``and`` without parentheses."""
        names = []
        while self.kind == "name":
            names.append(Name(self.span(self.start, self.start + len(self.text)), self.text))
            self.advance()
            if self.kind == ",":
                raise self.unexpected("`in`", "several names are separated by spaces: `exists s t in T, ...`")
        if not names:
            raise self.unexpected(f"a name behind {after}", "`exists t in T where condition`")
        self.expect("in")
        domain = self.domain()
        where = lint = None
        if self.kind == "where":
            self.advance()
            first = self.start
            where = self.expr()
            if isinstance(where, Binary) and where.op == "and" and where.span == self.span(first, self.end):
                lint = where.span
        return tuple(names), domain, where, lint

    def domain(self) -> RangeType | Expr:
        first = self.start
        low = self.chain(SUM)
        if self.kind != "..":
            return low
        self.advance()
        high = self.chain(SUM)
        return RangeType(self.span(first, self.end), low, high)

    def post(self) -> Expr:
        first = self.start
        result = self.atom(first)
        while True:
            if self.kind == "[":
                self.advance()
                indices = self.arguments("]")
                if not indices:
                    raise self.fail("SG302", "an index is missing", first, self.end)
                result = Index(self.span(first, self.end), result, indices)
            elif self.kind == ".":
                self.advance()
                if self.kind != "name":
                    raise self.unexpected("the name of a field")
                name = self.text
                self.advance()
                result = Field(self.span(first, self.end), result, name)
            else:
                return result

    def arguments(self, close: str) -> tuple[Expr, ...]:
        """Expressions up to the closing bracket."""
        found: list[Expr] = []
        if self.kind == close:
            self.advance()
            return ()
        while True:
            found.append(self.expr())
            if self.kind == close:
                self.advance()
                return tuple(found)
            if self.kind != ",":
                raise self.unexpected(f"`,` or `{close}`")
            self.advance()

    def atom(self, first: int) -> Expr:
        kind, text = self.kind, self.text
        if kind == "name":
            self.advance()
            if self.kind == "(":
                self.advance()
                args = self.arguments(")")
                return Call(self.span(first, self.end), text, args)
            return Name(self.span(first, self.end), text)
        if kind == "number":
            self.advance()
            return Number(self.span(first, self.end), int(text))
        if kind == "(":
            self.advance()
            inner = self.expr()
            self.expect(")")
            return inner
        if kind in ("true", "false"):
            self.advance()
            return Boolean(self.span(first, self.end), kind == "true")
        if kind == "null":
            self.advance()
            return Null(self.span(first, self.end))
        if kind == "if":
            advice = "put parentheses around it: `(if c then a else b)`"
            raise self.fail("SG307", "`if` needs parentheses here", first, first + 2, advice)
        raise self.unexpected("an expression", self._advice())

    def _advice(self) -> str | None:
        if self.kind == "[":
            return "a sequence is written `seq(a, b)`, a set `set(a, b)`"
        if self.kind not in _STOPS and self.kind not in ("..", "."):
            return "an operand is missing"
        return None


def height(expr: Expr) -> int:
    """Levels of the tree, computed without recursion."""
    most, level = 0, [expr]
    while level:
        most += 1
        level = [child for node in level for child in children(node)]
    return most


def children(node: Expr) -> tuple[Expr, ...]:
    """The direct sub-expressions, as written from left to right."""
    match node:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Membership(item=item, values=values, container=container):
            return (item, *(values or ()), *((container,) if container is not None else ()))
        case Index(base=base, indices=indices):
            return (base, *indices)
        case Field(base=base):
            return (base,)
        case Call(args=args):
            return args
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Quantifier(domain=domain, where=where, body=body):
            ends = (domain.low, domain.high) if isinstance(domain, RangeType) else (domain,)
            return (*ends, *(e for e in (where, body) if e is not None))
    return ()
