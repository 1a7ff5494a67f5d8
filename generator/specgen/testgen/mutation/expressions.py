"""Small changes of an expression, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

from specgen.language.source import Span
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
from specgen.language.types import Type
from specgen.language.unparse import expression_text
from specgen.testgen.mutation.scope import NULL, Scope, shifted

COMPARISONS = {"=": "!=", "!=": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_JOINTS = {"and": "drop-conjunct", "or": "drop-disjunct"}


@dataclass(frozen=True, slots=True)
class Change:
    """An expression with one place changed.

    Args:
        operator: what was done, as in ``drop-conjunct``.
        span: the place.
    """

    operator: str
    span: Span
    expr: Expr


def changes(expr: Expr, scope: Scope, expected: Type | None = None) -> Iterator[Change]:
    """Every change of an expression, outer places first.

    Args:
        expected: the type that the context gives it, where that is known.
    """
    yield from _own(expr, scope, expected)
    for part, rebuild, inner, kind in _parts(expr, scope, expected):
        for change in changes(part, inner, kind):
            yield replace(change, expr=rebuild(change.expr))


def negated(expr: Expr) -> Expr:
    if isinstance(expr, Unary) and expr.op == "not":
        return expr.operand
    return Unary(expr.span, "not", expr)


def _own(expr: Expr, scope: Scope, expected: Type | None) -> Iterator[Change]:
    """Changes at the root."""
    match expr:
        case Binary():
            yield from _of_operator(expr, scope)
        case Membership():
            yield from _of_membership(expr)
        case Number() | Boolean() | Name() | Null():
            yield from _of_word(expr, scope, expected)
        case Conditional():
            yield Change("negate", expr.condition.span, replace(expr, condition=negated(expr.condition)))
        case Quantifier():
            yield from _of_quantifier(expr, scope)
        case Call(args=args):
            for args_ in _swapped(args):
                yield Change("swap", expr.span, replace(expr, args=args_))
        case Index(indices=indices):
            for indices_ in _swapped(indices):
                yield Change("swap", expr.span, replace(expr, indices=indices_))
        case _:
            return


def _of_operator(expr: Binary, scope: Scope) -> Iterator[Change]:
    op, left, right = expr.op, expr.left, expr.right
    if op in _JOINTS:
        # a chain hangs to the left: of `a and b and c` each one alone
        if not (isinstance(left, Binary) and left.op == op):
            yield Change(_JOINTS[op], left.span, right)
        yield Change(_JOINTS[op], right.span, left)
    elif op in COMPARISONS:
        yield Change("comparison", expr.span, replace(expr, op=COMPARISONS[op]))
        if scope.is_number(right):
            for by in (1, -1):
                yield Change("off-by-one", right.span, replace(expr, right=shifted(right, by)))
        elif scope.is_number(left):
            for by in (1, -1):
                yield Change("off-by-one", left.span, replace(expr, left=shifted(left, by)))


def _of_membership(expr: Membership) -> Iterator[Change]:
    yield Change("comparison", expr.span, replace(expr, negated=not expr.negated))
    values = expr.values or ()
    for place in range(len(values) if len(values) > 1 else 0):
        less = (*values[:place], *values[place + 1 :])
        yield Change("drop-disjunct", values[place].span, replace(expr, values=less))


def _of_word(expr: Number | Boolean | Name | Null, scope: Scope, expected: Type | None) -> Iterator[Change]:
    span = expr.span
    match expr:
        case Number():
            for by in (1, -1):
                yield Change("off-by-one", span, shifted(expr, by))
        case Boolean(_, value):
            yield Change("other-value", span, Boolean(span, not value))
        case Name(_, name):
            for other in scope.others(name, expected):
                yield Change("other-value", span, _word(span, other))
        case Null():
            for other in scope.others(NULL, expected):
                yield Change("other-value", span, _word(span, other))


def _word(span: Span, word: str) -> Expr:
    return Null(span) if word == NULL else Name(span, word)


def _of_quantifier(expr: Quantifier, scope: Scope) -> Iterator[Change]:
    if expr.where is not None and expr.body is not None:
        yield Change("drop-conjunct", expr.where.span, replace(expr, where=None))
    if isinstance(expr.domain, RangeType):
        for domain in shifted_ranges(expr.domain):
            yield Change("off-by-one", expr.domain.span, replace(expr, domain=domain))
    if expr.kind in ("forall", "no"):
        for where in first_only(expr.names, expr.domain, expr.where, scope):
            yield Change("weaken", expr.span, replace(expr, where=where))


def first_only(
    names: tuple[Name, ...], domain: RangeType | Expr, where: Expr | None, scope: Scope
) -> Iterator[Expr]:
    """Conditions that leave only the first value of one name."""
    first = scope.first(domain)
    for name in names if first is not None else ():
        assert first is not None  # else there are no names
        only = Binary(name.span, "=", Name(name.span, name.name), first)
        yield only if where is None else Binary(name.span, "and", only, where)


def shifted_ranges(domain: RangeType) -> Iterator[RangeType]:
    """Ranges with one end moved by one."""
    for by in (1, -1):
        yield replace(domain, low=shifted(domain.low, by))
    for by in (1, -1):
        yield replace(domain, high=shifted(domain.high, by))


def _swapped(items: tuple[Expr, ...]) -> Iterator[tuple[Expr, ...]]:
    for a, b in combinations(range(len(items)), 2):
        if expression_text(items[a]) != expression_text(items[b]):
            swapped = list(items)
            swapped[a], swapped[b] = items[b], items[a]
            yield tuple(swapped)


_Put = Callable[[Expr], Expr]
_Part = tuple[Expr, _Put, Scope, Type | None]


def _parts(expr: Expr, scope: Scope, expected: Type | None) -> Iterator[_Part]:
    """The sub-expressions: each with a way to put another in its place, its scope, and the type it should have."""
    match expr:
        case Binary(op=op, left=left, right=right):
            compared = op in COMPARISONS
            yield left, lambda e: replace(expr, left=e), scope, scope.type_of(right) if compared else None
            yield right, lambda e: replace(expr, right=e), scope, scope.type_of(left) if compared else None
        case Membership(item=item, values=values, container=container):
            yield item, lambda e: replace(expr, item=e), scope, None
            for value, put in _each(values or (), lambda items: replace(expr, values=items)):
                yield value, put, scope, scope.type_of(item)
            if container is not None:
                yield container, lambda e: replace(expr, container=e), scope, None
        case Index(base=base, indices=indices):
            yield base, lambda e: replace(expr, base=e), scope, None
            for index, put in _each(indices, lambda items: replace(expr, indices=items)):
                yield index, put, scope, None
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            yield condition, lambda e: replace(expr, condition=e), scope, None
            yield then, lambda e: replace(expr, then=e), scope, expected
            yield otherwise, lambda e: replace(expr, otherwise=e), scope, expected
        case Quantifier():
            yield from _in_quantifier(expr, scope)
        case Unary() | Field() | Call():
            for part, put in _plain(expr):
                yield part, put, scope, None
        case _:
            return


def _in_quantifier(expr: Quantifier, scope: Scope) -> Iterator[_Part]:
    inner = scope.quantified(expr.names, expr.domain)
    if expr.where is not None:
        yield expr.where, lambda e: replace(expr, where=e), inner, None
    if expr.body is not None:
        yield expr.body, lambda e: replace(expr, body=e), inner, None


def _plain(expr: Unary | Field | Call) -> Iterator[tuple[Expr, _Put]]:
    match expr:
        case Unary(operand=operand):
            yield operand, lambda e: replace(expr, operand=e)
        case Field(base=base):
            yield base, lambda e: replace(expr, base=e)
        case Call(args=args):
            yield from _each(args, lambda items: replace(expr, args=items))


def _each(items: tuple[Expr, ...], put: Callable[[tuple[Expr, ...]], Expr]) -> Iterator[tuple[Expr, _Put]]:
    """Each of several sub-expressions."""
    for place, item in enumerate(items):
        yield item, partial(_put, put, items, place)


def _put(put: Callable[[tuple[Expr, ...]], Expr], items: tuple[Expr, ...], place: int, item: Expr) -> Expr:
    return put((*items[:place], item, *items[place + 1 :]))
