"""`make bench`: start-up and engines, as figures and ratios of one run. Never a test: machines differ and are noisy.

Everything is measured as whole processes, by what the operating system accounts to them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.bench.promela import model

ROOT = Path(__file__).resolve().parents[2]
SPEC = "spec/examples/ublk_bench.yaml"


class Cost(NamedTuple):
    """Of one process and its children: CPU seconds, and the peak memory of the largest in MiB."""

    cpu: float
    peak: float
    output: str


def measure(command: list[str], cwd: Path = ROOT) -> Cost:
    """Runs a command to its end."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=cwd, env=environment())
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        output.seek(0)
        return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.read())


def environment() -> dict[str, str]:
    """That of this process, without colour."""
    return {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT / "generator")}


def start_up(runs: int) -> None:
    """specgen against a Python that does nothing; the median of pairs."""
    python = sys.executable
    commands = {
        "python -c pass": [python, "-c", "pass"],
        "specgen --version": [python, "-m", "specgen", "--version"],
        "specgen explain SG401": [python, "-m", "specgen", "explain", "SG401"],
        "specgen check die_hard.yaml": [python, "-m", "specgen", "check", "spec/examples/die_hard.yaml"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            times[name].append(measure(command).cpu)
    print(f"start-up, CPU, median of {runs} runs in turn")
    base = statistics.median(times["python -c pass"][1:])
    for name, values in times.items():
        median = statistics.median(values[1:])
        print(f"  {name:30} {median * 1000:7.1f} ms  {median / base:5.1f} x bare Python")


def specgen(engine: str, revision: str, tags: int, *more: str) -> tuple[Cost, list[dict[str, object]]]:
    """One check of the benchmark model; the cost and the results."""
    command = [sys.executable, "-m", "specgen", "check", SPEC, "-r", revision, "-D", f"N={tags}", "--format", "json"]
    cost = measure([*command, "--engine", engine, "--jobs", "1", *more])
    start = cost.output.index("{")
    results: list[dict[str, object]] = json.loads(cost.output[start:])["results"]
    return cost, results


def spin(tags: int) -> tuple[Cost, int]:
    """Spin on the same model: translation, compilation and complete search; the cost and the states."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model.pml").write_text(model(tags, 2))
        script = "spin -a model.pml && cc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000"
        cost = measure(["sh", "-c", script], Path(folder))
        found = re.search(r"([0-9.e+]+) states, stored", cost.output)
        return cost, round(float(found.group(1))) if found else 0


def explicit(sizes: list[int]) -> None:
    """Complete search of the revision `fixed`, beside Spin where it is installed."""
    peer = shutil.which("spin") is not None and shutil.which("cc") is not None
    print("\ncomplete search, revision fixed, R=2: CPU of the whole process")
    if not peer:
        print("  (Spin is not installed: apt-get install spin gcc)")
    for tags in sizes:
        cost, results = specgen("explicit", "fixed", tags)
        states = max(int(str(r["states"])) for r in results)
        print(
            f"  N={tags}  specgen {states:9,} states  {cost.cpu:7.2f} s  {states / cost.cpu:9,.0f} states/s"
            f"  {cost.peak:6.0f} MiB"
        )
        if peer:
            other, counted = spin(tags)
            agree = "equal counts" if counted == states else f"COUNTS DIFFER: {counted}"
            ratio = cost.cpu / other.cpu
            print(
                f"       Spin    {counted:9,} states  {other.cpu:7.2f} s  {counted / other.cpu:9,.0f} states/s"
                f"  {other.peak:6.0f} MiB  {agree}; specgen takes {ratio:.2f} x Spin's CPU"
            )


def bounded() -> None:
    """Shortest violations by Z3 beside explicit search."""
    print("\nshortest violation, revision late, fallback_has_context: CPU of the whole process")
    for tags, depth in ((1, 18), (2, 22), (3, 26)):
        only = ("-p", "fallback_has_context")
        z3, said = specgen("z3", "late", tags, "--depth", str(depth), *only)
        search, also = specgen("explicit", "late", tags, *only)
        depths = {r["depth"] for r in (*said, *also) if r["name" if "name" in r else "property"] == only[1]}
        print(
            f"  N={tags}  depth {depths}  z3 {z3.cpu:6.2f} s {z3.peak:4.0f} MiB"
            f"  explicit {search.cpu:6.2f} s {search.peak:4.0f} MiB  ratio {z3.cpu / search.cpu:.1f}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9, help="runs of each start-up measurement")
    parser.add_argument("--largest", type=int, default=6, help="largest number of tags")
    options = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors")
    start_up(options.runs)
    explicit([n for n in (4, 5, 6) if n <= options.largest])
    bounded()
    return 0


if __name__ == "__main__":
    sys.exit(main())
