"""Which scenarios to run: walks through beliefs that take every step in every class of what can be seen.

A scenario lets the system settle behind each of its steps, so that what may be the case stays small. It ends where
the system may have crashed: nothing is known behind a crash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from specgen.core.system import System
from specgen.testgen.cases import Observer
from specgen.testgen.harness.names import Value
from specgen.testgen.scenario.beliefs import Belief, Beliefs

Look = tuple[Value, ...]  # the values of all observables, in their order
Class = frozenset[Look]  # what may be seen of the observables that make a class


@dataclass(frozen=True, slots=True)
class Goal:
    """A step of the test's own, taken where something is seen.

    Args:
        seen: what is seen before, of the observables that make a class.
        action: index into ``system.actions``.
    """

    seen: Class
    action: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scenario, and what a test then sees.

    Args:
        action: index into ``system.actions``.
        possible: per observable the values that it may have from this step to the next.
        settled: what is seen when the system has settled, one of these; empty where it has crashed for certain.
        crashes: asserts that may fail.
    """

    action: int
    possible: tuple[frozenset[Value], ...]
    settled: frozenset[Look]
    crashes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A test: steps one after another.

    Args:
        start: what is seen before the first step.
        goals: those that it serves and no scenario before it does.
    """

    start: frozenset[Look]
    steps: tuple[Step, ...]
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The scenarios of a system.

    Args:
        beliefs: how many were looked at.
        complete: there are no others.
    """

    scenarios: tuple[Scenario, ...]
    goals: int
    beliefs: int
    complete: bool


class Planner:
    """Looks through beliefs, nearest first, and picks scenarios.

    Args:
        classes: names of the observations that tell classes apart.
        most: how many beliefs to look at.
    """

    def __init__(self, system: System, classes: Sequence[str], most: int) -> None:
        self._beliefs = Beliefs(system)
        self._observer = Observer(system)
        self._places = [i for i, o in enumerate(system.observables) if _base(o.name) in classes]
        self._most = most
        self._looks: dict[int, Look] = {}

    def plan(self) -> Plan:
        start = self._beliefs.start()
        before: dict[Belief, tuple[Belief, int] | None] = {start: None}
        first: dict[Goal, tuple[Belief, int]] = {}
        queue, looked = [start], 0
        for belief in queue:
            if looked >= self._most:
                break
            looked += 1
            seen = self._class(belief)
            for action in self._beliefs.offers(belief):
                first.setdefault(Goal(seen, action.index), (belief, action.index))
                after = self._beliefs.settle(self._beliefs.take(belief, action))
                if after not in before:
                    before[after] = (belief, action.index)
                    if not after.crashes:
                        queue.append(after)
        walks = self._pick(before, first)
        made = tuple(self._scenario(start, actions, goals) for actions, goals in walks)
        return Plan(made, len(first), looked, looked == len(queue))

    def _pick(
        self, before: dict[Belief, tuple[Belief, int] | None], first: dict[Goal, tuple[Belief, int]]
    ) -> Iterator[tuple[tuple[int, ...], tuple[Goal, ...]]]:
        """The longest ways first: what they pass on the way needs no scenario of its own."""
        ways = {goal: (*_way(before, belief), action) for goal, (belief, action) in first.items()}
        left = dict.fromkeys(ways)
        for goal, way in sorted(ways.items(), key=lambda item: (-len(item[1]), item[1])):
            if goal not in left:
                continue
            served = [g for g in dict.fromkeys(self._passed(way)) if g in left]
            for it in served:
                del left[it]
            yield way, tuple(served)

    def _passed(self, way: tuple[int, ...]) -> Iterator[Goal]:
        belief = self._beliefs.start()
        for index in way:
            yield Goal(self._class(belief), index)
            action = self._beliefs.system.actions[index]
            belief = self._beliefs.settle(self._beliefs.take(belief, action))

    def _scenario(self, start: Belief, way: tuple[int, ...], goals: tuple[Goal, ...]) -> Scenario:
        steps, belief = [], start
        for index in way:
            taken = self._beliefs.take(belief, self._beliefs.system.actions[index])
            belief = self._beliefs.settle(taken)
            possible = [set[Value]() for _ in self._beliefs.system.observables]
            for state in self._beliefs.wait(taken).states:
                for values, value in zip(possible, self._look(state), strict=True):
                    values.add(value)
            settled = frozenset(map(self._look, belief.states))
            steps.append(Step(index, tuple(map(frozenset, possible)), settled, belief.crashes))
        return Scenario(frozenset(map(self._look, start.states)), tuple(steps), goals)

    def _class(self, belief: Belief) -> Class:
        looks = map(self._look, belief.states)
        return frozenset(tuple(look[i] for i in self._places) for look in looks)

    def _look(self, state: int) -> Look:
        known = self._looks.get(state)
        if known is None:
            known = self._looks[state] = self._observer.look(self._beliefs.packing.unpack(state))
        return known


def _way(before: dict[Belief, tuple[Belief, int] | None], belief: Belief) -> tuple[int, ...]:
    actions = []
    while (step := before[belief]) is not None:
        belief, action = step
        actions.append(action)
    return tuple(reversed(actions))


def _base(name: str) -> str:
    return name.partition("(")[0]
