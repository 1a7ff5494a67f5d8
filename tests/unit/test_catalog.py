"""Every code has its long text, and its examples are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import specgen
from specgen.language.catalog import Entry, content, entries, shown
from specgen.language.load import load
from specgen.language.scope import Memo
from specgen.language.source import Diagnostics, SpecError
from specgen.language.typecheck import check
from specgen.language.unused import report_unused

ENTRIES = entries()
LANGUAGE = Path(specgen.__file__).parent / "language"
CODE = re.compile(r'"(SG[1-5]\d\d)"')


def codes(directory: Path, example: str) -> dict[str, str]:
    """The codes that an example gets, with their severities."""
    file = directory / "spec.yaml"
    file.write_bytes(content(example))
    found = Diagnostics()
    memo = Memo()
    try:
        documents = list(load(str(file), diagnostics=found).documents.values())
        for document in documents:
            check(document, {}, found, memo)
        report_unused(documents, memo, found)
    except SpecError as error:
        return {d.code: d.severity for d in error.diagnostics}
    return {d.code: d.severity for d in found.items}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.code)
def test_the_mistake_gets_the_code_and_the_mend_does_not(tmp_path: Path, entry: Entry) -> None:
    assert entry.code in codes(tmp_path, entry.mistake)
    mended = codes(tmp_path, entry.mend)
    assert entry.code not in mended
    assert "error" not in mended.values()


def test_every_code_of_the_language_has_an_entry_and_every_entry_a_place() -> None:
    used = {
        code
        for file in LANGUAGE.glob("*.py")
        if not file.name.startswith("catalog")
        for code in CODE.findall(file.read_text(encoding="utf-8"))
    }
    assert used == set(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.code)
def test_texts_are_sentences_that_can_be_printed(entry: Entry) -> None:
    assert entry.title and not entry.title.endswith(".")
    assert entry.text.endswith(".")
    for example in (entry.mistake, entry.mend):
        assert shown(example).isprintable() or "\n" in shown(example)
        shown(example).encode("utf-8")


def test_what_cannot_be_seen_is_shown_as_an_escape() -> None:
    assert shown("a\x07b\udcffc\r\n") == "a\\x07b\\xffc\\x0d"
