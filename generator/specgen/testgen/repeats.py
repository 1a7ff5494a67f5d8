"""What an implementation remembers and the spec does not: each action taken again, and on to where that would show.

A message that comes twice, a button pressed again: what a spec forgets, an implementation may count. Behind the
repetition it then lets something happen too early, once too often, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from specgen.core.terms import support
from specgen.engines.steps import reads_and_writes
from specgen.testgen.criteria import Goals, Key, Route, Walk, bound
from specgen.testgen.graph import Graph, Ways
from specgen.testgen.refusals import Refusing
from specgen.testgen.suite import Refusal

NONE = -1  # in the place of an action: of none

Again = tuple[int, bool]  # an action that was taken before, and whether it changes nothing that is seen this time


@dataclass(frozen=True, slots=True)
class _Past:
    """What matters of the steps so far.

    Args:
        taken: the actions, one bit each.
        again: the repetitions, in order.
    """

    taken: int = 0
    again: tuple[Again, ...] = ()


class Repeats(Goals):
    """Each ground action that is taken again on one path, once where it changes something seen, once where not.

    And with each of these each action that may happen later and reads or writes something that the repeated one
    reads or writes; if that one writes nothing, nothing says what it is about, and it is each. A goal is the action,
    whether it changes nothing, and the action that follows (:data:`NONE`: the repetition alone).
    """

    name = "repeats"

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        system, packing = graph.system, graph.packing
        self._refusing = Refusing(graph)
        self._shown = packing.mask({v for o in system.observables for v in support(o.term)})
        touched = [reads_and_writes(action) for action in system.actions]
        self._near = [
            _bits(b.index for b in system.actions if not action.updates or touched[action.index] & touched[b.index])
            for action in system.actions
        ]
        self._enabled = {state: _bits(action for action, _ in graph.edges(state)) for state in graph.states}
        self._future = self._reachable()
        wanted = self._wanted()
        starts = self._starts({action for action, _ in wanted})
        for action in sorted(starts, key=graph.taste.rank.__getitem__):
            self._routes(action, starts[action], {idle: m for (a, idle), m in wanted.items() if a == action})
            bound(self.name, self.goals)

    # ------------------------------------------------------------ goals

    def _reachable(self) -> dict[int, int]:
        """Per state the actions that happen in it or later."""
        future = dict(self._enabled)
        before: dict[int, list[int]] = {state: [] for state in future}
        for state in self.graph.states:
            for _, after in self.graph.edges(state):
                before[after].append(state)
        _spread(future, lambda state: ((earlier, future[state]) for earlier in before[state]))
        return future

    def _wanted(self) -> dict[Again, int]:
        """Per repetition that there is the actions that may follow."""
        past = dict.fromkeys(self.graph.states, 0)
        _spread(past, lambda state: ((after, past[state] | 1 << a) for a, after in self.graph.edges(state)))
        found: dict[Again, int] = {}
        for state in self.graph.states:
            for action, after in self.graph.edges(state):
                if past[state] >> action & 1:
                    again = self._again(state, action, after)
                    found[again] = found.get(again, 0) | self._near[action] & self._future[after]
        return found

    def _again(self, state: int, action: int, after: int) -> Again:
        return action, not (state ^ after) & self._shown

    # ------------------------------------------------------------ shortest ways

    def _starts(self, actions: set[int]) -> dict[int, dict[int, dict[int, int]]]:
        """Per action, and by number of steps, the states that it leads to, with a state that it leads out of."""
        found: dict[int, dict[int, dict[int, int]]] = {}
        for state in self.graph.states:
            for action, after in self.graph.edges(state):
                if action in actions:
                    level = found.setdefault(action, {}).setdefault(self.graph.depth[state] + 1, {})
                    level.setdefault(after, state)
        return found

    def _routes(self, action: int, starts: Mapping[int, Mapping[int, int]], wanted: Mapping[bool, int]) -> None:
        """Finds the goals of one action; ``wanted`` are the actions that follow, by whether nothing changes."""
        open_ = dict(wanted)
        new = set(wanted)
        before: dict[int, int] = {}
        for level in sorted(starts):
            for after, state in starts[level].items():
                before.setdefault(after, state)
        ways = Ways(self.graph.edges, self.graph.taste, {level: list(states) for level, states in starts.items()})
        for reached in ways.levels():
            for state in reached:
                if not self._enabled[state] >> action & 1:
                    continue
                after = self.graph.after(state, action)
                _, idle = self._again(state, action, after)
                following = open_[idle] & self._future[after]
                if not following and idle not in new:
                    continue
                first, gap = ways.path(state)
                route = Route(before[first], (action, *gap, action))
                if idle in new:
                    new.discard(idle)
                    self.goals[action, idle, NONE] = route
                open_[idle] &= ~following
                for last, way in self._on(after, following):
                    self.goals[action, idle, last] = replace(route, then=(*route.then, *way))
            if not new and not any(open_.values()):
                return

    def _on(self, state: int, wanted: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Actions with shortest ways up to them and with them."""
        if not wanted:
            return
        ways = Ways(self.graph.edges, self.graph.taste, {0: [state]})
        for level in ways.levels():
            for reached in level:
                for action in _members(self._enabled[reached] & wanted):
                    wanted &= ~(1 << action)
                    yield action, (*ways.path(reached)[1], action)
            if not wanted:
                return

    # ------------------------------------------------------------ what serves them

    def by_step(self, memory: object, state: int, action: int) -> Iterable[Key]:
        past = _past(memory)
        found: list[Key] = [(*again, action) for again in past.again if self._near[again[0]] >> action & 1]
        if past.taken >> action & 1:
            found.append((*self._again(state, action, self.graph.after(state, action)), NONE))
        return found

    def remember(self, memory: object, state: int, action: int) -> _Past:
        past = _past(memory)
        if not past.taken >> action & 1:
            return replace(past, taken=past.taken | 1 << action)
        again = self._again(state, action, self.graph.after(state, action))
        return replace(past, again=tuple(sorted({*past.again, again})))

    def refused(self, walk: Walk) -> Mapping[int, list[Refusal]]:
        """Behind a repetition, and at the end, everything that is refused.

        And what follows, the last time before it happens, and right behind that.
        """
        states = [walk.initial]
        for action in walk.actions:
            states.append(self.graph.after(states[-1], action))
        found: dict[int, set[int]] = {len(walk.actions): set(self._refusing.all(states[-1]))}
        for number, keys in enumerate(walk.served):
            for action, idle, following in map(parts, keys):
                if following == NONE:
                    found.setdefault(number, set()).update(self._refusing.all(states[number]))
                    continue
                first = self._place(walk, states, number, (action, idle))
                waits = [place for place in range(first, number) if self._refusing.by(following, states[place])]
                for place in (*waits[:1], *waits[-1:], number):
                    if self._refusing.by(following, states[place]):
                        found.setdefault(place, set()).add(following)
        return {number: self._refusing.lines(actions, states[number]) for number, actions in found.items()}

    def _place(self, walk: Walk, states: list[int], end: int, again: Again) -> int:
        """Where the last repetition before the step ``end`` leads."""
        return next(
            place
            for place in range(end - 1, 0, -1)
            if again[0] == walk.actions[place - 1]
            and again == self._again(states[place - 1], again[0], states[place])
            and again[0] in walk.actions[: place - 1]
        )

    def text(self, key: Key) -> str:
        action, idle, following = parts(key)
        nothing = ", which changes nothing" if idle else ""
        then = f"{',' if idle else ''} and later {self.label(following)}" if following != NONE else ""
        return f"{self.label(action)} again{nothing}{then}"


def parts(key: Key) -> tuple[int, bool, int]:
    """The action, whether nothing changes, and what follows."""
    action, idle, following = key
    assert isinstance(action, int)
    assert isinstance(idle, bool)
    assert isinstance(following, int)
    return action, idle, following


def _past(memory: object) -> _Past:
    assert memory is None or isinstance(memory, _Past)
    return memory or _Past()


def _spread(masks: dict[int, int], onward: Callable[[int], Iterable[tuple[int, int]]]) -> None:
    """Adds to masks of states what others hand on to them, until nothing more comes."""
    waiting = dict.fromkeys(masks)
    while waiting:
        state, _ = waiting.popitem()
        for other, mask in onward(state):
            if mask & ~masks[other]:
                masks[other] |= mask
                waiting[other] = None


def _bits(members: Iterable[int]) -> int:
    mask = 0
    for member in members:
        mask |= 1 << member
    return mask


def _members(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, the lowest first."""
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
