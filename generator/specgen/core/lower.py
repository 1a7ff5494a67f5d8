"""From a typed spec to the flat core: parameters take their values, processes become counters."""

from __future__ import annotations

from specgen.core.layout import Layout
from specgen.core.lower_actions import ActionLowering, Instances
from specgen.core.lower_expressions import Lowering, source_text
from specgen.core.lower_observations import observe
from specgen.core.system import Action, Property, System
from specgen.core.terms import Term, Terms
from specgen.language import types
from specgen.language.expectations import obligations
from specgen.language.source import Diagnostic, Span, SpecError
from specgen.language.typed import Claim, Spec

MAX_ACTIONS = 20_000  # ground actions of one revision


def lower(spec: Spec) -> System:
    """The system of one revision.

    Raises:
        SpecError: the spec grounds to more than can be handled (SG421).
    """
    layout = Layout(Terms())
    for variable in spec.variables:
        layout.add(variable)
    lowering = Lowering(layout)
    actions = _actions(spec, lowering)
    written = (t for claim in spec.init for t in lowering.term(claim.expr, {}))
    init = layout.terms.and_(*layout.constraints, *written)
    terminal = layout.terms.or_(*(layout.terms.and_(*lowering.term(c.expr, {})) for c in spec.terminal))
    document = spec.document
    observables, seen = observe(spec, lowering)
    return System(
        document.name,
        tuple((n, types.text(kind, value)) for n, (kind, value) in spec.constants.items()),
        tuple(layout.variables),
        tuple(layout.shapes.items()),
        tuple(layout.start),
        init,
        actions,
        (*_properties(spec, lowering), *seen),
        terminal,
        tuple(obligations(spec)),
        _action_names(spec),
        {name: dict(cited.steps) for name, cited in document.sources.items()},
        document.revision.cites,
        observables,
        frozenset(name for name, actor in document.actors.items() if actor.controllable),
    )


def _actions(spec: Spec, lowering: Lowering) -> tuple[Action, ...]:
    instances = Instances(spec, lowering)
    found: list[Action] = []
    for action in spec.actions:
        for env in lowering.rounds(action.params, {}):
            made = ActionLowering(lowering, instances, action, env).lower(len(found))
            if made is not None:
                found.append(made)
            if len(found) > MAX_ACTIONS:
                message = f"the spec has more than {MAX_ACTIONS} actions once parameters have their values"
                raise SpecError((Diagnostic("SG421", message, action.span, "choose smaller constants"),))
    return tuple(found)


def _properties(spec: Spec, lowering: Lowering) -> tuple[Property, ...]:
    terms = lowering.terms
    found: list[Property] = []
    undefined: list[tuple[Claim, Term]] = []
    groups = (
        ("invariant", spec.invariants),
        ("cover", spec.covers),
        ("possible", spec.always_possible),
        ("terminal", spec.terminal),
    )
    for kind, claims in groups:
        for claim in claims:
            term, defined = lowering.term(claim.expr, {})
            # what is undefined is neither reached nor violated: it is an in_range finding
            term = terms.implies(defined, term) if kind == "invariant" else terms.and_(defined, term)
            if kind != "terminal":
                text, parts = source_text(claim.span), lowering.parts(claim.expr, {})
                found.append(Property(kind, claim.name, term, claim.span, text, parts))
            if defined is not terms.true:
                undefined.append((claim, defined))
    for claim, defined in undefined:
        text, parts = source_text(claim.span), lowering.parts(claim.expr, {})
        found.append(Property("in_range", "in_range", defined, claim.span, text, parts))
    return tuple(found)


def _action_names(spec: Spec) -> tuple[tuple[str, Span], ...]:
    return tuple({action.name: action.span for action in spec.actions}.items())
