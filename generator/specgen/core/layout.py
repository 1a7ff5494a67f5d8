"""Where every part of every variable lies: user-level values cut into scalar cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from specgen.core.system import Cell, Domain, Group, Shape, Variable
from specgen.core.terms import Term, Terms
from specgen.language import typed, types
from specgen.language.types import Array, Bool, Enum, Initial, Int, Optional, Scalar, Type

Value = Term | tuple["Value", ...]  # a scalar's term; of a composite one value per part, in shape order


@dataclass(slots=True)
class Layout:
    """The cells of a system, and per variable its shape and the terms that read it.

    ``values`` also has the counters of removed processes, as constants. ``constraints`` hold initially: the
    unused places of a sequence that may start with any value are at their first value, as always.
    """

    terms: Terms
    variables: list[Variable] = field(default_factory=list)
    start: list[int | None] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    constraints: list[Term] = field(default_factory=list)

    def add(self, variable: typed.Variable) -> None:
        """Lays out one variable behind the others."""
        if variable.origin == "removed":
            self.values[variable.name] = constant(variable.type, self.terms)
            return
        self.shapes[variable.name] = shape = self._shape(variable.name, variable.type)
        self.start += initial_values(variable.initial, variable.type)
        self.values[variable.name] = self.read(shape)
        self._constrain(shape)

    def _constrain(self, shape: Shape) -> None:
        if isinstance(shape, Cell):
            return
        if shape.kind == "sequence":
            length = shape.parts[0]
            assert isinstance(length, Cell)
            if self.start[length.variable] is None:
                for place, part in enumerate(shape.parts[1:]):
                    used = self.terms.lt(self.terms.const(place), self.term(length.variable))
                    first = (self._first(cell) for cell in leaves(part))
                    self.constraints.append(self.terms.or_(used, self.terms.and_(*first)))
        for part in shape.parts:
            self._constrain(part)

    def _first(self, cell: Cell) -> Term:
        """Whether a cell is at its first value."""
        low = self.variables[cell.variable].domain.low
        term = self.term(cell.variable)
        return self.terms.not_(term) if term.sort == "bool" else self.terms.eq(term, self.terms.const(low))

    def term(self, variable: int) -> Term:
        """The term that reads a cell."""
        domain = self.variables[variable].domain
        sort = "bool" if domain.kind == "bool" else "int"
        return self.terms.var(variable, sort, domain.low, domain.low + domain.size - 1)

    def read(self, shape: Shape) -> Value:
        """The terms that read a shape's cells."""
        if isinstance(shape, Cell):
            return self.term(shape.variable)
        return tuple(self.read(part) for part in shape.parts)

    def _cell(self, name: str, kind: Scalar) -> Cell:
        index = len(self.variables)
        self.variables.append(Variable(index, name, domain(kind)))
        return Cell(index)

    def _shape(self, name: str, kind: Type) -> Shape:
        match kind:
            case Array(indices, element):
                rows = [
                    tuple(types.text(i, v) for i, v in zip(indices, row, strict=True))
                    for row in product(*(types.values(i) for i in indices))
                ]
                parts = tuple(self._shape(f"{name}[{', '.join(row)}]", element) for row in rows)
                return Group("array", tuple(rows), parts)
            case types.Record(_, fields):
                labels = tuple((label,) for label, _ in fields)
                return Group("record", labels, tuple(self._shape(f"{name}.{label}", t) for label, t in fields))
            case types.Set(element):
                words = [types.text(element, v) for v in types.values(element)]
                cells = tuple(self._cell(f"{word} in {name}", Bool()) for word in words)
                return Group("set", tuple((w,) for w in words), cells)
            case types.Sequence(bound, element):
                length = self._cell(f"size({name})", Int(0, bound))
                items = tuple(self._shape(f"{name}[{i}]", element) for i in range(bound))
                return Group("sequence", tuple((str(i),) for i in range(bound)), (length, *items))
            case _:
                return self._cell(name, kind)


def leaves(shape: Shape) -> Iterator[Cell]:
    """The cells of a shape, in layout order."""
    if isinstance(shape, Cell):
        yield shape
        return
    for part in shape.parts:
        yield from leaves(part)


def domain(kind: Scalar) -> Domain:
    """The core's domain of a scalar type."""
    match kind:
        case Bool():
            return Domain("bool", 0, 2)
        case Int(low, high):
            return Domain("int", low, high - low + 1)
        case Enum(labels):
            return Domain("enum", 0, len(labels), labels)
        case Optional(base):
            words = ("null", *(types.text(base, v) for v in types.values(base)))
            return Domain("enum", 0, len(words), words)


def scalar(kind: Scalar, value: int, terms: Terms) -> Term:
    """An encoded value as a term."""
    return terms.boolean(bool(value)) if isinstance(kind, Bool) else terms.const(value)


def build(kind: Type, cells: list[int], terms: Terms) -> Value:
    """A constant value from its cells, which are taken off the front of the list."""
    match kind:
        case Array(indices, element):
            return tuple(build(element, cells, terms) for _ in range(types.combinations(indices)))
        case types.Record(_, fields):
            return tuple(build(t, cells, terms) for _, t in fields)
        case types.Set(element):
            return tuple(terms.boolean(bool(cells.pop(0))) for _ in types.values(element))
        case types.Sequence(bound, element):
            length = terms.const(cells.pop(0))
            return (length, *(build(element, cells, terms) for _ in range(bound)))
        case _:
            return scalar(kind, cells.pop(0), terms)


def constant(kind: Type, terms: Terms, initial: Initial | None = None) -> Value:
    """The value that ``initial`` describes; without one, all cells at their first value."""
    cells = unused(kind) if initial is None else initial_values(initial, kind)
    return build(kind, [0 if c is None else c for c in cells], terms)


def initial_values(initial: Initial, kind: Type) -> list[int | None]:
    """The cells of a value of a type, in layout order, with what each starts with (None: anything)."""
    match kind:
        case Array(indices, element):
            return initial_values(initial, element) * types.combinations(indices)
        case types.Record(_, fields):
            parts = initial.parts or (Initial(),) * len(fields)
            return [v for (_, t), p in zip(fields, parts, strict=True) for v in initial_values(p, t)]
        case types.Set(element):
            if not isinstance(initial.value, frozenset):
                return [None] * types.size(element)
            return [int(v in initial.value) for v in types.values(element)]
        case types.Sequence(bound, element):
            if not isinstance(initial.value, tuple):
                return [None] * types.cells(kind)
            given: list[int | None] = [v for p in initial.value for v in initial_values(p, element)]
            return [len(initial.value), *given, *unused(element) * (bound - len(initial.value))]
        case Int() | Bool() | Enum() | Optional():
            return [initial.value if isinstance(initial.value, int) else None]


def unused(kind: Type) -> list[int | None]:
    """The cells of an unused place of a sequence: all at their first value, so that states compare."""
    match kind:
        case Array(indices, element):
            return unused(element) * types.combinations(indices)
        case types.Record(_, fields):
            return [v for _, t in fields for v in unused(t)]
        case types.Set(element):
            return [0] * types.size(element)
        case types.Sequence(bound, element):
            return [0, *unused(element) * bound]
        case Int(low):
            return [low]
        case _:
            return [0]
