"""Where the shortest traces of what a search has found end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

from specgen.core.system import Action, Obligation, System
from specgen.core.terms import Term
from specgen.engines.findings import key_of
from specgen.engines.properties import DEADLOCK, FATAL
from specgen.engines.search import Exploration
from specgen.engines.select import Target
from specgen.engines.steps import Predicate
from specgen.engines.verdict import Key


def targets(system: System, exploration: Exploration, wanted: Collection[Key]) -> dict[Key, Target]:
    """One target per wanted property found; every state and step of its depth where it fails or is reached."""
    found: dict[Key, Target] = {}
    for key, depth in exploration.findings.found.items():
        if key not in wanted:
            continue
        if key == DEADLOCK:
            found[key] = Target(depth, frozenset(exploration.deadlocks))
        else:
            found[key] = Target(
                depth,
                _states(system, exploration, key, depth),
                _steps(system, exploration, [key], exploration.levels[depth - 1]) if depth else {},
            )
    return found


def crashing(system: System, exploration: Exploration) -> set[int]:
    """All states seen out of which some step fails what ends its path."""
    fatal = [key for key in exploration.findings.found if key[0] in FATAL]
    if not fatal:
        return set()
    failing = _failing(system, exploration, fatal)
    return {state for level in exploration.levels for state in _where(exploration, failing, level)}


def _states(system: System, exploration: Exploration, key: Key, depth: int) -> frozenset[int]:
    if depth >= len(exploration.levels):
        return frozenset()
    found: set[int] = set()
    for item in system.properties:
        if (item.kind, item.name) == key:
            bad = exploration.tables.steps.predicate(item.term, negated=item.kind != "cover")
            found.update(filter(bad, exploration.levels[depth]))
    return frozenset(found)


def _steps(
    system: System, exploration: Exploration, blamed: Collection[Key], states: list[int]
) -> dict[int, list[int]]:
    """Per state the actions whose step out of it fails one of some obligations."""
    return _where(exploration, _failing(system, exploration, blamed), states)


def _failing(system: System, exploration: Exploration, blamed: Collection[Key]) -> dict[int, Predicate]:
    """Per action that has one of some obligations whether it fails one."""
    failing: dict[int, Predicate] = {}
    compiled = exploration.tables.steps
    for action in system.actions:
        obligations = [o for o in action.obligations if key_of(o) in blamed]
        if obligations:
            failing[action.index] = _any(
                [compiled.conjunction(_failure(action, o), denied=o.term) for o in obligations]
            )
    return failing


def _where(exploration: Exploration, failing: dict[int, Predicate], states: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for mask, actions in _by_mask(exploration, failing):
        for state, key_bits in _keyed(states, mask, partial(_some_fail, [failing[a] for a in actions])):
            found.setdefault(state, []).extend(a for a in actions if failing[a](key_bits))
    return found


def _some_fail(failing: list[Predicate], bits: int) -> bool:
    return any(fails(bits) for fails in failing)


def _failure(action: Action, obligation: Obligation) -> list[Term]:
    """What holds where an obligation counts, cheap things first."""
    if obligation.always:
        return []
    return [o.term for o in action.obligations if o.always] + [g.term for g in action.guards]


def _any(predicates: Sequence[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    return lambda state: any(p(state) for p in predicates)


def _by_mask(exploration: Exploration, failing: dict[int, Predicate]) -> Iterator[tuple[int, list[int]]]:
    """The actions in question with the bits that decide them."""
    for local in exploration.tables.locals:
        actions = [a for a in local.actions if a in failing]
        if actions:
            yield local.mask, actions
    everything = (1 << exploration.tables.steps.packing.bits) - 1
    wide = [w.action for f in exploration.tables.filters for w in f.wides if w.action in failing]
    if wide:
        yield everything, wide


def _keyed(states: list[int], mask: int, wanted: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    bad = set(filter(wanted, {s & mask for s in states}))
    if bad:
        yield from ((s, s & mask) for s in states if s & mask in bad)
