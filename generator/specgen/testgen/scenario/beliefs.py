"""What may be the case when a test controls some actors' steps and the others' happen when they will.

A test knows what it did and what it saw. The states that the system may then be in are a *belief*. After each step
the test may let the system *settle*: every hidden step that can happen does, sooner or later, so that the system
ends up in one of the strongly connected components that hidden steps do not leave. This is the fairness that is
assumed: a hidden step that is possible again and again happens. A hidden step that fails an assert ends the path
there: the system is taken to have crashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specgen.core.interpreter import Interpreter
from specgen.core.system import Action, System
from specgen.engines.steps import Step, Steps


@dataclass(frozen=True, slots=True)
class Belief:
    """What may be the case.

    Args:
        states: packed; every one may be the present state, and no other.
        crashes: asserts that may have failed on the way; the system is then in no state at all.
    """

    states: frozenset[int]
    crashes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Closure:
    """Where hidden steps lead from some states.

    Args:
        states: all that are on the way, those it began with among them.
        settled: those of them that hidden steps do not leave for good.
        crashes: asserts that hidden steps may fail.
    """

    states: frozenset[int]
    settled: frozenset[int]
    crashes: frozenset[str]


class Crowded(Exception):
    """More states may be the case than the limit allows."""


class Beliefs:
    """Follows what may be the case, from step to step of a test.

    Args:
        most: how many states hidden steps may lead to from one of them.
    """

    def __init__(self, system: System, most: int = 100_000) -> None:
        self.system = system
        self._failed: list[tuple[int, tuple[int, ...]]] = []
        self._steps = Steps(system, lambda action, failed: self._failed.append((action, failed)))
        self.packing = self._steps.packing
        self._most = most
        mine = [a for a in system.actions if a.actor in system.controllable]
        hidden = [a for a in system.actions if a.actor not in system.controllable]
        self._controlled = {a.index: self._steps.step(a) for a in mine}
        self._hidden = [(a, self._steps.step(a)) for a in hidden]
        self._enabled = {a.index: self._steps.conjunction([g.term for g in a.guards]) for a in mine}
        self._next: dict[int, tuple[tuple[int, ...], tuple[str, ...]]] = {}
        self._closures: dict[int, Closure] = {}

    def start(self) -> Belief:
        """What may be the case when a test begins and the system has settled."""
        states = [self.packing.pack(s) for s in Interpreter(self.system).initial_states()]
        return self.settle(Belief(frozenset(states)))

    def offers(self, belief: Belief) -> Iterator[Action]:
        """The steps that a test can make whatever is the case."""
        if not belief.states:
            return
        for index, enabled in self._enabled.items():
            if all(map(enabled, belief.states)):
                yield self.system.actions[index]

    def take(self, belief: Belief, action: Action) -> Belief:
        """Right after a step of the test's own."""
        step, crashes = self._controlled[action.index], set(belief.crashes)
        after = set()
        for state in belief.states:
            change, failed = self._try(step, state)
            crashes |= failed
            after |= {state + change[0]} if change else set()
        return Belief(frozenset(after), frozenset(crashes))

    def wait(self, belief: Belief) -> Belief:
        """Any time later: hidden steps may have happened or not."""
        found = [self.closure(state) for state in belief.states]
        return self._joined(belief, (c.states for c in found), found)

    def settle(self, belief: Belief) -> Belief:
        """When all hidden steps have happened that had to."""
        found = [self.closure(state) for state in belief.states]
        return self._joined(belief, (c.settled for c in found), found)

    def closure(self, state: int) -> Closure:
        """Where hidden steps lead from a state.

        Raises:
            Crowded: to more states than the limit.
        """
        known = self._closures.get(state)
        if known is None:
            known = self._closures[state] = self._close(state)
        return known

    def _joined(self, belief: Belief, states: Iterable[frozenset[int]], found: list[Closure]) -> Belief:
        crashes = belief.crashes.union(*(c.crashes for c in found))
        return Belief(frozenset().union(*states), crashes)

    def _close(self, first: int) -> Closure:
        """Tarjan's algorithm, without recursion."""
        number: dict[int, int] = {first: 0}
        low = {first: 0}
        leaves: dict[int, bool] = {first: False}  # whether the component leads on to another, or to a crash
        path, waiting = [first], [iter(self._after(first)[0])]
        stack, settled, crashes = [first], set[int](), set(self._after(first)[1])
        leaves[first] = bool(crashes)
        done: set[int] = set()
        while path:
            state = path[-1]
            for after in waiting[-1]:
                if after not in number:
                    if len(number) >= self._most:
                        raise Crowded
                    number[after] = low[after] = len(number)
                    steps, failed = self._after(after)
                    crashes.update(failed)
                    leaves[after] = bool(failed)
                    path.append(after)
                    stack.append(after)
                    waiting.append(iter(steps))
                    break
                if after in done:
                    leaves[state] = True
                else:
                    low[state] = min(low[state], number[after])
            else:
                path.pop()
                waiting.pop()
                if low[state] == number[state]:
                    self._component(state, stack, leaves, done, settled)
                if path:
                    before = path[-1]
                    low[before] = min(low[before], low[state])
                    leaves[before] = leaves[before] or leaves[state] or state in done
        return Closure(frozenset(number), frozenset(settled), frozenset(crashes))

    @staticmethod
    def _component(
        state: int, stack: list[int], leaves: dict[int, bool], done: set[int], settled: set[int]
    ) -> None:
        members = []
        while True:
            members.append(stack.pop())
            if members[-1] == state:
                break
        done.update(members)
        if not any(leaves[m] for m in members):
            settled.update(members)

    def _after(self, state: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
        known = self._next.get(state)
        if known is None:
            steps, crashes = set(), set()
            for _, step in self._hidden:
                change, failed = self._try(step, state)
                crashes |= failed
                if change and change[0]:
                    steps.add(state + change[0])
            known = self._next[state] = tuple(sorted(steps)), tuple(sorted(crashes))
        return known

    def _try(self, step: Step, state: int) -> tuple[tuple[int, ...], set[str]]:
        """The change that a step makes, and the asserts that it fails."""
        self._failed.clear()
        change = step(state)
        actions = self.system.actions
        failing = [actions[a].obligations[i] for a, indices in self._failed for i in indices]
        return change, {o.name for o in failing if o.fatal}
