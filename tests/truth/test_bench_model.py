"""The benchmark model: figures that TLC, Spin, rumur and NuSMV agree on."""

from __future__ import annotations

import pytest

from specgen.engines import bmc, explicit
from specgen.engines.verdict import Limits

from .models import example, outcome

# fixed, R=2: states, transitions, largest depth; R=1: states
FIXED = {
    1: (120, 181, 18, 58),
    2: (744, 1_350, 25, 338),
    3: (5_034, 10_678, 32, 2_176),
    4: (36_252, 88_246, 39, 15_014),
}
SIZES = pytest.mark.parametrize("n", FIXED)


@SIZES
def test_two_recoveries(n):
    run = explicit.run(example("ublk_bench", "fixed", N=n, R=2), Limits())
    states, transitions, depth, _ = FIXED[n]
    assert (run.states, run.edges, len(run.levels) - 1) == (states, transitions, depth)
    assert outcome(run, "fallback_has_command").verdict == "holds"
    assert outcome(run, "fallback_has_context").verdict == "holds"


@SIZES
def test_one_recovery(n):
    run = explicit.run(example("ublk_bench", "fixed", N=n, R=1), Limits())
    assert run.states == FIXED[n][3]


@SIZES
def test_naive(n):
    run = explicit.run(example("ublk_bench", "naive", N=n, R=1), Limits())
    assert outcome(run, "fallback_has_command").depth == n + 7
    assert outcome(run, "fallback_has_context").depth == 2 * n + 7


@SIZES
def test_late(n):
    run = explicit.run(example("ublk_bench", "late", N=n, R=2), Limits())
    assert outcome(run, "fallback_has_context").depth == 4 * n + 14


COMMAND, CONTEXT = ("invariant", "fallback_has_command"), ("invariant", "fallback_has_context")


@SIZES
def test_naive_by_z3(n):
    run = bmc.run(example("ublk_bench", "naive", N=n, R=1), Limits(depth=2 * n + 8), [COMMAND, CONTEXT])
    assert [(o.verdict, o.depth) for o in run.outcomes] == [("violated", n + 7), ("violated", 2 * n + 7)]


@pytest.mark.parametrize("n", [1, 2])
def test_late_by_z3(n):
    run = bmc.run(example("ublk_bench", "late", N=n, R=2), Limits(depth=4 * n + 15), [CONTEXT])
    assert [(o.verdict, o.depth) for o in run.outcomes] == [("violated", 4 * n + 14)]


@SIZES
def test_fixed_by_z3(n):
    run = bmc.run(example("ublk_bench", "fixed", N=n, R=1), Limits(depth=2 * n + 8), [COMMAND, CONTEXT])
    assert [(o.verdict, o.complete, o.depth) for o in run.outcomes] == [("holds", False, 2 * n + 8)] * 2
