"""All shortest paths to where properties fail, found backwards through the tables of the search.

A change that a table makes is undone by subtracting it, and the tables know every change that was ever made,
so predecessors are looked up; only those in the level before belong to a shortest path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from specgen.engines.merge import Merged, loop, mask_of
from specgen.engines.search import Exploration
from specgen.engines.select import Target
from specgen.engines.tables import Filter, Local, Tables
from specgen.engines.verdict import Key

Settle = Callable[[list[int], set[int], list[int]], None]


class Edges:
    """The steps of an exploration, forwards with their actions and backwards without.

    Attributes:
        settle: takes states, a set, and a list; moves those of the set from which a narrow action leads to one of
            the states to the list.
    """

    def __init__(self, exploration: Exploration) -> None:
        self._tables = exploration.tables
        self._labelled: list[dict[int, tuple[tuple[int, int], ...]]] = [{} for _ in self._tables.locals]
        self._undo = {local: _undo(local) for local in self._tables.locals if local.actions}
        self.settle: Settle = loop(
            _SETTLE, [self._merged(group) for group in exploration.expander.groups if self._moving(group)]
        )

    def successors(self, state: int) -> Iterator[tuple[int, int]]:
        """Pairs of an action that leads on and the state it leads to."""
        for local, known in zip(self._tables.locals, self._labelled, strict=True):
            key = state & local.mask
            pairs = known.get(key)
            if pairs is None:
                pairs = known[key] = local.labelled(key)
            for action, change in pairs:
                yield action, state + change
        for filter_ in self._tables.filters:
            for action, change in filter_.labelled(state):
                yield action, state + change

    def predecessors(self, state: int) -> Iterator[int]:
        """States from which a narrow action may lead here; some of them may never have been seen."""
        for local, undo in self._undo.items():
            for change in undo.get(state & local.mask, ()):
                yield state - change

    def _moving(self, group: tuple[Local, ...]) -> list[Local]:
        return [local for local in group if local in self._undo]

    def _merged(self, group: tuple[Local, ...]) -> Merged:
        def looking(local: Local) -> Callable[[int], tuple[int, ...]]:
            undo, mask = self._undo[local], local.mask
            return lambda state: undo.get(state & mask, ())

        return Merged(mask_of(group), [looking(local) for local in self._moving(group)])


_SETTLE = """\
def made(states, open, settled, {tables}):
 remove = open.remove
 append = settled.append
 for s in states:
{look}
  for d in ds:
   n = s - d
   if n in open:
    remove(n)
    append(n)
"""


def layers(exploration: Exploration, steps: Edges, targets: Mapping[Key, Target]) -> dict[Key, list[set[int]]]:
    """Per target the states of all its shortest paths, by number of steps."""
    found: dict[Key, list[set[int]]] = {key: [] for key in targets}
    deepest = max((t.depth for t in targets.values()), default=-1)
    for depth in range(deepest, -1, -1):
        active = {key: t for key, t in targets.items() if t.depth >= depth}
        level = exploration.levels[depth] if depth < len(exploration.levels) else []
        members = set(level)
        wide = _wide_edges(exploration.tables, level, {s for key in active for s in _last(found[key])})
        for key, target in active.items():
            layer = set(target.states) if target.depth == depth else set()
            if target.depth == depth + 1:
                layer |= target.steps.keys()
            after = _last(found[key])
            layer.update(before for s in after for before in steps.predecessors(s) if before in members)
            layer.update(before for before, s in wide if s in after)
            if layer or found[key]:
                found[key].append(layer)
    for path in found.values():
        path.reverse()
    return found


def _last(path: list[set[int]]) -> set[int]:
    return path[-1] if path else set()


def _undo(local: Local) -> dict[int, tuple[int, ...]]:
    """Where the actions of a local lead -> the changes that led there, each once."""
    undo: dict[int, dict[int, None]] = {}
    for key, changes in local.table.items():
        for change in changes:
            if change:
                undo.setdefault(key + change, {})[change] = None
    return {key: tuple(changes) for key, changes in undo.items()}


def _wide_edges(tables: Tables, level: list[int], into: set[int]) -> list[tuple[int, int]]:
    edges: list[tuple[int, int]] = []
    if not into:
        return edges
    for filter_ in tables.filters:
        for state in _candidates(filter_, level):
            for _, change in filter_.labelled(state):
                if state + change in into:
                    edges.append((state, state + change))
    return edges


def _candidates(filter_: Filter, level: list[int]) -> list[int]:
    keys = {state & filter_.mask for state in level}
    useful = {key for key in keys if filter_.steps(key)}
    return [state for state in level if state & filter_.mask in useful]
