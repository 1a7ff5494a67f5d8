"""What a search has found so far: properties and the smallest depth at which each fails or is reached."""

from __future__ import annotations

from collections.abc import Collection

from specgen.core.system import Obligation, System
from specgen.engines.verdict import Key


class Findings:
    """Told of findings in any order within one level; keeps the smallest depth of each.

    Args:
        asked: the keys that matter.
        limit: deepest trace wanted, or None.

    Attributes:
        level: of the states that are being looked at; set by the search.
        found: key -> steps of its shortest trace.
        noted: how often an obligation failed; tells a caller whether a step failed something.
    """

    __slots__ = ("_asked", "_keys", "found", "level", "limit", "noted")

    def __init__(self, system: System, asked: Collection[Key], limit: int | None) -> None:
        self.level = 0
        self.limit = limit
        self.found: dict[Key, int] = {}
        self.noted = 0
        self._asked = frozenset(asked)
        self._keys = [[key_of(o) for o in a.obligations] for a in system.actions]

    def note(self, action: int, failed: tuple[int, ...]) -> None:
        """A step from a state of the current level fails obligations."""
        self.noted += 1
        keys = self._keys[action]
        for index in failed:
            self._keep(keys[index], self.level + 1)

    def hit(self, key: Key, depth: int) -> None:
        """A state fails or reaches a property; ``depth`` is that of its trace."""
        self._keep(key, depth)

    def _keep(self, key: Key, depth: int) -> None:
        within = self.limit is None or depth <= self.limit
        if within and key in self._asked and depth < self.found.get(key, depth + 1):
            self.found[key] = depth


def key_of(obligation: Obligation) -> Key:
    """The property that an obligation belongs to."""
    return (obligation.kind, obligation.name)
