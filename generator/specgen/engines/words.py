"""Verdicts in the words that people read. Bounded and complete results never look alike."""

from __future__ import annotations

from collections.abc import Mapping

from specgen.engines.verdict import Outcome, Result, Run


def result_text(result: Result) -> str:
    """The joint verdict without its engines: ``holds (all 288 states)``."""
    return verdict_text(result.kind, result.verdict, result.complete, result.depth, result.states, result.reason)


def outcome_text(outcome: Outcome, run: Run) -> str:
    """One engine's verdict, with the engine: ``violated in 8 steps [z3]``."""
    states = run.states if run.complete else None
    text = verdict_text(outcome.kind, outcome.verdict, outcome.complete, outcome.depth, states, outcome.reason)
    return f"{text} [{run.engine}]"


def verdict_text(kind: str, verdict: str, complete: bool, depth: int | None, states: int | None, reason: str) -> str:
    """A verdict in words.

    Args:
        depth: of the trace, or the depth covered.
        states: how many states a complete verdict rests on; None if it does not rest on having seen all.
    """
    if verdict == "violated":
        return _violated(kind, depth, states)
    if verdict == "reached":
        return f"reached in {_count(depth or 0, 'step')}"
    if verdict == "unknown":
        return _unknown(reason, depth)
    if not complete:
        nothing = "not reached" if verdict == "unreachable" else "no violation"
        return f"{nothing} to depth {depth}"
    word = "always possible" if kind == "possible" else verdict
    return word if states is None else f"{word} (all {_count(states, 'state')})"


def engines_text(engines: Mapping[str, int | None]) -> str:
    """Who said it: ``[explicit, z3]``, or ``[explicit; z3 to depth 20]``."""
    sure = [name for name, depth in engines.items() if depth is None]
    others = [f"{name} to depth {depth}" for name, depth in engines.items() if depth is not None]
    groups = [", ".join(sure)] if sure else []
    return f"[{'; '.join([*groups, *others])}]" if engines else ""


def _violated(kind: str, depth: int | None, states: int | None) -> str:
    if kind == "dead_action" or depth is None:
        return "violated" if states is None else f"violated (all {_count(states, 'state')})"
    if kind == "possible":
        return f"impossible after {_count(depth, 'step')}"
    return f"violated in {_count(depth, 'step')}"


def _unknown(reason: str, depth: int | None) -> str:
    if reason == "depth":
        return f"unknown (to depth {depth})"
    place = "" if depth is None else f" at depth {depth}"
    return f"unknown ({reason}{place})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
