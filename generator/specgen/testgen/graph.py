"""The complete graph of a system, with one shortest path to each state: the one that reads best.

Paths are ordered by number of steps, then by changes of actor, then by the steps themselves. Nothing depends on
the order in which a search came upon a state, so that the same spec gives the same paths everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from specgen.core.system import Action, State, System
from specgen.core.terms import Term
from specgen.engines import explain
from specgen.engines.backward import Edges
from specgen.engines.budget import Budget
from specgen.engines.search import explore
from specgen.engines.select import Taste
from specgen.engines.verdict import Limits

Edge = tuple[int, int]  # an action and the state it leads to


class TooLarge(Exception):
    """The graph does not fit into the limits; says which."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a state is first reached. ``action`` is -1 where the search began."""

    before: int
    action: int
    switches: int


class Ways:
    """One shortest path to each state from where a search begins: the one that reads best.

    Args:
        edges: the steps that lead on from a state.
        starts: where it begins, by level: a search may begin in some states later than in others.
    """

    def __init__(
        self, edges: Callable[[int], tuple[Edge, ...]], taste: Taste, starts: Mapping[int, Sequence[int]]
    ) -> None:
        self._edges = edges
        self._taste = taste
        self._starts = starts
        self._ways: dict[int, Way] = {}

    def levels(self) -> Iterator[list[int]]:
        """The states by the number of steps; each level in the order of its paths. To be asked once."""
        last = max(self._starts, default=-1)
        level: list[int] = []
        number = 0
        while level or number <= last:
            begin = {s: Way(s, -1, 0) for s in self._starts.get(number, ()) if s not in self._ways}
            self._ways |= begin
            level = [*begin, *level]
            yield level
            level = self._next(level)
            number += 1

    def path(self, state: int) -> tuple[int, tuple[int, ...]]:
        """Where the search began and the actions that lead from there to a state."""
        actions: list[int] = []
        while True:
            way = self._ways[state]
            if way.action < 0:
                return state, tuple(reversed(actions))
            actions.append(way.action)
            state = way.before

    def _next(self, level: list[int]) -> list[int]:
        rank, actor = self._taste.rank, self._taste.actor
        costs: dict[int, tuple[int, int, int, int, int]] = {}
        for place, state in enumerate(level):
            way = self._ways[state]
            last = actor[way.action] if way.action >= 0 else -1
            for action, after in self._edges(state):
                if after in self._ways:
                    continue
                cost = (way.switches + (last not in (-1, actor[action])), place, rank[action], action, state)
                known = costs.get(after)
                if known is None or cost < known:
                    costs[after] = cost
        for after, (switches, _, _, action, state) in costs.items():
            self._ways[after] = Way(state, action, switches)
        return sorted(costs, key=costs.__getitem__)


class Graph:
    """All reachable states, packed, and the steps between them.

    Attributes:
        states: by number of steps, then by the order of their paths.
        depth: per state the number of steps of its path.

    Raises:
        TooLarge: a limit was reached first.
    """

    def __init__(self, system: System, limits: Limits) -> None:
        exploration = explore(system, (), Budget(limits))
        if not exploration.complete:
            if exploration.reason == "interrupted":
                raise KeyboardInterrupt
            raise TooLarge(exploration.reason)
        self.system = system
        self.taste = Taste(system)
        self.packing = exploration.tables.steps.packing
        self.states: list[int] = []
        self.depth: dict[int, int] = {}
        self._tables = exploration.tables
        self._edges = Edges(exploration)
        self._out: dict[int, tuple[Edge, ...]] = {}
        first = exploration.levels[0] if exploration.levels else []
        self._ways = Ways(self.edges, self.taste, {0: sorted(first, key=self.packing.unpack)})
        for depth, level in enumerate(self._ways.levels()):
            self.states += level
            self.depth.update(dict.fromkeys(level, depth))

    def edges(self, state: int) -> tuple[Edge, ...]:
        """The steps that lead on from a state, by the names of their actions."""
        found = self._out.get(state)
        if found is None:
            rank = self.taste.rank
            steps = sorted(self._edges.successors(state), key=lambda edge: rank[edge[0]])
            found = self._out[state] = tuple(steps)
        return found

    def path(self, state: int) -> tuple[int, tuple[int, ...]]:
        """The initial state and the actions that lead from it to a state."""
        return self._ways.path(state)

    def after(self, state: int, action: int) -> int:
        """The state that an action leads to."""
        return next(s for a, s in self.edges(state) if a == action)

    def where(self, term: Term) -> Iterator[int]:
        """The states in which a predicate holds, nearest first."""
        return filter(self._tables.steps.predicate(term), self.states)

    def predicate(self, term: Term) -> Callable[[int], bool]:
        """A predicate over packed states."""
        return self._tables.steps.predicate(term)

    def blocking(self, action: Action) -> str:
        """Why an action never happens, in words."""
        return explain.blocking([action], self._tables, [self.states])

    def unpack(self, state: int) -> State:
        return self.packing.unpack(state)
