"""What the type checker refuses, where it points, and what it advises."""

from __future__ import annotations

from pathlib import Path

import pytest

from specgen.language.types import Array, Bool, Enum, Int
from tests.unit.specs import reported, typed, typed_file

HEAD = """\
spec:
  name: example
constants:
  N: 2
types:
  Tag: 0..N - 1
  Slot:
    state: enum idle active = idle
    next: Tag or null = null
variables:
  task: enum alive exiting closed = alive
  other: enum alive exiting = alive
  slot: array Tag of Slot
  n: 0..3 = 0
  s: set of Tag = set()
definitions:
  busy(t): slot[t].state = active
"""

WRONG = [
    ("invariants:\n  i: tsk = alive", "SG401", 6, "nothing is called 'tsk'", "did you mean 'task'?"),
    ("invariants:\n  i: task = alife", "SG401", 13, "nothing is called 'alife'", "did you mean 'alive'?"),
    ("invariants:\n  i: task = active", "SG403", 13, "'active' is not a value of enum alive", None),
    ("invariants:\n  i: task = other", "SG403", 13, "does not compare with", None),
    ("invariants:\n  i: task = 1", "SG403", 13, "does not compare with", None),
    ("invariants:\n  i: n", "SG403", 6, "a 0..3 stands where a bool is expected", None),
    ("invariants:\n  i: task = null", "SG403", 13, "null stands where", None),
    ("invariants:\n  i: alive = alive", "SG405", 6, "does not tell which type", None),
    ("invariants:\n  i: busy(0, 1)", "SG408", 6, "'busy' takes 1 arguments", None),
    ("invariants:\n  i: busy", "SG408", 6, "definition 'busy' needs arguments", None),
    ("invariants:\n  i: slot[0].sate = idle", "SG407", 6, "no field 'sate'", "did you mean 'state'?"),
    ("invariants:\n  i: slot[0, 1].state = idle", "SG406", 6, "takes 1 indices, not 2", None),
    ("invariants:\n  i: n[0] = 1", "SG406", 6, "has no elements to index", None),
    ("invariants:\n  i: forall t in Tg, n = 0", "SG401", 18, "no type or set is called 'Tg'", "did you mean 'Tag'?"),
    ("invariants:\n  i: forall n in Tag, n = 0", "SG402", 13, "'n' already names a variable", None),
    ("invariants:\n  i: forall t in slot, true", "SG403", 18, "a type or a set is expected", None),
    ("invariants:\n  i: size(n) = 0", "SG403", 11, "a set or a sequence is expected", None),
    ("invariants:\n  i: minn(n, 1) = 0", "SG408", 6, "no function or definition is called 'minn'", "did you mean 'min'?"),
    ("invariants:\n  i: forall t in 0..n, true", "SG409", 21, "must be constant", None),
    ("actions:\n  a:\n    effect:\n      N: 1", "SG415", 7, "not a state variable", None),
    ("actions:\n  a:\n    effect:\n      for t in Tag:\n        n: t", "SG416", 9, "every round", None),
    ("actions:\n  a:\n    effect:\n      goto: idle", "SG413", 13, "outside of a process's step", None),
    ("actions:\n  a:\n    effect:\n      do: nothing(1)", "SG420", 11, "no procedure is called 'nothing'", None),
    ("actions:\n  a:\n    params: {n: Tag}\n    effect:\n      task: alive", "SG402", 14, "'n' already names", None),
    ("actions:\n  a:\n    params: {t: Slot}\n    effect:\n      n: 1", "SG410", 14, "not a finite scalar type", None),
]


@pytest.mark.parametrize(("text", "code", "column", "message", "help"), WRONG)
def test_a_mistake_is_found_where_it_is(
    tmp_path: Path, text: str, code: str, column: int, message: str, help: str | None
) -> None:
    found = reported(tmp_path / "s.yaml", HEAD + text + "\n")
    assert [d.code for d in found] == [code], found
    (only,) = found
    assert message in only.message
    assert only.span is not None
    assert only.span.column == column
    if help is not None:
        assert only.help == help


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    text = HEAD + "invariants:\n  i: tsk = alive and n = alive\n  j: slot[0].x = 1\n"
    assert [d.code for d in reported(tmp_path / "s.yaml", text)] == ["SG401", "SG403", "SG407"]


def test_a_mistake_in_a_definition_is_reported_once_and_there(tmp_path: Path) -> None:
    text = HEAD.replace("slot[t].state = active", "slot[t].state = gone")
    text += "invariants:\n  i: busy(0) and busy(1)\n"
    (only,) = reported(tmp_path / "s.yaml", text)
    assert only.code == "SG401"
    assert only.span is not None
    assert only.span.line == HEAD[: HEAD.index("busy(t)")].count("\n") + 1


@pytest.mark.parametrize("text", ["a: b\n  b: a", "a: not a", "a(t): a(t)"])
def test_a_definition_that_uses_itself(tmp_path: Path, text: str) -> None:
    use = "a(0)" if "(t)" in text else "a"
    head = HEAD + f"  {text}\ninvariants:\n  i: {use}\n"
    assert {d.code for d in reported(tmp_path / "s.yaml", head)} == {"SG411"}


def test_a_definition_may_stand_in_its_own_argument(tmp_path: Path) -> None:
    text = HEAD + "  flip(k): 3 - k\ninvariants:\n  i: flip(flip(n)) = n\n"
    assert not reported(tmp_path / "s.yaml", text)


def test_types_take_the_constants(tmp_path: Path) -> None:
    spec, found = typed(tmp_path / "s.yaml", HEAD, N=3)
    assert not found.items
    assert spec.types["Tag"] == Int(0, 2)
    assert not spec.declared
    slot = next(v for v in spec.variables if v.name == "slot")
    assert isinstance(slot.type, Array)
    assert slot.type.indices == (Int(0, 2),)


@pytest.mark.parametrize(("name", "value"), [("N", "two"), ("N", "1.5"), ("N", ""), ("M", "1")])
def test_an_override_is_checked(tmp_path: Path, name: str, value: str) -> None:
    assert [d.code for d in reported(tmp_path / "s.yaml", HEAD, **{name: value})][:1] == ["SG720"]


def test_a_counter_reads_idle_and_the_later_steps(tmp_path: Path) -> None:
    text = HEAD + "processes:\n  w:\n    params: {t: Tag}\n    steps:\n      a: {effect: {}}\n      b: {effect: {}}\n"
    spec, found = typed(tmp_path / "s.yaml", text)
    assert not found.items
    counter = next(v for v in spec.variables if v.origin == "counter")
    assert counter.type == Array((Int(0, 1),), Enum(("idle", "b")))


@pytest.mark.parametrize(
    ("goto", "code", "help"),
    [
        ("c", "SG412", None),
        ("a", "SG412", "a process starts from `idle`: write `goto: idle`"),
    ],
)
def test_where_a_goto_may_lead(tmp_path: Path, goto: str, code: str, help: str | None) -> None:
    text = HEAD + f"processes:\n  w:\n    steps:\n      a: {{effect: {{}}}}\n      b:\n        effect:\n          goto: {goto}\n"
    (only,) = reported(tmp_path / "s.yaml", text)
    assert (only.code, only.help) == (code, help)


CALL = """\
processes:
  helper:
    {mark}
    params: {{t: Tag}}
    steps:
      work:
        effect:
          slot[t].state: idle
  w:
    params: {{u: Tag}}
    steps:
      a:
        effect:
          call: {call}
"""


@pytest.mark.parametrize(
    ("mark", "call", "code"),
    [
        ("called: true", "helper(n)", "SG414"),
        ("called: true", "helper()", "SG408"),
        ("called: true", "halper(u)", "SG420"),
        ("called: false", "helper(u)", "SG420"),
    ],
)
def test_what_may_be_called(tmp_path: Path, mark: str, call: str, code: str) -> None:
    found = reported(tmp_path / "s.yaml", HEAD + CALL.format(mark=mark, call=call))
    assert [d.code for d in found] == [code]


def test_a_called_process_is_copied_under_the_caller(tmp_path: Path) -> None:
    spec, found = typed(tmp_path / "s.yaml", HEAD + CALL.format(mark="called: true", call="helper(u)"))
    assert not found.items
    assert [a.name for a in spec.actions] == ["w.a", "w.helper.work"]
    assert spec.actions[1].position is not None
    assert (spec.actions[1].position.at, spec.actions[1].position.next) == ("helper.work", "idle")


def test_processes_that_call_each_other(tmp_path: Path) -> None:
    text = HEAD + CALL.format(mark="called: true", call="helper(u)").replace("slot[t].state: idle", "call: helper(t)")
    assert "SG411" in [d.code for d in reported(tmp_path / "s.yaml", text)]


def test_a_definition_takes_its_type_from_its_place(tmp_path: Path) -> None:
    text = HEAD + "  flip(b): if b then exiting else alive\ninvariants:\n  i: task = flip(n = 0) or other = flip(true)\n"
    spec, found = typed(tmp_path / "s.yaml", text)
    assert not found.items
    assert spec.invariants[0].expr.type == Bool()


EXPECT = "invariants:\n  low.a: n < 4\n  low.b: n < 9\ncovers:\n  top: n = 3\nrevisions:\n  r:\n    title: t\n    expect:\n"


@pytest.mark.parametrize(
    ("line", "ok"),
    [
        ("low: violated", True),
        ("low.a: violated in 3", True),
        ("top: unreachable", True),
        ("deadlock: violated", True),
        ("lov: violated", False),
        ("top: violated", False),
        ("low.a: reached", False),
    ],
)
def test_expectations_name_properties_in_their_own_words(tmp_path: Path, line: str, ok: bool) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(HEAD + EXPECT + f"      {line}\n")
    codes = [d.code for d in typed_file(path, "r")[1].items]
    assert codes == ([] if ok else ["SG419"])
