"""The types of the language, with every constant in them evaluated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from specgen.language.source import Span


@dataclass(frozen=True, slots=True)
class Bool:
    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class Int:
    """The integers low..high, both included. Any two integer types compare."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low}..{self.high}"


@dataclass(frozen=True, slots=True)
class Enum:
    """Two enums with the same labels in the same order are the same type."""

    labels: tuple[str, ...]

    def __str__(self) -> str:
        return "enum " + " ".join(self.labels)


@dataclass(frozen=True, slots=True)
class Optional:
    """A value of ``base`` or null."""

    base: Bool | Int | Enum

    def __str__(self) -> str:
        return f"{self.base} or null"


Scalar = Bool | Int | Enum | Optional


@dataclass(frozen=True, slots=True)
class Array:
    """One ``element`` per combination of values of the index types, the last index fastest."""

    indices: tuple[Scalar, ...]
    element: Type

    def __str__(self) -> str:
        return f"array {', '.join(map(str, self.indices))} of {self.element}"


@dataclass(frozen=True, slots=True)
class Set:
    element: Scalar

    def __str__(self) -> str:
        return f"set of {self.element}"


@dataclass(frozen=True, slots=True)
class Sequence:
    """At most ``bound`` elements."""

    bound: int
    element: Type

    def __str__(self) -> str:
        return f"sequence {self.bound} of {self.element}"


@dataclass(frozen=True, slots=True)
class Record:
    """Records are the same type when they were declared under the same name."""

    name: str
    fields: tuple[tuple[str, Type], ...]

    def field(self, name: str) -> Type | None:
        """The type of a field, or None."""
        return next((t for n, t in self.fields if n == name), None)

    def __str__(self) -> str:
        return self.name


Type = Scalar | Array | Set | Sequence | Record


@dataclass(frozen=True, slots=True)
class Initial:
    """How a value starts: a scalar's value, the parts of a composite one, or None for any value.

    ``value`` is an integer for scalars (see :func:`encode`), a frozenset of integers for sets, and a tuple of
    :class:`Initial` for sequences; ``parts`` has one entry per field of a record; arrays repeat theirs.
    """

    value: int | frozenset[int] | tuple[Initial, ...] | None = None
    parts: tuple[Initial, ...] = ()
    span: Span | None = None


def size(scalar: Scalar) -> int:
    """Number of values of a scalar type."""
    match scalar:
        case Bool():
            return 2
        case Int(low, high):
            return high - low + 1
        case Enum(labels):
            return len(labels)
        case Optional(base):
            return size(base) + 1


def values(scalar: Scalar) -> range:
    """The encoded values: an integer is itself, others count from 0; null is 0 and shifts its base by one."""
    if isinstance(scalar, Int):
        return range(scalar.low, scalar.high + 1)
    return range(size(scalar))


def text(scalar: Scalar, value: int) -> str:
    """An encoded value as the user would write it."""
    match scalar:
        case Bool():
            return "true" if value else "false"
        case Int():
            return str(value)
        case Enum(labels):
            return labels[value]
        case Optional(base):
            return "null" if value == 0 else text(base, values(base)[value - 1])


def combinations(scalars: Iterable[Scalar]) -> int:
    """In how many ways values of some scalar types go together."""
    return prod(map(size, scalars))


def cells(of: Type) -> int:
    """Number of scalar cells a value of this type takes."""
    match of:
        case Array(indices, element):
            return combinations(indices) * cells(element)
        case Set(element):
            return size(element)
        case Sequence(bound, element):
            return 1 + bound * cells(element)
        case Record():
            return sum(cells(t) for _, t in of.fields)
        case _:
            return 1
