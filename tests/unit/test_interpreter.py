"""The reference: what a step is, what fails, which states are initial, and which traces are behaviours."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from specgen.core.interpreter import Interpreter
from specgen.core.system import System
from specgen.trace.replay import replay
from specgen.trace.trace import Trace

from .core_systems import BOOL, Builder, integer, ublk


def counter(**options: object) -> System:
    """A counter from 0 to 3 that steps up below 3; ``options`` go to the action."""
    b = Builder()
    n = b.var("n", integer(0, 3))
    b.action("up", [b.t.lt(n, b.t.const(3))], {"n": b.t.add(n, b.t.const(1))}, **options)  # type: ignore[arg-type]
    b.terminal = b.is_("n", 3)
    b.property("invariant", "small", b.t.lt(n, b.t.const(2)))
    b.property("cover", "two", b.is_("n", 2))
    return b.build()


def test_effects_read_the_state_before() -> None:
    b = Builder()
    x, y = b.var("x", integer(0, 3), 1), b.var("y", integer(0, 3), 2)
    b.action("swap", [], {"x": y, "y": x})
    system = b.build()
    assert Interpreter(system).apply((1, 2), system.actions[0]) == (2, 1)


def test_a_value_outside_the_domain_leaves_the_old_one() -> None:
    b = Builder()
    x = b.var("x", integer(0, 3), 3)
    b.var("y", BOOL)
    b.action("up", [], {"x": b.t.add(x, b.t.const(1)), "y": 1})
    system = b.build()
    assert Interpreter(system).apply((3, 0), system.actions[0]) == (3, 1)


def test_obligations_count_only_where_guards_hold_unless_always() -> None:
    b = Builder()
    p, q = b.var("p", BOOL), b.var("q", BOOL)
    b.action("step", [p], {}, asserts={"fine": q}, defined=(b.t.or_(p, q),))
    system = b.build()
    interpreter, action = Interpreter(system), system.actions[0]
    assert [o.name for o in interpreter.failing((0, 0), action)] == ["in_range"]
    assert [o.name for o in interpreter.failing((1, 0), action)] == ["fine"]
    assert interpreter.failing((0, 1), action) == ()
    assert interpreter.step_kinds((0, 0)) == ("ends",)
    assert interpreter.step_kinds((0, 1)) == ("disabled",)
    assert interpreter.step_kinds((1, 1)) == ("happens",)
    assert not interpreter.enabled((0, 0), action)


def test_a_step_without_value_does_nothing() -> None:
    b = Builder()
    p = b.var("p", BOOL)
    b.action("step", [], {"p": 1}, defined=(p,))
    system = b.build()
    assert Interpreter(system).apply((0,), system.actions[0]) == (0,)


def test_a_failing_check_does_not_end_the_path() -> None:
    b = Builder()
    p = b.var("p", BOOL)
    b.action("step", [b.t.not_(p)], {"p": 1}, checks={"odd": p})
    system = b.build()
    interpreter = Interpreter(system)
    assert interpreter.failing((0,), system.actions[0])[0].name == "odd"
    assert [s for _, s in interpreter.successors((0,))] == [(1,)]


def test_a_failing_assert_ends_the_path_but_is_no_deadlock() -> None:
    system = counter(asserts={"low": Builder().t.false})
    interpreter = Interpreter(system)
    assert list(interpreter.successors((0,))) == []
    assert not interpreter.deadlocked((0,))


def test_deadlock_needs_no_enabled_action_and_no_terminal_predicate() -> None:
    system = counter()
    assert not Interpreter(system).deadlocked((3,))
    no_excuse = replace(system, terminal=Builder().t.false)
    assert Interpreter(no_excuse).deadlocked((3,))
    assert not Interpreter(no_excuse).deadlocked((2,))


# ---------------------------------------------------------------- initial states


def test_initial_states_are_those_that_init_allows() -> None:
    b = Builder()
    x, y, z = (b.var(n, integer(-1, 2), None) for n in "xyz")
    b.var("fixed", integer(0, 4), 3)
    b.init = b.t.and_(b.t.lt(x, y), b.t.or_(b.t.eq(y, z), b.t.eq(b.t.add(x, z), b.t.const(0))))
    system = b.build()
    expected = {(p, q, r, 3) for p, q, r in product(range(-1, 3), repeat=3) if p < q and (q == r or p + r == 0)}
    found = list(Interpreter(system).initial_states())
    assert set(found) == expected
    assert len(found) == len(expected)


def test_initial_states_without_free_variables() -> None:
    b = Builder()
    x = b.var("x", integer(0, 3), 2)
    b.init = b.t.eq(x, b.t.const(2))
    assert list(Interpreter(b.build()).initial_states()) == [(2,)]
    b.init = b.t.lt(x, b.t.const(2))
    assert list(Interpreter(b.build()).initial_states()) == []


def test_initial_states_of_a_count_do_not_blow_up() -> None:
    b = Builder()
    chosen = [b.var(f"x{i}", BOOL, None) for i in range(60)]
    total = b.t.const(0)
    for one in chosen:
        total = b.t.add(total, b.t.ite(one, b.t.const(1), b.t.const(0)))
    b.init = b.t.eq(total, b.t.const(1))
    tries = 0

    def count() -> None:
        nonlocal tries
        tries += 1

    found = list(Interpreter(b.build()).initial_states(count))
    assert len(found) == 60
    assert all(sum(state) == 1 for state in found)
    assert tries < 20_000


def test_enumeration_can_be_stopped() -> None:
    b = Builder()
    parity = b.t.false
    for i in range(40):
        x = b.var(f"x{i}", BOOL, None)
        parity = b.t.ite(parity, b.t.not_(x), x)
    b.init = parity

    class StopError(Exception):
        pass

    left = 1000

    def check() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise StopError

    with pytest.raises(StopError):
        list(Interpreter(b.build()).initial_states(check))


# ---------------------------------------------------------------- replay


def trace(system: System, states: list[tuple[int, ...]], failed: str | None = None) -> Trace:
    """A trace of the counter: its action over and over."""
    named = [*system.properties, *system.actions[0].obligations]
    found = next((p for p in named if p.name == failed), None)
    return Trace(system, tuple(states), (0,) * (len(states) - 1), found)


def test_a_behaviour_replays() -> None:
    assert replay(trace(counter(), [(0,), (1,), (2,)])) is None
    assert replay(trace(counter(), [(0,), (1,), (2,)], "small")) is None
    assert replay(trace(counter(), [(0,), (1,), (2,)], "two")) is None


@pytest.mark.parametrize(
    ("states", "failed", "step", "reason"),
    [
        ([(1,), (2,)], None, 0, "n starts as 0, not 1"),
        ([(0,), (2,)], None, 1, "up leaves n at 1, not 2"),
        ([(0,), (1,), (2,), (3,), (3,)], None, 4, "its guard g0 does not hold"),
        ([(0,), (7,)], None, 1, "outside its type"),
        ([(0,), (1, 1)], None, 1, "do not fit"),
        ([(0,), (1,)], "small", 1, "small holds in the last state"),
        ([(0,), (1,)], "two", 1, "two is not reached"),
    ],
)
def test_what_is_no_behaviour_says_where(
    states: list[tuple[int, ...]], failed: str | None, step: int, reason: str
) -> None:
    wrong = replay(trace(counter(), states, failed))
    assert wrong is not None
    assert (wrong.step, reason in wrong.reason) == (step, True), wrong


def test_a_trace_whose_lengths_do_not_fit() -> None:
    system = counter()
    wrong = replay(Trace(system, ((0,), (1,)), ()))
    assert wrong is not None
    assert "do not fit" in wrong.reason


def test_a_step_that_is_no_action() -> None:
    wrong = replay(Trace(counter(), ((0,), (1,)), (5,)))
    assert wrong is not None
    assert (wrong.step, wrong.reason) == (1, "there is no such action")


def test_a_first_state_that_init_refuses() -> None:
    b = Builder()
    x = b.var("x", integer(0, 3), None)
    b.init = b.t.lt(x, b.t.const(2))
    wrong = replay(Trace(b.build(), ((2,),), ()))
    assert wrong is not None
    assert "not an initial state" in wrong.reason


def test_a_failing_assert_may_only_be_the_last_step() -> None:
    b = Builder()
    low = b.t.lt(b.t.var(0, "int", 0, 3), b.t.const(1))
    system = counter(asserts={"low": low})
    good = trace(system, [(0,), (1,), (2,)], "low")
    assert replay(good) is None
    beyond = replay(trace(system, [(0,), (1,), (2,), (3,)], "low"))
    assert beyond is not None
    assert (beyond.step, "the path ends there" in beyond.reason) == (2, True)
    early = replay(trace(system, [(0,), (1,)], "low"))
    assert early is not None
    assert "does not fail low" in early.reason
    # the state behind a failing step was never reached, so it cannot be what violates an invariant
    masked = replay(trace(system, [(0,), (1,), (2,)], "small"))
    assert masked is not None
    assert "the path ends" in masked.reason


def test_a_claimed_deadlock() -> None:
    system = replace(counter(), terminal=Builder().t.false)
    end = trace(system, [(0,), (1,), (2,), (3,)])
    assert replay(end, deadlock=True) is None
    not_yet = replay(trace(system, [(0,), (1,)]), deadlock=True)
    assert not_yet is not None
    assert "not a deadlock" in not_yet.reason


@pytest.mark.parametrize(("n", "states", "edges", "depth"), [(1, 120, 181, 18), (2, 744, 1_350, 25)])
def test_benchmark_model(n: int, states: int, edges: int, depth: int) -> None:
    system = ublk(n)
    interpreter = Interpreter(system)
    levels = [set(interpreter.initial_states())]
    seen, steps = set(levels[0]), 0
    while levels[-1]:
        after = [s for state in levels[-1] for _, s in interpreter.successors(state)]
        steps += len(after)
        levels.append(set(after) - seen)
        seen |= levels[-1]
    assert (len(seen), steps, len(levels) - 2) == (states, edges, depth)
