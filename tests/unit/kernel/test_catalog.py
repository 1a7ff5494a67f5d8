"""Every code of building kernels has its long text, and its examples are true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import specgen
from specgen.kernel import catalog
from specgen.language.catalog import Entry, entries

from .laboratory import archive, programs, tree

PACKAGE = Path(specgen.__file__).parent
ENTRIES = [Entry(*row) for row in catalog.ENTRIES]
OPEN = {"SG1003", "SG1011"}  # nothing is wrong, and nothing is known


def by_code(test):
    return pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)(test)


def test_every_code_has_a_text_and_every_text_a_code():
    files = [path for path in (*PACKAGE.glob("kernel/*.py"), *PACKAGE.glob("cli/kernel*.py")) if path.stem != "catalog"]
    used = {code for path in files for code in re.findall(r'"(SG10[01]\d)"', path.read_text(encoding="utf-8"))}
    assert sorted(used) == [entry.code for entry in ENTRIES]
    assert not {entry.code for entry in ENTRIES} & set(entries())


@by_code
def test_texts_are_sentences(entry):
    assert entry.title and not entry.title.endswith(".")
    assert entry.text.endswith(".")


@pytest.fixture
def told(tmp_path):
    """The codes that an example gets, and the exit code, in a world where everything is as the examples have it."""
    path = programs(tmp_path / "bin")
    programs(tmp_path / "without-flex", without="flex")
    environment = {
        "PATH": str(path),
        "PYTHONPATH": str(PACKAGE.parent),
        "ARCHIVE": str(archive(tmp_path / "archive.tar.xz")),
        "NO_COLOR": "1",
        "HOME": str(tmp_path),
    }

    def run(example):
        tree(tmp_path / "linux")
        tree(tmp_path / "without-kasan", broken="CONFIG_KASAN=y\n")
        words = example.replace("specgen ", f'"{sys.executable}" -m specgen ')
        run = subprocess.run(
            [str(path / "sh"), "-c", words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert "Traceback" not in run.stderr
        assert all(len(line) <= 80 for line in run.stderr.splitlines() if os.sep not in line)
        return set(re.findall(r"\[(SG\d+)\]", run.stderr)), run.returncode

    return run


@by_code
def test_the_mistake_gets_the_code_and_the_mend_works(told, entry):
    assert told(entry.mistake) == ({entry.code}, 4 if entry.code in OPEN else 2)
    assert told(entry.mend) == (set(), 0)
