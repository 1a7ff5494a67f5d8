"""The examples of the language reference are pieces of one spec: each is typed, and the whole is checked.

Beside an example stand all the others, and tests/docs/rest.yaml; where two pieces have the same entry, the
example's own counts.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from specgen.core.lower import lower
from specgen.engines.combine import Plan, check
from specgen.language.load import load
from specgen.language.source import Diagnostics
from specgen.language.typecheck import check as typecheck
from specgen.language.typed import Spec
from tests.docs.markdown import Block, blocks, text

REFERENCE = "docs/language.md"
EXAMPLES = [block for block in blocks(REFERENCE) if block.info == ("yaml",)]

Sections = dict[str, dict[str, list[str]]]


def sections(lines: list[str]) -> Sections:
    """The lines of every entry, by section and name; a section that is a list has one entry."""
    found: Sections = {}
    entries: dict[str, list[str]] = {}
    for line in lines:
        top = re.match(r"([a-z_]+):", line)
        inner = re.match(r"  ([\w-][\w -]*)", line)
        if top:
            entries = found.setdefault(top[1], {})
        elif inner and not line.startswith("   "):
            entries[inner[1]] = [line]
        elif line.startswith("   "):
            entries[next(reversed(entries))].append(line)
    return found


def written(*pieces: Sections) -> str:
    """One text from several pieces; of the same entry the last one counts."""
    whole: Sections = {}
    for piece in pieces:
        for section, entries in piece.items():
            whole.setdefault(section, {}).update(entries)
    lines = []
    for section, entries in whole.items():
        if entries:
            lines += [f"{section}:", *(line for entry in entries.values() for line in entry)]
    return "\n".join(lines) + "\n"


def assembled(directory: Path, example: Block) -> Path:
    """The whole spec with one example in the place of all that says the same otherwise."""
    rest = sections(text("tests/docs/rest.yaml").split("\n"))
    others = [sections(list(block.lines)) for block in EXAMPLES]
    main = directory / "spec.yaml"
    main.write_text(written(rest, *others, sections(list(example.lines))), encoding="utf-8")
    included = directory / "proposals" / "2022-08.yaml"
    included.parent.mkdir()
    included.write_text("covers:\n  dies: task[old] = exiting\n", encoding="utf-8")
    return main


def typed(path: Path) -> list[Spec]:
    """Every revision; a spec with an error or a warning fails."""
    found = Diagnostics()
    documents = load(str(path), diagnostics=found).documents
    specs = [typecheck(document, {}, found) for document in documents.values()]
    assert [(d.code, d.message, str(d.span)) for d in found.items] == []
    return specs


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_example_is_typed(example: Block, tmp_path: Path) -> None:
    path = assembled(tmp_path, example)
    content = path.read_text(encoding="utf-8")
    lost = [line for line in example.lines if line not in content.split("\n")]
    assert lost == []
    typed(path)


def test_the_whole_has_the_verdicts_that_it_expects(tmp_path: Path) -> None:
    for spec in typed(assembled(tmp_path, EXAMPLES[0])):
        expect = spec.document.revision.expect
        report = check(lower(spec), Plan(engine="explicit"), expect)
        wrong = [(r.name, r.verdict, r.depth, r.expected) for r in report.results if not r.as_expected]
        assert (report.revision, wrong) == (report.revision, [])


def cells(heading: str, column: int = 0) -> list[str]:
    """The code in one column of the table that has this heading."""
    rows = text(REFERENCE).split(f"| {heading} |")[1].split("\n\n")[0].split("\n")[2:]
    return [code for row in rows for code in re.findall(r"`([^`]+)`", row.strip("| ").split(" | ")[column])]


TABLES = """\
spec:
  name: tables
constants:
  N: 2
types:
  Tag: 0..N - 1
  Server: enum old new
  T: bool
  Slot:
    state: enum idle active = idle
    cmd: Server or null = null
    aborted: bool = false
"""

VALUES = """\
variables:
  a: 0..3
  b: 0..3
  i: 0..2
  q: sequence 3 of 0..3
  r: Slot
  s: set of 0..3
  u: set of 0..3
  x: 0..3
"""

# what the value of a call is compared with, so that it has a type
COMPARED = dict.fromkeys(("set", "union", "intersection", "difference"), "s")
COMPARED |= dict.fromkeys(("seq", "append", "tail"), "q") | dict.fromkeys(("default", "Slot"), "r")


def assert_typed(directory: Path, body: str) -> None:
    file = directory / "spec.yaml"
    file.write_text(TABLES + body, encoding="utf-8")
    found = Diagnostics()
    typecheck(load(str(file), diagnostics=found).base, {}, found)
    assert [(d.code, d.message) for d in found.items] == []


@pytest.mark.parametrize("written_type", cells("written"))
def test_types_of_the_table(written_type: str, tmp_path: Path) -> None:
    assert_typed(tmp_path, f"variables:\n  v: {written_type}\n")


@pytest.mark.parametrize("call", cells("call"))
def test_calls_of_the_table(call: str, tmp_path: Path) -> None:
    call = call.replace("default(T)", "default(Slot)")
    function = call.split("(", maxsplit=1)[0]
    predicate = call if function == "subset" else f"{COMPARED.get(function, 'x')} = {call}"
    assert_typed(tmp_path, f"{VALUES}invariants:\n  used: {predicate}\n")
