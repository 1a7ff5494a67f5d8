"""Explicit search: counts, shortest findings of every kind, and what it says when something stops it."""

from __future__ import annotations

from collections import Counter

import pytest

from specgen.core.interpreter import Interpreter
from specgen.core.system import State, System
from specgen.engines import explicit, merge, search, tables
from specgen.engines.properties import keys
from specgen.engines.verdict import Limits, Outcome, Run
from specgen.trace.replay import replay

from .core_systems import BOOL, Builder, enum, integer, ublk, ublk_parts
from .random_systems import brute_force, random_system

FIXED = {
    1: (120, 181, 18, 58),
    2: (744, 1_350, 25, 338),
    3: (5_034, 10_678, 32, 2_176),
    4: (36_252, 88_246, 39, 15_014),
}


def word(run: Run, name: str) -> Outcome:
    """The outcome of that name; its trace must be a behaviour that ends as it claims."""
    found = [o for o in run.outcomes if o.name == name]
    assert len(found) == 1, [o.name for o in run.outcomes]
    outcome = found[0]
    if outcome.trace is not None:
        assert replay(outcome.trace, deadlock=outcome.kind == "deadlock") is None
        assert outcome.trace.depth == outcome.depth
    return outcome


def said(run: Run, name: str) -> tuple[str, int | None]:
    outcome = word(run, name)
    assert outcome.complete
    assert (outcome.trace is None) == (outcome.verdict in ("holds", "unreachable"))
    return outcome.verdict, outcome.depth if outcome.trace is not None else None


def labels(outcome: Outcome) -> list[str]:
    assert outcome.trace is not None
    return [outcome.trace.action(k).label for k in range(1, outcome.trace.depth + 1)]


# ---------------------------------------------------------------- the benchmark model


@pytest.mark.parametrize("n", FIXED)
def test_benchmark_counts(n: int) -> None:
    run = explicit.run(ublk(n), Limits())
    assert (run.states, run.edges, len(run.levels) - 1) == FIXED[n][:3]
    assert sum(run.levels) == run.states
    assert (run.initial, run.levels[0], run.complete, run.reason) == (1, 1, True, "")
    assert said(run, "safe") == ("holds", None)
    assert explicit.run(ublk(n, r=1), Limits()).states == FIXED[n][3]


@pytest.mark.parametrize("n", FIXED)
def test_benchmark_shortest_violations(n: int) -> None:
    assert said(explicit.run(ublk(n, 1, "naive"), Limits()), "safe") == ("violated", n + 7)
    assert said(explicit.run(ublk(n, 1, "naive", "ctx"), Limits()), "safe") == ("violated", 2 * n + 7)
    assert said(explicit.run(ublk(n, 2, "late", "ctx"), Limits()), "safe") == ("violated", 4 * n + 14)


@pytest.mark.parametrize("narrow", [0, 6, 12, 40])
def test_grouping_changes_nothing(narrow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide actions, filters and merged tables are ways to be fast; what is found is the same, trace and all."""
    system = ublk(3, 2, "late")
    expected = explicit.run(system, Limits())
    monkeypatch.setattr(tables, "NARROW", narrow)
    monkeypatch.setattr(tables, "PREFILTER", narrow // 2)
    monkeypatch.setattr(search, "REPLAN", (50, 500, 2000))
    run = explicit.run(system, Limits())
    assert (run.levels, run.edges, run.terminal) == (expected.levels, expected.edges, expected.terminal)
    assert run.outcomes == expected.outcomes


def test_merging_follows_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "REPLAN", (1000,))
    exploration = search.explore(ublk(4), (), search.Budget(Limits()))
    before = merge.Expander(exploration.tables)
    assert len(before.groups) == len(exploration.tables.locals)
    assert len(exploration.expander.groups) < len(before.groups)
    assert Counter(local for group in exploration.expander.groups for local in group) == Counter(
        exploration.tables.locals
    )


# ---------------------------------------------------------------- kinds of findings


def chain(last: int = 5) -> Builder:
    """A counter that steps up to ``last``."""
    b = Builder()
    n = b.var("n", integer(0, last))
    b.action("up", [b.t.lt(n, b.t.const(last))], {"n": b.t.add(n, b.t.const(1))})
    b.terminal = b.is_("n", last)
    return b


def run_of(b: Builder, limits: Limits | None = None) -> Run:
    return explicit.run(b.build(), limits or Limits())


def test_invariant_and_cover_at_the_start() -> None:
    b = chain()
    b.property("invariant", "positive", b.t.lt(b.t.const(0), b["n"]))
    b.property("cover", "zero", b.is_("n", 0))
    run = run_of(b)
    assert said(run, "positive") == ("violated", 0)
    assert said(run, "zero") == ("reached", 0)


def test_invariant_and_cover_on_the_way() -> None:
    b = chain()
    b.var("never", BOOL)
    b.property("invariant", "low", b.t.lt(b["n"], b.t.const(3)))
    b.property("cover", "four", b.is_("n", 4))
    b.property("cover", "gone", b["never"])
    run = run_of(b)
    assert said(run, "low") == ("violated", 3)
    assert said(run, "four") == ("reached", 4)
    assert said(run, "gone") == ("unreachable", None)


def test_assert_ends_the_path_and_check_does_not() -> None:
    for kind, reached in (("asserts", "unreachable"), ("checks", "reached")):
        b = chain()
        b.action("poke", [b.is_("n", 5)], {"n": 0}, **{kind: {"soft": b.t.false}})  # type: ignore[arg-type]
        b.var("after", BOOL)
        b.action("go", [b.is_("n", 5)], {"after": 1}, **{kind: {"fine": b.is_("n", 0, 1)}})  # type: ignore[arg-type]
        b.property("cover", "beyond", b["after"])
        run = run_of(b)
        assert said(run, "soft") == ("violated", 6)
        assert said(run, "fine") == ("violated", 6)
        assert word(run, "beyond").verdict == reached


def test_one_assert_on_several_actions_is_one_property() -> None:
    b = chain()
    b.action("late", [b.is_("n", 4)], {}, asserts={"uaf": b.t.false})
    b.action("early", [b.is_("n", 2)], {}, asserts={"uaf": b.t.false})
    run = run_of(b)
    assert said(run, "uaf") == ("violated", 3)
    assert labels(word(run, "uaf")) == ["up", "up", "early"]


def test_in_range_by_effect_by_guard_and_by_property() -> None:
    for place, depth in (("effect", 4), ("guard", 4), ("property", 3)):
        b = chain()
        wrong = b.isnt("n", 3)
        b.action(
            "step",
            [b.is_("n", 3)] if place == "effect" else [b.t.false],
            {},
            in_range=(wrong,) if place == "effect" else (),
            defined=(wrong,) if place == "guard" else (),
        )
        if place == "property":
            b.property("in_range", "in_range", wrong)
        assert said(run_of(b), "in_range") == ("violated", depth), place


def test_the_shorter_of_two_in_range_findings_wins() -> None:
    b = chain()
    b.action("step", [b.is_("n", 2)], {}, in_range=(b.t.false,))
    b.property("in_range", "in_range", b.isnt("n", 2))
    outcome = word(run_of(b), "in_range")
    assert (outcome.depth, labels(outcome)) == (2, ["up", "up"])


def test_one_effect() -> None:
    b = chain()
    b.action("both", [b.is_("n", 1)], {}, one_effect=(b.t.false,))
    assert said(run_of(b), "one_effect") == ("violated", 2)


def test_deadlock() -> None:
    b = chain()
    b.terminal = b.t.false
    run = run_of(b)
    assert said(run, "deadlock") == ("violated", 5)
    assert run.terminal == 1
    assert word(run, "deadlock").detail == ("up: g0 does not hold",)
    excused = run_of(chain())
    assert said(excused, "deadlock") == ("holds", None)
    assert excused.terminal == 1


@pytest.mark.parametrize("narrow", [0, 20])
def test_a_step_that_fails_is_no_deadlock(narrow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "NARROW", narrow)
    for how in ("assert", "guard"):
        b = chain()
        b.terminal = b.t.false
        if how == "assert":
            b.action("fail", [b.is_("n", 5)], {}, asserts={"no": b.t.false})
        else:
            b.action("fail", [b.t.false], {}, defined=(b.isnt("n", 5),))
        run = run_of(b)
        assert said(run, "deadlock") == ("holds", None), how
        assert run.terminal == 0


def test_always_possible() -> None:
    b = Builder()
    b.var("n", enum("start", "trap", "left", "right", "home"))
    for source, target in (
        ("start", "left"),
        ("left", "right"),
        ("right", "left"),
        ("right", "home"),
        ("home", "start"),
    ):
        b.action(f"{source}_{target}", [b.is_("n", source)], {"n": target})
    b.property("possible", "home", b.is_("n", "home"))
    assert said(run_of(b), "home") == ("holds", None)
    b.action("slip", [b.is_("n", "right")], {"n": "trap"})
    b.action("stay", [b.is_("n", "trap")], {})
    run = run_of(b)
    assert said(run, "home") == ("violated", 3)
    assert labels(word(run, "home")) == ["start_left", "left_right", "slip"]


def test_a_path_that_may_end_in_an_assert_is_no_hang() -> None:
    b = chain()
    b.var("saved", BOOL)
    b.action("save", [b.is_("n", 3)], {"saved": 1}, asserts={"no": b.t.false})
    b.property("possible", "saved", b["saved"])
    run = run_of(b)
    assert said(run, "no") == ("violated", 4)
    assert said(run, "saved") == ("violated", 4)  # past the crash, at 4, nothing saves it any more
    assert labels(word(run, "saved"))[-1] != "save"


@pytest.mark.parametrize("narrow", [0, 20])
def test_always_possible_in_the_benchmark_model(narrow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "NARROW", narrow)
    b = ublk_parts(2, 2, "naive")
    b.property("possible", "recovers", b.is_("rc", "done"))
    run = run_of(b)
    hopeless = hopeless_states(b.build())
    assert said(run, "recovers") == ("violated", min(hopeless.values()))
    trace = word(run, "recovers").trace
    assert trace is not None
    assert trace.states[-1] in hopeless
    assert len(hopeless) < (run.states or 0)


def hopeless_states(system: System) -> dict[State, int]:
    """By brute force: the states from which the last property can never hold again, with their depths."""
    interpreter = Interpreter(system)
    depths = dict.fromkeys(interpreter.initial_states(), 0)
    after: dict[State, list[State]] = {}
    queue = list(depths)
    for state in queue:
        after[state] = [s for _, s in interpreter.successors(state)]
        for s in after[state]:
            if s not in depths:
                depths[s] = depths[state] + 1
                queue.append(s)
    good = {s for s in depths if interpreter.holds(system.properties[-1].term, s)}
    while more := {s for s in depths if s not in good and any(t in good for t in after[s])}:
        good |= more
    return {s: d for s, d in depths.items() if s not in good}


def test_dead_actions_say_what_blocks_them() -> None:
    b = chain()
    b.action("twin", [b.is_("n", 0), b.t.false], {}, params=(("t", "0"),))
    b.action("twin", [b.is_("n", 5), b.is_("n", 4)], {}, params=(("t", "1"),))
    run = run_of(b)
    outcome = word(run, "dead_action.twin")
    assert (outcome.kind, outcome.verdict, outcome.complete) == ("dead_action", "violated", True)
    assert outcome.detail == ("twin(t=0): guard g1 is never true where g0 holds",)
    assert [o.name for o in run.outcomes if o.kind == "dead_action"] == ["dead_action.twin"]


def test_a_name_lives_if_one_instance_does() -> None:
    b = chain()
    b.action("twin", [b.t.false], {}, params=(("t", "0"),))
    b.action("twin", [b.is_("n", 4)], {}, params=(("t", "1"),))
    assert word(run_of(b), "dead_action").verdict == "holds"


def test_an_action_that_only_ever_fails_is_not_dead() -> None:
    b = chain()
    b.action("fail", [b.is_("n", 1)], {}, asserts={"no": b.t.false})
    assert word(run_of(b), "dead_action").verdict == "holds"


def test_self_loops_and_equal_steps_count_as_edges() -> None:
    b = Builder()
    b.var("p", BOOL)
    b.action("stay", [], {})
    b.action("set", [], {"p": 1})
    b.action("set_too", [], {"p": 1})
    run = run_of(b)
    assert (run.states, run.edges, run.levels, run.terminal) == (2, 6, (1, 1), 0)


def test_several_initial_states() -> None:
    b = Builder()
    x, y = b.var("x", integer(0, 3), None), b.var("y", integer(0, 3), None)
    b.init = b.t.eq(b.t.add(x, y), b.t.const(3))
    b.action("down", [b.t.lt(b.t.const(0), x)], {"x": b.t.sub(x, b.t.const(1))})
    b.terminal = b.is_("x", 0)
    b.property("cover", "nothing", b.t.and_(b.is_("x", 0), b.is_("y", 0)))
    run = run_of(b)
    assert (run.initial, run.states, run.levels) == (4, 10, (4, 3, 2, 1))
    assert said(run, "nothing") == ("reached", 3)


def test_no_initial_state_and_no_variable() -> None:
    b = chain()
    b.init = b.t.false
    b.property("cover", "zero", b.is_("n", 0))
    run = run_of(b)
    assert (run.states, run.initial, run.levels, run.complete) == (0, 0, (), True)
    assert said(run, "zero") == ("unreachable", None)
    empty = run_of(Builder())
    assert (empty.states, said(empty, "deadlock")) == (1, ("violated", 0))


def test_negative_domains_and_domains_of_one_value() -> None:
    b = Builder()
    x = b.var("x", integer(-4, -1), -4)
    one = b.var("one", integer(7, 7), 7)
    b.action("up", [b.t.lt(x, b.t.const(-1))], {"x": b.t.add(x, b.t.const(1)), "one": b.t.sub(one, b.t.const(0))})
    b.terminal = b.is_("x", -1)
    b.property("cover", "top", b.is_("x", -1))
    run = run_of(b)
    assert (run.states, said(run, "top")) == (4, ("reached", 3))


def test_only_what_is_asked_for_is_judged() -> None:
    b = chain()
    b.property("invariant", "low", b.t.lt(b["n"], b.t.const(3)))
    run = explicit.run(b.build(), Limits(), [("invariant", "low")])
    assert [o.name for o in run.outcomes] == ["low"]


def test_edges_are_those_of_the_interpreter() -> None:
    system = ublk(2)
    interpreter = Interpreter(system)
    steps = list(explicit.edges(system))
    assert len(steps) == len(set(steps)) == 1_350
    by_source: dict[tuple[int, ...], set[tuple[int, tuple[int, ...]]]] = {}
    for source, target, action in steps:
        by_source.setdefault(source, set()).add((action, target))
    for source, found in by_source.items():
        assert found == {(a.index, s) for a, s in interpreter.successors(source)}


@pytest.mark.parametrize("narrow", [0, 4, 20])
def test_random_systems_agree_with_the_interpreter(narrow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "NARROW", narrow)
    monkeypatch.setattr(search, "REPLAN", (5, 20))
    kinds: Counter[str] = Counter()
    for seed in range(150):
        system = random_system(seed)
        levels, edges, found = brute_force(system)
        run = explicit.run(system, Limits())
        assert (list(run.levels), run.edges) == (levels, edges), seed
        for outcome in run.outcomes:
            if outcome.kind == "dead_action":
                continue
            _, depth = said(run, outcome.name)
            assert depth == found.get((outcome.kind, outcome.name)), (seed, outcome.name)
            kinds[outcome.kind] += depth is not None
    assert min(kinds[k] for k in ("invariant", "assert", "check", "cover", "deadlock", "in_range", "one_effect")) > 3


# ---------------------------------------------------------------- limits


def test_depth_limit() -> None:
    b = chain()
    b.property("invariant", "two", b.t.lt(b["n"], b.t.const(2)))
    b.property("invariant", "three", b.t.lt(b["n"], b.t.const(3)))
    b.property("cover", "four", b.is_("n", 4))
    b.property("possible", "end", b.is_("n", 5))
    b.action("fail", [b.is_("n", 2)], {}, asserts={"behind": b.t.false})
    b.action("warn", [b.is_("n", 1)], {}, checks={"within": b.t.false})
    run = run_of(b, Limits(depth=2))
    assert (run.complete, run.reason, run.depth, run.levels, run.states) == (False, "depth", 2, (1, 1, 1), 3)
    assert (word(run, "two").verdict, word(run, "two").depth) == ("violated", 2)
    assert (word(run, "within").verdict, word(run, "within").depth) == ("violated", 2)
    for name, verdict in (("three", "holds"), ("behind", "holds"), ("four", "unreachable")):
        outcome = word(run, name)
        assert (outcome.verdict, outcome.complete, outcome.depth, outcome.reason) == (verdict, False, 2, "depth")
    assert word(run, "end").verdict == "unknown"
    assert word(run, "dead_action").verdict == "holds"


def test_a_depth_limit_that_is_not_needed() -> None:
    run = run_of(chain(), Limits(depth=5))
    assert (run.complete, run.reason) == (True, "")


def test_timeout_and_memory() -> None:
    for limits, reason in ((Limits(seconds=0.0), "timeout 0 s"), (Limits(bytes=1 << 20), "memory 1 MiB")):
        run = explicit.run(ublk(3), limits)
        assert (run.complete, run.reason) == (False, reason)
        outcome = word(run, "safe")
        assert (outcome.verdict, outcome.complete, outcome.reason) == ("unknown", False, reason)


def test_an_interrupt_leaves_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    system = ublk(3, 2, "late")
    expected = {o.name: o for o in explicit.run(system, Limits()).outcomes}
    found = expected["safe"].depth
    assert found is not None
    real, calls = search._sinks, 0  # type: ignore[attr-defined]

    def interrupting(*args: object) -> None:
        nonlocal calls
        calls += 1
        real(*args)
        if calls == found + 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(search, "_sinks", interrupting)
    run = explicit.run(system, Limits())
    assert (run.reason, run.complete, run.depth) == ("interrupted", False, found)
    assert word(run, "safe") == expected["safe"]
    assert (word(run, "in_range").verdict, word(run, "in_range").reason) == ("unknown", "interrupted")


def test_many_initial_states_obey_the_clock() -> None:
    b = Builder()
    for i in range(40):
        b.var(f"x{i}", BOOL, None)
    run = run_of(b, Limits(seconds=0.2))
    assert (run.complete, run.reason) == (False, "timeout 0.2 s")
    assert run.seconds < 5
    assert word(run, "deadlock").depth is None


def test_every_key_has_an_outcome() -> None:
    system = ublk(1)
    assert [(o.kind, o.name) for o in explicit.run(system, Limits()).outcomes] == list(keys(system))
