"""A small model of specs, independent of the code under test: types, expressions, effects, whole specs.

Values are plain Python: ``bool``, ``int``, ``str`` for an enum value, ``None`` for null, ``dict`` for arrays (by
index, a tuple where there are several) and records (by field), ``frozenset``, ``tuple`` for sequences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

Value = Any


# ---------------------------------------------------------------- types


@dataclass(frozen=True)
class Type:
    """``name`` is set when the spec declares the type under ``types:``."""

    name: str | None = field(default=None, kw_only=True, compare=False)


@dataclass(frozen=True)
class BoolT(Type):
    pass


@dataclass(frozen=True)
class IntT(Type):
    low: int
    high: int


@dataclass(frozen=True)
class EnumT(Type):
    labels: tuple[str, ...]


@dataclass(frozen=True)
class OptT(Type):
    base: Type


@dataclass(frozen=True)
class ArrayT(Type):
    indices: tuple[Type, ...]
    element: Type


@dataclass(frozen=True)
class SetT(Type):
    element: Type


@dataclass(frozen=True)
class SeqT(Type):
    bound: int
    element: Type


@dataclass(frozen=True)
class RecordT(Type):
    """Fields with their types and defaults; ``NO_DEFAULT``: may start with any value."""

    fields: tuple[tuple[str, Type, Value], ...]


NO_DEFAULT = ("no default",)
SCALARS = (BoolT, IntT, EnumT, OptT)


def is_int(kind: Type) -> bool:
    return isinstance(kind, IntT)


def same(a: Type, b: Type) -> bool:
    """Whether a value of one may stand where the other is expected, ranges aside."""
    return a == b or (is_int(a) and is_int(b))


def values(kind: Type) -> list[Value]:
    """Every value of a type, small ones only."""
    match kind:
        case BoolT():
            return [False, True]
        case IntT(low, high):
            return list(range(low, high + 1))
        case EnumT(labels):
            return list(labels)
        case OptT(base):
            return [None, *values(base)]
        case SetT(element):
            members = values(element)
            choices = product((False, True), repeat=len(members))
            return [frozenset(m for m, c in zip(members, choice, strict=True) if c) for choice in choices]
        case SeqT(bound, element):
            return [row for n in range(bound + 1) for row in product(values(element), repeat=n)]
        case ArrayT(_, element):
            keys = list(index_keys(kind))
            return [dict(zip(keys, row, strict=True)) for row in product(values(element), repeat=len(keys))]
        case RecordT(fields):
            rows = product(*(values(t) for _, t, _ in fields))
            return [dict(zip((n for n, _, _ in fields), row, strict=True)) for row in rows]
    raise TypeError(kind)


def index_keys(kind: ArrayT) -> Iterator[Value]:
    """The keys of an array: a value, or a tuple for several index types."""
    for row in product(*(values(i) for i in kind.indices)):
        yield row[0] if len(row) == 1 else row


def starts(kind: Type, initial: Value) -> list[Value]:
    """The values that a variable of this type may start with. ``initial`` is that of the innermost element."""
    match kind:
        case ArrayT(_, element):
            keys = list(index_keys(kind))
            each = starts(element, initial)
            return [dict(zip(keys, row, strict=True)) for row in product(each, repeat=len(keys))]
        case RecordT(fields):
            rows = product(*(starts(t, d) for _, t, d in fields))
            return [dict(zip((n for n, _, _ in fields), row, strict=True)) for row in rows]
        case _ if initial == NO_DEFAULT and isinstance(initial, tuple):
            return values(kind)
        case _:
            return [initial]


def count(kind: Type) -> int:
    """Number of values of a type."""
    match kind:
        case BoolT():
            return 2
        case IntT(low, high):
            return high - low + 1
        case EnumT(labels):
            return len(labels)
        case OptT(base):
            return count(base) + 1
        case SetT(element):
            return 1 << count(element)
        case SeqT(bound, element):
            return sum(count(element) ** n for n in range(bound + 1))
        case ArrayT(_, element):
            return count(element) ** len(list(index_keys(kind)))
        case RecordT(fields):
            total = 1
            for _, inner, _ in fields:
                total *= count(inner)
            return total
    raise TypeError(kind)


def freeze(value: Value) -> Value:
    """A hashable stand-in for a value; ``True`` and ``1`` stay apart."""
    if isinstance(value, dict):
        return tuple(freeze(v) for v in value.values())
    if isinstance(value, frozenset):
        return frozenset(map(freeze, value))
    if isinstance(value, tuple):
        return tuple(map(freeze, value))
    return (type(value).__name__, value)


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Lit:
    """A literal; ``kind`` tells how it is written (a set, a sequence, a scalar)."""

    value: Value
    kind: Type


@dataclass(frozen=True)
class Ref:
    """A variable, process counter, constant, parameter or definition without parameters."""

    name: str
    kind: Type
    macro: bool = False  # a parameter of a definition or procedure: stands for the caller's expression


@dataclass(frozen=True)
class Idx:
    base: Expr
    indices: tuple[Expr, ...]
    kind: Type


@dataclass(frozen=True)
class Fld:
    base: Expr
    name: str
    kind: Type


@dataclass(frozen=True)
class Op:
    """``op`` as written: an infix operator, ``not``, ``neg``, ``in``, ``not in``, or a function's name."""

    op: str
    args: tuple[Expr, ...]
    kind: Type


@dataclass(frozen=True)
class Among:
    """``item in (a, b)``."""

    item: Expr
    members: tuple[Expr, ...]
    negated: bool
    kind: Type = BoolT()


@dataclass(frozen=True)
class Cond:
    test: Expr
    then: Expr
    otherwise: Expr
    kind: Type


@dataclass(frozen=True)
class Quant:
    """``domain`` is a scalar type or an expression of set type."""

    quantifier: str
    names: tuple[str, ...]
    domain: Type | Expr
    where: Expr | None
    body: Expr | None
    kind: Type


@dataclass(frozen=True)
class Use:
    """A definition or procedure with arguments."""

    name: str
    args: tuple[Expr, ...]
    kind: Type


@dataclass(frozen=True)
class DefaultOf:
    """``default(T)`` of a record."""

    kind: RecordT


@dataclass(frozen=True)
class Make:
    """A record with a value for each field."""

    args: tuple[Expr, ...]
    kind: RecordT


Expr = Lit | Ref | Idx | Fld | Op | Among | Cond | Quant | Use | DefaultOf | Make


# ---------------------------------------------------------------- effects


@dataclass(frozen=True)
class Assign:
    target: Expr
    value: Expr


@dataclass(frozen=True)
class When:
    """``if`` / ``else if`` / ``else``: tests with their bodies, then what happens otherwise."""

    arms: tuple[tuple[Expr, Effect], ...]
    otherwise: Effect


@dataclass(frozen=True)
class Loop:
    names: tuple[str, ...]
    domain: Type | Expr
    where: Expr | None
    body: Effect


@dataclass(frozen=True)
class Do:
    calls: tuple[Use, ...]


@dataclass(frozen=True)
class Goto:
    step: str


@dataclass(frozen=True)
class CallStep:
    """``call: process(args)``."""

    process: str
    args: tuple[Expr, ...]


Effect = tuple["Assign | When | Loop | Do | Goto | CallStep", ...]


# ---------------------------------------------------------------- specs

Params = tuple[tuple[str, Type], ...]
Claims = tuple[tuple[str, Expr], ...]


@dataclass(frozen=True)
class Step:
    """An action, or a step of a process (then ``each`` may be set)."""

    name: str
    actor: str | None
    params: Params
    guards: Claims
    asserts: Claims
    checks: Claims
    effect: Effect
    each: Params = ()
    in_order: bool = False


@dataclass(frozen=True)
class Process:
    name: str
    actor: str | None
    params: Params
    steps: tuple[Step, ...]
    called: bool = False


@dataclass(frozen=True)
class Procedure:
    name: str
    params: Params
    asserts: Claims
    checks: Claims
    effect: Effect


@dataclass(frozen=True)
class Definition:
    name: str
    params: Params
    expr: Expr


@dataclass(frozen=True)
class Variable:
    name: str
    kind: Type
    initial: Value


@dataclass(frozen=True)
class Spec:
    constants: tuple[tuple[str, int], ...]
    types: tuple[Type, ...]
    variables: tuple[Variable, ...]
    init: Claims
    definitions: dict[str, Definition]
    procedures: dict[str, Procedure]
    actors: tuple[tuple[str, bool], ...]  # name, sequential
    actions: tuple[Step, ...]
    processes: dict[str, Process]
    invariants: Claims
    covers: Claims
    possible: Claims
    terminal: Claims
