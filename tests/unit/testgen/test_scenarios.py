"""What may be the case while others take their own steps, and the scenarios made of it."""

from __future__ import annotations

import random

import pytest

from specgen.core.interpreter import Interpreter
from specgen.core.system import System
from specgen.testgen.cases import Observer
from specgen.testgen.scenario.beliefs import Belief, Beliefs, Crowded
from specgen.testgen.scenario.plan import Planner, Scenario

from ..specs import system

PLACES = 8

DOOR = """
spec:
  name: door
variables:
  bell: bool = false
  door: enum closed open broken = closed
  steps: 0..2 = 0
actors:
  guest: {controllable: true}
  host: {fair: true}
actions:
  ring:
    actor: guest
    guard:
      silent: not bell
    effect:
      bell: true
  kick:
    actor: guest
    guard:
      closed: door = closed
    effect:
      bell: true
      steps: 2
  shut:
    actor: guest
    guard:
      open: door = open
    effect:
      door: closed
      steps: 0
  walk:
    actor: host
    guard:
      heard: bell and steps < 2
    effect:
      steps: steps + 1
  answer:
    actor: host
    guard:
      there: bell and steps = 2
    assert:
      whole: door != broken
    effect:
      bell: false
      door: open
  OTHER
observations:
  bell: bell
  door: door
"""


def door(tmp_path, other="") -> System:
    lines = other or "sleep:\n    actor: host\n    guard:\n      never: steps > 2\n    effect: {}"
    return system(tmp_path / "door.yaml", DOOR.replace("OTHER", lines))


def maze(tmp_path, seed: int) -> System:
    """Some places and hidden ways between them, a few of which end in a crash; one way that a test takes."""
    chance = random.Random(seed)
    lines = ["spec:", "  name: maze", "variables:", f"  at: 0..{PLACES - 1} = 0", "actors:"]
    lines += ["  test: {controllable: true}", "  other: {fair: true}", "actions:"]
    for number in range(chance.randrange(4, 16)):
        here, there = chance.randrange(PLACES), chance.randrange(PLACES)
        lines += [f"  way{number}:", "    actor: other", "    guard:", f"      here: at = {here}"]
        if chance.random() < 0.15:
            lines += ["    assert:", f"      fine{number}: at = {there}"]
        lines += ["    effect:", f"      at: {there}"]
    lines += ["  jump:", "    actor: test", "    effect:", f"      at: if at < {PLACES - 1} then at + 1 else 0"]
    return system(tmp_path / f"maze{seed}.yaml", "\n".join([*lines, "observations:", "  at: at"]))


def hidden(found: System, state) -> tuple[set, set[str]]:
    """The states that one hidden step leads to, and the asserts that it fails."""
    interpreter, after, crashes = Interpreter(found), set(), set()
    for action in found.actions:
        if action.actor in found.controllable:
            continue
        crashes |= {o.name for o in interpreter.failing(state, action) if o.fatal}
        if interpreter.happens(state, action):
            after.add(interpreter.apply(state, action))
    return after, crashes


def reach(found: System, state) -> tuple[set, set[str]]:
    seen, left, crashes = {state}, [state], set()
    while left:
        after, failed = hidden(found, left.pop())
        crashes |= failed
        left += after - seen
        seen |= after
    return seen, crashes


@pytest.mark.parametrize("seed", range(60))
def test_states_settle_where_hidden_steps_always_lead_back(tmp_path, seed):
    """By definition: all that can be reached from a settled state can reach it again, and no crash is among it."""
    found = maze(tmp_path, seed)
    beliefs = Beliefs(found)
    for place in range(PLACES):
        states, crashes = reach(found, (place,))
        closure = beliefs.closure(beliefs.packing.pack((place,)))
        unpack = beliefs.packing.unpack
        assert {unpack(s) for s in closure.states} == states
        assert closure.crashes == crashes
        want = set()
        for state in states:
            onward, failed = reach(found, state)
            if not failed and all(state in reach(found, other)[0] for other in onward):
                want.add(state)
        assert {unpack(s) for s in closure.settled} == want


def test_the_mazes_have_all_that_matters(tmp_path):
    shapes = set()
    for seed in range(60):
        found = maze(tmp_path, seed)
        beliefs = Beliefs(found)
        for place in range(PLACES):
            it = beliefs.closure(beliefs.packing.pack((place,)))
            shapes.add((len(it.settled) > 1, bool(it.crashes), bool(it.settled)))
    assert {(True, True, True), (True, False, True), (False, True, False), (False, True, True)} <= shapes


def test_a_crowd_is_told(tmp_path):
    found = door(tmp_path)
    beliefs = Beliefs(found, most=2)
    ring = next(a for a in found.actions if a.name == "ring")
    with pytest.raises(Crowded):
        beliefs.settle(beliefs.take(beliefs.start(), ring))


def test_only_what_is_possible_whatever_is_the_case_is_offered(tmp_path):
    found = door(tmp_path)
    beliefs = Beliefs(found)
    start = beliefs.start()
    assert [a.name for a in beliefs.offers(start)] == ["ring", "kick"]
    ring = next(a for a in found.actions if a.name == "ring")
    under_way = beliefs.wait(beliefs.take(start, ring))
    assert len(under_way.states) == 4
    assert list(beliefs.offers(under_way)) == []  # each of its steps is refused in one of the states
    assert [a.name for a in beliefs.offers(beliefs.settle(under_way))] == ["ring", "shut"]
    assert list(beliefs.offers(Belief(frozenset()))) == []


def told(found: System, scenario: Scenario) -> list[str]:
    return [found.actions[s.action].name for s in scenario.steps]


def test_each_step_is_taken_in_each_class(tmp_path):
    found = door(tmp_path)
    plan = Planner(found, ["door"], 100).plan()
    assert (plan.goals, plan.complete) == (4, True)
    assert [told(found, s) for s in plan.scenarios] == [["ring", "ring"], ["ring", "shut"], ["kick"]]
    first = plan.scenarios[0].steps[0]
    assert first.possible == (frozenset({True, False}), frozenset({"closed", "open"}))
    assert first.settled == {(False, "open")}
    assert plan.scenarios[0].start == {(False, "closed")}
    served = [g for s in plan.scenarios for g in s.goals]
    assert len(served) == len(set(served)) == plan.goals


def test_a_plan_that_stops_early_says_so(tmp_path):
    assert not Planner(door(tmp_path), ["door"], 1).plan().complete


def test_a_scenario_ends_where_the_system_may_have_crashed(tmp_path):
    rust = "rust:\n    actor: host\n    guard:\n      unlucky: bell and steps = 1\n    effect:\n      door: broken"
    found = door(tmp_path, rust)
    plan = Planner(found, ["door"], 100).plan()
    crashing = [s for s in plan.scenarios if s.steps[-1].crashes]
    assert {name for s in crashing for name in s.steps[-1].crashes} == {"whole"}
    assert all(not step.crashes for s in plan.scenarios for step in s.steps[:-1])
    assert crashing[0].steps[-1].settled == {(False, "open")}  # if it has not crashed


def run(found: System, scenario: Scenario, chance: random.Random) -> str:
    """Takes a scenario's steps on a system, whose hidden steps happen by chance; what is noticed, or nothing."""
    interpreter, observer = Interpreter(found), Observer(found)
    names = {(a.name, a.params): a for a in found.actions}
    (state,) = interpreter.initial_states()
    for step, key in zip(scenario.steps, told_with(found, scenario), strict=True):
        action = names[key]
        if not interpreter.happens(state, action):
            return "refused"
        state = interpreter.apply(state, action)
        for _ in range(50):
            look = observer.look(state)
            if any(value not in values for value, values in zip(look, step.possible, strict=True)):
                return "impossible"
            after, failed = hidden(found, state)
            if failed:
                return "" if step.crashes else "crashed"
            if not after:
                break
            state = chance.choice(sorted(after))
        if observer.look(state) not in step.settled:
            return "unsettled"
    return ""


def told_with(found: System, scenario: Scenario):
    return [(found.actions[s.action].name, found.actions[s.action].params) for s in scenario.steps]


def test_the_system_itself_does_what_its_scenarios_say(tmp_path):
    found, chance = door(tmp_path), random.Random(1)
    for scenario in Planner(found, ["door"], 100).plan().scenarios:
        assert {run(found, scenario, chance) for _ in range(20)} == {""}


@pytest.mark.parametrize(
    ("right", "wrong", "noticed"),
    [
        ("door: open", "door: closed", "unsettled"),
        ("bell: true\n      steps: 2", "bell: true\n      steps: 2\n      door: broken", "impossible"),
        ("bell and steps < 2", "bell and steps < 1", "unsettled"),
        ("whole: door != broken", "whole: door = broken", "crashed"),
    ],
)
def test_another_system_is_noticed(tmp_path, right, wrong, noticed):
    assert right in DOOR
    plan = Planner(door(tmp_path), ["door"], 100).plan()
    (tmp_path / "other").mkdir()
    text = DOOR.replace("OTHER", "sleep:\n    actor: host\n    guard:\n      never: steps > 2\n    effect: {}")
    other = system(tmp_path / "other" / "door.yaml", text.replace(right, wrong))
    chance = random.Random(1)
    assert noticed in {run(other, scenario, chance) for scenario in plan.scenarios for _ in range(20)}
