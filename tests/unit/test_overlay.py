"""Revisions: what the verbs do, that they are strict, and that what is left alone is the very same object."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from specgen.language import unparse
from specgen.language.document import Document
from specgen.language.syntax import RecordType
from tests.unit.frontend import places, reported, workspace

BASE = """\
spec: {name: example}
sources:
  mail: {title: A mail}
constants:
  N: 1
types:
  Tag: 0..1
  Slot:
    state: enum idle busy = idle
    next: Tag = 0
  One:
    only: bool
variables:
  slot: array Tag of Slot
  a: bool = false
init:
  quiet: not a
definitions:
  ready(t): slot[t].state = idle
actors:
  user: {}
procedures:
  free(t):
    assert:
      ok: a
    effect:
      a: false
actions:
  go:
    actor: user
    guard:
      one: a
      two: not a
    assert:
      no_uaf.go: a
    check:
      fine: a
    effect:
      a: false
      if a:
        slot[0].next: 1
      do: free(0)
  other: {}
processes:
  work:
    actor: user
    params: {t: Tag}
    steps:
      first:
        effect:
          a: true
      second:
        guard:
          set_before: a
      third:
        effect:
          goto: first
  single:
    steps:
      only: {}
invariants:
  inv: a or not a
covers:
  seen: a
always_possible:
  back: a
liveness:
  ends: {when: a, eventually: not a}
terminal:
  over: a
observations:
  shown: a
code:
  file: a.c
generate:
  runs: 3
revisions:
"""
START = BASE.count("\n") + 1  # the line at which the revisions of a test begin


def revisions(directory: Path, text: str) -> dict[str, Document]:
    return workspace(directory, BASE + text).documents


def only(directory: Path, verbs: str) -> tuple[Document, Document]:
    """The base, and the one revision whose verbs are given, each line indented by four spaces."""
    found = workspace(directory, BASE + "  r:\n" + "".join(f"    {line}\n" for line in verbs.split("\n")))
    return found.base, found.documents["r"]


def changed(old: Document, new: Document) -> set[str]:
    """The paths of the entries that are not the same objects."""
    sections = [f.name for f in fields(Document) if isinstance(getattr(old, f.name), dict)]
    return {
        f"{section}.{name}"
        for section in sections
        for name in getattr(old, section).keys() | getattr(new, section).keys()
        if getattr(old, section).get(name) is not getattr(new, section).get(name)
    }


def effect(document: Document, action: str) -> list[str]:
    return ["  " * level + text for level, text in unparse.effect_lines(document.actions[action].effect)]


def test_a_revision_without_changes_is_the_document(tmp_path: Path) -> None:
    found = revisions(tmp_path, "  r:\n    title: As it stands\n")
    base = workspace(tmp_path, BASE + "  r:\n    title: As it stands\n").base
    assert list(found) == ["r"]
    assert found["r"].revision.title == "As it stands"
    assert base.revision.name == "base"
    assert changed(base, base) == set()


def test_what_is_left_alone_is_the_same_object(tmp_path: Path) -> None:
    old, new = only(tmp_path, "change:\n  go:\n    drop_guard: [one]")
    assert changed(old, new) == {"actions.go"}
    old_go, new_go = old.actions["go"], new.actions["go"]
    assert new_go.guards[0] is old_go.guards[1]
    assert new_go.effect is old_go.effect
    old, new = only(tmp_path, "change:\n  work.second:\n    about: Waits")
    assert changed(old, new) == {"processes.work"}
    kept = [a is b for a, b in zip(old.processes["work"].steps, new.processes["work"].steps, strict=True)]
    assert kept == [True, False, True]


def test_remove(tmp_path: Path) -> None:
    paths = (
        "go work.second single free types.Slot.next variables.a definitions.ready invariants.inv covers.seen "
        "always_possible.back liveness.ends terminal.over observations.shown code.file generate.runs init.quiet "
        "constants.N actors.user sources.mail types.One"
    ).split()
    old, new = only(tmp_path, "remove:\n" + "\n".join(f"  - {path}" for path in paths))
    assert [step.name for step in new.processes["work"].steps] == ["first", "third"]
    assert list(new.removed_processes) == ["single"]
    assert new.removed_processes["single"] is old.processes["single"]
    slot = new.types["Slot"]
    assert isinstance(slot, RecordType) and list(slot.fields) == ["state"]
    assert "One" not in new.type_spans
    for section in ("variables", "definitions", "invariants", "covers", "always_possible", "liveness", "terminal"):
        assert len(getattr(new, section)) == len(getattr(old, section)) - 1


def test_add_steps(tmp_path: Path) -> None:
    _, new = only(
        tmp_path,
        "add:\n  work.zero: {before: first}\n  work.half:\n    after: first\n    effect:\n      a: false\n"
        "  work.last: {after: third}\n  work.quarter: {before: half}",
    )
    names = [step.name for step in new.processes["work"].steps]
    assert names == ["zero", "first", "quarter", "half", "second", "third", "last"]
    assert new.processes["work"].steps[3].effect


def test_add_a_field(tmp_path: Path) -> None:
    old, new = only(tmp_path, "add:\n  types.Slot.canceled: bool = false")
    slot = new.types["Slot"]
    assert isinstance(slot, RecordType) and list(slot.fields) == ["state", "next", "canceled"]
    assert changed(old, new) == {"types.Slot"}


def test_order(tmp_path: Path) -> None:
    old, new = only(tmp_path, "order:\n  work: [third, first, second]")
    assert [step.name for step in new.processes["work"].steps] == ["third", "first", "second"]
    assert new.processes["work"].steps[1] is old.processes["work"].steps[0]


def test_order_with_an_added_and_without_a_removed_step(tmp_path: Path) -> None:
    _, new = only(
        tmp_path,
        "remove: [work.second]\nadd:\n  work.new: {after: first}\norder:\n  work: [new, third, first]",
    )
    assert [step.name for step in new.processes["work"].steps] == ["new", "third", "first"]


def test_change_conditions(tmp_path: Path) -> None:
    _, new = only(
        tmp_path,
        "change:\n  go:\n    guard:\n      two: true\n    add_guard:\n      three: a\n    drop_guard: one\n"
        "    assert:\n      no_uaf.go: not a\n    add_assert:\n      no_uaf.more: a\n    drop_check: [fine]\n"
        "    add_check:\n      late: a",
    )
    go = new.actions["go"]
    assert [(g.name, unparse.expression_text(g.expr)) for g in go.guards] == [("two", "true"), ("three", "a")]
    assert [g.name for g in go.asserts] == ["no_uaf.go", "no_uaf.more"]
    assert [g.name for g in go.checks] == ["late"]


def test_change_effects(tmp_path: Path) -> None:
    old, new = only(tmp_path, "change:\n  go:\n    effect:\n      a: true")
    assert effect(new, "go") == ["a: true"]
    _, new = only(
        tmp_path,
        "change:\n  go:\n    add_effect:\n      slot[1].next: 0\n      do: free(1)\n      if not a:\n        a: true",
    )
    assert effect(new, "go") == [
        *effect(old, "go")[:3],
        "do:",
        "  - free(0)",
        "  - free(1)",
        "slot[1].next: 0",
        "if not a:",
        "  a: true",
    ]


def test_change_other_keys(tmp_path: Path) -> None:
    _, new = only(
        tmp_path,
        "change:\n  go: {actor: other one, about: Text, code: f, params: {t: Tag}}\n"
        "  work.second: {each: {u: Tag}, in_order: true, cites: mail 1}\n  work: {called: true, params: {s: Tag}}\n"
        "  free: {params: [g, t], about: Frees, drop_assert: [ok]}",
    )
    go = new.actions["go"]
    assert (go.actor, go.about, go.code, [p.name for p in go.params]) == ("other one", "Text", ("f",), ["t"])
    work = new.processes["work"]
    assert work.called and [p.name for p in work.params] == ["s"]
    assert work.steps[1].in_order and work.steps[1].cites[0].step == "1"
    assert [p.name for p in new.procedures["free"].params] == ["g", "t"]
    assert new.procedures["free"].asserts == ()


def test_change_entries(tmp_path: Path) -> None:
    old, new = only(
        tmp_path,
        "change:\n  definitions.ready: slot[t].state = busy\n  variables.a: bool = true\n  constants.N: 2\n"
        "  types.Tag: 0..2\n  types.Slot.next: Tag = 1\n  invariants.inv: a\n  covers.seen: not a\n"
        "  liveness.ends: {when: not a, eventually: a}\n  actors.user: {sequential: true}\n  code.file: b.c\n"
        "  sources.mail: {title: Another}\n  generate.runs: [1, 2]",
    )
    assert unparse.expression_text(new.definitions["ready"].expr) == "slot[t].state = busy"
    assert [p.name for p in new.definitions["ready"].params] == ["t"]
    assert unparse.type_text(new.types["Tag"]) == "0..2"
    assert new.type_spans["Tag"] != old.type_spans["Tag"]
    assert new.actors["user"].sequential
    assert (new.code, new.generate) == ({"file": "b.c"}, {"runs": ["1", "2"]})
    assert list(new.types) == list(old.types)  # in the place where it was


def test_change_the_parameters_of_a_definition(tmp_path: Path) -> None:
    _, new = only(tmp_path, "change:\n  definitions.ready(s, u): slot[s] = slot[u]")
    assert [(p.name, p.span.column) for p in new.definitions["ready"].params] == [("s", 25), ("u", 28)]


def test_new_entries(tmp_path: Path) -> None:
    old, new = only(
        tmp_path,
        "variables:\n  b: bool\ndefinitions:\n  both(s): a\nprocedures:\n  take(t): {}\nactions:\n  stop: {}\n"
        "processes:\n  more: {steps: {s: {}}}\ntypes:\n  Other: bool\ninvariants:\n  inv2: a\ncode:\n  more: c",
    )
    assert changed(old, new) == {
        *("variables.b", "definitions.both", "procedures.take", "actions.stop", "processes.more"),
        *("types.Other", "type_spans.Other", "invariants.inv2", "code.more"),
    }


def test_a_process_may_come_back(tmp_path: Path) -> None:
    found = revisions(
        tmp_path,
        "  r:\n    remove: [single]\n  s:\n    base: r\n    processes:\n      single: {steps: {two: {}}}\n",
    )
    assert "single" in found["r"].removed_processes
    assert "single" not in found["s"].removed_processes
    assert found["s"].processes["single"].steps[0].name == "two"


def test_bases_may_stand_anywhere(tmp_path: Path) -> None:
    found = revisions(
        tmp_path,
        "  c: {base: b, remove: [invariants.inv]}\n  b: {base: a, remove: [covers.seen]}\n"
        "  a: {base: base, remove: [other]}\n",
    )
    assert list(found) == ["c", "b", "a"]
    assert "other" not in found["c"].actions and not found["c"].covers and not found["c"].invariants
    assert found["a"].covers


def test_expectations_and_citations_are_not_inherited(tmp_path: Path) -> None:
    found = revisions(
        tmp_path,
        "  a: {cites: mail, expect: {inv: violated}}\n  b: {base: a, remove: [other]}\n",
    )
    assert found["b"].revision.expect == () and found["b"].revision.cites is None


@pytest.mark.parametrize(
    ("verbs", "code", "line", "column"),
    [
        # nothing there
        ("remove: [gone]", "SG504", 1, 14),
        ("remove: [work.gone]", "SG504", 1, 14),
        ("remove: [work.first.more]", "SG504", 1, 14),
        ("remove: [types.Slot.gone]", "SG504", 1, 14),
        ("remove: [variables.gone]", "SG504", 1, 14),
        ("remove: [variables]", "SG504", 1, 14),
        ("remove: [actions.go]", "SG504", 1, 14),
        ("remove: [revisions.r]", "SG504", 1, 14),
        ("change:\n  gone: {about: x}", "SG504", 2, 7),
        ("change:\n  go: {guard: {gone: a}}", "SG504", 2, 20),
        ("change:\n  go: {drop_guard: [gone]}", "SG504", 2, 25),
        ("change:\n  definitions.gone: a", "SG504", 2, 7),
        ("add:\n  gone.step: {before: a}", "SG504", 2, 7),
        ("add:\n  work.new: {before: gone}", "SG504", 2, 26),
        ("add:\n  types.Gone.field: bool", "SG504", 2, 7),
        ("add:\n  types.Tag.field: bool", "SG504", 2, 7),
        ("order:\n  gone: [a]", "SG504", 2, 7),
        ("order:\n  work: [first, gone]", "SG504", 2, 21),
        # exists already
        ("actions:\n  go: {}", "SG505", 2, 7),
        ("variables:\n  a: bool", "SG505", 2, 7),
        ("types:\n  Tag: bool", "SG505", 2, 7),
        ("code:\n  file: x", "SG505", 2, 7),
        ("definitions:\n  ready: a", "SG505", 2, 7),
        ("add:\n  work.first: {before: second}", "SG505", 2, 7),
        ("add:\n  types.Slot.next: bool", "SG505", 2, 7),
        ("change:\n  go: {add_guard: {one: a}}", "SG505", 2, 24),
        ("change:\n  go: {add_effect: {a: true}}", "SG505", 2, 25),
        ("change:\n  go: {add_effect: {if a: {a: true}}}", "SG505", 2, 25),
        ("change:\n  go: {add_effect: {do: free(0)}}", "SG505", 2, 29),
        ("change:\n  work.third: {add_effect: {goto: second}}", "SG505", 2, 39),
        # changes nothing
        ("base: base", "SG503", 0, 3),
        ("remove: []", "SG503", 1, 5),
        ("change: {}", "SG503", 1, 5),
        ("variables: {}", "SG503", 1, 5),
        ("change:\n  go: {}", "SG503", 2, 7),
        ("change:\n  go: {guard: {one: (a)}}", "SG503", 2, 20),
        ("change:\n  go: {actor: user}", "SG503", 2, 12),
        ("change:\n  go: {add_effect: {}}", "SG503", 2, 12),
        (
            "change:\n  go:\n    effect:\n      a: false\n      if a:\n        slot[0].next: 1\n      do: [free(0)]",
            "SG503",
            3,
            9,
        ),
        ("change:\n  variables.a: bool = false", "SG503", 2, 7),
        ("change:\n  types.Tag: 0..1", "SG503", 2, 7),
        ("change:\n  types.Slot.next: Tag = 0", "SG503", 2, 7),
        ("change:\n  actors.user: {}", "SG503", 2, 7),
        ("change:\n  code.file: a.c", "SG503", 2, 7),
        ("change:\n  free: {params: [t]}", "SG503", 2, 14),
        ("order:\n  work: [first, second, third]", "SG503", 2, 7),
        # contradictions
        ("remove: [go, go]", "SG506", 1, 18),
        ("remove: [work, work.first]", "SG506", 1, 20),
        ("remove: [work.first]\nchange:\n  work.first: {about: x}", "SG506", 3, 7),
        ("remove: [work]\nchange:\n  work.first: {about: x}", "SG506", 3, 7),
        ("remove: [work]\nadd:\n  work.new: {before: first}", "SG506", 3, 7),
        ("remove: [work]\norder:\n  work: [first]", "SG506", 3, 7),
        ("remove: [go]\nchange:\n  go: {about: x}", "SG506", 3, 7),
        ("remove: [go]\nactions:\n  go: {}", "SG506", 3, 7),
        ("remove: [work.first]\nadd:\n  work.first: {before: second}", "SG506", 3, 7),
        ("remove: [work.first]\nadd:\n  work.new: {before: first}", "SG506", 3, 26),
        ("remove: [work.first]\norder:\n  work: [first, second, third]", "SG506", 3, 14),
        ("remove: [types.Slot.next]\nchange:\n  types.Slot: bool", "SG506", 3, 7),
        ("change:\n  types.Slot: bool\n  types.Slot.next: bool", "SG506", 3, 7),
        ("change:\n  types.Slot: {state: bool, next: bool}\n  types.Slot.next: Tag", "SG506", 3, 7),
        ("actions:\n  new: {}\nchange:\n  new: {about: x}", "SG506", 4, 7),
        ("change:\n  go: {guard: {one: true}, drop_guard: [one]}", "SG506", 2, 45),
        ("change:\n  go: {drop_guard: [one], add_guard: {one: a}}", "SG506", 2, 43),
        ("change:\n  go: {effect: {a: true}, add_effect: {do: free(1)}}", "SG506", 2, 31),
        ("add:\n  work.new: {before: first, after: first}", "SG506", 2, 33),
        # paths and verbs that do not go together
        ("add:\n  work: {before: first}", "SG507", 2, 7),
        ("add:\n  variables.b: bool", "SG507", 2, 7),
        ("change:\n  free(g): {about: x}", "SG507", 2, 7),
        ("order:\n  work: [first]", "SG508", 2, 13),
        ("order:\n  work: [first, first, second, third]", "SG508", 2, 21),
        ("remove: [single.only]", "SG508", 1, 14),
        ("remove: [types.One.only]", "SG508", 1, 14),
        ("change:\n  work: {add_guard: {a: b}}", "SG509", 2, 14),
        ("change:\n  work: {effect: {a: true}}", "SG509", 2, 14),
        ("change:\n  free: {guard: {a: b}}", "SG509", 2, 14),
        ("change:\n  go: {each: {t: Tag}}", "SG509", 2, 12),
        ("change:\n  work.first: {called: true}", "SG509", 2, 20),
        ("processes:\n  p: {removed: true, steps: {s: {}}}", "SG509", 2, 7),
        # shapes
        ("remove: {go: x}", "SG204", 1, 13),
        ("change: [go]", "SG204", 1, 13),
        ("change:\n  go: text", "SG204", 2, 11),
        ("change:\n  go: {add_gaurd: {a: b}}", "SG202", 2, 12),
        ("change:\n  free: {params: {t: Tag}}", "SG204", 2, 22),
        ("add:\n  work.new: {effect: {a: true}}", "SG203", 2, 7),
        ("add:\n  work.idle: {before: first}", "SG206", 2, 7),
        ("add:\n  types.Slot.if: bool", "SG206", 2, 7),
        ("actions:\n  free: {}", "SG207", 2, 7),
    ],
)
def test_strict(tmp_path: Path, verbs: str, code: str, line: int, column: int) -> None:
    text = "  r:\n" + "".join(f"    {part}\n" for part in verbs.split("\n"))
    found = reported(tmp_path, BASE + text)
    assert places(found)[0] == (code, START + line, column)
    assert all(d.severity == "error" for d in found)


@pytest.mark.parametrize(
    ("verbs", "line"),
    [
        ("variables:\n  a: bool", 15),
        ("add:\n  work.first: {before: second}", 49),
        ("change:\n  go: {add_guard: {one: a}}", 32),
        ("change:\n  go: {guard: {one: a}}", 32),
        ("remove: [go]\nchange:\n  go: {about: x}", START + 1),
        ("change:\n  go: {add_effect: {a: true}}", 39),
    ],
)
def test_both_places_are_shown(tmp_path: Path, verbs: str, line: int) -> None:
    text = "  r:\n" + "".join(f"    {part}\n" for part in verbs.split("\n"))
    (found,) = reported(tmp_path, BASE + text)
    assert [note.span and note.span.line for note in found.notes] == [line]


@pytest.mark.parametrize(
    ("verbs", "advice"),
    [
        ("remove: [work.secnd]", "'work.second'"),
        ("remove: [variable.a]", "'variables.a'"),
        ("remove: [actions.go]", "`go`"),
        ("remove: [variables]", "`variables.name`"),
        ("change:\n  go: {guard: {onee: a}}", "'one'"),
        ("change:\n  go: {guard: {fresh: a}}", "`add_guard:`"),
        ("base: bas", "'base'"),
        ("variables:\n  a: bool", "`variables.a:`"),
    ],
)
def test_advice(tmp_path: Path, verbs: str, advice: str) -> None:
    text = "  r:\n" + "".join(f"    {part}\n" for part in verbs.split("\n"))
    help = reported(tmp_path, BASE + text)[0].help
    assert help is not None and advice in help


def test_a_circle_of_bases(tmp_path: Path) -> None:
    text = "  a: {base: c, remove: [go]}\n  b: {base: a, remove: [other]}\n  c: {base: b, remove: [free]}\n"
    (found,) = reported(tmp_path, BASE + text)
    assert (found.code, found.message) == ("SG501", "revision 'a' is its own base: a -> c -> b -> a")
    assert [note.span and note.span.line for note in found.notes] == [START + 2, START + 1]


def test_mistakes_of_all_revisions_come_at_once(tmp_path: Path) -> None:
    text = "  a: {remove: [gone]}\n  b: {base: a, remove: [gone2, go]}\n  c: {base: b, remove: [go]}\n"
    assert places(reported(tmp_path, BASE + text)) == [
        ("SG504", START, 16),
        ("SG504", START + 1, 25),
        ("SG504", START + 2, 25),
    ]


def test_too_many_revisions(tmp_path: Path) -> None:
    text = "".join(f"  r{n}: {{title: x}}\n" for n in range(257))
    assert places(reported(tmp_path, BASE + text)) == [("SG104", START + 256, 3)]
