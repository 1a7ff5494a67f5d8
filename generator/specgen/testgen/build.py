"""Suites of one revision: goals decided on the complete graph, walks that serve them, made into cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from specgen.core.system import Property, System
from specgen.engines import explicit
from specgen.engines.expect import expected
from specgen.engines.properties import DEADLOCK, keys
from specgen.engines.verdict import Key, Limits, Outcome
from specgen.language.document import Expectation
from specgen.testgen.cases import Observer, case, identifier
from specgen.testgen.cover import cover, each
from specgen.testgen.criteria import Actions, Covers, Criterion, Ends, Pairs, Transitions, Walk
from specgen.testgen.graph import Graph
from specgen.testgen.guards import guards
from specgen.testgen.refusals import Refusals
from specgen.testgen.repeats import Repeats
from specgen.testgen.suite import CRITERIA, Case, Ending, Goal, Suite, Unmet, core_digest


class LookAlikes(Exception):
    """Two initial states show the same to a test, which then cannot say where it starts."""


def suites(
    revision: str,
    system: System,
    criteria: Sequence[str],
    expectations: Sequence[Expectation],
    limits: Limits,
) -> tuple[Suite, ...]:
    """The suites of one revision, in the order of :data:`CRITERIA`.

    Args:
        criteria: names; each once, in any order.
        expectations: the revision's, for ``violations``.

    Raises:
        TooLarge: the graph does not fit into the limits.
        TooMany: a criterion has too many goals.
        LookAlikes: initial states cannot be told apart.
    """
    observer = Observer(system)
    _look_at_starts(observer)
    core = core_digest(system)
    graph = Graph(system, limits) if set(criteria) - {"violations", "guards"} else None
    found: list[Suite] = []
    for name in CRITERIA:
        if name not in criteria:
            continue
        if name == "guards":
            cases, undecided = guards(observer, limits)
            found.append(Suite(revision, name, system, core, _distinct(cases), len(cases), tuple(undecided)))
        elif name == "violations" or graph is None:
            made, unmet = _violations(observer, expectations, limits)
            found.append(Suite(revision, name, system, core, made, len(made), unmet))
        else:
            it = _criterion(name, graph)
            walks = each(graph, it) if name == "covers" else cover(graph, it)
            made = _distinct([_case(observer, it, graph, walk) for walk in walks])
            found.append(Suite(revision, name, system, core, made, len(it.goals), tuple(it.unmet())))
    return tuple(found)


def _criterion(name: str, graph: Graph) -> Criterion:
    """A criterion by name, but for ``violations``, whose traces the engines find.

    Raises:
        TooMany: it has too many goals on this graph.
    """
    controllable = graph.system.controllable
    match name:
        case "covers":
            return Covers(graph)
        case "actions":
            return Actions(graph)
        case "transitions":
            return Transitions(graph)
        case "pairs":
            return Pairs(graph)
        case "repeats":
            return Repeats(graph)
        case "refusals":
            return Refusals(name, graph, lambda a: a.actor in controllable)
        case "waits":
            return Refusals(name, graph, lambda a: a.actor not in controllable)
        case _:
            return Ends(graph)


def _look_at_starts(observer: Observer) -> None:
    seen = set()
    for state in observer.interpreter.initial_states():
        look = observer.look(state)
        if look in seen:
            raise LookAlikes
        seen.add(look)
        observer.first = observer.first or look


def _case(observer: Observer, it: Criterion, graph: Graph, walk: Walk) -> Case:
    goals = [Goal(it.name, it.text(key)) for keys_ in walk.served for key in keys_]
    initial = graph.unpack(walk.initial)
    ending = Ending("stuck") if isinstance(it, Ends) else None
    name = identifier(str(walk.served[-1][0][0])) if it.name == "covers" else ""
    return case(observer, name, goals, initial, walk.actions, refusals=it.refused(walk), ending=ending)


def _distinct(cases: list[Case]) -> tuple[Case, ...]:
    """Names made from digests that happen to be equal get a number."""
    seen: dict[str, int] = {}
    found: list[Case] = []
    for it in cases:
        seen[it.name] = seen.get(it.name, 0) + 1
        found.append(it if seen[it.name] == 1 else replace(it, name=f"{it.name}_{seen[it.name]}"))
    return tuple(found)


# ------------------------------------------------------------ violations


def _violations(
    observer: Observer, expectations: Sequence[Expectation], limits: Limits
) -> tuple[tuple[Case, ...], tuple[Unmet, ...]]:
    wanted = [key for key in keys(observer.system) if _expects_trace(key, expectations)]
    run = explicit.run(observer.system, limits, wanted)
    if run.reason == "interrupted":
        raise KeyboardInterrupt
    cases: list[Case] = []
    unmet: list[Unmet] = []
    for outcome in run.outcomes:
        goal = Goal("violations", f"{outcome.name} is violated")
        if outcome.trace is not None:
            cases.append(_violation(observer, goal, outcome))
        else:
            unmet.append(Unmet(goal, tuple(_reasons(outcome))))
    return _distinct(cases), tuple(unmet)


def _expects_trace(key: Key, expectations: Sequence[Expectation]) -> bool:
    return expected(key, expectations)[0] in ("violated", "impossible") and key[0] != "dead_action"


def _reasons(outcome: Outcome) -> Iterator[str]:
    if outcome.verdict == "unknown" or not outcome.complete:
        yield f"not decided: {outcome.reason}"
    else:
        yield "it holds in every reachable state, although the spec expects otherwise"


def _violation(observer: Observer, goal: Goal, outcome: Outcome) -> Case:
    trace = outcome.trace
    assert trace is not None
    name = identifier(outcome.name)
    if (outcome.kind, outcome.name) == DEADLOCK:
        ending = Ending("stuck")
    elif isinstance(trace.failed, Property) or outcome.kind == "possible":
        ending = Ending("breaks", outcome.name)
    else:
        _, failing = observer.step(trace.states[-2], trace.steps[-1])
        others = dict.fromkeys(o.name for o in failing if o.fatal and o.name != outcome.name)
        ending = Ending("violates", outcome.name, also=tuple(others))
    return case(observer, name, [goal], trace.states[0], trace.steps, ending=ending)
