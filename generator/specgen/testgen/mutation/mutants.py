"""The mutants of one revision: documents that differ from it in one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from specgen.core.lower import lower
from specgen.core.system import System
from specgen.language import syntax
from specgen.language.document import Action, Definition, Document, Named, Procedure, Process
from specgen.language.rules import IDLE
from specgen.language.scope import Memo
from specgen.language.source import Diagnostics, Span, SpecError
from specgen.language.syntax import Effect, Expr
from specgen.language.typecheck import check
from specgen.language.typed import Spec
from specgen.language.unparse import declaration_text, expression_text, type_text
from specgen.testgen.mutation.effects import DROPPED, effect_changes, mentioned
from specgen.testgen.mutation.expressions import changes, negated, shifted_ranges
from specgen.testgen.mutation.names import names_of
from specgen.testgen.mutation.scope import Names, Scope


@dataclass(frozen=True, slots=True)
class Mutant:
    """A document that differs from the revision's in one place.

    Args:
        name: stays the same while the part that it changes does: ``exit: guard may_die: drop-conjunct 1``.
        operator: what was done, as in ``drop-conjunct``.
        span: where.
        before, after: the smallest named part around the place, as text; ``after`` is empty where it is gone.
    """

    name: str
    operator: str
    span: Span
    before: str
    after: str
    document: Document


@dataclass(frozen=True, slots=True)
class _Made:
    part: str
    operator: str
    span: Span
    before: str
    after: str
    document: Document


def mutants(spec: Spec) -> tuple[Mutant, ...]:
    """Every mutant of a revision in the order of its parts; some of them may be no spec any more."""
    return tuple(_named(_Maker(spec).made()))


def build(mutant: Document, constants: Mapping[str, str], memo: Memo) -> System | None:
    """The system of a mutant; None if it is no spec.

    Args:
        constants: values that count instead of the declared ones.
    """
    found = Diagnostics()
    try:
        spec = check(mutant, dict(constants), found, memo)
        return None if found.failed else lower(spec)
    except SpecError:
        return None


def without_expectations(document: Document) -> Document:
    """A mutant may lack what the revision expects something of; its verdicts are judged from outside."""
    return replace(document, revision=replace(document.revision, expect=()))


def _named(made: Iterator[_Made]) -> Iterator[Mutant]:
    count: Counter[tuple[str, str]] = Counter()
    for it in made:
        count[it.part, it.operator] += 1
        name = f"{it.part}: {it.operator} {count[it.part, it.operator]}"
        yield Mutant(name, it.operator, it.span, it.before, it.after, it.document)


@dataclass(frozen=True, slots=True)
class _Changed:
    """An item of a document, changed. ``part`` says which of its parts."""

    part: str
    operator: str
    span: Span
    before: str
    after: str
    item: Action


class _Maker:
    def __init__(self, spec: Spec) -> None:
        self._document = without_expectations(spec.document)
        self._scope = Scope(Names.of(spec))
        self._used = _used(spec.document)

    def made(self) -> Iterator[_Made]:
        yield from self._types()
        yield from self._definitions()
        yield from self._procedures()
        yield from self._actions()
        yield from self._processes()

    def _actions(self) -> Iterator[_Made]:
        document = self._document
        for name, action in document.actions.items():
            rest = {n: a for n, a in document.actions.items() if n != name}
            dropped = replace(document, actions=rest)
            yield _Made(name, "drop-action", action.span, f"action {name}", DROPPED, dropped)
            for it in _action_changes(action, self._scope.with_parameters(action.params)):
                changed = replace(document, actions={**document.actions, name: it.item})
                yield _Made(f"{name}: {it.part}", it.operator, it.span, it.before, it.after, changed)

    def _processes(self) -> Iterator[_Made]:
        document = self._document
        for name, process in document.processes.items():
            if process.called and name not in self._used:
                continue
            labels = (IDLE, *(step.name for step in process.steps[1:]))
            scope = replace(self._scope.with_parameters(process.params), labels=labels)
            for place, step in enumerate(process.steps):
                dotted = f"{name}.{step.name}"
                fewer = self._without_step(process, place)
                if fewer is not None:
                    yield _Made(dotted, "drop-step", step.span, f"step {dotted}", DROPPED, fewer)
                for it in _action_changes(step, scope.with_parameters((*step.params, *step.each))):
                    steps = (*process.steps[:place], it.item, *process.steps[place + 1 :])
                    changed = {**document.processes, name: replace(process, steps=steps)}
                    made = replace(document, processes=changed)
                    yield _Made(f"{dotted}: {it.part}", it.operator, it.span, it.before, it.after, made)

    def _without_step(self, process: Process, place: int) -> Document | None:
        document = self._document
        if len(process.steps) > 1:
            steps = (*process.steps[:place], *process.steps[place + 1 :])
            return replace(document, processes={**document.processes, process.name: replace(process, steps=steps)})
        if process.called:
            return None  # nothing would be left to call
        rest = {n: p for n, p in document.processes.items() if n != process.name}
        removed = {**document.removed_processes, process.name: process}
        return replace(document, processes=rest, removed_processes=removed)

    def _procedures(self) -> Iterator[_Made]:
        document = self._document
        for name, procedure in document.procedures.items():
            if name not in self._used:
                continue
            for change in effect_changes(procedure.effect, self._scope.with_parameters(procedure.params)):
                changed = {**document.procedures, name: replace(procedure, effect=change.effect)}
                made = replace(document, procedures=changed)
                yield _Made(f"{name}: effect", change.operator, change.span, change.before, change.after, made)

    def _definitions(self) -> Iterator[_Made]:
        document = self._document
        for name, definition in document.definitions.items():
            if name not in self._used:
                continue
            before = f"{name}: {expression_text(definition.expr)}"
            for change in changes(definition.expr, self._scope.with_parameters(definition.params)):
                changed = {**document.definitions, name: replace(definition, expr=change.expr)}
                made = replace(document, definitions=changed)
                after = f"{name}: {expression_text(change.expr)}"
                yield _Made(name, change.operator, change.span, before, after, made)

    def _types(self) -> Iterator[_Made]:
        """Ranges of named types and of variables."""
        document = self._document
        for name, kind in document.types.items():
            for span, before, after, changed in _type_changes(kind):
                made = replace(document, types={**document.types, name: changed})
                yield _Made(f"type {name}", "off-by-one", span, f"{name}: {before}", f"{name}: {after}", made)
        for name, variable in document.variables.items():
            declaration = variable.declaration
            before = f"{name}: {declaration_text(declaration)}"
            for span, _, _, changed in _type_changes(declaration.type):
                other = replace(declaration, type=changed)
                made = replace(
                    document, variables={**document.variables, name: replace(variable, declaration=other)}
                )
                after = f"{name}: {declaration_text(other)}"
                yield _Made(f"variable {name}", "off-by-one", span, before, after, made)


def _action_changes(action: Action, scope: Scope) -> Iterator[_Changed]:
    for place, guard in enumerate(action.guards):
        rest = (*action.guards[:place], *action.guards[place + 1 :])
        part, before = f"guard {guard.name}", _claim(guard, guard.expr)
        yield _Changed(part, "drop-guard", guard.span, before, DROPPED, replace(action, guards=rest))
        others = [("negate-guard", guard.span, negated(guard.expr))]
        others += [(c.operator, c.span, c.expr) for c in changes(guard.expr, scope)]
        for operator, span, expr in others:
            guards = (*action.guards[:place], replace(guard, expr=expr), *action.guards[place + 1 :])
            yield _Changed(part, operator, span, before, _claim(guard, expr), replace(action, guards=guards))
    for change in effect_changes(action.effect, scope):
        item = replace(action, effect=change.effect)
        yield _Changed("effect", change.operator, change.span, change.before, change.after, item)


def _claim(named: Named, expr: Expr) -> str:
    return f"{named.name}: {expression_text(expr)}"


def _type_changes(kind: syntax.TypeExpr) -> Iterator[tuple[Span, str, str, syntax.TypeExpr]]:
    """Ranges with one end moved: place, the type or field before and after as text, and the whole type."""
    match kind:
        case syntax.RangeType(span):
            for moved in shifted_ranges(kind):
                yield span, type_text(kind), type_text(moved), moved
        case syntax.ArrayType(_, indices, element):
            for place, index in enumerate(indices):
                for span, before, after, changed in _type_changes(index):
                    others = (*indices[:place], changed, *indices[place + 1 :])
                    yield span, before, after, replace(kind, indices=others)
            for span, before, after, changed in _type_changes(element):
                yield span, before, after, replace(kind, element=changed)
        case syntax.SetType(_, element) | syntax.SequenceType(_, _, element):
            for span, before, after, changed in _type_changes(element):
                yield span, before, after, replace(kind, element=changed)
        case syntax.OptionalType(_, base):
            for span, before, after, changed in _type_changes(base):
                yield span, before, after, replace(kind, base=changed)
        case syntax.RecordType(_, fields):
            for name, field in fields.items():
                for span, before, after, changed in _type_changes(field.type):
                    others_ = {**fields, name: replace(field, type=changed)}
                    yield span, f"{name}: {before}", f"{name}: {after}", replace(kind, fields=others_)
        case _:
            return


def _used(document: Document) -> frozenset[str]:
    """The definitions, procedures and called processes that actions and steps use."""
    used: set[str] = set()
    waiting: list[Action | Procedure | Definition] = [*document.actions.values()]
    waiting += [step for p in document.processes.values() if not p.called for step in p.steps]
    while waiting:
        item = waiting.pop()
        for name in _mentions(item):
            if name in used:
                continue
            if name in document.definitions:
                waiting.append(document.definitions[name])
            elif name in document.procedures:
                waiting.append(document.procedures[name])
            elif name in document.processes and document.processes[name].called:
                waiting += document.processes[name].steps
            else:
                continue
            used.add(name)
    return frozenset(used)


def _mentions(item: Action | Procedure | Definition) -> Iterator[str]:
    match item:
        case Definition(expr=expr):
            yield from names_of(expr)
        case Action(guards=guards, effect=effect):
            for guard in guards:
                yield from names_of(guard.expr)
            yield from _in_effect(effect)
        case Procedure(effect=effect):
            yield from _in_effect(effect)


def _in_effect(effect: Effect) -> Iterator[str]:
    for expr in mentioned(effect):
        yield from names_of(expr)
