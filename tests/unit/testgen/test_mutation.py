"""Mutants told from the original, and noticed or not."""

from __future__ import annotations

import pytest

from specgen.core.lower import lower
from specgen.engines.verdict import Limits
from specgen.language.source import Span
from specgen.language.wording import percent
from specgen.report.mutation import as_json
from specgen.testgen.mutation.behaviour import HAPPENS, Behaviour, Interface
from specgen.testgen.mutation.compare import Difference, TooManyPairs, difference
from specgen.testgen.mutation.judging import (
    DIFFERENT,
    EQUIVALENT,
    SAME_CORE,
    STILLBORN,
    UNFINISHED,
    Judge,
    Judged,
    Unfinished,
)
from specgen.testgen.mutation.mutants import Mutant, mutants
from specgen.testgen.mutation.running import Runner, Script, ScriptStep
from specgen.testgen.mutation.scores import Scores
from specgen.testgen.suite import Ending

from .mutated import GATE, behaviours, judge, made, spec_of, system_of


def told_apart(path, name, most=1000):
    original = lower(spec_of(path))
    return difference(*behaviours(original, system_of(made(path)[name])), most)


# ------------------------------------------------------------ behaviour


def test_a_behaviour_is_what_the_interpreter_says(tmp_path):
    system = lower(spec_of(tmp_path))
    behaviour = Behaviour(system, Interface.of(system), {})
    interpreter = behaviour.interpreter
    waiting, seen = behaviour.initial(), set()
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        values = behaviour.unpack(state)
        entries = {entry[0]: entry for entry in behaviour.entries(state)}
        for action in system.actions:
            entry = entries.get(action.index)
            failing = interpreter.failing(values, action)
            assert (entry is not None) == interpreter.attempted(values, action)
            if entry is None:
                continue
            assert (entry[1].kind == HAPPENS) == interpreter.happens(values, action)
            fatal = [o.name for o in failing if o.fatal]
            assert entry[1].names == set(fatal or [o.name for o in failing])
            if entry[1].kind == HAPPENS:
                assert behaviour.unpack(state + entry[2]) == interpreter.apply(values, action)
                waiting.append(state + entry[2])
    assert len(seen) == 9


def test_observables_are_seen_by_name_with_values_of_python(tmp_path):
    system = lower(spec_of(tmp_path))
    interface = Interface.of(system)
    behaviour = Behaviour(system, interface, {})
    (initial,) = behaviour.initial()
    assert interface.observables == ("gate(ann)", "gate(bob)", "lamp_shows")
    assert behaviour.look(initial) == (False, False, "off")


# ------------------------------------------------------------ differences


@pytest.mark.parametrize(
    ("name", "steps", "original", "mutant"),
    [
        ("enter: guard dark: other-value 1", ["enter(u=ann)"], "happens", "refused"),
        ("leave: guard in_here: drop-guard 1", ["leave(u=ann)"], "refused", "happens, with a warning: lit"),
        ("leave: effect: drop-assignment 2", ["enter(u=ann)", "leave(u=ann)"], "lamp_shows = off", "lamp_shows = dim"),
        ("enter: effect: drop-do 2", ["enter(u=ann)"], "lamp_shows = dim", "lamp_shows = off"),
        ("leave: drop-action 1", ["enter(u=ann)", "leave(u=ann)"], "happens", "refused"),
        # level is hidden: what it does shows later
        (
            "alarm: effect: drop-assignment 1",
            ["enter(u=ann)", "leave(u=ann)", "enter(u=ann)", "alarm", "alarm"],
            "refused",
            "happens",
        ),
        (
            "type Level: off-by-one 4",
            ["enter(u=ann)", "leave(u=ann)", "enter(u=ann)"],
            "happens",
            "ends: in_range",
        ),
    ],
)
def test_the_shortest_behaviour_that_tells_them_apart(tmp_path, name, steps, original, mutant):
    assert told_apart(tmp_path, name) == Difference(tuple(steps), original, mutant)


def test_a_hidden_difference_is_none(tmp_path):
    assert told_apart(tmp_path, "leave: effect: drop-assignment 3") is None


def test_a_walk_that_is_too_long_is_told(tmp_path):
    with pytest.raises(TooManyPairs):
        told_apart(tmp_path, "leave: effect: drop-assignment 3", most=3)


def test_what_is_there_from_the_start(tmp_path):
    original = lower(spec_of(tmp_path))
    (tmp_path / "other").mkdir()
    other = lower(spec_of(tmp_path / "other", GATE.replace("full = off", "full = dim")))
    assert difference(*behaviours(original, other), 100) == Difference((), "lamp_shows = off", "lamp_shows = dim")
    fewer = lower(spec_of(tmp_path / "other", GATE.replace("  lamp_shows: lamp\n", "")))
    assert difference(*behaviours(original, fewer), 100) == Difference(
        (), "lamp_shows = off", "lamp_shows = (not there)"
    )
    any_lamp = lower(spec_of(tmp_path / "other", GATE.replace("full = off", "full")))
    found = difference(*behaviours(original, any_lamp), 100)
    assert (found.steps, found.original) == ((), "cannot")
    assert found.mutant.startswith("begins with gate(ann) = false, gate(bob) = false, lamp_shows = ")


def test_what_only_the_mutant_has_is_not_seen(tmp_path):
    original = lower(spec_of(tmp_path))
    (tmp_path / "other").mkdir()
    more = GATE.replace("  alarm:\n    guard:", "  look:\n    effect:\n      noise: true\n  alarm:\n    guard:")
    more = more.replace("  lamp_shows: lamp\n", "  lamp_shows: lamp\n  heard: noise\n")
    assert difference(*behaviours(original, lower(spec_of(tmp_path / "other", more))), 1000) is None


# ------------------------------------------------------------ tests on a system


def script(start=(False, False, "off"), refused=(), steps=(), ending=None, last=-1):
    return Script("x: y", start, frozenset(refused), tuple(steps), ending, last)


def step(action, look, warns=(), refused=()):
    return ScriptStep(action, frozenset(warns), look, frozenset(refused))


ENTER_ANN, ENTER_BOB, LEAVE_ANN, LEAVE_BOB, ALARM = range(5)
IN = (True, False, "dim")
OUT = (False, False, "off")


@pytest.mark.parametrize(
    ("it", "passes"),
    [
        (script(steps=[step(ENTER_ANN, IN)]), True),
        (script(steps=[step(ENTER_ANN, OUT)]), False),
        (script(steps=[step(ENTER_ANN, IN, warns=["lit"])]), False),
        (script(steps=[step(LEAVE_ANN, OUT)]), False),
        (script(start=IN), False),
        (script(refused=[LEAVE_ANN, ALARM]), True),
        (script(refused=[ENTER_ANN]), False),
        (script(steps=[step(ENTER_ANN, IN, refused=[ENTER_BOB, ALARM])]), True),
        (script(steps=[step(ENTER_ANN, IN, refused=[LEAVE_ANN])]), False),
        (script(ending=Ending("stuck")), False),
        (script(ending=Ending("prevents", "not_dark", "full_house", (ALARM,)), last=ALARM), True),
        (script(ending=Ending("prevents", "not_dark", "dark", (ENTER_ANN,)), last=ENTER_ANN), False),
        (script(ending=Ending("violates", "lit"), last=ENTER_ANN), False),
        (script(ending=Ending("breaks", "one")), False),
    ],
)
def test_scripts_pass_or_fail(tmp_path, it, passes):
    system = lower(spec_of(tmp_path))
    assert Runner(Behaviour(system, Interface.of(system), {})).passes(it) is passes


BAD = """\
spec:
  name: bad
variables:
  n: 0..3 = 0
actions:
  grow:
    guard:
      small: n < 3
    check:
      not_two: n != 2
      not_one: n != 1
    effect:
      n: n + 1
invariants:
  low: n < 2
always_possible:
  back: n < 2
covers:
  one: n = 1
terminal:
  end: n = 3
revisions:
  today:
    title: as it is
    expect: {low: violated, not_two: violated, not_one: violated, back: impossible}
"""


def test_the_suite_of_a_bad_spec_passes_on_it_and_not_on_its_mend(tmp_path):
    it = judge(tmp_path, BAD, ("violations",))
    assert sorted((s.name, s.ending.kind) for s in it.scripts) == [
        ("violations: back", "breaks"),
        ("violations: low", "breaks"),
        ("violations: not_one", "violates"),
        ("violations: not_two", "violates"),
    ]
    assert it.failing() is None
    mended = {m.name: m for m in mutants(spec_of(tmp_path, BAD))}
    assert it.judge(mended["grow: guard small: off-by-one 2"]).test == "violations: not_two"  # n < 2


def test_an_assert_must_fail_as_told(tmp_path):
    fatal = "    assert:\n      not_two: n != 2\n    check:\n      not_one: n != 1\n"
    text = BAD.replace("    check:\n      not_two: n != 2\n      not_one: n != 1\n", fatal)
    text = text.replace("always_possible:\n  back: n < 2\n", "").replace(", back: impossible", "")
    it = judge(tmp_path, text, ("violations",))
    assert it.failing() is None
    found = {m.name: m for m in mutants(spec_of(tmp_path, text))}
    earlier = it.judge(found["grow: effect: off-by-one 1"])  # n + 2: refused, or in range no more
    assert earlier.test is not None
    assert it.judge(found["grow: guard small: off-by-one 2"]).test == "violations: not_two"


# ------------------------------------------------------------ verdicts on mutants


def test_every_mutant_gets_its_kind(tmp_path):
    it = judge(tmp_path)
    found = made(tmp_path)
    dropped = it.judge(found["enter: guard dark: drop-guard 1"])
    assert dropped.kind == EQUIVALENT  # nobody is inside where the lamp is off: `free` says the same
    hidden = it.judge(found["leave: effect: drop-assignment 3"])
    assert (hidden.kind, hidden.test, hidden.properties) == (EQUIVALENT, None, ())
    unnoticed = it.judge(found["leave: guard in_here: drop-guard 1"])
    assert (unnoticed.kind, unnoticed.test) == (DIFFERENT, None)
    assert "lit: violated in 1 step (was: holds)" in unnoticed.properties
    killed = it.judge(found["enter: effect: drop-do 2"])
    assert killed.test is not None
    assert killed.test.split(": ")[0] in ("covers", "transitions")


def test_equal_and_broken_specs(tmp_path):
    it = judge(tmp_path)
    spec = spec_of(tmp_path)
    span = Span(spec.document.source, 1, 1, 1, 1)
    assert it.judge(Mutant("x", "x", span, "", "", spec.document)).kind == SAME_CORE
    broken = judge(tmp_path, GATE.replace("  level: Level = 0\n", "  level: Level = 2\n"))
    stillborn = made(tmp_path, GATE.replace("  level: Level = 0\n", "  level: Level = 2\n"))
    assert broken.judge(stillborn["type Level: off-by-one 4"]).kind == STILLBORN


def test_expected_depths_count_only_for_the_declared_constants(tmp_path):
    slow = """\
spec:
  name: slow
constants:
  N: 1..2 = 2
variables:
  n: 0..4 = 0
actions:
  grow:
    guard:
      small: n < 4
    effect:
      n: n + 1
invariants:
  low: n < N
revisions:
  today:
    title: as it is
    expect: {low: violated in 2}
"""
    name = "grow: effect: off-by-one 1"  # n + 2
    it = judge(tmp_path, slow)
    assert it.judge(made(tmp_path, slow)[name]).properties[0] == "low: violated in 1 step (was: violated in 2 steps)"
    undeclared = Judge(it.system, {}, False, it.expectations, it.scripts, Limits())
    assert all(not p.startswith("low") for p in undeclared.judge(made(tmp_path, slow)[name]).properties)


BIG = """\
spec:
  name: big
types:
  Slot: 0..11
variables:
  on: array Slot of 0..3 = 0
  open: bool = false
actions:
  flip:
    params: {s: Slot}
    guard:
      open: open
    effect:
      on[s]: if on[s] = 3 then 0 else on[s] + 1
  nothing:
    effect: {}
revisions:
  today:
    title: as it is
    expect: {dead_action: violated}
"""


def test_what_cannot_be_explored_is_never_killed(tmp_path):
    it = judge(tmp_path, BIG, ("covers",))
    (mutant,) = [m for m in made(tmp_path, BIG).values() if m.name == "flip: guard open: drop-guard 1"]
    found = it.judge(mutant)
    assert (found.kind, found.test, found.properties) == (UNFINISHED, None, ())
    assert found.reason == "more than 20,000 states"
    assert found.difference == Difference(("flip(s=0)",), "refused", "happens")


def test_an_original_that_cannot_be_explored_is_said(tmp_path):
    spec = spec_of(tmp_path, BIG.replace("open: bool = false", "open: bool = true"))
    with pytest.raises(Unfinished):
        Judge(lower(spec), {}, True, (), (), Limits(states=5000))


# ------------------------------------------------------------ scores


def test_scores_count_each_system_once(tmp_path):
    some = list(made(tmp_path).values())[:7]
    apart = Difference(("a",), "x", "y")
    judged = {
        0: Judged(STILLBORN),
        1: Judged(SAME_CORE, "o"),
        2: Judged(DIFFERENT, "a", apart, "t", ("p",)),
        3: Judged(DIFFERENT, "a", apart, "t", ("p",)),
        4: Judged(DIFFERENT, "b", apart, None, ()),
        5: Judged(UNFINISHED, "c", reason="more than 1 states"),
    }
    scores = Scores.of(some, judged)
    counts = (scores.distinct, scores.equivalent, scores.alive, scores.duplicates, scores.not_judged)
    assert counts == (4, 1, 3, 1, 1)
    assert (scores.by_suite, scores.by_properties, scores.by_both, scores.by_neither) == (1, 1, 1, 1)
    told = as_json(scores, {"revision": "today"})
    assert [told[k] for k in ("mutants", "equivalent", "killed_by_suite", "killed_by_properties")] == [4, 1, 1, 1]
    assert [s["mutant"] for s in told["survivors"]] == [some[4].name, some[5].name]
    assert told["survivors"][0]["steps"] == ["a"]


def test_percentages_are_not_rounded_up():
    assert [percent(k, 1000) for k in (0, 999, 1000)] == ["0.0 %", "99.9 %", "100 %"]
    assert percent(9999, 10_000) == "99.9 %"
    assert percent(0, 0) == ""
