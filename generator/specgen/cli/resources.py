"""What a run may take of the machine: processors and memory."""

from __future__ import annotations

import os


def jobs(asked: int | None, pieces: int) -> int:
    """How many workers a run has for some pieces of work: as many as asked for, or one a processor."""
    return max(1, min(asked or _processors(), pieces))


def memory(asked: int | None) -> int:
    """Bytes that a run may take: as many as asked for, or three quarters of what is free."""
    return _free_memory() * 3 // 4 if asked is None else asked


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_memory() -> int:
    """Bytes that processes could take now without swapping; 4 GiB where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123  # not a file of ours
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 4 * 2**30
