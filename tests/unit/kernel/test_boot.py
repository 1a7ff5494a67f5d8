"""Machines are bounded in all they take, and nothing of them is left, whatever they and whoever runs them do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from specgen.kernel.boot import CUT, ENDED, STOPPED, TIMED_OUT, Job, Limits, boot, split
from specgen.kernel.guests import Guests
from specgen.kernel.machines import Emulated, UserMode, machine_of
from specgen.language.source import SpecError

from .fake import kernel

JOB = Job(Path("/archive"), "demo", ("-r", "a.b"))
FEW = Limits(seconds=20, guest_seconds=7, output=100_000, memory=64)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The directory for passing files."""
    directory = tmp_path / "place"
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    return directory


def machine(tmp_path, script):
    path = tmp_path / "linux"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return UserMode(path)


def booted(tmp_path, script, limits=FEW, stop=None):
    with Guests.housed() as guests:
        return boot(machine(tmp_path, script), JOB, limits, guests, stop)


def gone(pid, within=3.0):
    """Whether a process is no more, or waits to be buried."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def wait_for(path, within=10.0):
    end = time.monotonic() + within
    while time.monotonic() < end:
        if path.exists() and path.read_text().strip():
            return path.read_text().strip()
        time.sleep(0.02)
    raise AssertionError(f"there is no {path}")


def test_a_machine_is_heard(tmp_path, place):
    console = booted(tmp_path, 'printf "one\\r\\ntwo\\n"; echo three >&2; exit 3')
    assert (console.lines, console.ended, console.code, console.why) == (("one", "two", "three"), ENDED, 3, "")
    assert 0 < console.seconds < 10
    assert not list(place.iterdir())


def test_it_is_told_what_to_do(tmp_path, place):
    console = booted(tmp_path, 'for word in "$@"; do echo "$word"; done; ls -A; cat; pwd')
    told = set(console.lines)
    assert {"mem=64M", "initrd=/archive", "time-travel", "kasan.fault=panic"} <= told
    assert {"SPECGEN_PROGRAM=/tests/demo", "SPECGEN_ARGS=-r,a.b", "SPECGEN_LIMIT=7"} <= told
    assert console.lines[-1].startswith(str(place))  # a directory of its own, and nothing to read


def test_time_can_be_left_alone():
    assert "time-travel" not in UserMode(Path("/linux"), skips_time=False).words(Path("/archive"), (), 64)


def test_a_signal_is_a_code(tmp_path, place):
    assert booted(tmp_path, "kill -ABRT $$").code == 128 + signal.SIGABRT


def test_a_machine_that_does_not_end_is_ended(tmp_path, place):
    pid = tmp_path / "pid"
    script = f"trap '' TERM INT HUP; echo $$ >{pid}; echo begun; while :; do sleep 0.1; done"
    console = booted(tmp_path, script, Limits(seconds=0.7))
    assert (console.lines, console.ended) == (("begun",), TIMED_OUT)
    assert console.why == "the machine had not ended after 0.7 s"
    assert gone(pid.read_text().strip()) and not list(place.iterdir())


def test_a_machine_that_prints_for_ever_is_cut(tmp_path, place):
    console = booted(tmp_path, "while :; do echo again and again; done")
    assert console.ended == CUT and console.why == "it printed more than 97 KiB"
    assert 90_000 < sum(len(line) + 1 for line in console.lines) <= 100_000


def test_a_machine_can_be_stopped(tmp_path, place):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    assert booted(tmp_path, "sleep 100", stop=stop).ended == STOPPED
    assert time.monotonic() - started < 5


def test_whom_it_started_is_ended_too(tmp_path, place):
    pid = tmp_path / "pid"
    script = f"(trap '' TERM HUP; echo $$ >/dev/null; sleep 100 & echo $! >{pid}; wait) & sleep 0.3; echo done"
    started = time.monotonic()
    console = booted(tmp_path, script)
    assert console.ended == ENDED and console.lines == ("done",)
    assert time.monotonic() - started < 5
    assert gone(pid.read_text().strip())


def test_one_that_cannot_be_started_says_so(tmp_path, place):
    with Guests.housed() as guests:
        console = boot(UserMode(tmp_path / "none"), JOB, FEW, guests)
    assert console.code in (126, 127) and "none" in console.lines[-1]


RUN = """
import sys, time
from pathlib import Path
from specgen.kernel.boot import Job, Limits, boot
from specgen.kernel.guests import Guests
from specgen.kernel.machines import UserMode
with Guests.housed() as guests:
    boot(UserMode(Path(sys.argv[1])), Job(Path("/archive"), "demo"), Limits(seconds=60), guests)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_process_that_is_killed(tmp_path, place, number):
    """Also of one that cannot clean up."""
    pid = tmp_path / "pid"
    script = f"trap '' TERM INT HUP; (sleep 100 & echo $! >{pid}; wait) & wait; while :; do sleep 1; done"
    runner = subprocess.Popen(
        [sys.executable, "-c", RUN, str(machine(tmp_path, script).image)],
        env={**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(Path(__file__).parents[3] / "generator")},
        stderr=subprocess.DEVNULL,
    )
    child = wait_for(pid)
    assert len(list(place.iterdir())) == 1
    runner.send_signal(number)
    runner.wait(10)
    assert gone(child)
    end = time.monotonic() + 5
    while list(place.iterdir()) and time.monotonic() < end:
        time.sleep(0.02)
    assert not list(place.iterdir())


def test_lines():
    assert split("a\r\nb\n\nc") == ("a", "b", "", "c")
    assert split("") == ()
    assert split("a\0b\n") == ("ab",)


def test_a_pc_ends_by_restarting():
    words = Emulated(Path("/bzImage")).words(Path("/archive"), ["SPECGEN_LIMIT=7"], 256)
    line = words[words.index("-append") + 1]
    assert "console=ttyS0" in line and line.endswith("SPECGEN_LIMIT=7")
    assert "-no-reboot" in words and words[words.index("-smp") + 1] == "2"
    assert "SPECGEN_OFF=restart" in Emulated(Path("/bzImage")).told


def test_a_pc_needs_qemu(tmp_path, monkeypatch):
    made = kernel(tmp_path / "kernel", machine="qemu")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpecError) as caught:
        machine_of(made)
    assert caught.value.diagnostics[0].code == "SG1041"
    (tmp_path / "qemu-system-x86_64").write_text("#!/bin/sh\n")
    (tmp_path / "qemu-system-x86_64").chmod(0o755)
    assert machine_of(made) == Emulated(made.image)


def test_memory_is_on_disk_where_the_shared_one_is_short():
    machine = UserMode(Path("/linux"))
    assert machine.environment(1 << 30) == {"TMPDIR": "."}
