"""Engines held against each other, traces replayed, expectations judged, verdicts put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from specgen.core.system import System
from specgen.engines import bmc, explicit
from specgen.engines.combine import InternalError, Plan, check, conclude
from specgen.engines.expect import as_expected, expected, expected_text
from specgen.engines.properties import keys, matches, select, unmatched
from specgen.engines.verdict import Key, Limits, Outcome, Report, Result, Run
from specgen.engines.words import engines_text, outcome_text, result_text, verdict_text
from specgen.language.document import Expectation

from .core_systems import BOOL, SPAN, Builder, integer, ublk


def system() -> System:
    """A counter to 5: an invariant that fails in 3, an assert that fails in 4, covers, and a dead action."""
    b = Builder()
    n = b.var("n", integer(0, 5))
    b.var("other", BOOL)
    b.action("up", [b.t.lt(n, b.t.const(5))], {"n": b.t.add(n, b.t.const(1))})
    b.action("use", [b.is_("n", 3)], {}, asserts={"no_uaf.use": b.t.false, "no_uaf.other": b.t.true})
    b.action("never", [b["other"]], {})
    b.terminal = b.is_("n", 5)
    b.property("invariant", "low", b.t.lt(n, b.t.const(3)))
    b.property("cover", "four", b.is_("n", 4))
    b.property("cover", "gone", b["other"])
    b.property("possible", "end", b.is_("n", 5))
    return b.build()


def result(report: Report, name: str) -> Result:
    found = [r for r in report.results if r.name == name]
    assert len(found) == 1, [r.name for r in report.results]
    return found[0]


def shown(report: Report, name: str) -> str:
    one = result(report, name)
    return f"{result_text(one)} {engines_text(one.engines)}"


def plan(engine: str = "auto", depth: int | None = 8, asked: Sequence[Key] | None = None) -> Plan:
    return Plan(engine, Limits(), Limits(depth=depth), asked)


def expect(name: str, word: str, depth: int | None = None) -> Expectation:
    return Expectation(name, SPAN, word, depth)


# ---------------------------------------------------------------- joint verdicts


def test_both_engines() -> None:
    report = check(system(), plan())
    assert {r.name: f"{result_text(r)} {engines_text(r.engines)}" for r in report.results} == {
        "low": "violated in 3 steps [explicit, z3]",
        "no_uaf.use": "violated in 4 steps [explicit, z3]",
        "no_uaf.other": "holds (all 6 states) [explicit; z3 to depth 8]",
        "four": "reached in 4 steps [explicit, z3]",
        "gone": "unreachable (all 6 states) [explicit; z3 to depth 8]",
        "end": "always possible (all 6 states) [explicit]",
        "deadlock": "holds (all 6 states) [explicit; z3 to depth 8]",
        "in_range": "holds (all 6 states) [explicit; z3 to depth 8]",
        "one_effect": "holds (all 6 states) [explicit; z3 to depth 8]",
        "dead_action.never": "violated (all 6 states) [explicit]",
    }
    assert [r.engine for r in report.runs] == ["explicit", "z3"]
    assert result(report, "low").trace is not None
    assert result(report, "no_uaf.other").masked == ("no_uaf.use",)
    assert result(report, "gone").masked == ("no_uaf.use",)
    assert result(report, "low").masked == ()


def test_one_engine() -> None:
    alone = check(system(), plan("z3"))
    assert shown(alone, "low") == "violated in 3 steps [z3]"
    assert shown(alone, "deadlock") == "no violation to depth 8 [z3]"
    assert shown(alone, "gone") == "not reached to depth 8 [z3]"
    assert shown(alone, "end") == "unknown (z3 looks only so many steps ahead) [z3]"
    assert result(alone, "dead_action").verdict == "unknown"
    assert [r.engine for r in alone.runs] == ["z3"]
    assert shown(check(system(), plan("explicit")), "low") == "violated in 3 steps [explicit]"


def test_the_deeper_bound_counts() -> None:
    bounded = Plan("auto", Limits(depth=1), Limits(depth=2))
    report = check(system(), bounded)
    assert shown(report, "low") == "no violation to depth 2 [z3; explicit to depth 1]"
    equal = check(system(), Plan("auto", Limits(depth=2), Limits(depth=2)))
    assert shown(equal, "low") == "no violation to depth 2 [explicit, z3]"


def test_a_stopped_engine_leaves_the_other_ones_bound() -> None:
    report = check(system(), Plan("auto", Limits(seconds=0.0), Limits(depth=2)))
    low = result(report, "low")
    assert (result_text(low), low.reason, low.as_expected) == ("no violation to depth 2", "timeout 0 s", None)
    assert result_text(result(report, "end")) == "unknown (timeout 0 s)"


def test_beside_a_complete_search_z3_gets_a_share_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bmc, "SHARE", 1)
    model = ublk(1)
    shared = check(model, Plan(asked=[("invariant", "safe")]))
    assert result(shared, "safe").engines == {"explicit": None, "z3": 0}
    for alone in (Plan("z3"), Plan(z3=Limits(depth=bmc.DEPTH)), Plan(explicit=Limits(depth=1))):
        full = check(model, replace(alone, asked=[("invariant", "safe")]))
        assert full.runs[-1].depth == bmc.DEPTH


def test_only_what_is_asked_for() -> None:
    asked = select(["no_uaf", "low"], keys(system()))
    report = check(system(), plan(asked=asked))
    assert [r.name for r in report.results] == ["low", "no_uaf.use", "no_uaf.other"]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_both_engines_on_the_benchmark_model(n: int) -> None:
    report = check(ublk(n, 1, "naive"), plan(depth=n + 7))
    assert shown(report, "safe") == f"violated in {n + 7} steps [explicit, z3]"
    fixed = check(ublk(n), plan(depth=8))
    states = {1: "120", 2: "744", 3: "5,034", 4: "36,252"}[n]
    assert shown(fixed, "safe") == f"holds (all {states} states) [explicit; z3 to depth 8]"


# ---------------------------------------------------------------- disagreement


def runs() -> tuple[Run, Run]:
    return explicit.run(system(), Limits()), bmc.run(system(), Limits(depth=8))


def changed(run: Run, name: str, **values: object) -> Run:
    """The run with another outcome for one property."""
    outcomes = tuple(replace(o, **values) if o.name == name else o for o in run.outcomes)  # type: ignore[arg-type]
    assert outcomes != run.outcomes
    return replace(run, outcomes=outcomes)


def test_agreement_is_no_error() -> None:
    conclude(system(), runs(), None)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("low", {"verdict": "holds", "trace": None, "complete": False, "depth": 8}),
        ("low", {"verdict": "holds", "trace": None, "complete": True, "depth": 8}),
        ("low", {"verdict": "unknown", "trace": None, "complete": False, "depth": 3}),
        ("low", {"depth": 4, "trace": None}),
        ("four", {"verdict": "unreachable", "trace": None, "complete": False, "depth": 4}),
        ("gone", {"verdict": "reached", "complete": True, "depth": 2}),
        ("deadlock", {"verdict": "violated", "complete": True, "depth": 2}),
    ],
)
def test_disagreement_is_an_internal_error_that_carries_both(name: str, values: dict[str, object]) -> None:
    ours, theirs = runs()
    with pytest.raises(InternalError, match="engines disagree") as caught:
        conclude(system(), (ours, changed(theirs, name, **values)), None)
    assert {run.engine for run, _ in caught.value.outcomes} == {"explicit", "z3"}
    assert {outcome.name for _, outcome in caught.value.outcomes} == {name}
    text = str(caught.value)
    assert "[explicit]" in text
    assert "[z3]" in text


@pytest.mark.parametrize(
    "values",
    [
        {"verdict": "holds", "trace": None, "complete": False, "depth": 2},
        {"verdict": "unknown", "trace": None, "complete": False, "depth": 2},
        {"verdict": "unknown", "trace": None, "complete": False, "depth": None},
    ],
)
def test_a_bound_below_the_finding_is_no_disagreement(values: dict[str, object]) -> None:
    ours, theirs = runs()
    report = conclude(system(), (ours, changed(theirs, "low", **values)), None)
    assert result(report, "low").verdict == "violated"
    assert result(report, "low").engines.get("z3", 2) == 2


def test_an_action_that_one_engine_saw_happen_is_not_dead() -> None:
    ours, theirs = runs()
    with pytest.raises(InternalError, match="never happen"):
        conclude(system(), (ours, changed(theirs, "dead_action", verdict="holds", complete=True)), None)


def test_a_trace_that_does_not_replay() -> None:
    ours, theirs = runs()
    trace = next(o.trace for o in theirs.outcomes if o.name == "low")
    assert trace is not None
    wrong = replace(trace, states=(*trace.states[:-1], (4, 0)))
    with pytest.raises(InternalError, match="does not replay: step 3: up leaves n at 3, not 4"):
        conclude(system(), (ours, changed(theirs, "low", trace=wrong)), None)
    with pytest.raises(InternalError, match="depth 7 of a trace with 3 steps"):
        conclude(system(), (ours, changed(theirs, "low", depth=7)), None)


# ---------------------------------------------------------------- expectations


def test_good_verdicts_are_expected_of_what_is_not_mentioned() -> None:
    assert expected(("cover", "c"), ()) == ("reached", None)
    assert expected(("possible", "p"), ()) == ("always possible", None)
    for kind in ("invariant", "assert", "check", "deadlock", "in_range", "one_effect", "dead_action"):
        assert expected((kind, "x"), ()) == ("holds", None)


def test_the_nearest_group_counts() -> None:
    given = (expect("no_uaf", "violated"), expect("no_uaf.a", "holds"), expect("no_uaf.a.b", "violated", 3))
    assert expected(("assert", "no_uaf.c"), given) == ("violated", None)
    assert expected(("assert", "no_uaf.a"), given) == ("holds", None)
    assert expected(("assert", "no_uaf.a.c"), given) == ("holds", None)
    assert expected(("assert", "no_uaf.a.b"), given) == ("violated", 3)
    assert expected(("assert", "no_uafx"), given) == ("holds", None)


@pytest.mark.parametrize(
    ("word", "depth", "verdict", "complete", "found", "answer"),
    [
        ("holds", None, "holds", True, 9, True),
        ("holds", None, "holds", False, 9, None),
        ("holds", None, "violated", True, 9, False),
        ("violated", None, "violated", True, 9, True),
        ("violated", 9, "violated", True, 9, True),
        ("violated", 8, "violated", True, 9, False),
        ("violated", None, "holds", True, 9, False),
        ("violated", None, "holds", False, 9, None),
        ("violated", 9, "holds", False, 9, False),
        ("violated", 10, "holds", False, 9, None),
        ("violated", 9, "unknown", False, None, None),
        ("reached", 4, "reached", True, 4, True),
        ("reached", None, "unreachable", True, 4, False),
        ("unreachable", None, "unreachable", True, 4, True),
        ("unreachable", None, "reached", True, 4, False),
        ("always possible", None, "holds", True, 4, True),
        ("always possible", None, "violated", True, 4, False),
        ("impossible", 4, "violated", True, 4, True),
        ("impossible", 5, "violated", True, 4, False),
        ("holds", None, "unknown", False, 4, None),
    ],
)
def test_as_expected(
    word: str, depth: int | None, verdict: str, complete: bool, found: int | None, answer: bool | None
) -> None:
    assert as_expected(word, depth, verdict, complete, found) is answer


def test_expectations_in_a_report() -> None:
    given = (expect("low", "violated", 3), expect("no_uaf", "violated", 9), expect("dead_action.never", "violated"))
    report = check(system(), plan(), given)
    assert (result(report, "low").expected, result(report, "low").as_expected) == ("violated in 3", True)
    assert (result(report, "no_uaf.use").expected, result(report, "no_uaf.use").as_expected) == ("violated in 9", False)
    assert result(report, "no_uaf.other").as_expected is False
    assert result(report, "dead_action.never").as_expected is True
    elsewhere = check(system(), plan(), given, declared=False)
    assert result(elsewhere, "no_uaf.use").as_expected is True


def test_an_action_that_should_be_dead_and_is_not() -> None:
    report = check(system(), plan(), (expect("dead_action.up", "violated"), expect("dead_action.never", "violated")))
    assert (result(report, "dead_action.up").verdict, result(report, "dead_action.up").as_expected) == ("holds", False)
    assert result(report, "dead_action.never").as_expected is True


def test_expected_text() -> None:
    assert expected_text("violated", 15) == "violated in 15"
    assert expected_text("impossible", 6) == "impossible after 6"
    assert expected_text("holds", None) == "holds"


# ---------------------------------------------------------------- names and words


def test_patterns() -> None:
    assert matches("no_uaf", "no_uaf.fallback")
    assert matches("no_uaf", "no_uaf")
    assert not matches("no_uaf", "no_uafx")
    assert matches("*_uaf.f*", "no_uaf.fallback")
    assert not matches("fallback", "no_uaf.fallback")
    every = keys(system())
    assert select([], every) == every
    assert [name for _, name in select(["no_uaf", "fo?r"], every)] == ["no_uaf.use", "no_uaf.other", "four"]
    assert select(["dead_action.never"], every) == (("dead_action", "dead_action"),)
    assert unmatched(["low", "hihg"], every) == ("hihg",)


def test_keys_are_in_the_order_of_the_table() -> None:
    assert [kind for kind, _ in keys(system())] == [
        *("invariant", "assert", "assert", "cover", "cover", "possible"),
        *("deadlock", "in_range", "one_effect", "dead_action"),
    ]


@pytest.mark.parametrize(
    ("kind", "verdict", "complete", "depth", "states", "reason", "text"),
    [
        ("assert", "holds", True, 4, 288, "", "holds (all 288 states)"),
        ("assert", "holds", True, 4, 7898, "", "holds (all 7,898 states)"),
        ("assert", "holds", True, 0, 1, "", "holds (all 1 state)"),
        ("assert", "holds", False, 12, None, "depth", "no violation to depth 12"),
        ("assert", "violated", True, 8, 288, "", "violated in 8 steps"),
        ("invariant", "violated", True, 1, None, "", "violated in 1 step"),
        ("cover", "reached", True, 5, 288, "", "reached in 5 steps"),
        ("cover", "unreachable", True, 5, 288, "", "unreachable (all 288 states)"),
        ("cover", "unreachable", False, 12, None, "depth", "not reached to depth 12"),
        ("possible", "holds", True, 12, 288, "", "always possible (all 288 states)"),
        ("possible", "violated", True, 6, 288, "", "impossible after 6 steps"),
        ("possible", "unknown", False, 9, None, "timeout 60 s", "unknown (timeout 60 s at depth 9)"),
        ("assert", "unknown", False, None, None, "timeout 60 s", "unknown (timeout 60 s)"),
        ("dead_action", "violated", True, None, 288, "", "violated (all 288 states)"),
        ("dead_action", "holds", True, 20, None, "", "holds"),
    ],
)
def test_verdicts_in_words(
    kind: str, verdict: str, complete: bool, depth: int | None, states: int | None, reason: str, text: str
) -> None:
    assert verdict_text(kind, verdict, complete, depth, states, reason) == text


def test_bounded_and_complete_verdicts_never_look_alike() -> None:
    words = {
        (kind, verdict, complete): verdict_text(kind, verdict, complete, 6, 6, "depth")
        for kind, verdict in (("assert", "holds"), ("cover", "unreachable"))
        for complete in (True, False)
    }
    assert len(set(words.values())) == 4
    assert not any("depth" in text for key, text in words.items() if key[2])
    assert not any("all" in text for key, text in words.items() if not key[2])


def test_engines_in_words() -> None:
    assert engines_text({"explicit": None, "z3": None}) == "[explicit, z3]"
    assert engines_text({"explicit": None, "z3": 20}) == "[explicit; z3 to depth 20]"
    assert engines_text({"z3": None, "explicit": 9}) == "[z3; explicit to depth 9]"
    assert engines_text({}) == ""


def test_one_outcome_in_words() -> None:
    run = Run("explicit", (), True, 4, 0.0, states=6)
    assert outcome_text(Outcome("assert", "a", "holds", True, 4), run) == "holds (all 6 states) [explicit]"
