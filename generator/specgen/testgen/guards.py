"""What each guard is for: the steps that would fail an assert if it were not there.

A guard is dropped, the system explored again, and the shortest trace to each assert that now fails is a test: up to
the guard it is a behaviour, and there the step must be refused. A system that does not refuse it can be driven on
to the failure, which says more than that a step should not have happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from specgen.core.system import ACTOR_FREE, AT_STEP, ROUND_OPEN, System
from specgen.engines import explicit
from specgen.engines.properties import keys
from specgen.engines.verdict import Key, Limits
from specgen.testgen.cases import Observer, case, identifier
from specgen.testgen.suite import Case, Ending, Goal
from specgen.trace.trace import Trace


def guards(observer: Observer, limits: Limits) -> list[Case]:
    """One case for each guard and each assert that holds only because of it, in the order of the spec."""
    system = observer.system
    asserts = [key for key in keys(system) if key[0] == "assert"]
    sound = _violated(system, asserts, limits).keys()
    cases: list[Case] = []
    for action, guard in _written(system):
        found = _violated(_without(system, action, guard), [key for key in asserts if key not in sound], limits)
        for (_, name), trace in found.items():
            cases.append(_case(observer, action, guard, name, trace))
    return cases


def _written(system: System) -> Iterator[tuple[str, str]]:
    """Names of actions with those of their guards that somebody wrote."""
    seen: dict[tuple[str, str], None] = {}
    for action in system.actions:
        for guard in action.guards:
            if guard.name not in (AT_STEP, ROUND_OPEN, ACTOR_FREE) and guard.term.op != "const":
                seen[action.name, guard.name] = None
    yield from seen


def _without(system: System, action: str, guard: str) -> System:
    actions = tuple(
        replace(a, guards=tuple(g for g in a.guards if g.name != guard)) if a.name == action else a
        for a in system.actions
    )
    return replace(system, actions=actions)


def _violated(system: System, asserts: list[Key], limits: Limits) -> dict[Key, Trace]:
    """The asserts that fail, with shortest traces. A graph that does not fit into the limits says nothing."""
    run = explicit.run(system, limits, asserts)
    if run.reason == "interrupted":
        raise KeyboardInterrupt
    return {(o.kind, o.name): o.trace for o in run.outcomes if o.trace is not None}


def _case(observer: Observer, action: str, guard: str, name: str, trace: Trace) -> Case:
    system = observer.system
    state, reached = trace.states[0], 0
    for index in trace.steps:
        if not observer.interpreter.happens(state, system.actions[index]):
            break
        state = observer.interpreter.apply(state, system.actions[index])
        reached += 1
    goal = Goal("guards", f"{action} is refused by {guard}; without that guard {name} would fail")
    ending = Ending("prevents", name, guard, trace.steps[reached:])
    title = identifier(f"{action} {guard} {name}")
    return case(observer, title, [goal], trace.states[0], trace.steps[:reached], ending=ending)
