"""Test cases run on a system in the place of an implementation, judged as the harness judges them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from specgen.core.system import Property
from specgen.testgen.mutation.behaviour import HAPPENS, Behaviour, Interface, Look
from specgen.testgen.suite import Case, Ending, Refusal, Seen, Suite


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One step: the action's place in the interface, and all that must be seen then."""

    action: int
    warns: frozenset[str]
    look: Look
    refused: frozenset[int]


@dataclass(frozen=True, slots=True)
class Script:
    """A test case in terms of an interface.

    Args:
        name: ``violations: no_uaf_fallback``.
        steps: without the last one where that must violate what ``ending`` names.
        last: that step, or the one that ``ending`` prevents; -1 for none.
    """

    name: str
    start: Look
    refused: frozenset[int]
    steps: tuple[ScriptStep, ...]
    ending: Ending | None
    last: int


def scripts(suites: Iterable[Suite], interface: Interface) -> tuple[Script, ...]:
    """The cases of some suites, those first that take few steps: what kills a mutant is then found soon."""
    made = [_script(suite, case, interface) for suite in suites for case in suite.cases]
    return tuple(sorted(made, key=lambda script: len(script.steps)))


def _script(suite: Suite, case: Case, interface: Interface) -> Script:
    number = {label: place for place, label in enumerate(interface.actions)}
    actions = suite.system.actions

    def refused(refusals: Sequence[Refusal]) -> frozenset[int]:
        return frozenset(number[actions[r.action].label] for r in refusals)

    place = {name: k for k, name in enumerate(interface.observables)}
    start = look = _applied([None] * len(place), place, case.start)
    steps: list[ScriptStep] = []
    for step in case.steps:
        look = _applied(list(look), place, step.changes)
        steps.append(
            ScriptStep(number[actions[step.action].label], frozenset(step.warns), look, refused(step.refusals))
        )
    ending, last = case.ending, -1
    if ending is not None and ending.kind == "violates":
        last = steps.pop().action
    elif ending is not None and ending.kind == "prevents":
        last = number[actions[ending.tail[0]].label]
    name = f"{suite.criterion}: {case.name}"
    return Script(name, start, refused(case.refusals), tuple(steps), ending, last)


def _applied(values: list[object], place: dict[str, int], seen: Seen) -> Look:
    for name, value in seen:
        values[place[name]] = value
    return tuple(values)  # type: ignore[arg-type]  # every value of the start was replaced


class Runner:
    """Runs scripts on one system."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._starts: dict[Look, int] = {}
        for state in behaviour.initial():
            self._starts.setdefault(behaviour.look(state), state)

    def failing(self, all_scripts: Iterable[Script]) -> str | None:
        """The name of the first script that fails; None if all pass."""
        return next((script.name for script in all_scripts if not self.passes(script)), None)

    def passes(self, script: Script) -> bool:
        """Whether every step happens with what must be seen, and every refusal is one."""
        behaviour = self._behaviour
        state = self._starts.get(script.start)
        if state is None or not self._refuses(state, script.refused):
            return False
        for step in script.steps:
            entry = behaviour.outcome(state, step.action)
            if entry is None or entry[1].kind != HAPPENS or entry[1].names != step.warns:
                return False
            state += entry[2]
            if behaviour.look(state) != step.look or not self._refuses(state, step.refused):
                return False
        return script.ending is None or self._ends(state, script, script.ending)

    def _refuses(self, state: int, refused: frozenset[int]) -> bool:
        if not refused:
            return True
        return not any(entry[0] in refused for entry in self._behaviour.entries(state))

    def _ends(self, state: int, script: Script, ending: Ending) -> bool:
        match ending.kind:
            case "stuck":
                return not self._behaviour.entries(state)
            case "breaks":
                return self._broken(state, ending.name)
            case "prevents":
                return self._behaviour.outcome(state, script.last) is None
            case _:
                entry = self._behaviour.outcome(state, script.last)
                return entry is not None and any(name in entry[1].names for name in (ending.name, *ending.also))

    def _broken(self, state: int, name: str) -> bool:
        """Whether a state violates a property of states."""
        behaviour = self._behaviour
        found = [p for p in behaviour.system.properties if p.name == name and p.kind != "cover"]
        return any(
            not self._possible(state, item) if item.kind == "possible" else not behaviour.holds(item.term, state)
            for item in found
        )

    def _possible(self, state: int, item: Property) -> bool:
        """Whether a state where the predicate holds can still be reached."""
        behaviour = self._behaviour
        seen, waiting = {state}, [state]
        while waiting:
            at = waiting.pop()
            if behaviour.holds(item.term, at):
                return True
            for _, outcome, change in behaviour.entries(at):
                if outcome.kind == HAPPENS and at + change not in seen:
                    seen.add(at + change)
                    waiting.append(at + change)
        return False
