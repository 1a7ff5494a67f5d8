"""Ctrl-C, and workers that do not come back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import command, environment

SMALL = """\
revisions:
  small:
    title: a small one
    change:
      types.Slot: 0..3
    expect:
      few: violated in 3
"""


def begin(folder, *arguments):
    """A check under way, as the leader of a process group of its own."""
    return subprocess.Popen(
        command("check", *arguments),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def members(group):
    """The live processes of a group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (
                    (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
                )
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def wait_for_workers(process, count):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if len(members(process.pid)) > count:
            return
        time.sleep(0.02)
    process.kill()
    pytest.fail("no worker was started")


@pytest.mark.parametrize("to_all", [True, False], ids=["the whole group", "the leader"])
def test_ctrl_c_prints_what_is_known_and_leaves_nothing_behind(folder, to_all):
    process = begin(folder, "big.yaml", "--engine", "explicit")
    wait_for_workers(process, 1)
    time.sleep(1.5)  # long enough for the first levels
    sent = time.monotonic()
    (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert time.monotonic() - sent < 4
    assert process.returncode == 130
    assert re.search(r"few +violated in 3 steps \[explicit\]", out)
    assert re.search(r"full +unknown \(interrupted at depth \d+\)", out)
    assert re.match(r"interrupted after \d+\.\d s", err)
    assert "Traceback" not in out + err
    assert members(process.pid) == []


def test_ctrl_c_keeps_the_revisions_that_are_done(folder):
    text = (folder / "big.yaml").read_text(encoding="utf-8")
    text = text.replace("revisions:\n", SMALL)
    (folder / "two.yaml").write_text(text, encoding="utf-8")
    with begin(folder, "two.yaml", "--engine", "explicit", "--jobs", "1") as process:
        assert process.stdout.readline() == "small  a small one\n"
        process.send_signal(signal.SIGINT)
        out, err = process.stdout.read(), process.stderr.read()
        assert process.wait(timeout=10) == 130
    assert re.search(r"full +reached in 4 steps", out)
    assert "interrupted" in err


def test_a_worker_that_dies_is_said(folder):
    process = begin(folder, "big.yaml", "--engine", "explicit")
    wait_for_workers(process, 1)
    time.sleep(0.3)
    (worker,) = [pid for pid in members(process.pid) if pid != process.pid]
    os.kill(worker, signal.SIGKILL)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (70, "")
    assert err.startswith("specgen: the worker process for big was ended by SIGKILL; perhaps memory ran out")


def test_workers_end_with_their_parent(folder):
    process = begin(folder, "big.yaml", "--engine", "explicit")
    wait_for_workers(process, 1)
    process.kill()
    process.communicate(timeout=10)
    end = time.monotonic() + 5
    while members(process.pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert members(process.pid) == []


def test_memory_is_bounded(folder):
    process = begin(folder, "big.yaml", "--engine", "explicit", "--memory", "200M", "--timeout", "60")
    peak = 0
    while process.poll() is None:
        for pid in members(process.pid):
            try:
                peak = max(peak, int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]))
            except OSError:
                continue
        time.sleep(0.02)
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 4
    assert "(memory 200 MiB at depth " in out
    assert peak * os.sysconf("SC_PAGE_SIZE") < 260 * 2**20


def test_a_disagreement_of_engines_is_an_internal_error(folder):
    code = (
        "import sys; sys.argv = ['specgen', 'check', 'lock.yaml', '-r', 'racy']\n"
        "import specgen.engines.bmc as bmc\n"
        "from dataclasses import replace\n"
        "honest = bmc.run\n"
        "def lying(*arguments):\n"
        "    run = honest(*arguments)\n"
        "    lies = [replace(o, verdict='holds', trace=None, complete=True) for o in run.outcomes]\n"
        "    return replace(run, outcomes=tuple(lies))\n"
        "bmc.run = lying\n"
        "from specgen.__main__ import main; sys.exit(main())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (70, "")
    assert "specgen: internal error: racy: InternalError: engines disagree" in run.stderr
    assert "violated in 2 steps [explicit]" in run.stderr
    assert "[z3]" in run.stderr


@pytest.mark.parametrize(
    ("stubborn", "options", "reason"),
    [
        ("time.sleep(60)", ["--timeout", "1"], "timeout 1 s"),
        ("hog = bytearray(300 << 20); time.sleep(60)", ["--memory", "150M"], "memory 150 MiB"),
    ],
    ids=["time", "memory"],
)
def test_an_engine_that_does_not_heed_its_limits_is_stopped(folder, stubborn, options, reason):
    code = (
        f"import sys, time; sys.argv = ['specgen', 'check', 'lock.yaml', '-r', 'racy', *{options}]\n"
        "import specgen.cli.workers as workers\n"
        "workers.TIMEOUT_GRACE = 0.2\n"
        "import specgen.engines.explicit as explicit\n"
        "def stubborn(*arguments):\n"
        f"    {stubborn}\n"
        "explicit.run = stubborn\n"
        "from specgen.__main__ import main; sys.exit(main())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (run.returncode, run.stderr) == (4, "")
    assert run.stdout.count(f"unknown ({reason})") == 8
