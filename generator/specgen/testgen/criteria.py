"""What a suite must exercise: goals over the complete graph, by criterion.

A criterion knows all its goals that can be met, each with a shortest way to it, and which of them a step or a
state serves. What it cannot meet it reports, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from specgen.core.interpreter import Interpreter
from specgen.core.system import AT_STEP, Action
from specgen.core.terms import evaluation_order, support
from specgen.testgen.graph import Graph
from specgen.testgen.suite import Goal, Refusal, Unmet

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


@dataclass(frozen=True, slots=True)
class Walk:
    """A path from an initial state, and the goals it is there for.

    ``served`` has the goals per state: those that state ``k`` serves or step ``k``, which leads to it. A goal is
    named in one walk only: the first that comes upon it.
    """

    initial: int
    actions: tuple[int, ...]
    served: tuple[tuple[Key, ...], ...]


class Criterion(Protocol):
    """One criterion on one graph. ``goals`` are in the order of the graph's states."""

    name: str
    goals: dict[Key, Route]

    def by_start(self, state: int) -> Iterable[Key]:
        """The goals that beginning in a state serves."""

    def by_state(self, state: int) -> Iterable[Key]:
        """The goals that being in a state serves."""

    def by_step(self, memory: object, state: int, action: int) -> Iterable[Key]:
        """The goals that a step out of ``state`` serves. ``memory`` is of the steps before it."""

    def remember(self, memory: object, state: int, action: int) -> object:
        """What matters later of the steps before, of which there is ``memory``, and of one more; at first None."""

    def refused(self, walk: Walk) -> Mapping[int, list[Refusal]]:
        """What must be refused on a walk for the goals that it is there for, by the number of the state."""

    def text(self, key: Key) -> str:
        """A goal in words."""

    def unmet(self) -> Iterator[Unmet]:
        """Goals that nothing meets."""


class Goals:
    """What criteria have in common: most goals are served in one way only."""

    name = ""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.goals: dict[Key, Route] = {}

    def by_start(self, state: int) -> Iterable[Key]:  # noqa: ARG002  # see Criterion
        return ()

    def by_state(self, state: int) -> Iterable[Key]:  # noqa: ARG002
        return ()

    def by_step(self, memory: object, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002
        return ()

    def remember(self, memory: object, state: int, action: int) -> object:  # noqa: ARG002
        return None

    def refused(self, walk: Walk) -> Mapping[int, list[Refusal]]:  # noqa: ARG002
        return {}

    def unmet(self) -> Iterator[Unmet]:
        return iter(())

    def label(self, action: object) -> str:
        assert isinstance(action, int)
        return self.graph.system.actions[action].label

    def first(self, keys: Callable[[int, int], Key]) -> None:
        for state in self.graph.states:
            for action, _ in self.graph.edges(state):
                key = keys(state, action)
                if key not in self.goals:
                    self.goals[key] = Route(state, (action,))
                    bound(self.name, self.goals)


class Actions(Goals):
    """Each ground action."""

    name = "actions"

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.first(lambda _, action: (action,))

    def by_step(self, memory: object, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002
        return ((action,),)

    def text(self, key: Key) -> str:
        return self.label(key[0])

    def unmet(self) -> Iterator[Unmet]:
        for action in self.graph.system.actions:
            if (action.index,) not in self.goals:
                yield Unmet(Goal(self.name, action.label), (self.graph.blocking(action),))


class Transitions(Goals):
    """Each ground action with each combination of values of the variables that its guards and conditions read."""

    name = "transitions"

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._masks = [graph.packing.mask(_decides(action)) for action in graph.system.actions]
        self.first(self._key)

    def _key(self, state: int, action: int) -> Key:
        return (action, state & self._masks[action])

    def by_step(self, memory: object, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002
        return (self._key(state, action),)

    def text(self, key: Key) -> str:
        return situation(self.graph, key, self._masks)


class Pairs(Goals):
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
                    bound(self.name, self.goals)

    def by_step(self, memory: object, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002
        return ((memory, action),) if memory is not None else ()

    def remember(self, memory: object, state: int, action: int) -> object:  # noqa: ARG002
        return action

    def text(self, key: Key) -> str:
        return f"{self.label(key[0])}, then {self.label(key[1])}"


class Covers(Goals):
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
                yield self.graph.blocking(action)


class Ends(Goals):
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
                    bound(self.name, self.goals)

    def by_state(self, state: int) -> Iterable[Key]:
        return ((state,),) if (state,) in self.goals else ()

    def text(self, key: Key) -> str:
        state = key[0]
        assert isinstance(state, int)
        return f"nothing more happens, after {self.graph.depth[state]} steps"


def guarding(action: Action) -> frozenset[int]:
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
    found = set(guarding(action))
    for _, term in action.updates:
        for node in evaluation_order(term):
            if node.op == "ite":
                found |= support(node.operands[0])
    return frozenset(found)


def situation(graph: Graph, key: Key, masks: list[int]) -> str:
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


def bound(name: str, goals: Collection[Key]) -> None:
    """Ends a criterion that has more goals than anybody could want.

    Raises:
        TooMany: it does.
    """
    if len(goals) > MOST_GOALS:
        raise TooMany(name)
