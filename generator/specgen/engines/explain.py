"""Lines for people beside a verdict: what blocks a dead action, what stands in the way of leaving a deadlock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from specgen.core.interpreter import Interpreter
from specgen.core.system import Action, State, System
from specgen.engines.search import Exploration
from specgen.engines.tables import Tables

MOST_LINES = 8


def not_enabled(system: System, exploration: Exploration) -> list[str]:
    """The names of the actions that no state seen enables."""
    fired = exploration.tables.steps.fired
    alive = {a.name for a in system.actions if fired[a.index]}
    return [name for name, _ in system.action_names if name not in alive]


def dead_action(system: System, exploration: Exploration, name: str) -> tuple[str, ...]:
    """Which guard blocks an action that no state seen enables."""
    instances = [a for a in system.actions if a.name == name]
    if not instances:
        return ("it has no instance: a guard is false whatever the state, or a parameter has no value",)
    return (blocking(instances, exploration.tables, exploration.levels),)


def blocking(instances: Sequence[Action], tables: Tables, levels: Sequence[Sequence[int]]) -> str:
    """Why none of some actions ever happens, in words: what blocks the one that comes nearest to it.

    Args:
        levels: all states that were seen.
    """
    best, progress = instances[0], -1
    for action in instances:
        count = tables.steps.progress(action)
        most = max(map(count, _projections(action, tables, levels)), default=0)
        if most > progress:
            best, progress = action, most
    if tables.steps.fired[best.index]:
        return f"{best.label}: its guards hold somewhere, but an assert fails wherever they do"
    if progress >= len(best.guards):
        return f"{best.label}: its guards hold only where they have no value"
    blocked = f"{best.label}: guard {best.guards[progress].name} is never true"
    before = [g.name for g in best.guards[:progress]]
    return f"{blocked} where {', '.join(before)} {'hold' if len(before) > 1 else 'holds'}" if before else blocked


def _projections(action: Action, tables: Tables, levels: Sequence[Sequence[int]]) -> Iterable[int]:
    for local in tables.locals:
        if action.index in local.actions:
            return local.table  # its keys are all that is to be known of the states
    return (state for level in levels for state in level)


def deadlock(system: System, state: State) -> tuple[str, ...]:
    """The actions nearest to happening in a state, with the guards that do not hold."""
    interpreter = Interpreter(system)
    blocked: dict[str, list[str]] = {}
    for action in system.actions:
        guards = [g.name for g in action.guards if not interpreter.holds(g.term, state)]
        if action.name not in blocked or len(guards) < len(blocked[action.name]):
            blocked[action.name] = guards
    nearest = sorted(blocked.items(), key=lambda item: len(item[1]))
    lines = [f"{name}: {', '.join(guards)} {_verb(guards)} not hold" for name, guards in nearest[:MOST_LINES]]
    if len(nearest) > MOST_LINES:
        lines.append(f"and {len(nearest) - MOST_LINES} other actions with as many or more guards that do not hold")
    return tuple(lines)


def _verb(guards: list[str]) -> str:
    return "does" if len(guards) == 1 else "do"
