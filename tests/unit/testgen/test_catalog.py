"""Every code of generating has its long text, and its examples are true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from specgen.language.catalog import Entry, content, entries
from specgen.testgen import catalog

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "generator" / "specgen"
ENTRIES = [Entry(*row) for row in catalog.ENTRIES]

# A package with a target that cannot be loaded, as SG914 has it.
BROKEN = "[specgen.targets]\nbroken = nowhere.at_all:Target\n"


def by_code(test):
    return pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)(test)


def test_every_code_has_a_text_and_every_text_a_code():
    files = [*PACKAGE.glob("testgen/*.py"), *PACKAGE.glob("cli/generat*.py")]
    used = {
        code
        for path in files
        if path.name != "catalog.py"
        for code in re.findall(r'"(SG9[01]\d)"', path.read_text(encoding="utf-8"))
    }
    assert sorted(used) == [entry.code for entry in ENTRIES]
    assert not {entry.code for entry in ENTRIES} & set(entries())


@by_code
def test_texts_are_sentences(entry):
    assert entry.title and not entry.title.endswith(".")
    assert entry.text.endswith(".")


def told(folder, example):
    """The codes that an example gets, and the exit code."""
    folder.mkdir()
    (folder / "lock.yaml").write_text(catalog.SPEC, encoding="utf-8")
    info = folder / "broken.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(BROKEN, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{PACKAGE.parent}:{folder}", "NO_COLOR": "1"}
    command = f'"{sys.executable}" -m specgen'
    if "\n" in example:
        (folder / "spec.yaml").write_bytes(content(example))
        words = f"{command} generate spec.yaml"
    else:
        words = example.replace("specgen ", f"{command} ")
    run = subprocess.run(
        ["/bin/sh", "-c", words], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return set(re.findall(r"\[(SG\d+)\]", run.stderr)), run.returncode


@by_code
def test_the_mistake_gets_the_code_and_the_mend_works(tmp_path, entry):
    codes, code = told(tmp_path / "mistake", entry.mistake)
    assert codes == {entry.code}
    assert code == (4 if entry.code == "SG912" else 2)
    assert told(tmp_path / "mend", entry.mend) == (set(), 0)
