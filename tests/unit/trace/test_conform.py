"""Whether a recording is a behaviour of a spec; and if not, at which step and why."""

from __future__ import annotations

import pytest

from specgen.core.interpreter import Interpreter
from specgen.trace.conform import Rejection, conform, findings
from specgen.trace.itf import Recorded, Recording, to_itf
from specgen.trace.trace import Trace

from ..specs import system
from .walks import LOCK, walk


@pytest.fixture
def racy(tmp_path):
    return system(tmp_path / "lock.yaml", LOCK, "racy")


CHOICE = """\
spec:
  name: small
variables:
  n: 0..3
init:
  small: n < 2
actions:
  stay:
    effect: {}
"""


def behaviour(system, *labels):
    """The trace of some actions, by label, from the first initial state."""
    judge = Interpreter(system)
    states, steps = [next(iter(judge.initial_states()))], []
    for label in labels:
        action = next(a for a in system.actions if a.label == label)
        assert judge.attempted(states[-1], action), label
        states.append(judge.apply(states[-1], action))
        steps.append(action.index)
    return Trace(system, tuple(states), tuple(steps))


def recording(trace, names=True):
    """What a file with this trace says, as a mutable list of states."""
    skip = ("#meta", "mbt::actionTaken", "mbt::nondetPicks")
    states = []
    for k, state in enumerate(to_itf(trace, {})["states"]):
        values = {name: value for name, value in state.items() if name not in skip}
        action = trace.action(k) if k else None
        named = names and action is not None
        states.append(
            Recorded(values, action.name if named else None, dict(action.params) if named else None)
        )
    return states


def judge(system, states):
    outcome = conform(Recording({}, tuple(states)), system)
    assert isinstance(outcome, Rejection)
    return outcome


def notes(rejection):
    return [note.message for note in rejection.reason.notes]


def test_a_false_guard_is_named_with_its_place(tmp_path, racy):
    trace = behaviour(racy, "work.take(p=0)", "work.take(p=1)")
    good = system(tmp_path / "lock.yaml", LOCK, "good")
    rejection = judge(good, recording(trace))
    assert (rejection.step, rejection.reason.code) == (2, "SG709")
    assert "guard lock_free of work.take(p=1) is false" in rejection.reason.message
    line = rejection.reason.span.source.line(rejection.reason.span.line)
    assert "lock_free: no q in Proc where held[q]" in line
    assert rejection.prefix.depth == 1


def test_a_wrong_effect_says_what_should_be_there(racy):
    states = recording(behaviour(racy, "work.take(p=0)"))
    states[1].values["slot"] = {"state": "idle", "owner": {"#bigint": "0"}}
    rejection = judge(racy, states)
    assert "work.take(p=0) makes slot.state busy where the file has idle" in rejection.reason.message


def test_without_a_name_the_nearest_actions_are_explained(racy):
    states = recording(behaviour(racy, "work.take(p=0)"), names=False)
    states[1].values["slot"] = {"state": "idle", "owner": {"#bigint": "0"}}
    rejection = judge(racy, states)
    assert "no action of the spec explains it" in rejection.reason.message
    changed, nearest, *_ = notes(rejection)
    assert changed.startswith("the file has held[0]: false -> true")
    assert nearest == "work.take(p=0) makes slot.state busy where the file has idle"


def test_standing_still_is_no_step(racy):
    start = recording(behaviour(racy))
    rejection = judge(racy, [start[0], Recorded(start[0].values, None, None)])
    assert notes(rejection)[0] == "the file has no change"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"helt": True}, "SG705", "a variable helt that the spec does not have"),
        ({"mood": None}, "SG706", "mood is null, which is not one of calm, angry"),
        ({"mood": "happy"}, "SG706", "mood is happy, which is not one of calm, angry"),
        ({"held": True}, "SG706", "held is true, not a map"),
        ({"held": {"#map": [[{"#bigint": "0"}, True]]}}, "SG706", "held has no key 1"),
        ({"held": {"#map": [[0, True], [0, True], [1, True]]}}, "SG706", "held has the key 0 twice"),
        ({"held": {"#map": [[0, True], [1, 1]]}}, "SG706", "held[1] is 1, which is not one of true, false"),
        ({"held": {"#map": [[0, True], [1, "true"]]}}, "SG706", "held[1] is true, which is not one of"),
        ({"seen": {"#set": [7]}}, "SG706", "seen has the element 7, which is not one of 0, 1"),
        ({"seen": []}, "SG706", "seen is [], not a set"),
        ({"log": [0, 1, 0]}, "SG706", "log has 3 elements, more than the bound 2"),
        ({"log": {"#set": []}}, "SG706", "not a sequence"),
        ({"log": [2]}, "SG706", "log[0] is 2, which is not one of 0..1"),
        ({"slot": {"state": "idle"}}, "SG706", "slot has no field owner"),
        ({"slot": {"state": "idle", "owner": "null", "x": 1}}, "SG706", "slot has an unknown field x"),
        ({"slot": {"state": "idle", "owner": 2}}, "SG706", "slot.owner is 2, which is not one of null, 0, 1"),
        ({"slot": {"state": "idle", "owner": 10**30}}, "SG706", "slot.owner is"),
        ({"slot": []}, "SG706", "slot is [], not a record of state, owner"),
    ],
)
def test_a_state_that_the_spec_does_not_have(racy, change, code, words):
    states = recording(behaviour(racy))
    states[0].values.update(change)
    rejection = judge(racy, states)
    assert (rejection.step, rejection.reason.code, rejection.prefix) == (0, code, None)
    assert words in rejection.reason.message


def test_a_missing_variable_is_named(racy):
    states = recording(behaviour(racy))
    del states[0].values["slot"]
    assert "does not say what slot is" in judge(racy, states).reason.message


def test_an_unknown_variable_has_a_suggestion(racy):
    states = recording(behaviour(racy))
    states[0].values["helt"] = True
    assert judge(racy, states).reason.help == "did you mean 'held'?"


def test_the_first_state_must_be_initial(racy):
    states = recording(behaviour(racy, "work.take(p=0)"))
    rejection = judge(racy, states[1:])
    assert (rejection.step, rejection.reason.code) == (0, "SG708")
    assert "held[0] starts as false, not as true" in notes(rejection)


def test_init_must_hold(tmp_path):
    small = system(tmp_path / "s.yaml", CHOICE)
    rejection = judge(small, [Recorded({"n": 3}, None, None)])
    assert "`init` does not hold" in rejection.reason.message


def test_unknown_actions_and_parameters(racy):
    states = recording(behaviour(racy, "work.take(p=0)"))
    wrong_name = Recorded(states[1].values, "work.tak", None)
    assert judge(racy, [states[0], wrong_name]).reason.help == "did you mean 'work.take'?"
    wrong_param = Recorded(states[1].values, "work.take", {"p": "7"})
    rejection = judge(racy, [states[0], wrong_param])
    assert (rejection.reason.code, rejection.step) == ("SG707", 1)
    assert "work.take(p=0)" in rejection.reason.help


def test_parameters_may_be_left_out(racy):
    trace = behaviour(racy, "work.take(p=1)")
    states = recording(trace)
    again = conform(Recording({}, (states[0], Recorded(states[1].values, "work.take", None))), racy)
    assert isinstance(again, Trace)
    assert again.steps == trace.steps


def test_a_path_ends_where_an_assert_fails(racy):
    trace = behaviour(racy, "work.take(p=0)", "work.take(p=1)", "work.use(p=0)")
    states = recording(trace)
    assert conform(Recording({}, tuple(states)), racy).failed.name == "alone"
    rejection = judge(racy, [*states, *recording(trace)[-1:]])
    assert (rejection.step, rejection.reason.code) == (4, "SG710")
    assert "assert alone fails in step 3" in rejection.reason.message


def test_a_check_does_not_end_the_path(racy):
    interpreter, mood = Interpreter(racy), _cell(racy, "mood")
    angry = next(s for s in interpreter.initial_states() if mood.domain.text(s[mood.index]) == "angry")
    states, steps = [angry], []
    for label in ("work.take(p=0)", "calm_down", "work.use(p=0)"):
        action = next(a for a in racy.actions if a.label == label)
        states.append(interpreter.apply(states[-1], action))
        steps.append(action.index)
    trace = Trace(racy, tuple(states), tuple(steps))
    assert isinstance(conform(Recording({}, tuple(recording(trace))), racy), Trace)
    assert [(k, f.kind, f.name) for k, f in findings(trace)] == [(2, "check", "nobody")]


def _cell(system, name):
    return next(v for v in system.variables if v.name == name)


def test_findings_come_with_their_first_step(racy):
    trace = behaviour(racy, "work.take(p=0)", "work.take(p=1)", "work.use(p=0)")
    assert [(k, f.kind, f.name) for k, f in findings(trace)] == [
        (2, "invariant", "exclusive"),
        (3, "assert", "alone"),
    ]


def test_random_walks_have_no_finding_that_the_interpreter_does_not_see(racy):
    seen = {f.name for seed in range(40) for _, f in findings(walk(racy, seed, 8))}
    assert seen == {"exclusive", "alone", "nobody"}
