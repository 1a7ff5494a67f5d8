"""Sections and entries: what is read, and what is refused, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from specgen.language import unparse
from specgen.language.document import Action, Document
from specgen.language.syntax import Assign, CallProcess, Do, For, Goto, If, RecordType
from tests.unit.frontend import HEAD, document, places, reported, workspace

SPEC = """\
spec:
  name: ublk
  title: "The protocol: abort and recovery"
  about: |
    First line.

    Last line.
sources:
  mail:
    title: "Re: [RFC]"
    file: seed.txt
    steps:
      2: the command is sent
      9: the work touches it
  paper: {title: A paper}
constants:
  N: 2
  flag: true
  RINGS: 1..2 = 1
  depth:
    value: 0..4 = 3
    about: How deep
types:
  Tag: 0..N - 1
  Slot:
    state: enum idle active = idle
    cmd: Tag or null = null
variables:
  task: enum alive exiting = alive
  slot: array Tag of Slot
  held:
    type: set of Tag
    about: Which are held
init:
  small: size(held) < 2
definitions:
  dying: task != alive
  ready(t): slot[t].state = active
  both(s, t):
    expr: ready(s) and
      ready(t)
    about: Two slots
procedures:
  free(t):
    about: Frees it
    code: [kfree, vfree]
    cites: [mail 2, mail 9]
    assert:
      no_uaf.free: t in held
    check:
      late: dying
    effect:
      held: difference(held, set(t))
actors:
  dying task: {sequential: true}
  blk-mq: {controllable: true}
  user:
    about: A person
    fair: false
  idle_one: {}
actions:
  run:
    about: Runs
    actor: dying task
    code: tctx_task_work
    cites: mail 9
    params: {t: Tag, u: 0..1}
    guard:
      has: t in held
      named:
        expr: dying
        about: It dies
    assert:
      no_uaf.run: slot[t].cmd != null
    check:
      fine: true
    effect:
      task: exiting
      do:
        - free(t)
        - free(u)
processes:
  queue:
    about: Queues
    actor: blk-mq
    code: ublk_queue_rq
    cites: mail 2
    params: {t: Tag}
    steps:
      start:
        params: {u: Tag}
        effect:
          for s in Tag where s != u:
            slot[s].state: active
      test:
        each: {s: Tag}
        in_order: true
        effect:
          if dying:
            goto: idle
          else if ready(s):
            goto: start
          else:
            slot[s].cmd: t
      last:
        effect:
          call: flush(t)
  flush:
    called: true
    params: {t: Tag}
    steps:
      go: {}
  old:
    removed: true
    steps:
      only: {}
invariants:
  inv: dying implies task = exiting
  dotted.name: true
covers:
  reached:
    expr: dying
    about: It is
always_possible:
  back: true
liveness:
  ends:
    when: dying
    eventually: not dying
    about: It ends
terminal:
  over: dying
observations:
  state: task
code:
  drivers:
    - a.c
    - b.c
  empty: {}
generate:
  kselftest: {runs: 3}
revisions:
  v1:
    title: First
    date: 2022-08-29
    source: "https://example.org/a: b"
    cites: mail
    about: It
    expect:
      inv: holds
      no_uaf: violated
      no_uaf.run: violated in 15
      reached: reached in 3
      back: impossible after 4
      dotted.name: always possible
      over: unreachable
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return workspace(tmp_path_factory.mktemp("spec"), SPEC).documents["v1"]


def test_spec_and_sources(whole: Document) -> None:
    assert (whole.name, whole.title) == ("ublk", "The protocol: abort and recovery")
    assert whole.about == "First line.\n\nLast line."
    mail = whole.sources["mail"]
    assert (mail.title, mail.file) == ("Re: [RFC]", "seed.txt")
    assert mail.steps == {"2": "the command is sent", "9": "the work touches it"}
    assert whole.sources["paper"].file is None


def test_declarations(whole: Document) -> None:
    assert whole.constants["N"].declaration is None
    assert unparse.expression_text(whole.constants["N"].value) == "2"
    rings = whole.constants["RINGS"]
    assert rings.declaration is not None and unparse.declaration_text(rings.declaration) == "1..2 = 1"
    assert whole.constants["depth"].about == "How deep"
    slot = whole.types["Slot"]
    assert isinstance(slot, RecordType)
    assert {n: unparse.declaration_text(f) for n, f in slot.fields.items()} == {
        "state": "enum idle active = idle",
        "cmd": "Tag or null = null",
    }
    assert whole.type_spans["Slot"][1:] == (25, 3, 25, 7)
    assert unparse.declaration_text(whole.variables["held"].declaration) == "set of Tag"
    assert whole.variables["held"].about == "Which are held"
    assert whole.variables["task"].span[1:] == (29, 3, 29, 7)
    assert list(whole.init) == ["small"]


def test_definitions(whole: Document) -> None:
    assert [p.name for p in whole.definitions["both"].params] == ["s", "t"]
    assert whole.definitions["dying"].params == ()
    assert whole.definitions["ready"].params[0].type is None
    assert whole.definitions["both"].about == "Two slots"
    assert unparse.expression_text(whole.definitions["both"].expr) == "ready(s) and ready(t)"


def test_actors(whole: Document) -> None:
    traits = {n: (a.sequential, a.controllable, a.fair) for n, a in whole.actors.items()}
    assert traits == {
        "dying task": (True, False, True),
        "blk-mq": (False, True, True),
        "user": (False, False, False),
        "idle_one": (False, False, True),
    }
    assert whole.actors["user"].about == "A person"


def test_actions_and_procedures(whole: Document) -> None:
    run = whole.actions["run"]
    assert isinstance(run, Action)
    assert (run.about, run.actor, run.code) == ("Runs", "dying task", ("tctx_task_work",))
    assert [(p.name, p.type and unparse.type_text(p.type)) for p in run.params] == [("t", "Tag"), ("u", "0..1")]
    assert [(g.name, g.about) for g in run.guards] == [("has", ""), ("named", "It dies")]
    assert [a.name for a in run.asserts] == ["no_uaf.run"]
    assert [c.name for c in run.checks] == ["fine"]
    assert [type(s) for s in run.effect] == [Assign, Do, Do]
    assert [(c.source, c.step) for c in run.cites] == [("mail", "9")]
    free = whole.procedures["free"]
    assert free.code == ("kfree", "vfree")
    assert [c.step for c in free.cites] == ["2", "9"]
    assert [p.name for p in free.params] == ["t"]


def test_processes(whole: Document) -> None:
    queue = whole.processes["queue"]
    assert [step.name for step in queue.steps] == ["start", "test", "last"]
    start, test, last = queue.steps
    loop = start.effect[0]
    assert isinstance(loop, For) and [n.name for n in loop.names] == ["s"]
    branch = test.effect[0]
    assert isinstance(branch, If) and isinstance(branch.then[0], Goto)
    assert branch.then[0].target == "idle"
    nested = branch.otherwise[0]
    assert isinstance(nested, If) and isinstance(nested.otherwise[0], Assign)
    assert test.in_order and [p.name for p in test.each] == ["s"]
    assert isinstance(last.effect[0], CallProcess)
    assert whole.processes["flush"].called and not queue.called
    assert list(whole.removed_processes) == ["old"] and "old" not in whole.processes


def test_properties_and_the_rest(whole: Document) -> None:
    assert list(whole.invariants) == ["inv", "dotted.name"]
    assert whole.covers["reached"].about == "It is"
    assert list(whole.always_possible) == ["back"]
    assert whole.liveness["ends"].about == "It ends"
    assert list(whole.terminal) == ["over"]
    assert list(whole.observations) == ["state"]
    assert whole.code == {"drivers": ["a.c", "b.c"], "empty": {}}
    assert whole.generate == {"kselftest": {"runs": "3"}}


def test_revisions(whole: Document) -> None:
    revision = whole.revision
    assert (revision.name, revision.title, revision.date, revision.cites) == ("v1", "First", "2022-08-29", "mail")
    assert [(e.property, e.word, e.depth) for e in revision.expect] == [
        ("inv", "holds", None),
        ("no_uaf", "violated", None),
        ("no_uaf.run", "violated", 15),
        ("reached", "reached", 3),
        ("back", "impossible", 4),
        ("dotted.name", "always possible", None),
        ("over", "unreachable", None),
    ]


def test_a_spec_without_revisions_is_its_base(tmp_path: Path) -> None:
    found = workspace(tmp_path, HEAD)
    assert list(found.documents) == ["base"]
    assert found.documents["base"] is found.base


def test_the_smallest_spec_is_empty(tmp_path: Path) -> None:
    assert document(tmp_path, "").variables == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("varables: {}\n", [("SG201", 3, 1)]),
        ("types: [a]\n", [("SG204", 3, 8)]),
        ("types:\n", [("SG208", 3, 7)]),
        ("actions:\n  go:\n", [("SG208", 4, 6)]),
        ("actions:\n  go: text\n", [("SG204", 4, 7)]),
        ("actions:\n  go: {gaurd: {a: b}}\n", [("SG202", 4, 8)]),
        ("actions:\n  go: {guard: a}\n", [("SG204", 4, 15)]),
        ("actions:\n  go: {guard: {a-b: a}}\n", [("SG205", 4, 16)]),
        ("actions:\n  go: {params: t}\n", [("SG204", 4, 16)]),
        ("actions:\n  go: {params: {t: {a: b}}}\n", [("SG204", 4, 20)]),
        ("actions:\n  go: {params: {t: bool = true}}\n", [("SG310", 4, 25)]),
        ("actions:\n  go: {params: {if: bool}}\n", [("SG206", 4, 17)]),
        ("actions:\n  go: {actor: {a: b}}\n", [("SG204", 4, 15)]),
        ("actions:\n  go: {actor: a:b}\n", [("SG205", 4, 15)]),
        ("actions:\n  go: {cites: mail}\n", [("SG211", 4, 15)]),
        ("actions:\n  go: {cites: [mail 1, 2]}\n", [("SG211", 4, 24)]),
        ("actions:\n  go: {code: {a: b}}\n", [("SG204", 4, 14)]),
        ("actions:\n  go: {each: {t: bool}}\n", [("SG202", 4, 8)]),
        ("actions:\n  go-on: {}\n", [("SG205", 4, 3)]),
        ("actions:\n  revisions: {}\n", []),
        ("actions:\n  types: {}\n", [("SG206", 4, 3)]),
        ("processes:\n  p: {}\n", [("SG203", 4, 6)]),
        ("processes:\n  p: {steps: {}}\n", [("SG203", 4, 14)]),
        ("processes:\n  p: {steps: {idle: {}}}\n", [("SG206", 4, 15)]),
        ("processes:\n  p: {steps: {a.b: {}}}\n", [("SG205", 4, 15)]),
        ("processes:\n  p: {steps: {s: {in_order: true}}}\n", [("SG203", 4, 19)]),
        ("processes:\n  p: {called: yes, steps: {s: {}}}\n", [("SG210", 4, 15)]),
        ("processes:\n  p: {called: 'true', steps: {s: {}}}\n", [("SG210", 4, 15)]),
        ("procedures:\n  f(a, a): {}\n", [("SG207", 4, 8)]),
        ("procedures:\n  f(: {}\n", [("SG302", 4, 5)]),
        ("procedures:\n  f(a): {}\n  f(b): {}\n", [("SG207", 5, 3)]),
        ("procedures:\n  f: {guard: {a: b}}\n", [("SG202", 4, 7)]),
        ("actions:\n  f: {}\nprocedures:\n  f: {}\n", [("SG207", 6, 3)]),
        ("actions:\n  f: {}\nprocesses:\n  f: {steps: {s: {}}}\n", [("SG207", 6, 3)]),
        ("constants:\n  N: 1..2\n", [("SG310", 4, 6)]),
        ("constants:\n  N: {}\n", [("SG203", 4, 6)]),
        ("constants:\n  N: [1]\n", [("SG204", 4, 6)]),
        ("constants:\n  count: 1\n", [("SG206", 4, 3)]),
        ("types:\n  R: {}\n", [("SG203", 4, 6)]),
        ("types:\n  R: {f: {g: bool}}\n", [("SG204", 4, 10)]),
        ("types:\n  R: [a, b]\n", [("SG204", 4, 6)]),
        ("types:\n  T: bool = true\n", [("SG310", 4, 11)]),
        ("variables:\n  v: {f: bool}\n", [("SG204", 4, 6)]),
        ("variables:\n  v: {about: x}\n", [("SG203", 4, 6)]),
        ("variables:\n  v: [a, b]\n", [("SG204", 4, 6)]),
        ("variables:\n  v: 'bool'\n", [("SG120", 4, 6)]),
        ("variables:\n  v:\n", [("SG208", 4, 5)]),
        ("variables:\n  1v: bool\n", [("SG205", 4, 3)]),
        ("covers:\n  c: {about: x}\n", [("SG203", 4, 6)]),
        ("covers:\n  c: |\n    a\n", [("SG120", 4, 6)]),
        ("covers:\n  c: [a]\n", [("SG204", 4, 6)]),
        ("covers:\n  c:\n    exp: a\n", [("SG202", 5, 5)]),
        ("liveness:\n  l: {when: a}\n", [("SG203", 4, 6)]),
        ("liveness:\n  l: a\n", [("SG204", 4, 6)]),
        ("actors:\n  a: true\n", [("SG204", 4, 6)]),
        ("actors:\n  a: {fair: no}\n", [("SG210", 4, 13)]),
        ("sources:\n  s: {file: x}\n", [("SG203", 4, 6)]),
        ("sources:\n  s: {title: x, steps: {a b: c}}\n", [("SG205", 4, 25)]),
        ("observations:\n  f(t): a\n", [("SG205", 4, 3)]),
        ("code: [a]\n", [("SG204", 3, 7)]),
        ("revisions:\n  r: {expect: {a: passes}}\n", [("SG212", 4, 19)]),
        ("revisions:\n  r: {expect: {a: holds in 3}}\n", [("SG212", 4, 19)]),
        ("revisions:\n  r: {expect: {a: violated in 15 steps}}\n", [("SG212", 4, 19)]),
        ("revisions:\n  r: {expect: {a: [holds]}}\n", [("SG204", 4, 19)]),
        ("revisions:\n  r: {titel: x}\n", [("SG202", 4, 7)]),
        ("revisions:\n  base: {title: x}\n", [("SG510", 4, 3)]),
        ("revisions:\n  r 1: {title: x}\n", [("SG205", 4, 3)]),
        ("revisions:\n  r: {spec: x}\n", [("SG202", 4, 7)]),
    ],
)
def test_refused(tmp_path: Path, text: str, found: list[tuple[str, int, int]]) -> None:
    assert places(reported(tmp_path, HEAD + text)) == found


@pytest.mark.parametrize(
    ("effect", "found"),
    [
        ("x: [a]", ("SG204", 6, 10)),
        ("x: {y: a}", ("SG204", 6, 10)),
        ("else: {x: a}", ("SG213", 6, 7)),
        ("else if a: {x: a}", ("SG213", 6, 7)),
        ("if a: b", ("SG204", 6, 13)),
        ("if a:", ("SG208", 6, 12)),
        ("if a: {x: b}\n      y: c\n      else: {x: c}", ("SG213", 8, 7)),
        ("if a: {x: b}\n      else: {x: c}\n      else if d: {x: c}", ("SG213", 8, 7)),
        ("for t in T: x", ("SG204", 6, 19)),
        ("do: {a: b}", ("SG204", 6, 11)),
        ("do: [[a]]", ("SG204", 6, 12)),
        ("do: a[b]", ("SG302", 6, 11)),
        ("do: [f(a, b)]", ("SG302", 6, 15)),
        ("goto: [a]", ("SG204", 6, 13)),
        ("goto: a.b", ("SG205", 6, 13)),
        ("call: [f(a)]", ("SG204", 6, 13)),
        ("x + 1: 2", ("SG309", 6, 9)),
    ],
)
def test_refused_effects(tmp_path: Path, effect: str, found: tuple[str, int, int]) -> None:
    text = f"actions:\n  go:\n    effect:\n      {effect}\n"
    assert places(reported(tmp_path, HEAD + text))[:1] == [found]


def test_too_many_branches(tmp_path: Path) -> None:
    branches = "".join(f"      else if a = {n}: {{}}\n" for n in range(40))
    text = f"actions:\n  go:\n    effect:\n      if a: {{}}\n{branches}"
    assert {d.code for d in reported(tmp_path, HEAD + text)} == {"SG304"}


def test_too_many_steps_and_fields(tmp_path: Path) -> None:
    steps = "".join(f"      s{n}: {{}}\n" for n in range(1001))
    assert places(reported(tmp_path, HEAD + f"processes:\n  p:\n    steps:\n{steps}")) == [("SG104", 1006, 7)]
    fields = "".join(f"    f{n}: bool\n" for n in range(1001))
    assert places(reported(tmp_path, HEAD + f"types:\n  R:\n{fields}")) == [("SG104", 1005, 5)]


def test_a_file_without_spec(tmp_path: Path) -> None:
    assert places(reported(tmp_path, "variables:\n  a: bool\n")) == [("SG203", 1, 1)]


def test_a_spec_without_a_name(tmp_path: Path) -> None:
    assert places(reported(tmp_path, "spec:\n  title: x\n")) == [("SG203", 2, 3)]
    assert places(reported(tmp_path, "spec: {name: ''}\n")) == [("SG208", 1, 14)]


def test_errors_of_all_sections_come_at_once_in_order(tmp_path: Path) -> None:
    text = HEAD + (
        "variables:\n  a: bool = \n  b: enum\nactions:\n  go:\n    gard: {}\n    effect:\n      a + 1: b\n"
        "      c: a &&\ncovers:\n  c: 1 < a < 3\nrevisions:\n  r:\n    base: s\n    remove: [x]\n"
    )
    assert places(reported(tmp_path, text)) == [
        ("SG302", 4, 12),
        ("SG302", 5, 10),
        ("SG202", 8, 5),
        ("SG309", 10, 9),
        ("SG305", 11, 12),
        ("SG303", 13, 12),
        ("SG502", 16, 11),
        ("SG504", 17, 14),
    ]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("varables: {}\n", "variables"),
        ("actions:\n  go: {gaurd: {a: b}}\n", "'guard'"),
        ("actions:\n  go: {xyz: {a: b}}\n", "it has about, actor"),
        ("actions:\n  go: {guard: a}\n", "give each guard a name"),
        ("actions:\n  go:\n", "`{}`"),
        ("variables:\n  v: {f: bool}\n", "under `types:`"),
        ("revisions:\n  r: {expect: {a: passes}}\n", "violated [in N]"),
        ("processes:\n  p: {steps: {idle: {}}}\n", "another name"),
    ],
)
def test_advice(tmp_path: Path, text: str, advice: str) -> None:
    help = reported(tmp_path, HEAD + text)[0].help
    assert help is not None and advice in help


def test_names_declared_twice_show_the_first(tmp_path: Path) -> None:
    (found,) = reported(tmp_path, HEAD + "definitions:\n  f: true\n  f(a): a\n")
    assert found.code == "SG207"
    assert found.notes[0].span is not None and found.notes[0].span.line == 4
