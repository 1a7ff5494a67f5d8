"""What became of all mutants of a revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from specgen.testgen.mutation.judging import DIFFERENT, EQUIVALENT, SAME_CORE, STILLBORN, Judged
from specgen.testgen.mutation.mutants import Mutant


@dataclass(frozen=True, slots=True)
class Scores:
    """All that was judged, in the order of the mutants.

    Args:
        made: mutants made, judged or not.
        judged: each system once: of several mutants that are the same system the first.
        duplicates: the others.
    """

    made: int
    judged: tuple[tuple[Mutant, Judged], ...]
    duplicates: int

    @classmethod
    def of(cls, mutants: Sequence[Mutant], judged: Mapping[int, Judged]) -> Scores:
        """Args: judged: by the mutants' places."""
        found: list[tuple[Mutant, Judged]] = []
        seen: set[str] = set()
        duplicates = 0
        for at in sorted(judged):
            it = judged[at]
            if it.kind not in (STILLBORN, SAME_CORE) and it.core in seen:
                duplicates += 1
                continue
            seen.add(it.core)
            found.append((mutants[at], it))
        return cls(len(mutants), tuple(found), duplicates)

    def of_kind(self, *kinds: str) -> list[tuple[Mutant, Judged]]:
        return [(mutant, it) for mutant, it in self.judged if it.kind in kinds]

    @property
    def distinct(self) -> int:
        """Specs, each system once: all but the stillborn and the duplicates."""
        return len(self.judged) - len(self.of_kind(STILLBORN))

    @property
    def equivalent(self) -> int:
        return len(self.of_kind(SAME_CORE, EQUIVALENT))

    @property
    def alive(self) -> int:
        """Those that are not proven equivalent, the unfinished ones among them."""
        return self.distinct - self.equivalent

    @property
    def by_suite(self) -> int:
        return sum(it.test is not None for _, it in self.judged)

    @property
    def by_properties(self) -> int:
        return sum(bool(it.properties) for _, it in self.judged)

    @property
    def by_both(self) -> int:
        return sum(it.test is not None and bool(it.properties) for _, it in self.judged)

    @property
    def by_neither(self) -> int:
        return sum(it.test is None and not it.properties for _, it in self.of_kind(DIFFERENT))

    @property
    def not_judged(self) -> int:
        return self.made - len(self.judged) - self.duplicates

