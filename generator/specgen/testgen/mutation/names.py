"""Which names an expression mentions."""

from __future__ import annotations

from collections.abc import Iterator

from specgen.language.parser import children
from specgen.language.syntax import Call, Expr, Name


def names_of(expr: Expr) -> Iterator[str]:
    """Every bare word and every function called, parameters and enum values among them."""
    match expr:
        case Name(name=name):
            yield name
        case Call(function=function):
            yield function
        case _:
            pass
    for part in children(expr):
        yield from names_of(part)
