"""Successors by table: what a group of actions does depends only on the few variables that they touch.

A *local* holds actions (and watched predicates) whose variables together take few bits. Its table maps those bits of
a state to the changes that its actions make there, worked out once by the compiled step functions. Since all
written variables are among the bits, a change is simply added to the packed state. A *wide* action touches too
many variables for that; a table over some of its guards says where it is worth calling its step function.
Locals whose tables stay small together are merged (see :mod:`specgen.engines.merge`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations

from specgen.core.system import Action, System
from specgen.core.terms import Term, support
from specgen.engines.findings import Findings
from specgen.engines.steps import Predicate, Step, Steps, reads_and_writes
from specgen.engines.watch import Watch, parts

NARROW = 20  # bits of a local: at most that many
PREFILTER = 12  # bits of the guards that decide whether a wide action is tried


@dataclass(frozen=True, slots=True)
class WatchPart:
    """A watched predicate, compiled: true where something is found."""

    watch: Watch
    found: Predicate


class Local:
    """Actions and watched predicates over few variables, with the table of what they do.

    Attributes:
        mask: the bits that they depend on and change.
        actions: indices of the actions.
        table: bits of a state -> changes, one per step that leads on.
        stuck: keys of ``table`` where an action is attempted but does not lead on.
    """

    __slots__ = ("_findings", "_steps", "_watches", "actions", "mask", "stuck", "table")

    def __init__(
        self,
        mask: int,
        actions: list[tuple[int, Step]],
        watches: list[WatchPart],
        findings: Findings,
    ) -> None:
        self.mask = mask
        self.actions = tuple(index for index, _ in actions)
        self.table: dict[int, tuple[int, ...]] = {}
        self.stuck: set[int] = set()
        self._steps = actions
        self._watches = watches
        self._findings = findings

    def changes(self, state: int) -> tuple[int, ...]:
        """What the actions change in a state."""
        key = state & self.mask
        known = self.table.get(key)
        return self._miss(key) if known is None else known

    def labelled(self, key: int) -> tuple[tuple[int, int], ...]:
        """As the table, with the action of each change: pairs (action, change)."""
        return tuple((index, change) for index, step in self._steps for change in step(key))

    def _miss(self, key: int) -> tuple[int, ...]:
        # the first state with these bits: what is found here is found at its smallest depth
        findings = self._findings
        changes: tuple[int, ...] = ()
        for _, step in self._steps:
            before = findings.noted
            change = step(key)
            if change:
                changes += change
            elif findings.noted != before:
                self.stuck.add(key)
        for part in self._watches:
            if part.found(key):
                findings.hit(part.watch.key, findings.level + part.watch.later)
                if part.watch.later:
                    self.stuck.add(key)
        self.table[key] = changes
        return changes


@dataclass(frozen=True, slots=True)
class Wide:
    """An action that touches too many variables for a table."""

    action: int
    step: Step
    narrow: Predicate
    narrow_mask: int


class Filter:
    """Tells by few bits which wide actions are worth trying.

    Attributes:
        table: bits of a state -> step functions to call.
    """

    __slots__ = ("mask", "table", "wides")

    def __init__(self, wides: list[Wide]) -> None:
        self.wides = tuple(wides)
        self.mask = 0
        for wide in wides:
            self.mask |= wide.narrow_mask
        self.table: dict[int, tuple[Step, ...]] = {}

    def steps(self, state: int) -> tuple[Step, ...]:
        """The step functions to call in a state."""
        key = state & self.mask
        known = self.table.get(key)
        if known is None:
            known = self.table[key] = tuple(w.step for w in self.wides if w.narrow(key))
        return known

    def labelled(self, state: int) -> Iterator[tuple[int, int]]:
        """The changes that lead on from a state, as pairs (action, change)."""
        for wide in self.wides:
            if wide.narrow(state):
                for change in wide.step(state):
                    yield wide.action, change


@dataclass(frozen=True, slots=True)
class Tables:
    """All actions and watched predicates of a system, by how many variables they touch."""

    steps: Steps
    locals: tuple[Local, ...]
    filters: tuple[Filter, ...]
    wide_watches: tuple[WatchPart, ...]
    findings: Findings

    def wide_successors(self, state: int) -> Iterator[int]:
        """The states to which wide actions lead."""
        for filter_ in self.filters:
            for step in filter_.steps(state):
                for change in step(state):
                    yield state + change

    def stuck(self, state: int) -> bool:
        """Whether some action is attempted in a state without successors, and so it is no deadlock."""
        if any(local.stuck and state & local.mask in local.stuck for local in self.locals):
            return True
        findings = self.findings
        before = findings.noted
        for filter_ in self.filters:
            for step in filter_.steps(state):
                step(state)
        return findings.noted != before or any(p.watch.later and p.found(state) for p in self.wide_watches)


def build(system: System, watches: Iterable[Watch], findings: Findings) -> Tables:
    """Compiles a system and groups what it does."""
    steps = Steps(system, findings.note)
    mask = steps.packing.mask
    compiled = [steps.step(action) for action in system.actions]
    touched = [(a.index, mask(reads_and_writes(a))) for a in system.actions]
    homes = [
        (bits, [(i, compiled[i]) for i in members], list[WatchPart]())
        for bits, members in group([(i, bits) for i, bits in touched if bits.bit_count() <= NARROW], NARROW)
    ]
    watch_parts = [WatchPart(w, steps.predicate(w.term, negated=not w.when)) for w in watches]
    homeless: list[tuple[int, int]] = []
    wide_watches: list[WatchPart] = []
    for number, part in enumerate(watch_parts):
        bits = mask(support(part.watch.term))
        home = next((h for h in homes if bits & ~h[0] == 0), None)
        if home is not None:
            home[2].append(part)
        elif bits.bit_count() <= NARROW:
            homeless.append((number, bits))
        else:
            wide_watches.append(part)
    homes += [(bits, [], [watch_parts[m] for m in members]) for bits, members in group(homeless, NARROW)]
    locals_ = tuple(Local(bits, actions, held, findings) for bits, actions, held in homes)
    wides = [_wide(steps, system.actions[i], compiled[i]) for i, bits in touched if bits.bit_count() > NARROW]
    filters = [
        Filter([wides[m] for m in members])
        for _, members in group([(n, w.narrow_mask) for n, w in enumerate(wides)], NARROW)
    ]
    return Tables(steps, locals_, tuple(filters), tuple(wide_watches), findings)


def _wide(steps: Steps, action: Action, step: Step) -> Wide:
    guards = [p for g in action.guards for p in parts(g.term, "and")]
    chosen: list[Term] = []
    narrow = 0
    for term in sorted(guards, key=lambda g: steps.packing.mask(support(g)).bit_count()):
        bits = steps.packing.mask(support(term))
        if (narrow | bits).bit_count() <= PREFILTER:
            narrow |= bits
            chosen.append(term)
    return Wide(action.index, step, steps.conjunction(chosen), narrow)


def group(items: list[tuple[int, int]], limit: int) -> list[tuple[int, list[int]]]:
    """Merges numbered bit masks greedily, the smallest union first, while a union has at most ``limit`` bits.

    Returns:
        Pairs of a union and the numbers of its items.
    """
    members: dict[int, list[int]] = {}
    for number, mask in items:
        members.setdefault(mask, []).append(number)
    heap = [(u.bit_count(), u, a, b) for a, b in combinations(members, 2) if (u := a | b).bit_count() <= limit]
    heapify(heap)
    while heap:
        _, union, a, b = heappop(heap)
        if a not in members or b not in members:
            continue
        merged = members.pop(a) + members.pop(b)
        if union in members:
            members[union] += merged
            continue
        for other in members:
            wider = union | other
            if wider.bit_count() <= limit:
                heappush(heap, (wider.bit_count(), wider, union, other))
        members[union] = merged
    return [(mask, sorted(numbers)) for mask, numbers in members.items()]
