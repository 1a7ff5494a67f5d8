"""Every code of running kernels has its long text, and its examples are true."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import specgen
from specgen.kernel import catalog_runs
from specgen.language.catalog import Entry, entries

from .fake import HARNESS, kernel, linux

PACKAGE = Path(specgen.__file__).parent
ENTRIES = [Entry(*row) for row in catalog_runs.ENTRIES]
ROOM = {"SG1047"}  # a full disk is tried in a mount of its own, by hand


def by_code(test):
    return pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)(test)


def test_every_code_has_a_text_and_every_text_a_code():
    files = [*PACKAGE.glob("kernel/*.py"), *PACKAGE.glob("cli/kernel*.py")]
    used = {
        code
        for path in files
        if path.stem != "catalog_runs"
        for code in re.findall(r'"(SG10[45]\d)"', path.read_text(encoding="utf-8"))
    }
    assert sorted(used) == [entry.code for entry in ENTRIES]
    assert not {entry.code for entry in ENTRIES} & set(entries())


@by_code
def test_texts_are_sentences(entry):
    assert entry.title and not entry.title.endswith(".")
    assert entry.text.endswith(".")


@pytest.fixture
def told(tmp_path):
    """The codes that an example gets, and the exit code, where kernels and programs are as the examples have it."""
    harness = HARNESS + "\n#define TEST(name) static void name(void)\n#define ASSERT_EQ(a, b) ((void)((a) == (b)))\n"
    kernel(tmp_path / "uml", linux(), harness=harness)
    kernel(tmp_path / "pc", linux(), machine="qemu", harness=harness)
    tests = tmp_path / "tests"
    tests.mkdir()
    source = catalog_runs.SOURCE.replace("TEST(passes)", "__attribute__((unused)) TEST(passes)")
    (tests / "demo.c").write_text(source)
    (tests / "Makefile").write_text("demo:\n\tgcc -static demo.c\n")
    (tmp_path / "true.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "a-program-of-100-megabytes").write_bytes(b"\x7fELF\2\1\1" + bytes(9) + b"\2\0" + bytes(100 << 20))
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("gcc", "ld", "as", "sh", "ls", "rm", "cat", "sleep", "printf", "setpriv"):
        if found := shutil.which(tool):
            (tools / tool).symlink_to(found)
    environment = {**os.environ, "PATH": str(tools), "PYTHONPATH": str(PACKAGE.parent), "NO_COLOR": "1"}

    def run(example):
        words = example.replace("debian:6.1.192@qemu", "./pc").replace("debian:6.1.192", "./uml")
        words = words.replace("specgen ", f'"{sys.executable}" -m specgen ')
        run = subprocess.run(
            ["/bin/sh", "-c", words], cwd=tmp_path, env={**environment, "HOME": str(tmp_path)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return set(re.findall(r"\[(SG\d+)\]", run.stderr)), run.returncode, run.stderr

    return run


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.code not in ROOM], ids=lambda entry: entry.code)
def test_the_mistake_gets_the_code(told, entry):
    codes, code, said = told(entry.mistake)
    assert (codes, code) == ({entry.code}, 2), said


MENDED = ("SG1042", "SG1043", "SG1044", "SG1046")  # the others need QEMU, a large program, a disk


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.code in MENDED], ids=lambda entry: entry.code)
def test_the_mend_works(told, entry):
    codes, code, said = told(entry.mend)
    assert (codes, code) == (set(), 0), said
