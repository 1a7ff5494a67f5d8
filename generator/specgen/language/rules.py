"""Rules about types and constant values that hold wherever expressions are checked."""

from __future__ import annotations

from specgen.language import syntax
from specgen.language.typed import Apply, Const, Typed
from specgen.language.types import Initial, Int, Optional, Type

IDLE = "idle"  # the first value of every process counter


class Mismatch(Exception):
    """An expression has no type; its diagnostic is recorded already."""


def article(kind: object) -> str:
    """A type with its article, as messages name it."""
    text = str(kind)
    return f"{'an' if text[:1] in 'aeiou' else 'a'} {text}"


def compatible(a: Type, b: Type) -> bool:
    """Whether values of both types may be compared and assigned: integers always, others when equal."""
    if isinstance(a, Int) and isinstance(b, Int):
        return True
    return a == b


def determined(initial: Initial) -> bool:
    """Whether exactly one value starts so."""
    if initial.parts:
        return all(map(determined, initial.parts))
    return initial.value is not None


def fold(expr: Typed) -> int | None:
    """The value of an expression made of constants, or None."""
    if isinstance(expr, Const):
        return expr.value
    if not isinstance(expr, Apply):
        return None
    args = [fold(a) for a in expr.args]
    if not args or any(a is None for a in args):
        return None
    known = [a for a in args if a is not None]
    match expr.op:
        case "+":
            return known[0] + known[1]
        case "-":
            return known[0] - known[1]
        case "neg":
            return -known[0]
        case "min":
            return min(known)
        case "max":
            return max(known)
        case "if":
            return known[1] if known[0] else known[2]
        case _:
            return None


def int_type(expr: Typed) -> Int:
    """The type of an expression that is known to be an integer."""
    assert isinstance(expr.type, Int)
    return expr.type


def base(kind: Type) -> Type:
    """T of a ``T or null``; any other type itself."""
    return kind.base if isinstance(kind, Optional) else kind


def dotted(expr: syntax.Expr) -> str:
    """A chain of fields as one dotted word (a step of a called process)."""
    parts: list[str] = []
    while isinstance(expr, syntax.Field):
        parts.append(expr.name)
        expr = expr.base
    assert isinstance(expr, syntax.Name)
    return ".".join([expr.name, *reversed(parts)])
