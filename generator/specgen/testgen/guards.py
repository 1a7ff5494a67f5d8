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
from specgen.testgen.suite import Case, Ending, Goal, Unmet
from specgen.trace.trace import Trace


def guards(observer: Observer, limits: Limits) -> tuple[list[Case], list[Unmet]]:
    """One case for each guard and each assert that holds only because of it, in the order of the spec.

    And the guards of which that cannot be said: without them the graph does not fit into the limits.
    """
    system = observer.system
    asserts = [key for key in keys(system) if key[0] == "assert"]
    anyway, _ = _violated(system, asserts, limits)
    sound = [key for key in asserts if key not in anyway]
    cases: list[Case] = []
    undecided: list[Unmet] = []
    for action, guard in _written(system):
        found, reason = _violated(_without(system, action, guard), sound, limits)
        cases += [_case(observer, action, guard, name, trace) for (_, name), trace in found.items()]
        if reason:
            undecided.append(Unmet(Goal("guards", f"{action} without {guard}"), (f"not decided: {reason}",)))
    return cases, undecided


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


def _violated(system: System, asserts: list[Key], limits: Limits) -> tuple[dict[Key, Trace], str]:
    """The asserts that fail, with shortest traces, and why not all may have been found."""
    run = explicit.run(system, limits, asserts)
    if run.reason == "interrupted":
        raise KeyboardInterrupt
    return {(o.kind, o.name): o.trace for o in run.outcomes if o.trace is not None}, run.reason


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
