"""A kernel is booted, and what it prints is kept, within bounds on time, output and memory."""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from specgen.kernel.guests import Guests
from specgen.kernel.machines import Machine

_TICK = 0.1  # seconds between two looks at the clock
_QUIET = 1.0  # seconds for the last words of a machine that has ended

ENDED = "ended"
TIMED_OUT = "timed out"
CUT = "cut"
STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a machine may take.

    Args:
        seconds: from start to end, by the clock on the wall.
        guest_seconds: for the program, by the guest's clock: then the guest itself says that it hangs, and where.
        for_each: seconds more for each test of a boot that runs several.
        output: bytes.
        memory: mebibytes that the guest believes to have.
    """

    seconds: float = 60.0
    guest_seconds: int = 300
    for_each: float = 5.0
    output: int = 4 * 2**20
    memory: int = 256


@dataclass(frozen=True, slots=True)
class Console:
    """What a machine has printed, and how it came to an end.

    Args:
        lines: without what ends them.
        ended: by itself (``ended``), by the bound on time (``timed out``) or output (``cut``), or as this process
            was to end (``stopped``).
        code: as a shell has it: above 128 for a signal; means nothing unless it ended by itself.
        why: the bound in words; empty if it ended by itself.
    """

    lines: tuple[str, ...]
    ended: str = ENDED
    code: int = 0
    seconds: float = 0.0
    why: str = ""

    @classmethod
    def of(cls, text: str) -> Console:
        """Of a text that was kept."""
        return cls(split(text))


def split(text: str) -> tuple[str, ...]:
    """Lines, whichever way they end; an empty last one is none."""
    lines = [line.strip("\r").replace("\0", "") for line in text.split("\n")]
    return tuple(lines[:-1] if lines and not lines[-1] else lines)


@dataclass(frozen=True, slots=True)
class Job:
    """What a guest is to run.

    Args:
        program: name of a program of the archive.
        arguments: words without commas or spaces.
    """

    initramfs: Path
    program: str
    arguments: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0


def boot(machine: Machine, job: Job, limits: Limits, guests: Guests, stop: threading.Event | None = None) -> Console:
    """Runs a job and waits for its end, or for a bound.

    Args:
        stop: when it is set the machine is ended at once.

    Raises:
        OSError: it cannot be started.
    """
    started = time.monotonic()
    for word in job.arguments:
        assert not set(word) & set(" ,\"'"), word
    words = machine.words(job.initramfs, _told(machine, job, limits), limits.memory)
    seen = _Seen()
    with guests.guest(words, machine.environment(limits.memory)) as process:
        ended, why = _watch(process, seen, limits, started, stop or threading.Event())
        code = _code(process) if ended == ENDED else 0
    text = b"".join(seen.pieces)[: limits.output].decode("utf-8", "replace")
    return Console(split(text), ended, code, time.monotonic() - started, why)


def _told(machine: Machine, job: Job, limits: Limits) -> Sequence[str]:
    """For the first process of the guest, which finds them in its environment."""
    told = [f"SPECGEN_PROGRAM=/tests/{job.program}", f"SPECGEN_LIMIT={limits.guest_seconds}"]
    told += [f"SPECGEN_ARGS={','.join(job.arguments)}"] if job.arguments else []
    return [*told, *machine.told]


def _watch(
    process: subprocess.Popen[bytes], seen: _Seen, limits: Limits, started: float, stop: threading.Event
) -> tuple[str, str]:
    """Reads until the machine has ended or a bound is reached."""
    assert process.stdout is not None
    gone: float | None = None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            ready = selector.select(_TICK)
            now = time.monotonic()
            if stop.is_set():
                return STOPPED, "the whole run was to end"
            if now - started > limits.seconds:
                return TIMED_OUT, f"the machine had not ended after {limits.seconds:g} s"
            if ready:
                piece = os.read(process.stdout.fileno(), 65536)
                if not piece:
                    selector.unregister(process.stdout)
                seen.pieces.append(piece)
                seen.size += len(piece)
                if seen.size > limits.output:
                    return CUT, f"it printed more than {limits.output >> 10:,} KiB"
            if gone is None and _has_ended(process):
                gone = now
            # whoever it left behind may still hold its output
            if gone is not None and (not selector.get_map() or (not ready and now - gone > _QUIET)):
                return ENDED, ""
            if not selector.get_map():
                time.sleep(_TICK / 10)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _code(process: subprocess.Popen[bytes]) -> int:
    status = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert status is not None
    return status.si_status if status.si_code == os.CLD_EXITED else 128 + status.si_status
