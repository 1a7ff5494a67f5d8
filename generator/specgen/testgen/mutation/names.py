"""Which names an expression mentions."""

from __future__ import annotations

from collections.abc import Iterator

from specgen.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expr,
    Field,
    Index,
    Membership,
    Name,
    Quantifier,
    RangeType,
    Unary,
)


def names_of(expr: Expr) -> Iterator[str]:
    """Every bare word and every function called, parameters and enum values among them."""
    match expr:
        case Name(name=name):
            yield name
        case Call(function=function):
            yield function
        case _:
            pass
    for part in _parts(expr):
        yield from names_of(part)


def _parts(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Membership(item=item, values=values, container=container):
            return (item, *(values or ()), *(() if container is None else (container,)))
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
            return (*ends, *(part for part in (where, body) if part is not None))
        case _:
            return ()
