"""Breadth-first search over packed states, level by level."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from specgen.core.interpreter import Interpreter
from specgen.core.system import System
from specgen.engines.budget import Budget, OutOfBudget
from specgen.engines.findings import Findings
from specgen.engines.merge import SAMPLE, Expander
from specgen.engines.properties import DEADLOCK
from specgen.engines.steps import Predicate
from specgen.engines.tables import Tables, build
from specgen.engines.verdict import Key
from specgen.engines.watch import watches

CHUNK = 4096  # states between two looks at the limits
REPLAN = (20_000, 200_000)  # numbers of states at which the tables are merged anew


@dataclass(slots=True)
class Exploration:
    """What a search has seen.

    Attributes:
        expander: the inner loops over the tables as they are merged now.
        levels: packed states by the number of steps that first reach them.
        seen: all states of ``levels``.
        edges: pairs of a state and an action that leads on from it, of the expanded states.
        expanded: levels whose states were all expanded.
        terminal: states without any attempted action.
        deadlocks: those of them at the smallest depth where no terminal predicate holds.
        complete: there is no other state.
        reason: why not, in words for a verdict.
    """

    tables: Tables
    findings: Findings
    expander: Expander
    levels: list[list[int]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    edges: int = 0
    expanded: int = 0
    terminal: int = 0
    deadlocks: list[int] = field(default_factory=list)
    complete: bool = False
    reason: str = ""


def explore(system: System, asked: Collection[Key], budget: Budget) -> Exploration:
    """Explores until all is seen or a limit is reached; Ctrl-C is a limit too (reason ``interrupted``)."""
    findings = Findings(system, asked, budget.limits.depth)
    tables = build(system, watches(system, asked), findings)
    exploration = Exploration(tables, findings, Expander(tables))
    try:
        with _collector_off():
            _initial(system, exploration, budget)
            _search(system, exploration, budget)
    except OutOfBudget as stop:
        exploration.reason = str(stop)
    except KeyboardInterrupt:
        exploration.reason = "interrupted"
    return exploration


def _initial(system: System, exploration: Exploration, budget: Budget) -> None:
    pack = exploration.tables.steps.packing.pack
    seen = exploration.seen
    level: list[int] = []
    exploration.levels.append(level)
    for count, state in enumerate(Interpreter(system).initial_states(_every(1000, budget))):
        if count % CHUNK == 0:
            budget.check()
        packed = pack(state)
        if packed not in seen:
            seen.add(packed)
            level.append(packed)


def _search(system: System, exploration: Exploration, budget: Budget) -> None:
    tables, levels, seen = exploration.tables, exploration.levels, exploration.seen
    terminal = tables.steps.predicate(system.terminal)
    plans = list(REPLAN)
    grown = 0  # states that the last chunk added
    while levels[-1]:
        level, new, sinks = levels[-1], list[int](), list[int]()
        tables.findings.level = len(levels) - 1
        for start in range(0, len(level), CHUNK):
            chunk = level[start : start + CHUNK]
            reason = budget.exceeded(_growth(seen, grown))
            if reason:
                raise OutOfBudget(reason)
            before = len(seen)
            exploration.edges += exploration.expander.expand(chunk, seen, new, sinks)
            grown = len(seen) - before
            _watch_wide(tables, chunk)
            if budget.limits.states is not None and len(seen) > budget.limits.states:
                raise OutOfBudget(f"more than {budget.limits.states:,} states")
            if plans and len(seen) > plans[0]:
                plans.pop(0)
                exploration.expander = Expander(tables, _sample(levels, new), exploration.expander)
        _sinks(exploration, sinks, terminal)
        exploration.expanded += 1
        if new and tables.findings.level == budget.limits.depth:
            seen.difference_update(new)
            exploration.reason = "depth"
            return
        levels.append(new)
    levels.pop()
    exploration.complete = True


def _watch_wide(tables: Tables, states: list[int]) -> None:
    for part in tables.wide_watches:
        if any(map(part.found, states)):
            tables.findings.hit(part.watch.key, tables.findings.level + part.watch.later)


def _sinks(exploration: Exploration, sinks: list[int], terminal: Predicate) -> None:
    tables = exploration.tables
    for state in sinks:
        if tables.stuck(state):
            continue
        exploration.terminal += 1
        if not terminal(state):
            tables.findings.hit(DEADLOCK, tables.findings.level)
            if tables.findings.found.get(DEADLOCK) == tables.findings.level:
                exploration.deadlocks.append(state)


def _growth(seen: set[int], grown: int) -> int:
    # a set that is nearly full is copied into a larger one when it grows
    table = sys.getsizeof(seen)
    slots = table // 16
    return 2 * table if len(seen) + 2 * grown >= slots * 3 // 5 else 0


def _sample(levels: list[list[int]], new: list[int]) -> list[int]:
    """Some of the states seen last, evenly spread."""
    recent = [*levels[-1], *new]
    return recent[:: max(1, len(recent) // SAMPLE)]


def _every(calls: int, budget: Budget) -> Callable[[], None]:
    left = calls

    def check() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            left = calls
            budget.check()

    return check


@contextmanager
def _collector_off() -> Iterator[None]:
    # millions of integers and no cycles: the cyclic collector would only walk over them
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
