"""The core of small specs, compared as text: what lowering makes of each construct.

After a change that is meant, write the new text with SPECGEN_GOLDEN=write and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from specgen.core.dump import dump
from specgen.core.lower import lower
from specgen.language.canonical import render
from specgen.language.document import Document
from specgen.language.load import load
from specgen.language.scope import Memo
from specgen.language.source import Diagnostics
from specgen.language.typecheck import check
from tests.unit.specs import typed_file

HERE = Path(__file__).parent
CASES = [("processes", "base"), ("values", "base"), ("revisions", "base"), ("revisions", "alone")]


@pytest.mark.parametrize(("name", "revision"), CASES)
def test_core_is_as_written_down(name: str, revision: str) -> None:
    spec, found = typed_file(HERE / f"{name}.yaml", revision)
    assert not found.failed, found.items
    expected = HERE / f"{name}.{revision}.core"
    text = dump(lower(spec))
    if os.environ.get("SPECGEN_GOLDEN") == "write":
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


SPEC = HERE.parents[1] / "spec"


def core(document: Document, memo: Memo) -> str:
    found = Diagnostics()
    spec = check(document, {}, found, memo)
    assert not found.failed, found.items
    return dump(lower(spec))


@pytest.mark.parametrize("path", [SPEC / "ublk.yaml", *sorted((SPEC / "examples").glob("*.yaml"))], ids=lambda p: p.stem)
def test_what_show_prints_gives_the_same_core(tmp_path: Path, path: Path) -> None:
    memo = Memo()
    for name, document in load(str(path)).documents.items():
        shown = tmp_path / f"{name}.yaml"
        shown.write_text(render(document), encoding="utf-8")
        (again,) = load(str(shown)).documents.values()
        assert core(again, Memo()) == core(document, memo), name
