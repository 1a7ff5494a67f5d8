"""Logs of machines: printed by runs of ours on kernels with faults of ours, shortened."""

from __future__ import annotations

from pathlib import Path

from specgen.kernel.boot import ENDED, Console, split

LOGS = Path(__file__).parent / "logs"
NAMES = sorted(path.stem for path in LOGS.glob("*.log"))

BEGIN = "specgen-init: begin kasan=yes rcu=yes release=6.12.117 cpus=1 program=/tests/demo"
END = "specgen-init: end exit=0 signal=0"


def text(name):
    return (LOGS / f"{name}.log").read_text(encoding="utf-8")


def lines(name):
    return split(text(name))


def console(*said, ended=ENDED, code=0, why=""):
    return Console(tuple(said), ended, code, 0.5, why)
