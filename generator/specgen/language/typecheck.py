"""From a document to a typed spec: the whole of one revision, with every mistake reported."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from specgen.language import typed
from specgen.language.declared import Declared, check_names
from specgen.language.document import Action, Citation, Document, Named, Parameter, Process
from specgen.language.expectations import check_expectations
from specgen.language.expressions import Expressions
from specgen.language.flatten import FlatStep, Flattener, inner_scope
from specgen.language.names import did_you_mean
from specgen.language.rules import IDLE, Mismatch
from specgen.language.scope import EMPTY, Memo
from specgen.language.source import Diagnostics, Span
from specgen.language.statements import Statements
from specgen.language.typed import Spec
from specgen.language.types import Array, Bool, Enum, Initial, Int, Optional, Scalar, Type


def check(
    document: Document, overrides: dict[str, str], diagnostics: Diagnostics, memo: Memo | None = None
) -> Spec:
    """Types one revision.

    Args:
        document: the revision.
        overrides: values of constants as given with ``-D``.
        diagnostics: takes what is wrong. The spec is fit for lowering only if it has not failed.
        memo: shared by the revisions of one workspace, saves typing the same items again.
    """
    declarations = Declared(document, overrides, diagnostics, memo or Memo())
    check_names(document, diagnostics)
    declarations.read_constants()
    declarations.read_types()
    spec = _Checker(document, declarations, diagnostics).spec()
    check_expectations(spec, diagnostics)
    return spec


class _Checker:
    def __init__(self, document: Document, declarations: Declared, diagnostics: Diagnostics) -> None:
        self.document = document
        self.declarations = declarations
        self.diagnostics = diagnostics
        self.parameter_type = declarations.parameter_types(list(_parameters(document)))
        flattener = Flattener(document.processes, frozenset(document.procedures), diagnostics)
        self.flat: dict[str, tuple[FlatStep, ...]] = {
            p.name: flattener.flatten(p) for p in document.processes.values() if not p.called
        }
        self.variables = self._variables()
        self.expressions: Expressions = declarations.checker({v.name: v.type for v in self.variables})
        self.statements = Statements(self.expressions, self.parameter_type, document.processes)

    def spec(self) -> Spec:
        document = self.document
        self._citations()
        actions = [*self._actions(), *self._steps()]
        claims = self._claims
        spec = Spec(
            document,
            self.declarations.constants,
            self.declarations.declared,
            self.declarations.types,
            self.variables,
            claims(document.init),
            tuple(actions),
            claims(document.invariants),
            claims(document.covers),
            claims(document.always_possible),
            self._liveness(),
            claims(document.terminal),
            self._observations(),
            frozenset(a.name for a in document.actors.values() if a.sequential),
        )
        self._definitions()
        return spec

    # ------------------------------------------------------------ state

    def _variables(self) -> tuple[typed.Variable, ...]:
        found: list[typed.Variable] = []
        for variable in self.document.variables.values():
            try:
                kind, initial = self.declarations.declaration(variable.declaration)
            except Mismatch:
                continue
            found.append(typed.Variable(variable.name, variable.span, kind, initial))
        for name, steps in self.flat.items():
            found += self._counters(self.document.processes[name], steps)
        for process in self.document.removed_processes.values():
            # the counter of a removed process reads `idle` for ever, so that mentions of it resolve
            words = (IDLE, *(s.name for s in process.steps[1:]))
            kind = self._indexed(process.params, Enum(words))
            found.append(typed.Variable(process.name, process.span, kind, Initial(0), "removed"))
        return tuple(found)

    def _counters(self, process: Process, steps: tuple[FlatStep, ...]) -> list[typed.Variable]:
        words = (IDLE, *(s.label for s in steps if s.label != IDLE))
        kind = self._indexed(process.params, Enum(words))
        found = [typed.Variable(process.name, process.span, kind, Initial(0), "counter")]
        for flat in steps:
            if flat.step.each:
                done = self._indexed((*process.params, *flat.step.each), Bool())
                name = f"{process.name}.{_step_name(flat)}.done"
                found.append(typed.Variable(name, flat.step.span, done, Initial(0), "done"))
        return found

    def _indexed(self, params: tuple[Parameter, ...], element: Type) -> Type:
        indices: list[Scalar] = []
        for param in params:
            kind = self.parameter_type.get(id(param))
            if isinstance(kind, Bool | Int | Enum | Optional):
                indices.append(kind)
        return Array(tuple(indices), element) if indices else element

    # ------------------------------------------------------------ steps

    def _actions(self) -> Iterable[typed.Action]:
        for action in self.document.actions.values():
            actor = self._actor(action.actor, action.span)
            context = (self._types(action.params), actor)
            yield self.expressions.env.once(action, context, partial(self._action, action, actor))

    def _action(self, action: Action, actor: str) -> typed.Action:
        return self.statements.action(action, action.name, actor, (), EMPTY, None, None, ((), ()))

    def _steps(self) -> Iterable[typed.Action]:
        for name, steps in self.flat.items():
            process = self.document.processes[name]
            self._actor(process.actor, process.span)
            for flat in steps:
                step = flat.step
                owner = flat.outer[-1][0] if flat.outer else process
                inherited = (tuple((c.source, c.step) for c in owner.cites), owner.code)
                actor = self._actor(step.actor or process.actor, step.span)
                context = (
                    name,
                    actor,
                    inherited,
                    self._types((*process.params, *step.params, *step.each)),
                    (flat.label, flat.next, *flat.targets.items(), *flat.entries.values()),
                    tuple((id(callee.params), id(call)) for callee, call in flat.outer),
                )
                make = partial(self._step, process, flat, actor, inherited)
                yield self.expressions.env.once(step, context, make)

    def _step(
        self,
        process: Process,
        flat: FlatStep,
        actor: str,
        inherited: tuple[tuple[tuple[str, str], ...], tuple[str, ...]],
    ) -> typed.Action:
        step = flat.step
        params, outer = self.statements.parameters(process.params, EMPTY)
        name = f"{process.name}.{_step_name(flat)}"
        each, scope = self.statements.parameters(step.each, inner_scope(flat.outer, outer))
        done = f"{name}.done" if each else None
        position = typed.Position(process.name, params, flat.label, flat.next, each, done, step.in_order)
        return self.statements.action(step, name, actor, (*params, *each), scope, position, flat, inherited)

    def _types(self, params: tuple[Parameter, ...]) -> tuple[object, ...]:
        return tuple((p.name, self.parameter_type.get(id(p))) for p in params)

    def _actor(self, name: str | None, span: Span) -> str:
        if name is None:
            return ""
        actors = self.document.actors
        if actors and name not in actors:
            advice = did_you_mean(name, list(actors))
            self.diagnostics.add("SG417", f"no actor is called '{name}'", span, help=advice)
        return name

    # ------------------------------------------------------------ the rest

    def _claims(self, section: dict[str, Named]) -> tuple[typed.Claim, ...]:
        found: list[typed.Claim] = []
        for named in section.values():
            make = partial(self.statements.claims, (named,), EMPTY)
            found += self.expressions.env.once(named, (), make)
        return tuple(found)

    def _definitions(self) -> None:
        """Those without parameters, also where nothing uses them."""
        for definition in self.document.definitions.values():
            if not definition.params:
                try:
                    self.expressions.definition(definition)
                except Mismatch:
                    continue

    def _liveness(self) -> tuple[typed.TypedLiveness, ...]:
        found: list[typed.TypedLiveness] = []
        for item in self.document.liveness.values():
            try:
                when = self.expressions.condition(item.when, EMPTY)
                eventually = self.expressions.condition(item.eventually, EMPTY)
            except Mismatch:
                continue
            found.append(typed.TypedLiveness(item, when, eventually))
        return tuple(found)

    def _observations(self) -> tuple[typed.Observation, ...]:
        found: list[typed.Observation] = []
        for item in self.document.observations.values():
            binders, scope = self.statements.parameters(item.params, EMPTY)
            try:
                expr = self.expressions.infer(item.expr, scope)
            except Mismatch:
                continue
            found.append(typed.Observation(item.name, item.span, binders, expr))
        return tuple(found)

    def _citations(self) -> None:
        document = self.document
        for citation in _cited(document):
            source = document.sources.get(citation.source)
            if source is None:
                advice = did_you_mean(citation.source, list(document.sources))
                self.diagnostics.add(
                    "SG418", f"no source is called '{citation.source}'", citation.span, help=advice
                )
            elif citation.step not in source.steps:
                known = ", ".join(source.steps)
                message = f"'{citation.source}' has no step '{citation.step}'"
                self.diagnostics.add(
                    "SG418", message, citation.span, help=f"it has {known}" if known else None
                )
        shown = document.revision.cites
        if shown is not None and shown not in document.sources:
            advice = did_you_mean(shown, list(document.sources))
            self.diagnostics.add(
                "SG418", f"no source is called '{shown}'", document.revision.span, help=advice
            )


def _step_name(flat: FlatStep) -> str:
    """The step's name in its process: the counter's value, but for the first step."""
    return flat.step.name if flat.label == IDLE else flat.label


def _parameters(document: Document) -> Iterable[Parameter]:
    for process in (*document.processes.values(), *document.removed_processes.values()):
        if not process.called:
            yield from process.params
        for step in process.steps:
            yield from step.params
            yield from step.each
    for action in document.actions.values():
        yield from action.params
    for observation in document.observations.values():
        yield from observation.params


def _cited(document: Document) -> Iterable[Citation]:
    for procedure in document.procedures.values():
        yield from procedure.cites
    for action in document.actions.values():
        yield from action.cites
    for process in document.processes.values():
        yield from process.cites
        for step in process.steps:
            yield from step.cites
