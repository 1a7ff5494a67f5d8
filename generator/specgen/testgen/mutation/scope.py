"""What words mean at a place of a document, as far as a mutation must know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from specgen.language.document import Parameter
from specgen.language.names import IDENTIFIER
from specgen.language.source import Span
from specgen.language.syntax import (
    Binary,
    Conditional,
    Expr,
    Field,
    Index,
    Name,
    NamedType,
    Number,
    RangeType,
    TypeExpr,
    Unary,
)
from specgen.language.typed import Spec
from specgen.language.types import Array, Bool, Enum, Int, Optional, Record, Sequence, Set, Type

NULL = "null"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one revision.

    Args:
        variables: state variables and process counters.
        declared: types by name.
        constants: those that are numbers.
        others: per enum value the other values of the enums that have it; ``null`` among them where a value of
            the enum can be missing.
    """

    variables: Mapping[str, Type]
    declared: Mapping[str, Type]
    constants: frozenset[str]
    others: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, spec: Spec) -> Names:
        variables = {v.name: v.type for v in spec.variables}
        constants = frozenset(n for n, (kind, _) in spec.constants.items() if isinstance(kind, Int))
        written = [*variables.values(), *spec.types.values(), *(kind for kind, _ in spec.constants.values())]
        others: dict[str, dict[str, None]] = {}
        for kind in dict.fromkeys(part for whole in written for part in _parts(whole)):
            words = values(kind)
            for word in words:
                found = others.setdefault(word, {})
                found.update(dict.fromkeys(other for other in words if other != word))
        return cls(variables, spec.types, constants, {word: tuple(found) for word, found in others.items()})


@dataclass(frozen=True, slots=True)
class Scope:
    """The names with the parameters in force.

    Args:
        bound: their types, None where it is not known.
        labels: what a ``goto`` may name.
    """

    names: Names
    bound: Mapping[str, Type | None] = field(default_factory=dict)
    labels: tuple[str, ...] = ()

    def with_parameters(self, params: Iterable[Parameter]) -> Scope:
        return self.bind({p.name: None if p.type is None else self.written(p.type) for p in params})

    def bind(self, bound: Mapping[str, Type | None]) -> Scope:
        return replace(self, bound={**self.bound, **bound})

    def quantified(self, names: Iterable[Name], domain: RangeType | Expr) -> Scope:
        """The scope inside a quantifier or loop."""
        kind = self.domain(domain)
        return self.bind({name.name: kind for name in names})

    def written(self, kind: TypeExpr) -> Type | None:
        """A written scalar type; of an anonymous range only that it has numbers."""
        if isinstance(kind, NamedType):
            return self.names.declared.get(kind.name)
        return Int(0, 0) if isinstance(kind, RangeType) else None

    def domain(self, domain: RangeType | Expr) -> Type | None:
        """What a quantifier runs over."""
        if isinstance(domain, RangeType):
            return Int(0, 0)
        return self.names.declared.get(domain.name) if isinstance(domain, Name) else None

    def first(self, domain: RangeType | Expr) -> Expr | None:
        """The first value of what a quantifier runs over; None where that is no type."""
        if isinstance(domain, RangeType):
            return domain.low
        kind = self.domain(domain)
        if isinstance(kind, Int):
            return number(domain.span, kind.low)
        words = [] if kind is None else values(kind)
        return Name(domain.span, words[0]) if words else None

    def type_of(self, expr: Expr) -> Type | None:
        """The type of a chain of names, indices and fields; None for all else."""
        match expr:
            case Name(name=name):
                return self.bound[name] if name in self.bound else self.names.variables.get(name)
            case Index(base=base):
                whole = self.type_of(base)
                return whole.element if isinstance(whole, Array | Sequence) else None
            case Field(base=base, name=name):
                record = self.type_of(base)
                return record.field(name) if isinstance(record, Record) else None
            case Conditional(then=then):
                return self.type_of(then)
            case _:
                return None

    def is_number(self, expr: Expr) -> bool:
        """Whether it is the name of a number."""
        if not isinstance(expr, Name):
            return False
        if expr.name in self.bound:
            return isinstance(self.bound[expr.name], Int)
        return expr.name in self.names.constants

    def others(self, word: str, expected: Type | None) -> tuple[str, ...]:
        """What else could stand where an enum value or null stands."""
        if word in self.bound:
            return ()
        if isinstance(expected, Enum | Optional):
            return tuple(other for other in values(expected) if other != word)
        return self.names.others.get(word, ())


def values(kind: Type) -> list[str]:
    """The values of an enum, or of one that can be missing, as they are written."""
    match kind:
        case Enum(labels):
            return [label for label in labels if IDENTIFIER.fullmatch(label)]
        case Optional(base):
            return [*values(base), NULL]
        case _:
            return []


def number(span: Span, value: int) -> Expr:
    return Number(span, value) if value >= 0 else Unary(span, "-", Number(span, -value))


def shifted(expr: Expr, by: int) -> Expr:
    """One more or one less."""
    if isinstance(expr, Number):
        return number(expr.span, expr.value + by)
    return Binary(expr.span, "+" if by > 0 else "-", expr, Number(expr.span, 1))


def _parts(whole: Type) -> Iterator[Type]:
    """Enums, and scalars that can be missing, anywhere in a type."""
    match whole:
        case Enum() | Optional():
            yield whole
        case Array(indices, element):
            for index in indices:
                yield from _parts(index)
            yield from _parts(element)
        case Set(element) | Sequence(_, element):
            yield from _parts(element)
        case Record(_, fields):
            for _, kind in fields:
                yield from _parts(kind)
        case Bool() | Int():
            return


