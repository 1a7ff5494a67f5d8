"""Among all shortest traces the one that reads best is shown, and always the same one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from specgen.core.interpreter import Interpreter
from specgen.core.system import Action, State, System
from specgen.engines import explicit, tables
from specgen.engines.findings import key_of
from specgen.engines.verdict import Limits, Outcome
from specgen.trace.trace import Trace

from .core_systems import BOOL, Builder, ublk
from .random_systems import random_system


def tasks(*steps: tuple[str, str, str], shown: str | None = "mail") -> list[str]:
    """The trace that is chosen where some steps, each with actor and citation, may come in any order."""
    b = Builder()
    for name, actor, cited in steps:
        p = b.var(name, BOOL)
        b.action(name, [b.t.not_(p)], {name: 1}, actor=actor, cites=(("mail", cited),) if cited else ())
    b.property("cover", "all", b.t.and_(*(b[name] for name, _, _ in steps)))
    b.shown = shown
    run = explicit.run(b.build(), Limits(), [("cover", "all")])
    trace = run.outcomes[0].trace
    assert trace is not None
    return [trace.action(k).name for k in range(1, trace.depth + 1)]


def test_citations_in_order_come_before_all_else() -> None:
    assert tasks(("a", "x", "3"), ("b", "y", "1"), ("c", "x", "2")) == ["b", "c", "a"]


def test_citations_of_a_source_that_is_not_shown_do_not_count() -> None:
    assert tasks(("a", "x", "3"), ("b", "y", "1"), ("c", "x", "2"), shown=None) == ["a", "c", "b"]
    assert tasks(("a", "x", "3"), ("b", "y", "1"), ("c", "x", "2"), shown="book") == ["a", "c", "b"]


def test_citations_are_numbers() -> None:
    assert tasks(("a", "x", "10"), ("b", "x", "9"), ("c", "x", "100")) == ["b", "a", "c"]
    assert tasks(("a", "x", "9b"), ("b", "x", "9a")) == ["b", "a"]


def test_steps_without_citation_go_where_they_switch_least() -> None:
    assert tasks(("a", "y", "2"), ("b", "x", "1"), ("c", "x", ""), ("d", "y", "")) == ["b", "c", "a", "d"]


def test_few_switches_come_before_names() -> None:
    assert tasks(("a", "x", ""), ("b", "y", ""), ("c", "x", "")) == ["a", "c", "b"]


def test_names_then_parameters_decide_at_last() -> None:
    b = Builder()
    for value in ("2", "1"):
        b.var(value, BOOL)
        b.action("set", [b.t.not_(b[value])], {value: 1}, params=(("t", value),))
    b.property("cover", "all", b.t.and_(b["1"], b["2"]))
    trace = explicit.run(b.build(), Limits()).outcomes[0].trace
    assert trace is not None
    assert [trace.action(k).label for k in (1, 2)] == ["set(t=1)", "set(t=2)"]


def test_the_failing_step_counts_too() -> None:
    """Two steps fail the same assert at the same depth; the citation of the failing one decides."""
    b = Builder()
    p = b.var("p", BOOL)
    b.action("first", [b.t.not_(p)], {"p": 1}, cites=(("mail", "5"),))
    b.action("bad_early", [p], {}, cites=(("mail", "4"),), asserts={"uaf": b.t.false})
    b.action("bad_late", [p], {}, cites=(("mail", "9"),), asserts={"uaf": b.t.false})
    b.shown = "mail"
    outcome = next(o for o in explicit.run(b.build(), Limits()).outcomes if o.name == "uaf")
    assert outcome.trace is not None
    assert outcome.trace.action(2).name == "bad_late"


# ---------------------------------------------------------------- against all shortest traces


def judgement(system: System, states: tuple[State, ...], steps: tuple[int, ...]) -> tuple[object, ...]:
    """How well a trace reads, from the words of the design alone."""
    actions = [system.actions[s] for s in steps]
    late = sum(
        any(earlier > min(numbers(system, action)) for before in actions[:k] for earlier in numbers(system, before))
        for k, action in enumerate(actions)
        if numbers(system, action)
    )
    switches = sum(a.actor != b.actor for a, b in pairwise(actions))
    return late, switches, [(a.name, a.params) for a in actions], states[0]


def numbers(system: System, action: Action) -> list[int]:
    return [int(step) for source, step in action.cites if source == system.shown_citations]


def shortest(system: System, outcome: Outcome) -> Iterator[tuple[tuple[State, ...], tuple[int, ...]]]:
    """Every trace of the outcome's length that ends as it does; states up to where the last step starts or ends."""
    interpreter = Interpreter(system)
    assert outcome.depth is not None
    paths: list[tuple[tuple[State, ...], tuple[int, ...]]] = [((s,), ()) for s in interpreter.initial_states()]
    for depth in range(outcome.depth + 1):
        for states, steps in paths:
            if depth == outcome.depth and ends(interpreter, outcome, states[-1]):
                yield states, steps
            if depth + 1 == outcome.depth:
                for action in system.actions:
                    if any(key_of(o) == (outcome.kind, outcome.name) for o in interpreter.failing(states[-1], action)):
                        yield states, (*steps, action.index)
        paths = [
            ((*states, after), (*steps, action.index))
            for states, steps in paths
            for action, after in interpreter.successors(states[-1])
        ]
        if len(paths) > 20_000:
            return


def ends(interpreter: Interpreter, outcome: Outcome, state: State) -> bool:
    if outcome.kind == "deadlock":
        return interpreter.deadlocked(state)
    return any(
        interpreter.holds(p.term, state) == (p.kind == "cover")
        for p in interpreter.system.properties
        if (p.kind, p.name) == (outcome.kind, outcome.name)
    )


def same(trace: Trace, states: tuple[State, ...], steps: tuple[int, ...]) -> bool:
    return trace.steps == steps and trace.states[: len(states)] == states


@pytest.mark.parametrize("narrow", [0, 20])
def test_the_choice_is_the_best_of_all(narrow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "NARROW", narrow)
    choices: Counter[bool] = Counter()
    for seed in range(200, 320):
        system = random_system(seed)
        for outcome in explicit.run(system, Limits()).outcomes:
            if outcome.trace is None or not outcome.depth or outcome.depth > 5:
                continue
            every = list(shortest(system, outcome))
            best = min(every, key=lambda pair: judgement(system, *pair))
            assert same(outcome.trace, *best), (seed, outcome.name)
            choices[len(every) > 1] += 1
    assert choices[True] > 20


def test_the_same_trace_every_time() -> None:
    first, second = (explicit.run(ublk(3, 2, "late", "ctx"), Limits()) for _ in range(2))
    assert first.outcomes[0].trace is not None
    assert second.outcomes[0].trace is not None
    assert first.outcomes[0].trace.steps == second.outcomes[0].trace.steps
