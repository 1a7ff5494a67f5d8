"""The spec's own interpreter as a system under test, against the reference interpreter."""

from __future__ import annotations

import random

import pytest

from specgen.core.interpreter import Interpreter
from specgen.testgen.harness import Refused
from specgen.testgen.harness.errors import Unknown, Violation
from specgen.testgen.harness.interpreter import Interpreted, Model
from specgen.testgen.suite import literal

from ..specs import system
from .suites import TOKEN


@pytest.fixture
def model(tmp_path):
    return Model(system(tmp_path / "spec.yaml", TOKEN, "v1.1-careless"))


def started(model, at=0):
    it = Interpreted(model)
    it.start({"at": at, "hand": None, "worn": 0})
    return it


def test_it_does_what_the_reference_does(model):
    """On random walks: the same refusals by the same guards, the same failures, the same looks."""
    core, reference = model.system, Interpreter(model.system)
    choose = random.Random(1)
    for _ in range(40):
        state = choose.choice(list(reference.initial_states()))
        it = started(model, state[0])
        for _ in range(12):
            assert it.observe() == {
                o.name: literal(o.domain.text(reference.value(o.term, state))) for o in core.observables
            }
            number, (name, given) = choose.choice(list(enumerate(it.everything())))
            action = core.actions[number]
            failing = reference.failing(state, action)
            fatal = [o.name for o in failing if o.fatal]
            if fatal:
                with pytest.raises(Violation) as violated:
                    it.act(name, given)
                assert list(violated.value.names) == fatal
                assert all(it.recognises(violated.value, n) for n in fatal)
                assert not it.recognises(violated.value, "other")
            elif reference.enabled(state, action):
                it.act(name, given)
                assert list(it.warnings()) == [o.name for o in failing]
                state = reference.apply(state, action)
            else:
                with pytest.raises(Refused) as refused:
                    it.act(name, given)
                assert list(refused.value.guards) == [g.name for g in action.guards if not reference.holds(g.term, state)]


def test_a_guard_without_a_value_is_a_violation(tmp_path):
    text = """\
spec:
  name: example
variables:
  at: 0..2 = 0
  on: array 0..1 of bool = true
actions:
  next:
    guard:
      on: on[at]
    effect:
      at: at + 1
"""
    it = Interpreted(Model(system(tmp_path / "spec.yaml", text)))
    it.start({})
    it.act("next", {})
    it.act("next", {})
    with pytest.raises(Violation) as caught:
        it.act("next", {})
    assert caught.value.names == ("in_range",)


def test_it_starts_where_it_is_told(model):
    assert started(model, 2).observe()["at"] == 2
    it = Interpreted(model)
    it.start({"at": 7})
    assert it.observe()["at"] == 0  # and the story tells the difference


def test_what_is_not_there_any_more(model):
    it = started(model)
    with pytest.raises(Unknown, match=r"no action start\(class_=9\)"):
        it.act("start", {"class_": 9})
    with pytest.raises(Unknown, match="no property 'old'"):
        it.holds("old")


def test_properties_are_judged(tmp_path):
    text = """\
spec:
  name: example
variables:
  n: 0..3 = 0
actions:
  grow:
    guard:
      small: n < 3
    effect:
      n: n + 1
invariants:
  few: n < 2
always_possible:
  small: n < 2
  big: n = 3
"""
    it = Interpreted(Model(system(tmp_path / "spec.yaml", text)))
    it.start({"n": 0})
    assert [it.holds(name) for name in ("few", "small", "big")] == [True, True, True]
    it.act("grow", {})
    it.act("grow", {})
    assert [it.holds(name) for name in ("few", "small", "big")] == [False, False, True]
