"""Which mutants there are of a spec."""

from __future__ import annotations

import pytest

from specgen.core.dump import dump
from specgen.core.lower import lower
from specgen.language.scope import Memo
from specgen.testgen.mutation.mutants import build, mutants, without_expectations

from .mutated import GATE, made, spec_of


def changes(path, part, operator=None):
    """Before and after of the mutants of one part."""
    return [
        (m.before, m.after)
        for name, m in made(path).items()
        if name.startswith(f"{part}: ") and operator in (None, m.operator)
    ]


def test_a_guard_is_dropped_negated_and_changed_inside(tmp_path):
    before = "free: empty and level < 2"
    assert changes(tmp_path, "enter: guard free") == [
        (before, ""),
        (before, "free: not (empty and level < 2)"),
        (before, "free: level < 2"),
        (before, "free: empty"),
        (before, "free: empty and level <= 2"),
        (before, "free: empty and level < 3"),
        (before, "free: empty and level < 1"),
    ]


def test_another_value_of_the_enum_and_no_other_enums(tmp_path):
    assert changes(tmp_path, "enter: guard dark", "other-value") == [
        ("dark: lamp = off", "dark: lamp = dim"),
        ("dark: lamp = off", "dark: lamp = full"),
    ]
    assert changes(tmp_path, "leave: effect", "other-value") == [
        ("inside[u]: false", "inside[u]: true"),
        ("lamp: off", "lamp: dim"),
        ("lamp: off", "lamp: full"),
    ]


def test_statements_are_dropped_at_any_depth(tmp_path):
    found = [(m.operator, m.before) for m in made(tmp_path).values() if m.operator.startswith("drop") and not m.after]
    assert [pair for pair in found if pair[0] in ("drop-assignment", "drop-do")] == [
        ("drop-assignment", "lamp: how"),
        ("drop-assignment", "inside[u]: true"),
        ("drop-assignment", "level: level + 1"),
        ("drop-do", "do: shine(full)"),
        ("drop-do", "do: shine(dim)"),
        ("drop-assignment", "inside[u]: false"),
        ("drop-assignment", "lamp: off"),
        ("drop-assignment", "noise: not noise"),
        ("drop-assignment", "level: 0"),
    ]
    assert [pair for pair in found if pair[0] == "drop-action"] == [
        ("drop-action", "action enter"),
        ("drop-action", "action leave"),
        ("drop-action", "action alarm"),
    ]


def test_a_condition_of_an_effect_is_negated(tmp_path):
    assert changes(tmp_path, "enter: effect", "negate") == [("if level = 1", "if not level = 1")]
    assert changes(tmp_path, "enter: effect", "comparison") == [("if level = 1", "if level != 1")]


def test_waits_for_all_become_waits_for_one(tmp_path):
    assert changes(tmp_path, "empty", "weaken") == [
        ("empty: no u in User where inside[u]", "empty: no u in User where (u = ann and inside[u])")
    ]


def test_definitions_and_procedures_count_where_actions_use_them(tmp_path):
    parts = {name.split(":")[0] for name in made(tmp_path)}
    assert {"empty", "crowded", "shine"} <= parts
    assert not {"unused", "idle_hands"} & parts


def test_ranges_of_types_and_variables(tmp_path):
    assert changes(tmp_path, "type Level") == [
        ("Level: 0..2", "Level: 1..2"),
        ("Level: 0..2", "Level: -1..2"),
        ("Level: 0..2", "Level: 0..3"),
        ("Level: 0..2", "Level: 0..1"),
    ]


PROCESS = """\
spec:
  name: p
types:
  Tag: 0..1
variables:
  a: array Tag, Tag of bool = false
  n: 0..2 = 0
procedures:
  both(t, u):
    effect:
      a[t, u]: true
processes:
  sub:
    called: true
    steps:
      only:
        effect:
          n: 1
  run:
    params: {t: Tag}
    steps:
      first:
        guard:
          ready: forall u in 0..1, not a[t, u]
        effect:
          do: both(t, 0)
          if n = 0:
            goto: idle
          else:
            call: sub
      second:
        effect: {}
  single:
    steps:
      alone:
        guard:
          not_run: n = 0 and no t in Tag where run[t] != idle
        effect: {}
revisions:
  today:
    title: as it is
"""


def test_steps_jumps_calls_and_swapped_arguments(tmp_path):
    found = made(tmp_path, PROCESS)
    told = {name: (m.before, m.after) for name, m in found.items()}
    assert told["run.second: drop-step 1"] == ("step run.second", "")
    assert told["single.alone: drop-step 1"] == ("step single.alone", "")
    assert "sub.only: drop-step 1" not in told
    assert told["run.first: effect: swap 1"] == ("do: both(t, 0)", "do: both(0, t)")
    assert told["run.first: guard ready: swap 1"][1] == "ready: forall u in 0..1, not a[u, t]"
    assert told["run.first: effect: other-value 1"] == ("goto: idle", "goto: second")
    assert told["run.first: effect: drop-goto 1"] == ("goto: idle", "")
    assert told["run.first: effect: drop-call 1"] == ("call: sub()", "")
    assert told["sub.only: effect: drop-assignment 1"] == ("n: 1", "")
    assert told["run.first: guard ready: weaken 1"][1] == "ready: forall u in 0..1 where u = 0, not a[t, u]"
    # the words of a counter are its own
    assert told["single.alone: guard not_run: other-value 1"][1] == "not_run: n = 0 and (no t in Tag where run[t] != second)"
    memo = Memo()
    # the initial value is outside of the range then; all others are specs
    stillborn = [name for name, m in found.items() if build(m.document, {}, memo) is None]
    assert stillborn == ["variable n: off-by-one 1"]


def test_what_no_longer_types_is_no_system(tmp_path):
    found = made(tmp_path, GATE.replace("  level: Level = 0\n", "  level: Level = 2\n"))
    memo = Memo()
    assert build(found["type Level: off-by-one 4"].document, {}, memo) is None
    assert build(found["type Level: off-by-one 3"].document, {}, memo) is not None


def test_every_mutant_differs_from_the_document_in_one_place(tmp_path):
    spec = spec_of(tmp_path)
    memo = Memo()
    original = dump(lower(spec))
    assert dump(build(without_expectations(spec.document), {}, memo)) == original
    same = [m.name for m in mutants(spec) if (s := build(m.document, {}, memo)) is not None and dump(s) == original]
    # negating what is a boolean literal's other value, and the like, are other systems: only these say the same
    assert same == []


def test_names_stay_when_another_action_comes(tmp_path):
    before = made(tmp_path)
    more = GATE.replace("  alarm:\n    guard:", "  look:\n    effect: {}\n  alarm:\n    guard:")
    after = made(tmp_path, more)
    assert set(before) < set(after)
    assert {name: (m.before, m.after) for name, m in after.items() if name in before} == {
        name: (m.before, m.after) for name, m in before.items()
    }


def test_places_are_lines_of_the_spec(tmp_path):
    found = made(tmp_path)
    line = found["leave: effect: drop-assignment 2"].span.line
    assert GATE.splitlines()[line - 1].strip() == "lamp: off"


@pytest.mark.parametrize("constants", [{}, {"N": "2"}])
def test_constants_of_the_instance_hold_for_mutants(tmp_path, constants):
    text = "constants:\n  N: 0..2 = 1\nvariables:\n  n: 0..2 = 0\nactions:\n  go:\n    guard:\n      less: n < N\n    effect:\n      n: n + 1\n"
    found = made(tmp_path, f"spec:\n  name: x\n{text}revisions:\n  today:\n    title: t\n")
    system = build(found["go: guard less: off-by-one 1"].document, constants, Memo())
    assert dict(system.constants) == {"N": constants.get("N", "1")}
