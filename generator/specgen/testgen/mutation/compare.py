"""Whether two systems can be told apart from outside, and the shortest behaviour that does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specgen.testgen.mutation.behaviour import ENDS, Behaviour, Entry, Interface, Look
from specgen.testgen.suite import worded

Pair = tuple[int, int]  # a state of the original, and the mutant's


@dataclass(frozen=True, slots=True)
class Difference:
    """What tells a mutant from the original.

    Args:
        steps: labels of actions that both do, from the initial state on; the last one leads to the difference
            or shows it.
        original, mutant: what each of them does then, in words.
    """

    steps: tuple[str, ...]
    original: str
    mutant: str


class TooManyPairs(Exception):
    """The walk through both systems met more pairs of states than it may."""


def difference(original: Behaviour, mutant: Behaviour, interface: Interface, most: int) -> Difference | None:
    """The shortest difference; None is a proof that there is none: every reachable pair of states was compared.

    Actions are deterministic, so that after the same steps from initial states that look the same there is one
    pair. Where several initial states look the same, each is compared with each.

    Args:
        original, mutant: with the same table of outcomes.
        most: pairs to look at.

    Raises:
        TooManyPairs: these were not enough.
    """
    return _Walk(original, mutant, interface, most).find()


class _Walk:
    def __init__(self, original: Behaviour, mutant: Behaviour, interface: Interface, most: int) -> None:
        self._original = original
        self._mutant = mutant
        self._interface = interface
        self._most = most
        self._came: dict[Pair, tuple[Pair, int] | None] = {}

    def find(self) -> Difference | None:
        starts, missing = self._starts()
        if missing is not None:
            return missing
        level = starts
        while level:
            following: list[Pair] = []
            for pair in level:
                found = self._compare(pair, following)
                if found is not None:
                    return found
            level = following
        return None

    def _starts(self) -> tuple[list[Pair], Difference | None]:
        looks: dict[Look, tuple[list[int], list[int]]] = {}
        for side, behaviour in enumerate((self._original, self._mutant)):
            for state in behaviour.initial():
                looks.setdefault(behaviour.look(state), ([], []))[side].append(state)
        pairs: list[Pair] = []
        for look, (originals, mutants) in looks.items():
            if not originals or not mutants:
                return [], self._no_start(look, list(looks), at_mutant=not mutants)
            pairs += [(o, m) for o in originals for m in mutants]
        self._came = dict.fromkeys(pairs)
        return pairs, None

    def _no_start(self, look: Look, looks: list[Look], *, at_mutant: bool) -> Difference:
        if len(looks) == 2:
            words = _unlike(self._interface, *looks)
            return Difference((), *(words if at_mutant else reversed(words)))
        values = [f"{n} = {worded(v)}" for n, v in zip(self._interface.observables, look, strict=True)]
        there = f"begins with {', '.join(values)}"
        return Difference((), *((there, "cannot") if at_mutant else ("cannot", there)))

    def _compare(self, pair: Pair, following: list[Pair]) -> Difference | None:
        state, other = pair
        ours, theirs = self._original.entries(state), self._mutant.entries(other)
        if len(ours) != len(theirs):
            return self._apart(pair, ours, theirs)
        for mine, its in zip(ours, theirs, strict=True):
            if mine[0] != its[0] or mine[1] is not its[1]:
                return self._apart(pair, ours, theirs)
            if mine[1].kind == ENDS:
                continue
            after = (state + mine[2], other + its[2])
            if after in self._came:
                continue
            self._came[after] = (pair, mine[0])
            if self._original.look(after[0]) != self._mutant.look(after[1]):
                words = _unlike(self._interface, self._original.look(after[0]), self._mutant.look(after[1]))
                return Difference(self._steps(after), *words)
            following.append(after)
        if len(self._came) > self._most:
            raise TooManyPairs
        return None

    def _apart(self, pair: Pair, ours: list[Entry], theirs: list[Entry]) -> Difference:
        """The first action whose outcomes differ."""
        mine = {entry[0]: entry for entry in ours}
        its = {entry[0]: entry for entry in theirs}
        number = next(n for n in sorted({**mine, **its}) if _outcome(mine.get(n)) != _outcome(its.get(n)))
        steps = (*self._steps(pair), self._interface.actions[number])
        return Difference(steps, _does(mine.get(number)), _does(its.get(number)))

    def _steps(self, pair: Pair) -> tuple[str, ...]:
        return tuple(reversed(list(self._backwards(pair))))

    def _backwards(self, pair: Pair) -> Iterator[str]:
        came = self._came[pair]
        while came is not None:
            pair, number = came
            yield self._interface.actions[number]
            came = self._came[pair]


def _outcome(entry: Entry | None) -> object:
    return None if entry is None else entry[1]


def _does(entry: Entry | None) -> str:
    if entry is None:
        return "refused"
    outcome = entry[1]
    names = ", ".join(sorted(outcome.names))
    if outcome.kind == ENDS:
        return f"ends: {names}"
    return f"happens, with a warning: {names}" if names else "happens"


def _unlike(interface: Interface, ours: Look, theirs: Look) -> tuple[str, str]:
    """The observables that differ, on either side."""
    unlike = [(n, a, b) for n, a, b in zip(interface.observables, ours, theirs, strict=True) if a != b]
    return (
        ", ".join(f"{n} = {worded(a)}" for n, a, _ in unlike),
        ", ".join(f"{n} = {worded(b)}" for n, _, b in unlike),
    )
