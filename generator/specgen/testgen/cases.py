"""From a behaviour to a test case: what changes in each step, what is refused, how the test is called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from specgen.core.interpreter import Interpreter
from specgen.core.system import Obligation, State, System
from specgen.testgen.harness.names import Value
from specgen.testgen.suite import Case, Ending, Goal, Refusal, Seen, Step, digest, literal


class Observer:
    """What is seen of a system's behaviour. Remembers what it has looked at."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.interpreter = Interpreter(system)
        self.first: tuple[Value, ...] | None = None  # what the first initial state shows
        self._seen: dict[State, tuple[Value, ...]] = {}
        self._steps: dict[tuple[State, int], tuple[State, tuple[Obligation, ...]]] = {}

    def look(self, state: State) -> tuple[Value, ...]:
        """The values of the observables."""
        found = self._seen.get(state)
        if found is None:
            value, observables = self.interpreter.value, self.system.observables
            found = tuple(literal(o.domain.text(value(o.term, state))) for o in observables)
            self._seen[state] = found
        return found

    def all(self, state: State) -> Seen:
        """The observables with their values."""
        return tuple((o.name, v) for o, v in zip(self.system.observables, self.look(state), strict=True))

    def changes(self, before: State, after: State) -> Seen:
        """The observables that differ, with the new values."""
        old, new = self.look(before), self.look(after)
        return tuple((o.name, n) for o, b, n in zip(self.system.observables, old, new, strict=True) if b != n)

    def step(self, state: State, action: int) -> tuple[State, tuple[Obligation, ...]]:
        """The state after an action, and what it fails."""
        found = self._steps.get((state, action))
        if found is None:
            it = self.system.actions[action]
            found = self.interpreter.apply(state, it), self.interpreter.failing(state, it)
            self._steps[state, action] = found
        return found


def case(
    observer: Observer,
    name: str,
    goals: Sequence[Goal],
    initial: State,
    actions: Sequence[int],
    *,
    refusals: Mapping[int, Sequence[Refusal]] | None = None,
    ending: Ending | None = None,
) -> Case:
    """A test case.

    Args:
        name: of the test; empty for one made from the steps (and from how the start differs from the usual one).
        refusals: per number of a state what must be refused there.
    """
    refused = refusals or {}
    state = initial
    steps: list[Step] = []
    for number, action in enumerate(actions, 1):
        after, failing = observer.step(state, action)
        warns = tuple(o.name for o in failing if o.kind == "check")
        steps.append(Step(action, observer.changes(state, after), warns, tuple(refused.get(number, ()))))
        state = after
    start = observer.all(initial)
    made = name or _name(observer, actions, start)
    return Case(made, tuple(goals), initial, start, tuple(refused.get(0, ())), tuple(steps), ending)


def _name(observer: Observer, actions: Sequence[int], start: Seen) -> str:
    """The last action, and a digest of all steps: the same steps have the same name in every suite."""
    labels = [observer.system.actions[a].label for a in actions]
    first = observer.first or ()
    other = [f"{name} = {value}" for (name, value), usual in zip(start, first, strict=False) if value != usual]
    text = "\n".join([*labels, *other])
    return f"{identifier(labels[-1]) if labels else 'start'}_{digest(text)[:6]}"


def identifier(text: str) -> str:
    """Words and numbers of a text, joined: ``fetch.fetch(g=old, q=0)`` gives ``fetch_fetch_old_0``."""
    return re.sub(r"\W+", "_", re.sub(r"\w+=", "", text)).strip("_").lower() or "_"
