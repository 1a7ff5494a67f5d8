"""Limits of a run, watched: time, memory, and Ctrl-C."""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

from specgen.engines.verdict import Limits


class OutOfBudget(Exception):
    """A limit was reached; the message is the reason as verdicts show it."""


class Budget:
    """Starts its clock when made."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Wall seconds so far."""
        return time.monotonic() - self._start

    @property
    def remaining(self) -> float | None:
        """Wall seconds left, not below 0; None if there is no limit."""
        if self.limits.seconds is None:
            return None
        return max(0.0, self.limits.seconds - self.seconds)

    @property
    def timeout(self) -> str:
        """The reason when time is over."""
        return f"timeout {self.limits.seconds:g} s"

    def exceeded(self, more_bytes: int = 0) -> str:
        """Why the run must stop now, or an empty string.

        Args:
            more_bytes: memory that is about to be taken.
        """
        if self.limits.seconds is not None and self.seconds >= self.limits.seconds:
            return self.timeout
        if self.limits.bytes is not None and resident_bytes() + more_bytes > self.limits.bytes:
            return f"memory {bytes_text(self.limits.bytes)}"
        return ""

    def check(self) -> None:
        """Raises OutOfBudget when a limit is reached."""
        reason = self.exceeded()
        if reason:
            raise OutOfBudget(reason)


def bytes_text(count: int) -> str:
    """A number of bytes as people write it: ``2 GiB``."""
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} B"


def resident_bytes() -> int:
    """Memory of this process now; its peak where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
