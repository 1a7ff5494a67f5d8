"""Many runs come to one result, and reports say it alike: text, JSON, JUnit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from specgen.kernel.boot import Limits
from specgen.kernel.guests import Guests
from specgen.kernel.judging import CRASHED, FAILED, HUNG, INCOMPLETE, PASSED, SKIPPED, judge
from specgen.kernel.machines import UserMode
from specgen.kernel.programs import Program
from specgen.kernel.results import Outcome, Results, outcomes
from specgen.kernel.running import Done, Laboratory, Plan
from specgen.language.wording import WIDTH
from specgen.report.kernel import document, junit, render
from specgen.report.style import Style
from tests.kernel.samples import BEGIN, END, NAMES, console, lines

from .fake import kernel, linux, sources

PROGRAM = Program("demo", "tests/demo.c", b"\x7fELF")
UAF = "BUG: KASAN: use-after-free in f+0x1/0x2"


def run(top, script, **plan):
    """All outcomes of a machine with two tests."""
    image = top / "linux"
    image.write_text("#!/bin/sh\n" + script)
    image.chmod(0o755)
    with Guests.housed() as guests:
        laboratory = Laboratory(UserMode(image), Limits(seconds=1.5, for_each=0.1), guests, b"init")
        chosen = Plan(**plan)
        loads, unable = laboratory.load([PROGRAM], chosen)
        return [*unable, *laboratory.run(loads, chosen)]


def statuses(done):
    return sorted((outcome.test, outcome.turn, outcome.status) for each in done for outcome in outcomes(each))


def test_each_test_has_a_boot(tmp_path):
    done = run(tmp_path, linux(), jobs=2, repeat=2)
    assert statuses(done) == [("fix.a", 1, PASSED), ("fix.a", 2, PASSED), ("fix.b", 1, PASSED), ("fix.b", 2, PASSED)]
    assert all(each.run.asked for each in done)


def test_only_what_is_wanted_is_run(tmp_path):
    assert statuses(run(tmp_path, linux(), wanted=lambda name: name == "fix.b")) == [("fix.b", 1, PASSED)]


def test_a_crash_is_its_tests_own(tmp_path):
    done = run(tmp_path, linux(b=f'echo "{UAF}"; exit 134'))
    assert statuses(done) == [("fix.a", 1, PASSED), ("fix.b", 1, CRASHED)]


def test_together_is_one_boot(tmp_path):
    done = run(tmp_path, linux(), together=True)
    assert len(done) == 1 and statuses(done) == [("fix.a", 1, PASSED), ("fix.b", 1, PASSED)]


def test_what_does_not_finish_together_is_run_alone(tmp_path):
    """A crash of the first takes the second with it; alone, the second passes, and the first crashes again."""
    done = run(tmp_path, linux(a=f'echo "{UAF}"; exit 134'), together=True)
    assert [(each.alone, each.run.asked) for each in sorted(done, key=lambda d: (d.alone, d.run.asked))] == [
        (False, ""),
        (True, "fix.a"),
        (True, "fix.b"),
    ]
    assert statuses(done) == [("fix.a", 1, CRASHED), ("fix.a", 1, CRASHED), ("fix.b", 1, PASSED)]


def test_a_result_after_a_report_is_not_believed(tmp_path):
    warning = "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2"
    done = run(tmp_path, linux(a=f'echo "{warning}"; pass "$2" "$1"'), together=True)
    assert statuses(done) == [("fix.a", 1, FAILED), ("fix.a", 1, FAILED), ("fix.b", 1, PASSED)]


def test_a_hang_together(tmp_path):
    done = run(tmp_path, linux(b="sleep 100"), together=True)
    assert statuses(done) == [("fix.a", 1, PASSED), ("fix.b", 1, HUNG), ("fix.b", 1, HUNG)]


def test_a_program_that_cannot_be_asked_is_told_once(tmp_path):
    done = run(tmp_path, "echo nothing", repeat=5)
    assert statuses(done) == [("", 0, INCOMPLETE)]


def test_a_program_without_a_list_is_run_as_a_whole(tmp_path):
    script = linux().replace("printf '%-20s", "true '%-20s").replace("  end 4 ;;", "  end 0 ;;")
    done = run(tmp_path, script)
    assert [each.run.asked for each in done] == [""]
    assert statuses(done) == [("fix.a", 1, PASSED), ("fix.b", 1, PASSED)]


def test_no_time_is_left(tmp_path):
    assert run(tmp_path, linux(a="sleep 100"), deadline=0.0) == []


def test_a_warning_between_tests_is_the_programs(tmp_path):
    said = (BEGIN, "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2", "1..1", "#  RUN           a.b ...", "ok 1 a.b", END)
    told = list(outcomes(Done(1, judge("demo", "", ("a.b",), console(*said)))))
    assert [(each.test, each.status, len(each.findings)) for each in told] == [("", FAILED, 1)]


def test_processes_that_a_test_leaves_are_noted():
    (told,) = outcomes(Done(1, judge("demo", "global.dead", (), console(*lines("unkillable-6.1")))))
    assert told.notes[-1] == "left behind: 18 (seed-dead) D"


def of(*told, complete=True):
    return Results.of(KERNEL, [PROGRAM], told, 1.5, complete=complete)


@pytest.fixture(autouse=True, scope="module")
def a_kernel(tmp_path_factory):
    global KERNEL  # noqa: PLW0603  # made once, read by all
    KERNEL = kernel(tmp_path_factory.mktemp("kernel") / "kernel")


def outcome(test="a.b", status=PASSED, turn=1, why="", findings=()):
    return Outcome("demo", test, turn, status, why, findings, (), 0.25)


@pytest.mark.parametrize(
    ("told", "complete", "ok", "wrong", "left_open"),
    [
        ([outcome()], True, True, False, False),
        ([outcome(status=SKIPPED)], True, True, False, False),
        ([outcome(), outcome(turn=2, status=FAILED)], True, False, True, False),
        ([outcome(), outcome("a.c", CRASHED)], True, False, True, False),
        ([outcome(), outcome("a.c", HUNG)], True, False, True, False),
        ([outcome(), outcome(turn=2, status=INCOMPLETE)], True, False, False, True),
        ([outcome()], False, False, False, True),
        ([], True, False, False, False),
    ],
)
def test_what_it_comes_to(told, complete, ok, wrong, left_open):
    results = of(*told, complete=complete)
    assert (results.ok, results.wrong, results.open) == (ok, wrong, left_open)


def test_rows_count_runs_and_keep_the_worst():
    results = of(outcome(), outcome(turn=2, status=FAILED, why="once"), outcome(turn=3), outcome("a.a"))
    first, second = results.rows
    assert (first.test, first.status, first.often) == ("a.a", PASSED, "always")
    assert (second.status, second.why, second.counts) == (FAILED, "once", ((FAILED, 1), (PASSED, 2)))
    assert second.often == "1 of 3 runs"
    assert results.counts == {FAILED: 1, PASSED: 1}


def sampled():
    """A result of every log there is, as of tests of the same names."""
    told = []
    for name in NAMES:
        judged = judge("demo", f"logs.{name}", (), console(*lines(name), why=""))
        told += outcomes(Done(1, judged))
    told.append(outcome("odd\x00\x1b&<\ud800", FAILED, why="1 < 2 & \x01 \uffff"))
    return of(*told)


def test_text_fits_a_terminal():
    text = render(sampled(), Style())
    assert all(len(line) <= WIDTH for line in text)
    joined = "\n".join(text)
    assert "6.12.1 uml" in text[0]
    assert "  logs.use-after-free-6.1: crashed" in text
    assert "allocated in (task 18): " in joined and "freed in (task 15): " in joined
    assert joined.count("KASAN: use-after-free in version_proc_show") == 1
    assert f"{len(NAMES) + 1} tests, {len(NAMES) + 1} runs, 1.5 s: " in joined


def test_a_report_is_told_once():
    judged = judge("demo", "a.b", (), console(*lines("use-after-free-6.1")))
    told = [*outcomes(Done(1, judged)), *outcomes(Done(2, judged))]
    again = [*told, *(Outcome("demo", "a.c", 1, each.status, each.why, each.findings) for each in told[:1])]
    text = render(of(*again), Style())
    assert "  a.b: crashed (always)" in text and "      told above" in text
    assert sum("Read of size 1 by seed-uaf" in line for line in text) == 1


def test_json_is_json():
    data = json.loads(json.dumps(document(sampled())))
    assert data["ok"] is False and data["kernel"]["version"] == "6.12.1"
    rows = {row["test"]: row for row in data["results"]}
    finding = rows["logs.use-after-free-6.1"]["findings"][0]
    assert finding["runs"] == 1 and finding["stacks"]["access"][0] == "version_proc_show"
    assert rows["logs.passes-6.12"]["runs"] == {"passed": 1}


def test_junit_is_xml():
    results = sampled()
    top = ET.fromstring(junit(results))
    suite = top.find("testsuite")
    assert top.tag == "testsuites" and suite is not None
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.get("tests")) == len(NAMES) + 1
    count = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error", "skipped")}
    assert count == {"failure": int(suite.get("failures")), "error": int(suite.get("errors")), "skipped": 2}
    assert count["failure"] == sum(row.status in (FAILED, CRASHED) for row in results.rows)
    crash = next(case for case in cases if case.get("name") == "logs.use-after-free-6.1")
    assert crash.find("failure").get("type") == CRASHED
    assert "freed in (task 15)" in crash.find("failure").text


def start(*words, cwd, **more):
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root / "generator"), "NO_COLOR": "1", "HOME": str(cwd), **more}
    command = [sys.executable, "-m", "specgen", "kernel", "run", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, env=environment, stdout=pipe, stderr=pipe, text=True)


def specgen(*words, cwd):
    run = start(*words, cwd=cwd)
    said, errors = run.communicate(timeout=60)
    return subprocess.CompletedProcess(words, run.returncode, said, errors)


@pytest.fixture
def world(tmp_path):
    """Makes a kernel of a script, beside a directory of tests."""
    sources(tmp_path / "tests")

    def make(script):
        kernel(tmp_path / "kernel", script)
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("script", "words", "code", "told"),
    [
        (linux(), [], 0, "2 tests, 2 runs"),
        (linux(), ["--together"], 0, "2 passed"),
        (linux(), ["--test", "*.a", "--repeat", "2"], 0, "1 test, 2 runs"),
        (linux(), ["--format", "json"], 0, '"ok": true'),
        (linux(), ["--format", "junit"], 0, '<testcase classname="demo" name="fix.a"'),
        (linux(a=f'echo "{UAF}"; exit 134'), [], 1, "KASAN: use-after-free in f"),
        (linux(b="sleep 100"), ["--boot-timeout", "1"], 1, "fix.b: hung"),
        (linux(kasan="no"), [], 2, "the kernel has no KASAN"),
        (linux(b="exit 0"), [], 4, "fix.b: incomplete"),
        ("exit 1", [], 4, "the kernel did not come up, code 1; it printed nothing"),
        (linux(a="sleep 100"), ["--timeout", "4"], 4, "Not all that was asked for has been run."),
    ],
)
def test_exit_codes(world, script, words, code, told):
    run = specgen("./kernel", "tests", *words, cwd=world(script))
    assert (run.returncode, run.stderr if run.returncode == 70 else "") == (code, "")
    assert told in run.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--test", "none"], "no test is called none"),
        (["--together", "--test", "a"], "--together runs all tests of a program"),
        (["--repeat", "0"], "'0' is not a number from 1 up"),
    ],
)
def test_usage(world, words, told):
    run = specgen("./kernel", "tests", *words, cwd=world(linux()))
    assert run.returncode == 3 and told in " ".join(run.stderr.split())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_found_is_told_when_it_is_interrupted(world, number, code):
    where = world(linux(b="trap '' TERM INT; echo >ready; while :; do sleep 1; done"))
    place = where / "place"
    place.mkdir()
    run = start("./kernel", "tests", "--jobs", "1", cwd=where, TMPDIR=str(place))
    end = time.monotonic() + 20
    while not list(place.glob("specgen-guests-*/guest-*/ready")) and time.monotonic() < end:
        time.sleep(0.05)
    run.send_signal(number)
    said, _ = run.communicate(timeout=20)
    assert run.returncode == code
    assert "1 test passed" in said and "Not all that was asked for has been run." in said
    assert not list(place.iterdir())


def test_logs_are_kept(world):
    where = world(linux())
    assert specgen("./kernel", "tests", "--logs", "logs", cwd=where).returncode == 0
    assert sorted(path.name for path in (where / "logs").iterdir()) == ["demo.fix.a.1.log", "demo.fix.b.1.log"]
    assert (where / "logs" / "demo.fix.a.1.log").read_text().endswith("specgen-init: end exit=0 signal=0\n")
