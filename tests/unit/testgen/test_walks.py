"""Random walks: what they ask of a system, and what they do not."""

from __future__ import annotations

from itertools import pairwise

import pytest

from specgen.testgen.harness import walks
from specgen.testgen.harness.errors import Mismatch, Refused, Violation
from specgen.testgen.harness.interpreter import Interpreted, Model
from specgen.testgen.harness.story import Story

from ..specs import system
from .suites import TOKEN


class Nowhere:
    def action(self, *_names):
        return ""

    guard = cites = action

    def remarks(self):
        return []


class Watched(Interpreted):
    """Does what the spec says, and tells in ``log`` what it was asked."""

    def __init__(self, model, log):
        super().__init__(model)
        self._log = log

    def start(self, seen):
        super().start(seen)
        self._log.append(("start", "", dict(seen)))

    def act(self, action, given):
        try:
            super().act(action, given)
        except Refused:
            self._log.append(("refused", action, given))
            raise
        except Violation:
            self._log.append(("violated", action, given))
            raise
        self._log.append(("happened", action, given))


def taken(model, seed=1, steps=walks.STEPS):
    log = []
    walks.walk(model, Story(lambda: Watched(model, log), Nowhere()), seed, steps)
    return log


@pytest.fixture
def careless(tmp_path):
    return Model(system(tmp_path / "spec.yaml", TOKEN, "v1.1-careless"))


def test_a_walk_is_what_its_seed_makes_it(careless):
    assert taken(careless) == taken(Model(careless.system))
    assert taken(careless) != taken(careless, seed=2)


def test_a_walk_has_so_many_steps_and_begins_anew_where_it_cannot_go_on(careless):
    log = taken(careless)
    steps = [entry for entry in log if entry[0] in ("happened", "violated")]
    starts = [entry for entry in log if entry[0] == "start"]
    # a state without steps takes a turn, too
    assert len(steps) <= walks.STEPS < len(steps) + len(starts)
    assert len(starts) > 5
    assert {entry[2]["at"] for entry in starts} == {0, 1, 2}
    assert {kind for kind, *_ in log} == {"start", "refused", "happened", "violated"}
    assert taken(careless, steps=0) == []


def test_nothing_is_asked_after_a_violation(careless):
    log = taken(careless)
    after = [log[k + 1][0] for k, entry in enumerate(log[:-1]) if entry[0] == "violated"]
    assert set(after) == {"start"}


SWITCHES = """\
spec:
  name: switches
types:
  Number: 0..9
variables:
  on: bool = false
  right: Number = 3
actors:
  user: {controllable: true}
  fate: {}
actions:
  push:
    actor: user
    params: {n: Number}
    guard: {right: n = right}
    effect: {on: not on}
  fall:
    actor: fate
    params: {n: Number}
    guard: {right: n = right, lit: on}
    effect: {on: false}
"""


def test_in_every_state_all_of_ones_own_steps_are_refused_and_some_of_the_others(tmp_path):
    log = taken(Model(system(tmp_path / "s.yaml", SWITCHES)))
    at = [k for k, entry in enumerate(log) if entry[0] == "happened"]
    others = set()
    for first, last in pairwise(at):
        between = log[first + 1 : last]
        mine = [entry[2]["n"] for entry in between if entry[1] == "push"]
        assert mine == [0, 1, 2, 4, 5, 6, 7, 8, 9]
        asked = [entry[2]["n"] for entry in between if entry[1] == "fall"]
        assert len(asked) == walks.WAITS
        others |= set(asked)
    assert others == set(range(10))


RING = """\
spec:
  name: ring
variables:
  at: 0..1 = 0
actions:
  go:
    guard: {here: at = 0}
    effect: {at: 1}
  stay:
    guard: {there: at = 1}
    effect: {}
"""


def test_what_only_goes_round_is_gone_round_more_than_once_and_left(tmp_path):
    log = [entry for entry in taken(Model(system(tmp_path / "s.yaml", RING))) if entry[0] != "refused"]
    rounds, run = [], 0
    for _, action, _given in log:
        if action == "stay":
            run += 1
        elif run:
            rounds.append(run)
            run = 0
    assert len(rounds) > 10
    assert max(rounds) > 2


class Forgetful(Watched):
    """Refuses the fourth step, whatever it is."""

    def act(self, action, given):
        if sum(kind == "happened" for kind, *_ in self._log) == 3:
            raise Refused
        super().act(action, given)


def test_a_difference_is_a_failure(tmp_path):
    model = Model(system(tmp_path / "s.yaml", SWITCHES))
    with pytest.raises(Mismatch) as caught:
        walks.walk(model, Story(lambda: Forgetful(model, []), Nowhere()), 1)
    head, *_, last = str(caught.value).splitlines()
    assert head.startswith("step 4, ") and "must happen, and is refused" in head
    assert last.startswith("    4  ")
