"""The verbs of `specgen kernel` that build, list and remove."""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

import specgen
from specgen.cli.console import Console
from specgen.cli.errors import UsageError
from specgen.cli.kernel_build import Request, kernel_named
from specgen.kernel.cache import Kernel
from specgen.language.source import SpecError

MUTANTS = """\
file: drivers/block/ublk_drv.c
mutants:
  no-start:
    title: It does not start
    about: Nobody calls start.
    for: [6.1]
    corresponds: {property: started}
    visible: {by: errno, about: Of any command.}
    edits:
      - function: ublk
        statement: {call: start}
        remove: true
"""


@pytest.fixture
def command(installed, tmp_path):
    def run(*words):
        environment = {
            "PATH": str(installed),
            "PYTHONPATH": str(Path(specgen.__file__).parents[1]),
            "ARCHIVE": str(tmp_path / "archive.tar.xz"),
            "HOME": str(tmp_path),
        }
        return subprocess.run(
            [sys.executable, "-m", "specgen", "kernel", *words],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return run


def test_a_kernel_is_built_listed_and_removed(command, linux, tmp_path):
    words = ("build", "--tree", "linux")
    first = command(*words, "--format", "json")
    assert first.returncode == 0
    kernel = json.loads(first.stdout)
    assert kernel["built"] is True
    assert Kernel.read(Path(kernel["directory"])).sha256 == kernel["sha256"]
    assert "specgen: building 6.1.8\n" in first.stderr
    again = command(*words)
    assert (again.returncode, again.stderr) == (0, "specgen: reading linux\n")
    assert again.stdout.startswith("6.1.8 uml  was built before\n")
    assert f"  {kernel['key']}  6.1.8 uml, from tree:" in command("list").stdout
    listed = json.loads(command("list", "--format", "json").stdout)
    assert [k["key"] for k in listed["kernels"]] == [kernel["key"]]
    assert "1 kernel " in command("cache").stdout
    removed = command("cache", "--remove", kernel["key"][:6], "--clear")
    assert removed.stdout.startswith(f"removed {kernel['key']}  6.1.8 uml\n")
    assert "0 kernels" in removed.stdout
    assert "0 sources" in removed.stdout


def test_what_is_not_understood_is_a_matter_of_usage(command, linux):
    for words, told in (
        ((), "say what to do"),
        (("biuld",), "did you mean 'build'?"),
        (("build",), "one of the arguments --tree --debian is required"),
        (("build", "--tree", "linux", "--debian", "6.1"), "not allowed with argument"),
        (("build", "--tree", "linux", "--machine", "arm"), "invalid choice"),
        (("build", "--tree", "linux", "--widen", "x"), "not NAME=MS"),
    ):
        run = command(*words)
        assert run.returncode == 3, words
        assert told in " ".join(run.stderr.split())


def test_help_fits(command):
    for words in (("--help",), ("build", "--help"), ("list", "--help"), ("cache", "--help")):
        run = command(*words)
        assert run.returncode == 0
        assert all(len(line) <= 80 for line in run.stdout.splitlines())


@pytest.mark.parametrize(("text", "asked"), [
    ("debian:6.1.192", Request("debian", "6.1.192", "", (), "uml")),
    ("debian:6.1.192-2+mail@qemu", Request("debian", "6.1.192-2", "mail", (), "qemu")),
    ("debian:6.12+b-7+b_ms=2+a_ms=1", Request("debian", "6.12", "b-7", (("a_ms", 1), ("b_ms", 2)), "uml")),
    ("tree:../linux+mail", Request("tree", "../linux", "mail", (), "uml")),
    ("0123", None),
    ("./kernels/0123", None),
])  # fmt: skip
def test_words_for_kernels_are_understood(text, asked):
    assert Request.of(text) == asked


@pytest.mark.parametrize("text", ["debian:6.1@arm", "debian:6.1+one+two"])
def test_words_that_ask_for_what_there_is_not_are_told(text):
    with pytest.raises(UsageError):
        Request.of(text)


def test_a_directory_that_looks_like_a_word_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "linux+mail@home").mkdir()
    assert Request.of("tree:linux+mail@home") == Request("tree", "linux+mail@home", "", (), "uml")


@pytest.mark.usefixtures("installed")
def test_a_kernel_that_is_asked_for_is_built(linux, cache, tmp_path):
    file = tmp_path / "mutants.yaml"
    file.write_text(MUTANTS, encoding="utf-8")
    options = Namespace(cache=str(cache.top), timeout=None, mutants=str(file))
    console = Console.standard()
    stock = kernel_named(f"tree:{linux}", options, console)
    fault = kernel_named(f"tree:{linux}+no-start", options, console)
    assert "start();" in stock.image.read_text()
    assert "start();" not in fault.image.read_text()
    assert kernel_named(fault.key, options, console) == fault
    assert kernel_named(str(stock.directory), options, console) == stock
    with pytest.raises(SpecError, match="SG1062"):
        kernel_named(f"tree:{linux}+no-stop", options, console)
