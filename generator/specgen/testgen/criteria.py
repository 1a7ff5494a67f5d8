"""What a suite must exercise: goals over the complete graph, by criterion.

A criterion knows all its goals that can be met, each with a shortest way to it, and which of them a step or a
state serves. What it cannot meet it reports, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from specgen.core.interpreter import Interpreter
from specgen.core.system import ACTOR_FREE, AT_STEP, ROUND_OPEN, Action
from specgen.core.terms import evaluation_order, support
from specgen.testgen.graph import Graph
from specgen.testgen.suite import Goal, Unmet

MOST_GOALS = 50_000

Key = tuple[object, ...]  # a goal, as its criterion tells it from others


class TooMany(Exception):
    """A criterion has more goals on this graph than anybody could want tests for."""

    def __init__(self, criterion: str) -> None:
        super().__init__(criterion)
        self.criterion = criterion


@dataclass(frozen=True, slots=True)
class Route:
    """Where a goal is first served: in ``state``, or by the actions ``then`` that follow it."""

    state: int
    then: tuple[int, ...] = ()


class Criterion(Protocol):
    """One criterion on one graph. ``goals`` are in the order of the graph's states."""

    name: str
    goals: dict[Key, Route]

    def by_start(self, state: int) -> Iterable[Key]:
        """The goals that beginning in a state serves."""

    def by_state(self, state: int) -> Iterable[Key]:
        """The goals that being in a state serves."""

    def by_step(self, before: int, state: int, action: int) -> Iterable[Key]:
        """The goals that a step out of ``state`` serves; ``before`` is the action of the last step, or -1."""

    def text(self, key: Key) -> str:
        """A goal in words."""

    def unmet(self) -> Iterator[Unmet]:
        """Goals that nothing meets."""


class _Goals:
    """What criteria have in common: most goals are served in one way only."""

    name = ""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.goals: dict[Key, Route] = {}

    def by_start(self, state: int) -> Iterable[Key]:  # noqa: ARG002  # see Criterion
        return ()

    def by_state(self, state: int) -> Iterable[Key]:  # noqa: ARG002
        return ()

    def by_step(self, before: int, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002
        return ()

    def unmet(self) -> Iterator[Unmet]:
        return iter(())

    def _label(self, action: object) -> str:
        assert isinstance(action, int)
        return self.graph.system.actions[action].label

    def _first(self, keys: Callable[[int, int], Key]) -> None:
        for state in self.graph.states:
            for action, _ in self.graph.edges(state):
                key = keys(state, action)
                if key not in self.goals:
                    self.goals[key] = Route(state, (action,))
                    _bound(self.name, self.goals)


class Actions(_Goals):
    """Each ground action."""

    name = "actions"

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._first(lambda _, action: (action,))

    def by_step(self, before: int, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002
        return ((action,),)

    def text(self, key: Key) -> str:
        return self._label(key[0])

    def unmet(self) -> Iterator[Unmet]:
        for action in self.graph.system.actions:
            if (action.index,) not in self.goals:
                yield Unmet(Goal(self.name, action.label), (blocking(self.graph, action),))


class Transitions(_Goals):
    """Each ground action with each combination of values of the variables that its guards and conditions read."""

    name = "transitions"

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._masks = [graph.packing.mask(_decides(action)) for action in graph.system.actions]
        self._first(self._key)

    def _key(self, state: int, action: int) -> Key:
        return (action, state & self._masks[action])

    def by_step(self, before: int, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002
        return (self._key(state, action),)

    def text(self, key: Key) -> str:
        return _situation(self.graph, key, self._masks)


class Pairs(_Goals):
    """Each two ground actions, where the second can be the next step after the first."""

    name = "pairs"

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        follow = {state: sum(1 << a for a, _ in graph.edges(state)) for state in graph.states}
        known = [0] * len(graph.system.actions)
        for state in graph.states:
            for action, after in graph.edges(state):
                new = follow[after] & ~known[action]
                if new:
                    known[action] |= new
                    for following, _ in graph.edges(after):
                        if new >> following & 1:
                            self.goals[action, following] = Route(state, (action, following))
                    _bound(self.name, self.goals)

    def by_step(self, before: int, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002
        return ((before, action),) if before >= 0 else ()

    def text(self, key: Key) -> str:
        return f"{self._label(key[0])}, then {self._label(key[1])}"


class Refusals(_Goals):
    """Each ground action of some actors, with each combination of values for which its guards refuse it.

    And that right behind each step that brings the combination about: a flag that is not taken back is seen only
    there. A goal is the action refused, the values, and the action of that step (-1: an initial state).

    Args:
        meant: whether an action is one of those.
    """

    def __init__(self, name: str, graph: Graph, meant: Callable[[Action], bool]) -> None:
        super().__init__(graph)
        self.name = name
        system, packing = graph.system, graph.packing
        self._masks = [packing.mask(_refuses(action)) for action in system.actions]
        self._meant = [a.index for a in system.actions if meant(a)]
        self._by: dict[tuple[int, int], tuple[str, ...]] = {}
        interpreter = Interpreter(system)
        for index in self._meant:
            self._classes(system.actions[index], interpreter)
        writes = [packing.mask([variable for variable, _ in action.updates]) for action in system.actions]
        self._touched = [[b for b in self._meant if written & self._masks[b]] for written in writes]
        for state in graph.states:
            if not graph.depth[state]:
                for key in self.by_start(state):
                    self.goals.setdefault(key, Route(state))
            for action, after in graph.edges(state):
                for key in self._brought(state, action, after):
                    if key not in self.goals:
                        self.goals[key] = Route(state, (action,))
            _bound(name, self.goals)

    def _classes(self, action: Action, interpreter: Interpreter) -> None:
        mask = self._masks[action.index]
        firsts: dict[int, int] = {}
        for state in self.graph.states:
            firsts.setdefault(state & mask, state)
        for bits, state in firsts.items():
            values = self.graph.unpack(state)
            if not interpreter.attempted(values, action):
                refusing = tuple(g.name for g in action.guards if not interpreter.holds(g.term, values))
                self._by[action.index, bits] = refusing

    def by_start(self, state: int) -> Iterable[Key]:
        return [(b, bits, -1) for b in self._meant if (b, bits := state & self._masks[b]) in self._by]

    def by_step(self, before: int, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002
        return self._brought(state, action, self.graph.after(state, action))

    def _brought(self, state: int, action: int, after: int) -> Iterator[Key]:
        changed, masks = state ^ after, self._masks
        for b in self._touched[action]:
            if changed & masks[b] and (b, after & masks[b]) in self._by:
                yield (b, after & masks[b], action)

    def refusal(self, key: Key) -> tuple[int, tuple[str, ...]]:
        """The action refused, and the guards that refuse it."""
        index, bits, _ = key
        assert isinstance(index, int)
        assert isinstance(bits, int)
        return index, self._by[index, bits]

    def text(self, key: Key) -> str:
        index, bits, action = key
        assert isinstance(action, int)
        by = ", ".join(self.refusal(key)[1])
        behind = f" behind {self.graph.system.actions[action].label}" if action >= 0 else ""
        return f"{_situation(self.graph, (index, bits), self._masks)}: refused by {by}{behind}"

    def unmet(self) -> Iterator[Unmet]:
        """Guards that refuse nothing: no reachable state makes them false."""
        refusing = {(index, name) for (index, _), names in self._by.items() for name in names}
        seen: set[tuple[str, str]] = set()
        for index in self._meant:
            action = self.graph.system.actions[index]
            for guard in action.guards:
                if (index, guard.name) in refusing or guard.name in (AT_STEP, ROUND_OPEN, ACTOR_FREE):
                    continue
                if (action.name, guard.name) not in seen:
                    seen.add((action.name, guard.name))
                    text = f"{action.label} refused by {guard.name}"
                    yield Unmet(Goal(self.name, text), ("the guard holds in every reachable state",))


class Covers(_Goals):
    """Each cover of the spec."""

    name = "covers"

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._predicates: dict[str, Callable[[int], bool]] = {}
        for item in graph.system.properties:
            if item.kind == "cover":
                first = next(graph.where(item.term), None)
                if first is not None:
                    self.goals[(item.name,)] = Route(first)
                    self._predicates[item.name] = graph.predicate(item.term)

    def by_state(self, state: int) -> Iterable[Key]:
        return [(name,) for name, holds in self._predicates.items() if holds(state)]

    def text(self, key: Key) -> str:
        return f"{key[0]} is reached"

    def unmet(self) -> Iterator[Unmet]:
        for item in self.graph.system.properties:
            if item.kind == "cover" and (item.name,) not in self.goals:
                yield Unmet(Goal(self.name, f"{item.name} is reached"), tuple(self._reasons()))

    def _reasons(self) -> Iterator[str]:
        yield f"none of the {len(self.graph.states):,} reachable states is one"
        alive = {a for state in self.graph.states for a, _ in self.graph.edges(state)}
        for action in self.graph.system.actions:
            if action.index not in alive:
                yield blocking(self.graph, action)


class Ends(_Goals):
    """Each state in which no action is attempted."""

    name = "ends"

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        interpreter = Interpreter(graph.system)
        for state in graph.states:
            if not graph.edges(state):
                values = graph.unpack(state)
                if not any(interpreter.attempted(values, a) for a in graph.system.actions):
                    self.goals[(state,)] = Route(state)
                    _bound(self.name, self.goals)

    def by_state(self, state: int) -> Iterable[Key]:
        return ((state,),) if (state,) in self.goals else ()

    def text(self, key: Key) -> str:
        state = key[0]
        assert isinstance(state, int)
        return f"nothing more happens, after {self.graph.depth[state]} steps"


def criterion(name: str, graph: Graph) -> Criterion:
    """A criterion by name, but for ``violations``, whose traces the engines find.

    Raises:
        TooMany: it has too many goals on this graph.
    """
    controllable = graph.system.controllable
    match name:
        case "covers":
            return Covers(graph)
        case "actions":
            return Actions(graph)
        case "transitions":
            return Transitions(graph)
        case "pairs":
            return Pairs(graph)
        case "refusals":
            return Refusals(name, graph, lambda a: a.actor in controllable)
        case "waits":
            return Refusals(name, graph, lambda a: a.actor not in controllable)
        case _:
            return Ends(graph)


def blocking(graph: Graph, action: Action) -> str:
    """Why an action never happens, in words: the guard that stops it where most of the others hold."""
    interpreter = Interpreter(graph.system)
    best: tuple[int, str] = (-1, "")
    mask = graph.packing.mask(_refuses(action))
    nearest: dict[int, int] = {}
    for state in graph.states:
        nearest.setdefault(state & mask, state)
    for state in nearest.values():
        values = graph.unpack(state)
        false = [g.name for g in action.guards if not interpreter.holds(g.term, values)]
        count = len(action.guards) - len(false)
        if false and count > best[0]:
            best = (count, ", ".join(false))
    if not best[1]:
        return f"{action.label}: its guards hold somewhere, but an assert fails wherever they do"
    return f"{action.label}: nowhere do all guards hold; at best all but {best[1]}"


def _refuses(action: Action) -> frozenset[int]:
    """The variables that say whether an action's guards hold."""
    found: set[int] = set()
    for guard in action.guards:
        found |= support(guard.term)
    for obligation in action.obligations:
        if obligation.always:
            found |= support(obligation.term)
    return frozenset(found)


def _decides(action: Action) -> frozenset[int]:
    """The variables that guards and the conditions of the effect read."""
    found = set(_refuses(action))
    for _, term in action.updates:
        for node in evaluation_order(term):
            if node.op == "ite":
                found |= support(node.operands[0])
    return frozenset(found)


def _situation(graph: Graph, key: Key, masks: list[int]) -> str:
    """``stop.begin where dev = live, mutex = false``."""
    index, bits = key
    assert isinstance(index, int)
    assert isinstance(bits, int)
    system, action = graph.system, graph.system.actions[index]
    at = {v for g in action.guards if g.name == AT_STEP for v in support(g.term)}
    given = [
        f"{variable.name} = {variable.domain.text(((bits & mask) >> offset) + variable.domain.low)}"
        for variable, mask, offset in zip(system.variables, graph.packing.masks, graph.packing.offsets, strict=True)
        if mask & masks[index] and variable.index not in at
    ]
    return f"{action.label} where {', '.join(given)}" if given else action.label


def _bound(name: str, goals: Mapping[Key, Route]) -> None:
    if len(goals) > MOST_GOALS:
        raise TooMany(name)
