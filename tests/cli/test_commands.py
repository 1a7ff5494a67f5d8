"""The other verbs, and what happens when the command line or an input is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from specgen import __version__
from specgen.cli import catalog as command_catalog

from .conftest import ROOT, command, environment


def test_version(specgen):
    run = specgen("--version")
    assert (run.returncode, run.stdout, run.stderr) == (0, f"specgen {__version__}\n", "")


def test_version_imports_next_to_nothing(folder):
    code = "import sys; sys.argv = ['specgen', '--version']; from specgen.__main__ import main; main()"
    listing = (
        "; print(sorted(m for m in sys.modules if m.split('.')[0] in ('argparse', 'yaml', 'z3', 'specgen')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code + listing],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines()[1] == "['specgen', 'specgen.__main__']"


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["show", "-h"], ["trace", "--help"]])
def test_help_goes_to_standard_output(specgen, arguments):
    run = specgen(*arguments)
    assert (run.returncode, run.stderr) == (0, "")
    assert "specgen" in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say what to do"),
        (["chek"], "there is no verb 'chek'"),
        (["chek"], "did you mean 'check'?"),
        (["--verbose"], "there is no option '--verbose'"),
        (["check"], "the following arguments are required: SPEC"),
        (["check", "lock.yaml", "--tiemout", "3"], "did you mean '--timeout'?"),
        (["check", "lock.yaml", "--time", "3"], "unrecognized arguments: --time"),
        (["check", "lock.yaml", "--timeout", "soon"], "'soon' is not a time above 0"),
        (["check", "lock.yaml", "--timeout", "0"], "'0' is not a time above 0"),
        (["check", "lock.yaml", "--memory", "lots"], "'lots' is not a size"),
        (["check", "lock.yaml", "--memory", "5"], "'5' is not a size of 1M or more"),
        (["check", "lock.yaml", "--depth", "-1"], "'-1' is not a number from 0 up"),
        (["check", "lock.yaml", "--jobs", "0"], "'0' is not a number from 1 up"),
        (["check", "lock.yaml", "--engine", "spin"], "invalid choice: 'spin'"),
        (["check", "lock.yaml", "-D", "N"], "'N' is not NAME=VALUE"),
        (["check", "lock.yaml", "-D", "M=2"], "the spec has no constant 'M'"),
        (["check", "lock.yaml", "-r", "rcy"], "has no revision 'rcy'"),
        (["check", "lock.yaml", "-r", "rcy"], "did you mean 'racy'?"),
        (["check", "lock.yaml", "-r", "v6.*"], "the revisions are good, racy, surprising; base is what they change"),
        (["check", "lock.yaml", "-p", "aloen"], "no property is called 'aloen'"),
        (["check", "lock.yaml", "-p", "aloen"], "did you mean 'alone'?"),
        (["check", "lock.yaml", "--itf", "lock.yaml/x"], "--itf lock.yaml/x: Not a directory"),
        (["show", "lock.yaml", "-r", "goood"], "did you mean 'good'?"),
        (["show", "lock.yaml", "--diff", "goood"], "did you mean 'good'?"),
        (["explain", "SG999"], "there is no code SG999"),
        (["explain", "nonsense"], "there is no code nonsense"),
        (["trace", "t.json"], "the following arguments are required: --spec"),
    ],
)
def test_usage_errors_say_what_to_do_and_exit_3(specgen, arguments, words):
    run = specgen(*arguments)
    assert (run.returncode, run.stdout) == (3, "")
    assert words in run.stderr
    assert run.stderr.startswith("specgen: ")
    assert "Traceback" not in run.stderr


def test_a_wrong_spec_is_shown_with_place_and_caret(specgen, folder):
    text = (folder / "lock.yaml").read_text(encoding="utf-8")
    (folder / "wrong.yaml").write_text(text.replace("lock_free: free", "lock_free: fre"), encoding="utf-8")
    run = specgen("check", "wrong.yaml")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.splitlines()[:5] == [
        "error[SG401]: nothing is called 'fre' here",
        "  --> wrong.yaml:28:22",
        "28 |           lock_free: fre",
        "   |                      ^^^",
        "   = help: did you mean 'free'?",
    ]


def test_a_wrong_value_of_a_constant_is_a_wrong_input(specgen):
    run = specgen("check", "lock.yaml", "-D", "N=many")
    assert (run.returncode, run.stdout) == (2, "")
    assert "error[SG" in run.stderr
    assert "many" in run.stderr


@pytest.mark.parametrize("name", ["none.yaml", "."])
def test_what_cannot_be_read_is_a_wrong_input(specgen, name):
    run = specgen("check", name)
    assert (run.returncode, run.stdout) == (2, "")
    assert "error[SG101]" in run.stderr


def test_show_prints_a_spec_with_the_same_core(specgen, folder):
    shown = specgen("show", "lock.yaml", "-r", "racy")
    assert (shown.returncode, shown.stderr) == (0, "")
    (folder / "shown.yaml").write_text(shown.stdout, encoding="utf-8")
    before = specgen("show", "lock.yaml", "-r", "racy", "--core")
    after = specgen("show", "shown.yaml", "-r", "racy", "--core")
    assert before.stdout == after.stdout
    assert before.stdout.startswith("system lock\n")


def test_show_diff_is_a_unified_diff(specgen):
    run = specgen("show", "lock.yaml", "-r", "racy", "--diff", "good")
    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert lines[:2] == ["--- good", "+++ racy"]
    assert "-          lock_free: free" in lines


def test_explain_lists_and_explains(specgen):
    listed = specgen("explain").stdout.splitlines()
    assert "SG401  unknown name" in listed
    assert listed == sorted(listed, key=lambda line: int(line.split()[0].removeprefix("SG")))
    for code in ("SG801", "sg801", "801"):
        run = specgen("explain", code)
        assert run.returncode == 0
        assert run.stdout.startswith("SG801: assert violated\n")


def test_schema_is_json(specgen):
    run = specgen("schema")
    assert run.returncode == 0
    assert json.loads(run.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_trace_of_ours_comes_back(specgen):
    specgen("check", "lock.yaml", "-r", "racy", "-p", "alone", "--itf", "out", "--engine", "explicit")
    run = specgen("trace", "out/racy.alone.itf.json", "--spec", "lock.yaml")
    assert (run.returncode, run.stderr) == (0, "")
    assert "out/racy.alone.itf.json is a behaviour of racy, 3 steps" in run.stdout
    assert "in step 3, assert alone is violated" in run.stdout
    other = specgen("trace", "out/racy.alone.itf.json", "--spec", "lock.yaml", "-r", "good")
    assert other.returncode == 1
    assert "step 2 is not a step of the spec: guard lock_free" in other.stdout
    assert "is not a behaviour of good: from step 2 on" in other.stdout


def test_the_constants_of_a_trace_count(specgen):
    arguments = ("-D", "N=3", "--itf", "out", "--engine", "explicit")
    specgen("check", "lock.yaml", "-r", "racy", "-p", "alone", *arguments)
    assert specgen("trace", "out/racy.alone.itf.json", "--spec", "lock.yaml").returncode == 0
    smaller = specgen("trace", "out/racy.alone.itf.json", "--spec", "lock.yaml", "-D", "N=2")
    assert smaller.returncode == 1
    assert "has an unknown key 2" in smaller.stdout


def test_a_trace_of_another_state_of_the_spec_is_noted(specgen, folder):
    specgen("check", "lock.yaml", "-r", "racy", "-p", "alone", "--itf", "out", "--engine", "explicit")
    with (folder / "lock.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    run = specgen("trace", "out/racy.alone.itf.json", "--spec", "lock.yaml")
    assert (run.returncode, run.stderr) == (0, "note: the spec has changed since the trace was made\n")


def test_a_file_that_is_no_trace_is_a_wrong_input(specgen):
    run = specgen("trace", "lock.yaml", "--spec", "lock.yaml")
    assert (run.returncode, run.stdout) == (2, "")
    assert "error[SG703]" in run.stderr


def test_a_bug_is_one_line_and_exit_70(folder):
    code = (
        "import sys; sys.argv = ['specgen', 'schema']\n"
        "import specgen.language.schema as s\n"
        "def broken(): raise RuntimeError('something nobody thought of')\n"
        "s.schema = broken\n"
        "from specgen.__main__ import main; sys.exit(main())"
    )

    def run(**env):
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env=environment(**env),
            capture_output=True,
            text=True,
            check=False,
        )

    quiet = run()
    assert quiet.returncode == 70
    first, *rest = quiet.stderr.splitlines()
    assert first == "specgen: internal error: RuntimeError: something nobody thought of"
    assert "SPECGEN_DEBUG=1" in "".join(rest)
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in run(SPECGEN_DEBUG="1").stderr


def test_nobody_reads_any_more(folder):
    process = subprocess.Popen(
        command("explain"), cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (141, b"")


def test_a_full_disk_is_said(folder):
    with Path("/dev/full").open("w", encoding="ascii") as full:
        run = subprocess.run(
            command("explain"),
            cwd=folder,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 70
    assert re.fullmatch(r"specgen: the output cannot be written: No space left on device\n", run.stderr)


def test_the_command_that_explains_a_wrong_constant_is_refused_with_its_code():
    (entry,) = (row for row in command_catalog.ENTRIES if row[0] == "SG720")
    for example, expected in ((entry[3], "SG720"), (entry[4], "")):
        words = example.split()[1:]
        run = subprocess.run(command(*words), cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
        assert (run.returncode == 2) == bool(expected)
        assert expected in run.stderr


def test_an_error_that_an_overlay_makes_names_its_revision(specgen, folder):
    text = (folder / "lock.yaml").read_text(encoding="utf-8")
    text += "  broken:\n    change:\n      definitions.free: hald = 1\n"
    (folder / "broken.yaml").write_text(text, encoding="utf-8")
    run = specgen("check", "broken.yaml")
    assert run.returncode == 2
    assert "nothing is called 'hald' here" in run.stderr
    assert "in revision broken" in run.stderr
