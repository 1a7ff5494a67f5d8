"""Suites held against goals found by the interpreter alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from specgen.core.lower import lower
from specgen.core.system import Observable, System, Variable
from specgen.core.terms import Terms
from specgen.engines.verdict import Limits
from specgen.language.document import Expectation
from specgen.language.load import load
from specgen.language.source import Diagnostics
from specgen.language.typecheck import check
from specgen.testgen import criteria
from specgen.testgen.build import LookAlikes, suites
from specgen.testgen.graph import Graph, TooLarge
from specgen.testgen.suite import CRITERIA, Suite
from tests.unit.core_systems import SPAN
from tests.unit.random_systems import random_system
from tests.unit.specs import system

from .reference import Reference

SPECS = Path(__file__).parents[3] / "spec"
GRAPH_CRITERIA = [name for name in CRITERIA if name not in ("violations", "guards")]
NONE = Limits()


def named(file: str, revision: str = "base", **constants: str) -> tuple[System, tuple[Expectation, ...]]:
    workspace = load(str(SPECS / file))
    document = workspace.documents.get(revision, workspace.base)
    return lower(check(document, constants, Diagnostics())), document.revision.expect


def complete(reference: Reference, suite: Suite) -> None:
    """Every goal is served; each case ends with what serves one that no earlier case did; nothing is out of place."""
    open_ = reference.goals(suite.criterion)
    assert suite.met == len(open_)
    for case in suite.cases:
        served = reference.served(suite.criterion, case)
        if suite.criterion != "covers":
            assert served[-1] & open_, case.name
        open_ -= set().union(*served)
        assert case.goals
    assert not open_
    names = [case.name for case in suite.cases]
    assert len(set(names)) == len(names) and all(n.isidentifier() for n in names)


@pytest.mark.parametrize("criterion", GRAPH_CRITERIA)
@pytest.mark.parametrize(
    ("file", "revision"),
    [
        ("examples/die_hard.yaml", "base"),
        ("examples/two_phase.yaml", "base"),
        ("examples/peterson.yaml", "base"),
        ("ublk.yaml", "v6.0-rc"),
        ("ublk.yaml", "rfc-v1-task-work"),
    ],
)
def test_a_suite_serves_all_goals_that_exist(file: str, revision: str, criterion: str) -> None:
    reference = explored(file, revision)
    (suite,) = suites(revision, reference.system, [criterion], (), NONE)
    complete(reference, suite)


@cache
def explored(file: str, revision: str) -> Reference:
    return Reference(named(file, revision)[0])


@pytest.mark.parametrize("seed", range(60))
def test_suites_of_random_systems(seed: int) -> None:
    made = random_system(seed)
    seen = tuple(Observable(v.name, Terms().var(v.index, *_sort(v)), v.domain) for v in made.variables)
    found = replace(made, observables=seen, controllable=frozenset({"left"}))
    reference = Reference(found)
    for suite in suites("base", found, GRAPH_CRITERIA, (), NONE):
        complete(reference, suite)


def _sort(variable: Variable) -> tuple[str, int, int]:
    domain = variable.domain
    return "bool" if domain.kind == "bool" else "int", domain.low, domain.low + domain.size - 1


def test_walks_are_shortest_to_their_first_goal() -> None:
    found, _ = named("ublk.yaml", "v6.0")
    reference = Reference(found)
    graph = Graph(found, NONE)
    assert {graph.unpack(s): d for s, d in graph.depth.items()} == reference.depth
    for state in graph.states:
        initial, way = graph.path(state)
        here = graph.unpack(initial)
        for action in way:
            assert reference.it.happens(here, found.actions[action])
            here = reference.it.apply(here, found.actions[action])
        assert here == graph.unpack(state) and len(way) == graph.depth[state]


def test_violations_are_the_expected_ones_on_shortest_traces() -> None:
    found, expectations = named("ublk.yaml", "strawman")
    (suite,) = suites("strawman", found, ["violations"], expectations, NONE)
    reference = Reference(found)
    by_name = {case.name: case for case in suite.cases}
    assert len(by_name) == len([e for e in expectations if e.word in ("violated", "impossible")])
    assert not suite.unmet
    fallback = by_name["no_uaf_fallback"]
    assert (len(fallback.steps), fallback.ending.kind, fallback.ending.name) == (14, "violates", "no_uaf.fallback")
    (*_, (state, action, _)) = reference.replay(fallback)
    assert [o.name for o in reference.it.failing(state, action)] == ["no_uaf.fallback"]
    assert by_name["deadlock"].ending.kind == "stuck"
    assert by_name["stop_returns"].ending.kind == "breaks"


def test_an_expected_violation_that_does_not_exist_is_reported() -> None:
    found, _ = named("ublk.yaml", "v6.0")
    wrong = (Expectation("completed_once", SPAN, "violated", 3),)
    (suite,) = suites("v6.0", found, ["violations"], wrong, NONE)
    assert suite.cases == ()
    assert [u.goal.text for u in suite.unmet] == ["completed_once is violated"]
    assert "holds in every reachable state" in suite.unmet[0].reasons[0]


COUNTER = """
spec:
  name: counter
variables:
  n: 0..3 = 0
  lamp: bool = false
actors:
  hand: {controllable: true}
actions:
  up:
    actor: hand
    guard:
      below: n < 3
    effect:
      n: n + 1
  reset:
    actor: hand
    guard:
      full: n = 3
    effect:
      n: 0
  never:
    actor: hand
    guard:
      small: n < 2
      large: n > 2
    effect:
      n: 0
"""


def test_goals_that_nothing_meets_are_named_with_what_blocks_them(tmp_path: Path) -> None:
    found = system(tmp_path / "a.yaml", COUNTER + "covers:\n  lit: lamp\n")
    made = {s.criterion: s for s in suites("base", found, ["covers", "actions", "refusals"], (), NONE)}
    assert [u.goal.text for u in made["covers"].unmet] == ["lit is reached"]
    assert any("never: guard large is never true where small holds" in r for r in made["covers"].unmet[0].reasons)
    assert [u.goal.text for u in made["actions"].unmet] == ["never"]
    assert made["actions"].unmet[0].reasons == ("never: guard large is never true where small holds",)


def test_an_action_that_always_fails_is_no_goal_either(tmp_path: Path) -> None:
    text = COUNTER.replace("      large: n > 2\n    effect:", "    assert:\n      wrong: n > 2\n    effect:")
    (suite,) = suites("base", system(tmp_path / "a.yaml", text), ["actions"], (), NONE)
    assert [u.reasons for u in suite.unmet] == [
        ("never: its guards hold somewhere, but an assert fails wherever they do",)
    ]


def test_names_depend_on_the_steps_alone(tmp_path: Path) -> None:
    other = COUNTER.replace("  never:", "  shine:\n    effect:\n      lamp: not lamp\n  never:")
    before = suites("base", system(tmp_path / "a.yaml", COUNTER), GRAPH_CRITERIA, (), NONE)
    after = suites("base", system(tmp_path / "b.yaml", other), GRAPH_CRITERIA, (), NONE)

    def names(made: tuple[Suite, ...]) -> dict[tuple[str, tuple[str, ...]], str]:
        return {(s.criterion, tuple(s.system.actions[k.action].label for k in c.steps)): c.name for s in made for c in s.cases}

    old, new = names(before), names(after)
    same = old.keys() & new.keys()
    assert {criterion for criterion, _ in same} >= {"pairs", "refusals"}
    assert all(old[k] == new[k] for k in same)


def test_a_refusal_names_all_guards_that_refuse(tmp_path: Path) -> None:
    found = system(tmp_path / "a.yaml", COUNTER)
    (suite,) = suites("base", found, ["refusals"], (), NONE)
    said = {
        (found.actions[r.action].name, r.by)
        for c in suite.cases
        for r in (*c.refusals, *(r for s in c.steps for r in s.refusals))
    }
    assert said == {("up", ("below",)), ("reset", ("full",)), ("never", ("small",)), ("never", ("large",)), ("never", ("small", "large"))}


def test_a_limit_is_said_and_too_many_goals_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = system(tmp_path / "a.yaml", COUNTER)
    with pytest.raises(TooLarge, match="timeout"):
        suites("base", found, ["pairs"], (), Limits(seconds=0.0))
    monkeypatch.setattr(criteria, "MOST_GOALS", 2)
    with pytest.raises(criteria.TooMany) as error:
        suites("base", found, ["transitions"], (), NONE)
    assert error.value.criterion == "transitions"


def test_initial_states_that_look_alike_are_refused(tmp_path: Path) -> None:
    text = COUNTER.replace("lamp: bool = false", "lamp: bool") + "observations:\n  number: n\n"
    with pytest.raises(LookAlikes):
        suites("base", system(tmp_path / "a.yaml", text), ["actions"], (), NONE)


def test_observations_have_parameters_and_parts(tmp_path: Path) -> None:
    text = COUNTER.replace("  lamp:", "  marks: array 0..1 of 0..2 = 0\n  lamp:") + (
        "observations:\n  all: marks\n  more:\n    params: {i: 0..1, least: 1..2}\n    expr: marks[i] >= least\n"
    )
    found = system(tmp_path / "a.yaml", text)
    assert [o.name for o in found.observables] == ["all[0]", "all[1]", "more(0, 1)", "more(0, 2)", "more(1, 1)", "more(1, 2)"]


def test_without_observations_the_whole_state_is_seen(tmp_path: Path) -> None:
    assert [o.name for o in system(tmp_path / "a.yaml", COUNTER).observables] == ["n", "lamp"]
    found, _ = named("ublk.yaml", "v6.1")
    assert "device_state" in [o.name for o in found.observables]


def test_a_guard_is_explained_by_the_steps_it_prevents() -> None:
    found, _ = named("ublk.yaml", "ming")
    (suite,) = suites("ming", found, ["guards"], (), NONE)
    reference = Reference(found)
    by_name = {case.name: case for case in suite.cases}
    case = by_name["quiesce_work_quiesce_dev_wait_idle_idle_no_uaf_fallback"]
    for _ in reference.replay(case):
        pass
    assert case.ending.kind == "prevents" and case.ending.by == "idle"
    assert [found.actions[a].name for a in case.ending.tail] == [
        "quiesce_work.quiesce_dev.wait_idle",
        "quiesce_work.quiesce_dev.mark",
        "reap",
        "run_fallback.callback",
    ]
    for it in suite.cases:
        *_, last = [case.initial, *(after for _, _, after in reference.replay(it))]
        first = found.actions[it.ending.tail[0]]
        assert it.ending.by in [g.name for g in first.guards if not reference.it.holds(g.term, last)]


def test_what_fails_anyway_explains_no_guard() -> None:
    found, _ = named("ublk.yaml", "strawman")
    (suite,) = suites("strawman", found, ["guards"], (), NONE)
    assert suite.cases and not [c for c in suite.cases if c.ending.name.startswith("no_uaf.fallback")]


def test_a_guard_that_keeps_the_graph_small_is_told() -> None:
    found, _ = named("ublk.yaml", "v6.0")
    (suite,) = suites("v6.0", found, ["guards"], (), Limits(states=400))
    (all_,) = suites("v6.0", found, ["guards"], (), NONE)
    assert suite.unmet and not all_.unmet
    assert all(u.reasons[0].startswith("not decided: more than 400") for u in suite.unmet)
