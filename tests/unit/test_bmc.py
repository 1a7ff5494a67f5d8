"""Z3 unrolling: the shortest findings of every kind, bounds said as bounds, and level sizes by all solutions."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from specgen.engines import bmc, explicit
from specgen.engines.properties import keys
from specgen.engines.solutions import level_sizes
from specgen.engines.verdict import Limits, Outcome, Run
from specgen.trace.replay import replay

from .core_systems import BOOL, Builder, enum, integer, ublk
from .random_systems import brute_force, random_system


def word(run: Run, name: str) -> Outcome:
    """The outcome of that name; its trace must be a behaviour that ends as it claims."""
    found = [o for o in run.outcomes if o.name == name]
    assert len(found) == 1, [o.name for o in run.outcomes]
    outcome = found[0]
    if outcome.trace is not None:
        assert replay(outcome.trace, deadlock=outcome.kind == "deadlock") is None
        assert outcome.trace.depth == outcome.depth
    return outcome


def said(run: Run, name: str) -> tuple[str, bool, int | None]:
    outcome = word(run, name)
    assert (outcome.trace is not None) == (outcome.verdict in ("violated", "reached"))
    return outcome.verdict, outcome.complete, outcome.depth


def chain(last: int = 5) -> Builder:
    """A counter that steps up to ``last``."""
    b = Builder()
    n = b.var("n", integer(0, last))
    b.action("up", [b.t.lt(n, b.t.const(last))], {"n": b.t.add(n, b.t.const(1))})
    b.terminal = b.is_("n", last)
    return b


# ---------------------------------------------------------------- the benchmark model


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_benchmark_shortest_violations(n: int) -> None:
    only = [("invariant", "safe")]
    assert said(bmc.run(ublk(n, 1, "naive"), Limits(), only), "safe") == ("violated", True, n + 7)
    assert said(bmc.run(ublk(n, 1, "naive", "ctx"), Limits(), only), "safe") == ("violated", True, 2 * n + 7)


@pytest.mark.parametrize("n", [1, 2])
def test_benchmark_deep_violation(n: int) -> None:
    run = bmc.run(ublk(n, 2, "late", "ctx"), Limits(depth=40), [("invariant", "safe")])
    assert said(run, "safe") == ("violated", True, 4 * n + 14)
    assert run.depth == 4 * n + 14  # everything is decided: no need to go on


@pytest.mark.parametrize("n", [1, 2, 3])
def test_benchmark_without_violation(n: int) -> None:
    run = bmc.run(ublk(n), Limits(depth=15))
    assert (run.engine, run.complete, run.depth, run.reason, run.states) == ("z3", False, 15, "depth", None)
    assert said(run, "safe") == ("holds", False, 15)


def test_level_sizes_of_the_benchmark_model() -> None:
    assert level_sizes(ublk(1), 40) == explicit.run(ublk(1), Limits()).levels


# ---------------------------------------------------------------- kinds of findings


def test_state_properties() -> None:
    b = chain()
    b.property("invariant", "positive", b.t.lt(b.t.const(0), b["n"]))
    b.property("invariant", "low", b.t.lt(b["n"], b.t.const(3)))
    b.property("cover", "four", b.is_("n", 4))
    b.property("cover", "never", b.t.and_(b.is_("n", 4), b.t.lt(b["n"], b.t.const(3))))
    run = bmc.run(b.build(), Limits(depth=7))
    assert said(run, "positive") == ("violated", True, 0)
    assert said(run, "low") == ("violated", True, 3)
    assert said(run, "four") == ("reached", True, 4)
    assert said(run, "never") == ("unreachable", False, 7)


def test_obligations() -> None:
    b = chain()
    b.action("hard", [b.is_("n", 2)], {}, asserts={"hard": b.t.false})
    b.action("soft", [b.is_("n", 1)], {}, checks={"soft": b.t.false})
    b.action("range", [b.is_("n", 3)], {}, in_range=(b.t.false,))
    b.action("twice", [b.is_("n", 0)], {}, one_effect=(b.t.false,))
    run = bmc.run(b.build(), Limits(depth=7))
    found = {name: said(run, name)[2] for name in ("hard", "soft", "in_range", "one_effect")}
    assert found == {"hard": 3, "soft": 2, "in_range": 4, "one_effect": 1}


def test_guards_without_value() -> None:
    b = chain()
    b.action("never", [b.t.false], {}, defined=(b.isnt("n", 3),))
    assert said(bmc.run(b.build(), Limits(depth=7)), "in_range") == ("violated", True, 4)


def test_the_shorter_of_two_in_range_findings_wins() -> None:
    b = chain()
    b.action("step", [b.is_("n", 2)], {}, in_range=(b.t.false,))
    b.property("in_range", "in_range", b.isnt("n", 2))
    assert said(bmc.run(b.build(), Limits(depth=7)), "in_range") == ("violated", True, 2)


def test_a_failing_assert_ends_the_path() -> None:
    b = chain()
    b.var("after", BOOL)
    b.action("go", [b.is_("n", 1)], {"after": 1}, asserts={"no": b.t.false})
    b.property("cover", "beyond", b["after"])
    assert said(bmc.run(b.build(), Limits(depth=7)), "beyond")[0] == "unreachable"


def test_deadlock() -> None:
    b = chain(3)
    assert said(bmc.run(b.build(), Limits(depth=7)), "deadlock") == ("holds", False, 7)
    b.terminal = b.t.false
    assert said(bmc.run(b.build(), Limits(depth=7)), "deadlock") == ("violated", True, 3)
    b.action("fail", [b.is_("n", 3)], {}, asserts={"no": b.t.false})
    assert said(bmc.run(b.build(), Limits(depth=7)), "deadlock") == ("holds", False, 7)


def test_actions_seen_enabled_are_not_dead() -> None:
    b = chain(3)
    b.action("fail", [b.is_("n", 3)], {}, asserts={"no": b.t.false})
    assert said(bmc.run(b.build(), Limits(depth=3)), "dead_action") == ("holds", True, 3)
    b.action("late", [b.is_("n", 3), b.is_("n", 2)], {})
    outcome = word(bmc.run(b.build(), Limits(depth=3)), "dead_action")
    assert (outcome.verdict, outcome.detail) == ("unknown", ("late was not enabled so far",))


def test_always_possible_is_not_z3s_to_say() -> None:
    b = chain()
    b.property("possible", "end", b.is_("n", 5))
    outcome = word(bmc.run(b.build(), Limits(depth=7)), "end")
    assert (outcome.verdict, outcome.complete, outcome.depth) == ("unknown", False, None)
    assert outcome.reason


def test_several_initial_states_and_odd_domains() -> None:
    b = Builder()
    x, e = b.var("x", integer(-3, 2), None), b.var("e", enum("a", "b", "c"), None)
    b.var("one", integer(5, 5), 5)
    b.init = b.t.and_(b.t.lt(x, b.t.const(0)), b.t.le(e, b.t.const(1)))
    b.action("up", [b.t.lt(x, b.t.const(2))], {"x": b.t.add(x, b.t.add(e, b.t.const(1)))})
    b.property("cover", "top", b.is_("x", 2))
    b.property("cover", "c", b.is_("e", "c"))
    system = b.build()
    run = bmc.run(system, Limits(depth=4))
    assert said(run, "top") == ("reached", True, 2)
    assert said(run, "c") == ("unreachable", False, 4)
    assert level_sizes(system, 9) == explicit.run(system, Limits()).levels


def test_no_action_and_no_initial_state() -> None:
    b = Builder()
    p = b.var("p", BOOL)
    b.property("cover", "p", p)
    assert said(bmc.run(b.build(), Limits(depth=3)), "p") == ("unreachable", False, 3)
    assert said(bmc.run(b.build(), Limits(depth=3)), "deadlock") == ("violated", True, 0)
    b.init = b.t.false
    assert said(bmc.run(b.build(), Limits(depth=3)), "deadlock") == ("holds", False, 3)


def test_random_systems_agree_with_the_interpreter() -> None:
    kinds: Counter[str] = Counter()
    for seed in range(60):
        system = random_system(seed)
        levels, _, found = brute_force(system)
        run = bmc.run(system, Limits(depth=4))
        for outcome in run.outcomes:
            if outcome.kind == "dead_action":
                continue
            verdict, complete, depth = said(run, outcome.name)
            expected = found.get((outcome.kind, outcome.name))
            if expected is not None and expected <= 4:
                assert (verdict in ("violated", "reached"), depth) == (True, expected), (seed, outcome.name)
                kinds[outcome.kind] += 1
            else:
                assert (verdict in ("holds", "unreachable"), complete, depth) == (True, False, 4), (seed, outcome.name)
        if sum(levels) < 30:
            assert list(level_sizes(system, len(levels))) == levels, seed
    assert min(kinds[k] for k in ("invariant", "assert", "check", "cover", "deadlock", "in_range")) > 2


# ---------------------------------------------------------------- limits


def test_findings_beyond_the_depth_are_not_said() -> None:
    b = chain()
    b.action("fail", [b.is_("n", 2)], {}, asserts={"behind": b.t.false})
    b.property("invariant", "low", b.t.lt(b["n"], b.t.const(3)))
    run = bmc.run(b.build(), Limits(depth=2))
    assert said(run, "behind") == ("holds", False, 2)
    assert said(run, "low") == ("holds", False, 2)
    assert run.reason == "depth"


def test_a_share_of_work_bounds_the_depth_the_same_way_every_time() -> None:
    first, second = (bmc.run(ublk(4), Limits(work=1_000_000)) for _ in range(2))
    assert (first.reason, first.depth) == ("depth", second.depth)
    assert 3 < first.depth < 20
    assert said(first, "safe") == ("holds", False, first.depth)
    assert bmc.run(ublk(4), Limits(work=1)).depth < first.depth


def test_a_timeout_says_how_far_it_got() -> None:
    start = time.monotonic()
    run = bmc.run(ublk(6, 2, "late", "ctx"), Limits(depth=60, seconds=1.5))
    assert time.monotonic() - start < 6
    assert run.reason == "timeout 1.5 s"
    verdict, complete, depth = said(run, "safe")
    assert (verdict, complete) == ("unknown", False)
    assert depth is not None
    assert 3 < depth == run.depth < 38


def test_memory() -> None:
    run = bmc.run(ublk(2), Limits(bytes=1 << 20))
    assert run.reason == "memory 1 MiB"
    assert word(run, "safe").verdict == "unknown"


def test_memory_is_watched_while_the_solver_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is passed only while a long check runs: the check must be stopped."""
    main = threading.current_thread()

    def resident() -> int:
        return 0 if threading.current_thread() is main else 1 << 40

    monkeypatch.setattr("specgen.engines.budget.resident_bytes", resident)
    run = bmc.run(ublk(7, 2, "late", "ctx"), Limits(depth=60, bytes=1 << 30), [("invariant", "safe")])
    assert run.reason == "memory 1 GiB"


def python(program: str) -> subprocess.CompletedProcess[str]:
    """Runs a program with the package and the tests on its path."""
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), str(root / "generator")])
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)


def test_an_interrupt_leaves_what_was_found() -> None:
    """As a process of its own: Ctrl-C reaches Z3 by a signal."""
    program = """
import os, signal, threading, time
from specgen.engines import bmc
from specgen.engines.verdict import Limits
from tests.unit.core_systems import ublk
threading.Timer(2.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
start = time.monotonic()
run = bmc.run(ublk(7, 2, "late"), Limits(depth=60))
print(run.reason, run.depth > 3, time.monotonic() - start < 8)
"""
    done = python(program)
    assert done.stdout.split() == ["interrupted", "True", "True"], done.stderr


def test_z3_is_loaded_only_when_it_runs() -> None:
    program = "import sys; import specgen.engines.combine; print('z3' in sys.modules)"
    done = python(program)
    assert done.stdout.strip() == "False", done.stderr


def test_every_key_has_an_outcome() -> None:
    system = ublk(1)
    assert [(o.kind, o.name) for o in bmc.run(system, Limits(depth=2)).outcomes] == list(keys(system))
