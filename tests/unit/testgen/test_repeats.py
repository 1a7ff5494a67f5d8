"""What is done twice, and what must wait behind it."""

from __future__ import annotations

import pytest

from specgen.engines.verdict import Limits
from specgen.testgen import criteria
from specgen.testgen.build import suites
from specgen.testgen.harness.errors import Refused

from ..specs import system
from .reference import Reference
from .test_suites import named

BELL = """
spec:
  name: bell
variables:
  rung: bool = false
  answered: 0..2 = 0
  secret: bool = false
actors:
  guest: {controllable: true}
  host: {}
actions:
  ring:
    actor: guest
    effect:
      rung: true
  answer:
    actor: host
    guard:
      heard: rung
      left: answered < 2
    effect:
      rung: false
      answered: answered + 1
  leave:
    actor: guest
    guard:
      seen: answered = 2
      once: not secret
    effect:
      secret: true
  knock:
    actor: guest
    effect: {}
observations:
  rung: rung
  answered: answered
"""


@pytest.fixture
def bell(tmp_path):
    found = system(tmp_path / "bell.yaml", BELL)
    (suite,) = suites("base", found, ["repeats"], (), Limits())
    return found, suite


def steps(found, case):
    return [found.actions[step.action].label for step in case.steps]


def goals(case):
    return [goal.text for goal in case.goals]


def refused(found, case):
    return [[found.actions[r.action].label for r in step.refusals] for step in case.steps]


def test_goals_are_repetitions_and_what_may_follow_and_has_to_do_with_them(bell):
    _, suite = bell
    found = [goal for case in suite.cases for goal in goals(case)]
    assert len(found) == len(set(found)) == suite.met
    again, nothing = "{} again", "{} again, which changes nothing"
    assert set(found) == {
        *(again.format(a) for a in ("ring", "answer")),
        *(nothing.format(a) for a in ("ring", "knock")),
        *(f"{again.format('ring')} and later {b}" for b in ("ring", "answer")),
        *(f"{again.format('answer')} and later {b}" for b in ("ring", "leave")),
        *(f"{nothing.format('ring')}, and later {b}" for b in ("ring", "answer")),
        *(f"{nothing.format('knock')}, and later {b}" for b in ("ring", "answer", "leave", "knock")),  # it writes nothing
    }


def test_what_happens_once_is_no_goal(bell):
    _, suite = bell
    assert not [goal for case in suite.cases for goal in goals(case) if goal.startswith("leave")]
    assert suite.unmet == ()


def test_behind_a_repetition_and_at_the_end_everything_is_refused_that_is(bell):
    found, suite = bell
    reference = Reference(found)
    for case in suite.cases:
        states = [after for _, _, after in reference.replay(case)]
        done, told = steps(found, case), refused(found, case)
        wanted = [[a.label for a in found.actions if not reference.it.attempted(s, a)] for s in states]
        assert sorted(told[-1]) == sorted(wanted[-1])
        for text in goals(case):
            label, _, nothing = text.partition(" again")
            if "later" not in nothing:
                again = [k for k in range(len(done)) if done[k] == label and label in done[:k]]
                assert [k for k in again if sorted(told[k]) == sorted(wanted[k])]


def test_what_waits_is_refused_once_more_right_before_it_happens(bell):
    found, suite = bell
    (case,) = [c for c in suite.cases if "knock again, which changes nothing, and later leave" in goals(c)]
    done, told = steps(found, case), refused(found, case)
    assert done[:2] == ["knock", "knock"] and "leave" in told[1]
    at = done.index("leave")
    assert done[at - 1] == "answer"  # which makes the guard true
    assert "leave" in told[at - 2] and "leave" in told[at]


def test_walks_are_shortest(bell):
    found, suite = bell
    (case,) = [c for c in suite.cases if "ring again, which changes nothing, and later answer" in goals(c)]
    assert steps(found, case)[:3] == ["ring", "ring", "answer"]


class Counting:
    """A bell that rings as often as it was pressed."""

    def __init__(self, seen):
        self.seen = dict(seen)
        self.pressed = 0

    def act(self, action):
        match action:
            case "ring":
                self.pressed += 1
            case "answer":
                if not self.pressed or self.seen["answered"] == 2:
                    raise Refused
                self.pressed -= 1
                self.seen["answered"] += 1
            case "leave":
                if self.seen["answered"] < 2 or "left" in self.seen:
                    raise Refused
                self.seen["left"] = True
        self.seen["rung"] = self.pressed > 0


class Forgetful(Counting):
    """It shows nothing of that, and answers twice."""

    def act(self, action):
        super().act(action)
        if action == "answer":
            self.seen["rung"] = False


def passes(kind, found, case):
    system_ = kind(case.start)

    def is_refused(refusals):
        for refusal in refusals:
            try:
                system_.act(found.actions[refusal.action].label)
            except Refused:
                continue
            return False
        return True

    seen = dict(case.start)
    for step in case.steps:
        system_.act(found.actions[step.action].label)
        seen |= dict(step.changes)
        if any(system_.seen[name] != value for name, value in seen.items()) or not is_refused(step.refusals):
            return False
    return True


@pytest.mark.parametrize("kind", [Counting, Forgetful])
def test_what_is_counted_is_found(bell, kind):
    found, suite = bell
    assert not all(passes(kind, found, case) for case in suite.cases)
    others = suites("base", found, ["covers", "transitions", "refusals", "waits"], (), Limits())
    if kind is Forgetful:
        assert all(passes(kind, found, case) for other in others for case in other.cases)


def test_there_are_no_goals_where_nothing_comes_twice(tmp_path):
    text = "spec:\n  name: a\nvariables:\n  n: 0..1 = 0\nactions:\n  once:\n    guard:\n      new: n = 0\n    effect:\n      n: 1\n"
    (suite,) = suites("base", system(tmp_path / "a.yaml", text), ["repeats"], (), Limits())
    assert (suite.cases, suite.met, suite.unmet) == ((), 0, ())


def test_too_many_goals_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(criteria, "MOST_GOALS", 2)
    with pytest.raises(criteria.TooMany) as error:
        suites("base", system(tmp_path / "bell.yaml", BELL), ["repeats"], (), Limits())
    assert error.value.criterion == "repeats"


def test_a_vote_is_repeated_before_the_last_one_comes():
    found, _ = named("examples/two_phase.yaml", "two-phase")
    (suite,) = suites("two-phase", found, ["repeats"], (), Limits())
    wanted = "hear_prepared(m=1) again, which changes nothing, and later decide_commit"
    (case,) = [c for c in suite.cases if wanted in [goal.text for goal in c.goals]]
    assert [label for label in steps(found, case) if not label.startswith("prepare(")] == [
        "hear_prepared(m=1)",
        "hear_prepared(m=1)",
        "hear_prepared(m=2)",
        "hear_prepared(m=3)",
        "decide_commit",
    ]
    told = {steps(found, case)[k]: [found.actions[r.action].label for r in s.refusals] for k, s in enumerate(case.steps)}
    assert told["hear_prepared(m=2)"] == ["decide_commit"]
