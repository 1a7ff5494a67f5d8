"""What must not happen: each action that some actors take, where its guards refuse it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from specgen.core.interpreter import Interpreter
from specgen.core.system import ACTOR_FREE, AT_STEP, ROUND_OPEN, Action
from specgen.engines.steps import reads_and_writes
from specgen.testgen.criteria import Goals, Key, Route, Walk, bound, guarding, situation
from specgen.testgen.graph import Graph
from specgen.testgen.suite import Goal, Refusal, Unmet


class Refusing:
    """Which guards refuse an action; worked out once for each value of the bits that they read.

    Attributes:
        masks: per action these bits.
    """

    def __init__(self, graph: Graph) -> None:
        self.masks = [graph.packing.mask(guarding(action)) for action in graph.system.actions]
        self._graph = graph
        self._interpreter = Interpreter(graph.system)
        self._by: dict[tuple[int, int], tuple[str, ...]] = {}

    def by(self, action: int, state: int) -> tuple[str, ...]:
        """The guards that do not hold; none where the action is attempted. All of a state but its bits may be 0."""
        key = (action, state & self.masks[action])
        found = self._by.get(key)
        if found is None:
            found = self._by[key] = tuple(self._false(self._graph.system.actions[action], key[1]))
        return found

    def _false(self, action: Action, bits: int) -> Iterator[str]:
        values = self._graph.unpack(bits)
        if not self._interpreter.attempted(values, action):
            yield from (guard.name for guard in action.guards if not self._interpreter.holds(guard.term, values))

    def all(self, state: int) -> Iterator[int]:
        """The actions that are refused in a state."""
        return (action for action in range(len(self.masks)) if self.by(action, state))

    def lines(self, actions: Iterable[int], state: int) -> list[Refusal]:
        """Actions that are refused in a state, each once, by their names."""
        return [Refusal(a, self.by(a, state)) for a in sorted(set(actions), key=self._graph.taste.rank.__getitem__)]


class Refusals(Goals):
    """Each ground action of some actors, with each combination of values for which its guards refuse it.

    And that right behind each step that changes what the action reads or writes: a flag that is not taken back is
    seen only there, and what an implementation keeps elsewhere than the guards of the spec do is mostly something
    that the action writes. A goal is the action refused, the values, and the action of that step (-1: an initial
    state).

    Args:
        meant: whether an action is one of those.
    """

    def __init__(self, name: str, graph: Graph, meant: Callable[[Action], bool]) -> None:
        super().__init__(graph)
        self.name = name
        system, packing = graph.system, graph.packing
        self._refusing = Refusing(graph)
        self._meant = [a.index for a in system.actions if meant(a)]
        writes = [packing.mask([variable for variable, _ in action.updates]) for action in system.actions]
        self._near = [packing.mask(reads_and_writes(action)) for action in system.actions]
        self._touched = [[b for b in self._meant if written & self._near[b]] for written in writes]
        for state in graph.states:
            if not graph.depth[state]:
                for key in self.by_start(state):
                    self.goals.setdefault(key, Route(state))
            for action, after in graph.edges(state):
                for key in self._brought(state, action, after):
                    if key not in self.goals:
                        self.goals[key] = Route(state, (action,))
            bound(name, self.goals)

    def by_start(self, state: int) -> Iterable[Key]:
        return [self._key(b, state, -1) for b in self._meant if self._refusing.by(b, state)]

    def by_step(self, memory: object, state: int, action: int) -> Iterable[Key]:  # noqa: ARG002  # see Criterion
        return self._brought(state, action, self.graph.after(state, action))

    def refused(self, walk: Walk) -> Mapping[int, list[Refusal]]:
        return {number: [*self._lines(keys)] for number, keys in enumerate(walk.served)}

    def text(self, key: Key) -> str:
        index, bits, action = _parts(key)
        by = ", ".join(self._refusing.by(index, bits))
        behind = f" behind {self.label(action)}" if action >= 0 else ""
        return f"{situation(self.graph, (index, bits), self._refusing.masks)}: refused by {by}{behind}"

    def unmet(self) -> Iterator[Unmet]:
        """Guards that refuse nothing: no reachable state makes them false."""
        classes = dict.fromkeys(_parts(key)[:2] for key in self.goals)
        refusing = {(index, name) for index, bits in classes for name in self._refusing.by(index, bits)}
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

    def _brought(self, state: int, action: int, after: int) -> Iterator[Key]:
        changed = state ^ after
        for b in self._touched[action]:
            if changed & self._near[b] and self._refusing.by(b, after):
                yield self._key(b, after, action)

    def _key(self, index: int, state: int, action: int) -> Key:
        return index, state & self._refusing.masks[index], action

    def _lines(self, keys: Iterable[Key]) -> Iterator[Refusal]:
        """A goal is one line; two of them behind one step are of two actions."""
        rank = self.graph.taste.rank
        for index, bits, _ in sorted(map(_parts, keys), key=lambda parts: rank[parts[0]]):
            yield Refusal(index, self._refusing.by(index, bits))


def _parts(key: Key) -> tuple[int, int, int]:
    """The action refused, the values, and the step behind which it is."""
    index, bits, action = key
    assert isinstance(index, int)
    assert isinstance(bits, int)
    assert isinstance(action, int)
    return index, bits, action
