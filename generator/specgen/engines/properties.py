"""Which properties a system has, and which of them a user means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from specgen.core.system import System
from specgen.engines.verdict import Key

DEADLOCK: Key = ("deadlock", "deadlock")
IN_RANGE: Key = ("in_range", "in_range")
ONE_EFFECT: Key = ("one_effect", "one_effect")
DEAD_ACTION: Key = ("dead_action", "dead_action")
FATAL = ("assert", "in_range", "one_effect")  # kinds whose failing ends the path


def keys(system: System) -> tuple[Key, ...]:
    """Every property, in the order that tables show.

    ``dead_action`` stands for all actions here; an engine replaces it by one key per dead action, if there are any.
    """
    found: dict[Key, None] = {}
    for kind in ("invariant", "assert", "check", "cover", "possible"):
        if kind in ("assert", "check"):
            names = [name for k, name, _ in system.property_names if k == kind]
        else:
            names = [p.name for p in system.properties if p.kind == kind]
        found.update(dict.fromkeys((kind, name) for name in names))
    found.update(dict.fromkeys((DEADLOCK, IN_RANGE, ONE_EFFECT, DEAD_ACTION)))
    return tuple(found)


def dead_action(action: str) -> Key:
    """The key of one dead action."""
    return ("dead_action", f"dead_action.{action}")


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern (a name, a dotted prefix or a glob) means a property's name."""
    return name == pattern or name.startswith(pattern + ".") or fnmatchcase(name, pattern)


def select(patterns: Sequence[str], all_keys: Iterable[Key]) -> tuple[Key, ...]:
    """The keys that any pattern means; all of them when there is no pattern.

    A pattern that means a dead action (``dead_action.stop``) selects the key that stands for all of them.
    """
    if not patterns:
        return tuple(all_keys)
    return tuple(
        key
        for key in all_keys
        if any(matches(p, key[1]) for p in patterns)
        or (key == DEAD_ACTION and any(p.startswith("dead_action") for p in patterns))
    )


def unmatched(patterns: Sequence[str], all_keys: Iterable[Key]) -> tuple[str, ...]:
    """The patterns that mean no property: a user's typing mistakes."""
    every = tuple(all_keys)
    return tuple(p for p in patterns if not select([p], every))
