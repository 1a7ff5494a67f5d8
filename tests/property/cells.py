"""Structured values and the cells of the core, matched by what a user would write."""

from __future__ import annotations

from collections.abc import Iterator

from specgen.core.system import Cell, Shape, System

from .expressions import Choices
from .model import ArrayT, OptT, RecordT, SeqT, SetT, Type, Value, index_keys, values
from .printing import value_text


def encode(system: System, shape: Shape, kind: Type, value: Value) -> Iterator[tuple[int, int]]:
    """Pairs of a variable's index and its value in the core."""
    if isinstance(shape, Cell):
        yield shape.variable, _scalar(system, shape.variable, value)
        return
    match kind:
        case ArrayT(_, element):
            parts = dict(zip(shape.labels, shape.parts, strict=True))
            for key in index_keys(kind):
                label = tuple(map(value_text, key if isinstance(key, tuple) else (key,)))
                yield from encode(system, parts[label], element, value[key])
        case RecordT(fields):
            parts = dict(zip(shape.labels, shape.parts, strict=True))
            for name, inner, _ in fields:
                yield from encode(system, parts[name,], inner, value[name])
        case SetT(element):
            parts = dict(zip(shape.labels, shape.parts, strict=True))
            for member in values(element):
                yield from encode(system, parts[value_text(member),], element, member in value)
        case SeqT(_, element):
            yield from encode(system, shape.parts[0], kind, len(value))
            for position, part in enumerate(shape.parts[1:]):
                if position < len(value):
                    yield from encode(system, part, element, value[position])
                else:
                    yield from ((variable, system.variables[variable].domain.low) for variable in _variables(part))
        case _:
            raise TypeError(kind)


def _scalar(system: System, variable: int, value: Value) -> int:
    domain = system.variables[variable].domain
    found = [v for v in range(domain.low, domain.low + domain.size) if domain.text(v) == value_text(value)]
    assert len(found) == 1, (system.variables[variable].name, value)
    return found[0]


def _variables(shape: Shape) -> Iterator[int]:
    if isinstance(shape, Cell):
        yield shape.variable
    else:
        for part in shape.parts:
            yield from _variables(part)


def random_value(kind: Type, choose: Choices) -> Value:
    """Any value of a type."""
    match kind:
        case ArrayT(_, element):
            return {key: random_value(element, choose) for key in index_keys(kind)}
        case RecordT(fields):
            return {name: random_value(inner, choose) for name, inner, _ in fields}
        case SetT(element):
            return frozenset(v for v in values(element) if choose.chance(50))
        case SeqT(bound, element):
            return tuple(random_value(element, choose) for _ in range(choose.between(0, bound)))
        case OptT() if choose.chance(30):
            return None
    return choose.pick(values(kind))
