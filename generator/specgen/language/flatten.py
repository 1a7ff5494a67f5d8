"""A process as one flat list of steps: called processes copied in, every jump's target known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from specgen.language import syntax
from specgen.language.document import Action, Process
from specgen.language.names import did_you_mean
from specgen.language.rules import IDLE
from specgen.language.scope import Scope, arguments, takes
from specgen.language.source import Diagnostics


@dataclass(frozen=True, slots=True, eq=False)
class FlatStep:
    """One step of a process or of a copy of a called one.

    Args:
        label: the counter's value before the step.
        next: its value after it, unless the effect jumps.
        targets: what ``goto`` may name here, with the counter's value it means.
        entries: per ``call`` in the effect (by identity) the counter's value that enters the copy.
        outer: the calls that lead here, outermost first: callee and call.
    """

    step: Action
    label: str
    next: str
    targets: dict[str, str]
    entries: dict[int, str]
    outer: tuple[tuple[Process, syntax.Call], ...]


@dataclass(slots=True)
class Flattener:
    """Flattens processes of one revision, reporting calls that cannot be made."""

    processes: dict[str, Process]
    procedures: frozenset[str]
    diagnostics: Diagnostics

    def flatten(self, process: Process) -> tuple[FlatStep, ...]:
        """All steps in the order written, copies right behind the step that calls them."""
        return tuple(self._level(process, "", IDLE, (), (process.name,)))

    def _level(
        self,
        process: Process,
        prefix: str,
        back: str,
        outer: tuple[tuple[Process, syntax.Call], ...],
        path: tuple[str, ...],
    ) -> Iterator[FlatStep]:
        labels = [prefix + step.name for step in process.steps]
        if not prefix and labels:
            labels[0] = IDLE
        targets = {step.name: label for step, label in zip(process.steps, labels, strict=True)}
        if not prefix and process.steps:
            del targets[process.steps[0].name]  # `goto: idle` is how one goes there
        targets[IDLE] = back
        called = [(step, call) for step in process.steps for call in calls(step.effect)]
        times = Counter(call.call.function for _, call in called)
        following = [*labels[1:], back]
        for step, label, after in zip(process.steps, labels, following, strict=True):
            entries: dict[int, str] = {}
            copies: list[FlatStep] = []
            for call in calls(step.effect):
                callee = self._callee(call, path)
                if callee is None:
                    continue
                name = callee.name if times[callee.name] == 1 else f"{step.name}.{callee.name}"
                inner = f"{prefix}{name}."
                entries[id(call)] = inner + callee.steps[0].name
                path_in = (*path, callee.name)
                copies += self._level(callee, inner, after, (*outer, (callee, call.call)), path_in)
            yield FlatStep(step, label, after, targets, entries, outer)
            yield from copies

    def _callee(self, call: syntax.CallProcess, path: tuple[str, ...]) -> Process | None:
        name, span = call.call.function, call.call.span
        callee = self.processes.get(name)
        if callee is None or not callee.called:
            known = [p.name for p in self.processes.values() if p.called]
            advice = did_you_mean(name, known)
            if callee is not None:
                message, advice = (
                    f"process '{name}' is not marked `called: true`",
                    "only such a process can be called",
                )
            elif name in self.procedures:
                message, advice = f"'{name}' is a procedure", f"write `do: {name}(...)`"
            else:
                message = f"no process is called '{name}'"
            self.diagnostics.add("SG420", message, span, help=advice)
            return None
        if name in path:
            self.diagnostics.add(
                "SG411", f"process '{name}' calls itself", span, help="called processes are copied in place"
            )
            return None
        return callee if takes(callee, call.call, self.diagnostics) else None


def calls(effect: syntax.Effect) -> Iterator[syntax.CallProcess]:
    """All ``call:`` of an effect, in the order written."""
    for statement in effect:
        match statement:
            case syntax.CallProcess():
                yield statement
            case syntax.If(_, _, then, otherwise):
                yield from calls(then)
                yield from calls(otherwise)
            case syntax.For(_, _, _, _, body):
                yield from calls(body)


def inner_scope(outer: tuple[tuple[Process, syntax.Call], ...], scope: Scope) -> Scope:
    """The scope inside nested calls: each callee's parameters stand for the caller's arguments."""
    for callee, call in outer:
        scope = Scope(arguments(callee, call, scope))
    return scope
