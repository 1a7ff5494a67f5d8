"""What a test can see, as scalars: one observable per cell of each observation."""

from __future__ import annotations

from collections.abc import Iterator

from specgen.core.layout import Layout, leaves
from specgen.core.lower_expressions import Lowering, cells, source_text
from specgen.core.system import Observable, Property
from specgen.core.terms import Terms
from specgen.language import typed, types
from specgen.language.typed import Spec
from specgen.language.types import Initial


def observe(spec: Spec, lowering: Lowering) -> tuple[tuple[Observable, ...], tuple[Property, ...]]:
    """The observables, and the ``in_range`` properties of those that do not always have a value."""
    if not spec.observations:
        return tuple(_state(spec, lowering.layout)), ()
    found: list[Observable] = []
    partial: list[Property] = []
    for item in spec.observations:
        for env in lowering.rounds(item.params, {}):
            given = ", ".join(types.text(b.type, env[b]) for b in item.params)
            value, defined = lowering.value(item.expr, env)
            # a layout of its own says how the cells of a composite value are called
            shadow = Layout(Terms())
            name = f"{item.name}({given})" if item.params else item.name
            shadow.add(typed.Variable(name, item.span, item.expr.type, Initial()))
            shape = shadow.shapes[name]
            for index, term in cells(shape, value):
                found.append(Observable(shadow.variables[index].name, term, shadow.variables[index].domain))
            if defined is not lowering.terms.true:
                text, parts = source_text(item.expr.span), lowering.parts(item.expr, env)
                partial.append(Property("in_range", "in_range", defined, item.expr.span, text, parts))
    return tuple(found), tuple(partial)


def _state(spec: Spec, layout: Layout) -> Iterator[Observable]:
    for variable in spec.variables:
        if variable.origin == "state":
            for cell in leaves(layout.shapes[variable.name]):
                declared = layout.variables[cell.variable]
                yield Observable(declared.name, layout.term(cell.variable), declared.domain)
