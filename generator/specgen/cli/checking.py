"""What a worker does: checks one revision and returns plain data, text and JSON, ready to print."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from specgen.cli.errors import UsageError
from specgen.core.lower import lower
from specgen.core.system import System
from specgen.engines.combine import Plan, check
from specgen.engines.expect import expected, expected_text
from specgen.engines.properties import keys, select
from specgen.engines.verdict import Key, Limits, Report, Result
from specgen.language.names import did_you_mean
from specgen.language.typed import Spec
from specgen.report import json as report_json
from specgen.report.findings import Origin, render_finding, worth_showing
from specgen.report.style import Style
from specgen.trace.values import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """One revision, checked.

    Args:
        results: without their traces, which stay in the worker.
        findings: lines of each finding that is shown.
        json: one object a result; empty when text is wanted.
        traces: ITF objects by ``revision.property``; empty unless wanted.
    """

    results: tuple[Result, ...]
    findings: tuple[tuple[str, ...], ...] = ()
    json: tuple[Json, ...] = ()
    traces: Mapping[str, Json] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Systems:
    """The revisions of a spec, each lowered once, when it is first asked for; workers inherit what is there."""

    specs: Mapping[str, Spec]
    _made: dict[str, System] = field(default_factory=dict)

    def __getitem__(self, revision: str) -> System:
        if revision not in self._made:
            self._made[revision] = lower(self.specs[revision])
        return self._made[revision]


@dataclass(frozen=True, slots=True)
class Checking:
    """How revisions are checked.

    Args:
        asked: per revision the properties wanted; None for all.
        deadline: on the clock of ``time.monotonic``; ``timeout`` is what the user gave, in seconds.
        bytes: what one worker may take; ``memory`` is for all together.
        every_trace: render expected findings too.
        with_itf: make JSON and ITF objects.
    """

    systems: Systems
    origin: Origin
    asked: Mapping[str, frozenset[Key]] | None
    engine: str
    depth: int | None
    deadline: float | None
    timeout: float | None
    bytes: int
    memory: int
    every_trace: bool
    with_itf: bool
    style: Style

    def run(self, revision: str) -> Answer:
        """Lowers one revision, runs the engines, and renders what is to be shown."""
        spec, system = self.systems.specs[revision], self.systems[revision]
        asked = None if self.asked is None else self.asked[revision]
        expectations = spec.document.revision.expect
        report = check(system, self._plan(asked), expectations, declared=spec.declared)
        return self.answer(revision, system, report)

    def answer(self, revision: str, system: System, report: Report) -> Answer:
        """A report as plain data."""
        results = [self._own_words(replace(r, revision=revision)) for r in report.results]
        findings: list[tuple[str, ...]] = []
        objects: list[Json] = []
        traces: dict[str, Json] = {}
        for result in results:
            if worth_showing(result, every=self.every_trace):
                findings.append(tuple(render_finding(result, system, self.origin, self.style)))
            if self.with_itf:
                itf = None
                if result.trace is not None:
                    itf = report_json.itf(result.trace, result, self.origin)
                    name = f"{revision}.{result.name}"
                    traces[f"{name}.{result.kind}" if name in traces else name] = itf
                objects.append(report_json.result(result, system.constants, itf))
        plain = tuple(replace(result, trace=None) for result in results)
        return Answer(plain, tuple(findings), tuple(objects), traces, report.warnings)

    def _plan(self, asked: frozenset[Key] | None) -> Plan:
        left = None if self.deadline is None else max(0.05, self.deadline - time.monotonic())
        # with both engines each has half of the time: either may need all it can get
        share = left if left is None or self.engine != "auto" else left / 2
        limits = Limits(self.depth, share, self.bytes)
        return Plan(self.engine, limits, limits, asked)

    def _own_words(self, result: Result) -> Result:
        """Limits as the user gave them, not as they were shared out among workers and engines."""
        if result.reason.startswith("timeout") and self.timeout is not None:
            return replace(result, reason=f"timeout {self.timeout:g} s")
        if result.reason.startswith("memory"):
            from specgen.engines.budget import bytes_text  # noqa: PLC0415  # rare

            return replace(result, reason=f"memory {bytes_text(self.memory)}")
        return result


def out_of_bounds(checking: Checking, revision: str, reason: str) -> Answer:
    """What is said of a revision whose worker had to be stopped: nothing is known."""
    spec, system = checking.systems.specs[revision], checking.systems[revision]
    asked = keys(system) if checking.asked is None else checking.asked[revision]
    results = []
    for kind, name in keys(system):
        if (kind, name) in asked:
            word, depth = expected((kind, name), spec.document.revision.expect)
            results.append(
                Result(
                    revision=revision,
                    kind=kind,
                    name=name,
                    verdict="unknown",
                    complete=False,
                    depth=None,
                    engines={},
                    expected=expected_text(word, depth),
                    as_expected=None,
                    seconds=checking.timeout or 0.0,
                    states=None,
                    reason=reason,
                )
            )
    objects = [report_json.result(r, system.constants, None) for r in results] if checking.with_itf else []
    return Answer(tuple(results), json=tuple(objects), traces={})


def asked_keys(
    systems: Systems, revisions: Sequence[str], patterns: Sequence[str]
) -> dict[str, frozenset[Key]] | None:
    """Per revision the properties that patterns mean; None when there are no patterns.

    Raises:
        UsageError: a pattern means no property of any revision asked for.
    """
    if not patterns:
        return None
    every = {name: keys(systems[name]) for name in revisions}
    for pattern in patterns:
        if not any(select([pattern], found) for found in every.values()):
            names = list(dict.fromkeys(name for found in every.values() for _, name in found))
            advice = did_you_mean(pattern, names)
            raise UsageError(f"no property is called '{pattern}'", advice or f"there are {', '.join(names)}")
    return {name: frozenset(select(patterns, found)) for name, found in every.items()}
