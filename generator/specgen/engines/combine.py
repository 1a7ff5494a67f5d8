"""Several engines on one system, held against each other, and one joint verdict per property."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from specgen.core.system import System
from specgen.engines import bmc, explicit
from specgen.engines.expect import as_expected, expected, expected_text
from specgen.engines.properties import DEAD_ACTION, FATAL, keys
from specgen.engines.verdict import Key, Limits, Outcome, Report, Result, Run
from specgen.engines.words import outcome_text
from specgen.language.document import Expectation
from specgen.trace.replay import replay

FOUND = ("violated", "reached")


class InternalError(Exception):
    """Two engines contradict each other, or a trace is no behaviour: a defect of specgen, never a finding.

    Args:
        outcomes: what was said, with the runs that said it.
    """

    def __init__(self, message: str, outcomes: Sequence[tuple[Run, Outcome]]) -> None:
        lines = [message]
        for run, outcome in outcomes:
            lines.append(f"  {outcome.kind} {outcome.name}: {outcome_text(outcome, run)}")
            if outcome.trace is not None:
                steps = [outcome.trace.action(k).label for k in range(1, outcome.trace.depth + 1)]
                lines.append(f"    {', '.join(steps) or '(no step)'}")
        super().__init__("\n".join(lines))
        self.outcomes = tuple(outcomes)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which engines run, and how far.

    Args:
        engine: ``auto`` (both), ``explicit`` or ``z3``.
        explicit, z3: limits of each. Where ``z3.depth`` is None, z3 goes down to its default depth; beside a
            complete explicit search no further than :data:`specgen.engines.bmc.SHARE` takes it.
        asked: the properties wanted; None for all.
    """

    engine: str = "auto"
    explicit: Limits = field(default_factory=Limits)
    z3: Limits = field(default_factory=Limits)
    asked: Collection[Key] | None = None


def check(system: System, plan: Plan, expectations: Sequence[Expectation] = (), *, declared: bool = True) -> Report:
    """Runs the engines of a plan and judges every property asked for.

    Args:
        expectations: of the revision.
        declared: whether the constants are the declared ones; expected depths count only then.

    Raises:
        InternalError: engines disagree, or a trace does not replay.
    """
    started = time.monotonic()
    runs: list[Run] = []
    if plan.engine in ("auto", "explicit"):
        runs.append(explicit.run(system, plan.explicit, plan.asked))
    if plan.engine in ("auto", "z3") and not (runs and runs[0].reason == "interrupted"):
        asked = keys(system) if plan.asked is None else plan.asked
        # beside an explicit search z3 is spared what it can say only in part, and what takes it long
        alone = plan.engine == "z3"
        limits = plan.z3
        if runs and runs[0].complete and limits.depth is None and limits.work is None:
            limits = replace(limits, work=bmc.SHARE)
        runs.append(bmc.run(system, limits, [k for k in asked if alone or _for_z3(k)]))
    report = conclude(system, runs, plan.asked, expectations, declared=declared)
    return Report(report.revision, report.constants, report.results, report.runs, time.monotonic() - started)


def conclude(
    system: System,
    runs: Sequence[Run],
    asked: Collection[Key] | None,
    expectations: Sequence[Expectation] = (),
    *,
    declared: bool = True,
) -> Report:
    """What follows from several runs over one system; see :func:`check`."""
    for run in runs:
        _replay(run)
    said: dict[Key, list[tuple[Run, Outcome]]] = {}
    for run in runs:
        for outcome in run.outcomes:
            said.setdefault((outcome.kind, outcome.name), []).append((run, outcome))
    _agree_on_actions(said)
    _expected_dead(said, expectations)
    for outcomes in said.values():
        _agree(outcomes)
    order = _order(system, asked, said)
    violated = (name for kind, name in order if kind in FATAL and _is_violated(said[kind, name]))
    masked = tuple(dict.fromkeys([*violated, *(name for run in runs for name in run.ends)]))
    results = tuple(_result(system, key, said[key], expectations, declared, masked) for key in order)
    return Report(system.name, system.constants, results, tuple(runs), sum(r.seconds for r in runs))


def _is_violated(outcomes: list[tuple[Run, Outcome]]) -> bool:
    return any(outcome.verdict == "violated" for _, outcome in outcomes)


def _for_z3(key: Key) -> bool:
    return key[0] not in ("possible", "dead_action")


def _replay(run: Run) -> None:
    for outcome in run.outcomes:
        if outcome.trace is None:
            continue
        mismatch = replay(outcome.trace, deadlock=outcome.kind == "deadlock")
        if mismatch is None and outcome.trace.depth != outcome.depth:
            raise InternalError(
                f"{run.engine} says depth {outcome.depth} of a trace with {outcome.trace.depth} steps",
                [(run, outcome)],
            )
        if mismatch is not None:
            raise InternalError(f"a trace of {run.engine} does not replay: {mismatch}", [(run, outcome)])


def _agree(outcomes: list[tuple[Run, Outcome]]) -> None:
    for i, (run, one) in enumerate(outcomes):
        for other_run, other in outcomes[:i]:
            if _contradict(one, other) or _contradict(other, one):
                raise InternalError("engines disagree", [(other_run, other), (run, one)])


def _contradict(one: Outcome, other: Outcome) -> bool:
    if one.verdict not in FOUND or one.depth is None:
        return False
    if other.verdict in FOUND:
        return one.verdict != other.verdict or one.depth != other.depth
    if other.complete:
        return True
    return other.depth is not None and other.depth >= one.depth


def _agree_on_actions(said: dict[Key, list[tuple[Run, Outcome]]]) -> None:
    alive = [(r, o) for r, o in said.get(DEAD_ACTION, []) if o.verdict == "holds" and o.complete]
    dead = [
        (r, o)
        for key, outcomes in said.items()
        for r, o in outcomes
        if key[0] == "dead_action" and o.verdict == "violated"
    ]
    if alive and dead:
        raise InternalError("engines disagree on actions that never happen", [dead[0], alive[0]])
    if dead:
        # named dead actions say more than "unknown" for all of them
        said.pop(DEAD_ACTION, None)


def _expected_dead(said: dict[Key, list[tuple[Run, Outcome]]], expectations: Sequence[Expectation]) -> None:
    """An action that is expected to be dead and is not gets a result of its own: engines name only dead ones."""
    sure = [
        run
        for key, outcomes in said.items()
        for run, outcome in outcomes
        if key[0] == "dead_action" and outcome.complete
    ]
    for expectation in expectations:
        key = ("dead_action", expectation.property)
        if sure and expectation.property.startswith("dead_action.") and key not in said:
            said[key] = [(sure[0], Outcome(*key, "holds", True, sure[0].depth))]


def _order(system: System, asked: Collection[Key] | None, said: dict[Key, list[tuple[Run, Outcome]]]) -> list[Key]:
    order = []
    for key in keys(system):
        if asked is not None and key not in asked:
            continue
        if key in said:
            order.append(key)
        if key == DEAD_ACTION:
            order += [k for k in said if k[0] == "dead_action" and k != DEAD_ACTION]
    return order


def _result(
    system: System,
    key: Key,
    outcomes: list[tuple[Run, Outcome]],
    expectations: Sequence[Expectation],
    declared: bool,
    masked: tuple[str, ...],
) -> Result:
    run, best = max(outcomes, key=lambda pair: _weight(pair[1]))
    word, depth = expected(key, expectations)
    fits = as_expected(word, depth if declared else None, best.verdict, best.complete, best.depth)
    reasons = [o.reason for _, o in outcomes if o.reason and o.reason != "depth"] if not best.complete else []
    return Result(
        revision=system.name,
        kind=key[0],
        name=key[1],
        verdict=best.verdict,
        complete=best.complete,
        depth=best.depth,
        engines=_engines(outcomes, best),
        expected=expected_text(word, depth),
        as_expected=fits,
        seconds=sum(r.seconds for r, _ in outcomes),
        states=run.states if run.complete and best.complete else None,
        trace=best.trace,
        reason=reasons[0] if reasons else best.reason,
        detail=best.detail,
        masked=() if best.verdict in (*FOUND, "unknown") else masked,
    )


def _weight(outcome: Outcome) -> tuple[int, int, int]:
    # definite, with a trace to show; then the deepest bound; then the deepest unknown
    depth = -1 if outcome.depth is None else outcome.depth
    if outcome.complete:
        return (2, int(outcome.trace is not None), 0)
    return (int(outcome.verdict != "unknown"), depth, 0)


def _engines(outcomes: list[tuple[Run, Outcome]], best: Outcome) -> dict[str, int | None]:
    said: dict[str, int | None] = {}
    for run, outcome in outcomes:
        same = outcome.verdict == best.verdict and outcome.complete == best.complete
        if same and (best.complete or outcome.depth == best.depth):
            said[run.engine] = None
        elif outcome.depth is not None:
            said[run.engine] = outcome.depth
    return said
