"""The text of a document, and that loading it gives the document back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specgen.language import canonical, unparse
from specgen.language.canonical import quoted, render
from specgen.language.document import Document
from specgen.language.load import load
from specgen.language.source import Diagnostics, Source
from specgen.language.yamlnodes import Scalar, parse
from tests.unit.frontend import HEAD, document, workspace
from tests.unit.test_overlay import BASE
from tests.unit.test_reader import SPEC

ROOT = Path(__file__).parents[2]
SPECS = sorted([ROOT / "spec" / "ublk.yaml", *ROOT.glob("spec/examples/*.yaml"), *ROOT.glob("tests/golden/*.yaml")])

SECTIONS = (
    "name title about sources constants types variables init definitions procedures actors actions processes "
    "removed_processes invariants covers always_possible liveness terminal observations code generate"
).split()


def meaning(found: Document) -> dict[str, object]:
    """All of a document but places; of the revision all but its base."""
    revision = found.revision
    said = (revision.name, revision.title, revision.date, revision.source, revision.cites, revision.about)
    return {
        **{section: unparse.meaning(getattr(found, section)) for section in SECTIONS},
        "revision": (said, unparse.meaning(revision.expect)),
    }


def returns(directory: Path, original: Document) -> None:
    text = render(original)
    again = workspace(directory, text).documents[original.revision.name]
    assert meaning(again) == meaning(original)
    assert render(again) == text


def test_everything_returns(tmp_path: Path) -> None:
    found = workspace(tmp_path, SPEC)
    for original in (found.base, *found.documents.values()):
        returns(tmp_path, original)


def test_an_overlaid_revision_returns(tmp_path: Path) -> None:
    verbs = (
        "  r:\n    title: 'Removed: one'\n    expect: {inv: violated in 3}\n    remove: [single, work.first]\n"
        "    add:\n      work.new: {after: second}\n    change:\n      go:\n        add_effect:\n"
        "          do: free(1)\n          if not a:\n            a: true\n"
    )
    original = workspace(tmp_path, BASE + verbs).documents["r"]
    assert list(original.removed_processes) == ["single"]
    returns(tmp_path, original)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_of_the_tree_return(tmp_path: Path, path: Path) -> None:
    found = load(str(path))
    for original in (found.base, *found.documents.values()):
        returns(tmp_path, original)


def test_the_text_is_stable(tmp_path: Path) -> None:
    text = (
        "variables:\n  r: array bool of bool = (false)\n  v: enum a b = a\nactions:\n  go:\n    params: {t: bool}\n"
        "    effect:\n      if (r[t]):\n        v: b\n      else:\n        r[t]: not (r[ t ] and true)\n"
        "    guard: {x: (v = a) or v != b}\n    about: Goes\n"
        "covers:\n  c:\n    expr: forall t in bool, (r[t])\n    about: 'All: set'\n"
    )
    assert render(document(tmp_path, text)) == (
        "spec:\n  name: example\n\nvariables:\n  r: array bool of bool = false\n  v: enum a b = a\n\n"
        "actions:\n  go:\n    about: Goes\n    params: {t: bool}\n    guard:\n      x: v = a or v != b\n"
        "    effect:\n      if r[t]:\n        v: b\n      else:\n        r[t]: not (r[t] and true)\n\n"
        'covers:\n  c:\n    expr: forall t in bool, r[t]\n    about: "All: set"\n'
    )


def test_the_revision_can_be_left_out(tmp_path: Path) -> None:
    found = workspace(tmp_path, SPEC).documents["v1"]
    assert render(found, with_revision=False) == render(workspace(tmp_path, SPEC).base)


def test_a_second_else_becomes_an_if(tmp_path: Path) -> None:
    text = HEAD + (
        "variables: {a: bool, b: bool}\nactions:\n  go:\n    effect:\n      if a:\n        a: false\n"
        "      else:\n        a: true\nrevisions:\n  r:\n    change:\n      go:\n        add_effect:\n"
        "          if b:\n            b: false\n          else if a:\n            b: true\n"
        "          else:\n            b: a\n"
    )
    lines = render(workspace(tmp_path, text).documents["r"]).split("\n")
    start = lines.index("      if b:")
    assert lines[start : start + 7] == [
        "      if b:",
        "        b: false",
        "      if not b:",
        "        if a:",
        "          b: true",
        "        else:",
        "          b: a",
    ]
    again = workspace(tmp_path, "\n".join(lines)).documents["r"]
    assert render(again) == "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "a and (b or c)",
        "(a and b) or c",
        "a - (b - c)",
        "a - b - c",
        "(a implies b) implies c",
        "a implies b implies c",
        "not (a and b)",
        "not a and b",
        "not (exists t in T, p)",
        "(exists t in T, p) and q",
        "a and (exists t in T, p)",
        "a and (if b then c else d)",
        "(a = b) = c",
        "-(a + b)",
        "-(-a)",
        "a - -b",
        "(a + b)[i].f",
        "f((exists t in T where p), q)",
        "f((a implies exists t in T where p), q)",
        "f(exists t in T where p, q)",
        "exists t in T where (exists u in T where p), q",
        "exists t in T where exists u in T where p",
        "exists t in T where (p and q)",
        "exists t in T where p and q, r",
        "count s t in 0..N - 1 where s != t, p",
        "(count t in T where p) = 1",
        "a in (b, c)",
        "a not in s",
        "(a in s) = b",
        "a in ((if b then c else d), e)",
        "if a then b else if c then d else e",
        "if (if a then b else c) then d else e",
        "(if a then b else c) = d",
    ],
)
def test_expressions_return(tmp_path: Path, text: str) -> None:
    first = document(tmp_path, f"covers:\n  c: {text}\n").covers["c"].expr
    written = unparse.expression_text(first)
    again = document(tmp_path, f"covers:\n  c: {written}\n").covers["c"].expr
    assert shape(again) == shape(first)
    assert unparse.expression_text(again) == written
    assert len(written) <= len(text)


def shape(node: object) -> object:
    """A tree without its places."""
    if isinstance(node, tuple):
        return [shape(part) for part in node if not isinstance(part, Source)]
    if hasattr(node, "__dataclass_fields__"):
        names = [name for name in node.__dataclass_fields__ if name != "span"]
        return (type(node).__name__, *(shape(getattr(node, name)) for name in names))
    return node


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_any_text_returns_as_a_scalar(text: str) -> None:
    found = Diagnostics()
    root = parse(Source("x", f"{quoted(text)}: {quoted(text)}\nlist:\n  - {quoted(text)}\n"), found)
    assert root is not None and not found.items
    key, value = root.entries[0]
    assert isinstance(value, Scalar)
    assert (key.value, value.value) == (text, text)


@settings(max_examples=200, deadline=None)
@given(TEXT)
def test_any_prose_returns(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    writer = canonical._Writer()
    writer.prose(0, "about", text)
    found = Diagnostics()
    root = parse(Source("x", "\n".join(writer.lines) + "\nnext: a\n"), found)
    assert root is not None and not found.items
    value = root.entries[0][1]
    assert isinstance(value, Scalar) and value.value == text
    assert len(root.entries) == 2
