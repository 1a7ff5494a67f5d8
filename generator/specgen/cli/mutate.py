"""``specgen mutate``: how many faults of a spec its generated suite notices, and how many its properties."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.instance import Instance, instance
from specgen.cli.resources import jobs, memory
from specgen.cli.workers import Bounds, Pool, Stopped
from specgen.core.system import System
from specgen.engines.budget import bytes_text
from specgen.engines.verdict import Limits
from specgen.language.wording import plural
from specgen.report.diagnostics import render_diagnostic
from specgen.report.mutation import as_json, text
from specgen.testgen.build import LookAlikes, suites
from specgen.testgen.criteria import TooMany
from specgen.testgen.graph import TooLarge
from specgen.testgen.limits import told
from specgen.testgen.mutation.behaviour import Interface
from specgen.testgen.mutation.judging import Judge, Judged, Unfinished
from specgen.testgen.mutation.mutants import Mutant, mutants
from specgen.testgen.mutation.running import Script, scripts
from specgen.testgen.mutation.scores import Scores
from specgen.testgen.suite import CRITERIA, Suite
from specgen.trace.values import Json

BATCH = 12  # mutants that a worker judges before it says what it found


def run(options: argparse.Namespace, console: Console) -> int:
    """Judges all mutants of one revision and says what came out."""
    started = time.monotonic()
    tested = instance(options, console)
    system = tested.system()
    chosen = set(options.criteria) or set(tested.criteria)
    criteria = tuple(c for c in CRITERIA if c in chosen)
    whole = memory(options.memory)
    limits = Limits(seconds=options.timeout, bytes=whole)
    expectations = tested.spec.document.revision.expect
    try:
        made = suites(tested.revision, system, criteria, expectations, limits)
        all_scripts = scripts(made, Interface.of(system))
        judge = Judge(system, tested.constants, tested.spec.declared, expectations, all_scripts, limits)
    except (TooLarge, TooMany, Unfinished, LookAlikes) as error:
        found = told(error, tested.revision, tested.spec.document.revision.span)
        console.error(*render_diagnostic(found, console.error_style))
        return errors.WRONG_INPUT if found.code == "SG913" else errors.UNKNOWN
    return _Mutation(options, console, tested, system, made, all_scripts, judge, whole, started).run()


@dataclass(slots=True)
class _Mutation:
    options: argparse.Namespace
    console: Console
    tested: Instance
    system: System
    suites: Sequence[Suite]
    scripts: Sequence[Script]
    judge: Judge
    memory: int
    started: float
    mutants: Sequence[Mutant] = ()
    judged: dict[int, Judged] = field(default_factory=dict)

    def run(self) -> int:
        failing = self.judge.failing()
        if failing is not None:
            # the suite was made from this very system
            raise AssertionError(f"the test '{failing}' fails on the spec itself")
        self.mutants = mutants(self.tested.spec)
        code = errors.OK
        try:
            for _, answer in self._pool().run():
                if isinstance(answer, Stopped):
                    code = errors.UNKNOWN
                else:
                    self.judged.update(answer)
        except KeyboardInterrupt:
            code = errors.INTERRUPTED
        scores = Scores.of(self.mutants, self.judged)
        if scores.not_judged and code == errors.OK:
            code = errors.UNKNOWN
        self._tell(scores, code)
        return code

    def _pool(self) -> Pool[dict[int, Judged]]:
        batches = [range(k, min(k + BATCH, len(self.mutants))) for k in range(0, len(self.mutants), BATCH)]
        workers = jobs(self.options.jobs, len(batches))
        timeout: float | None = self.options.timeout
        deadline = None if timeout is None else self.started + timeout
        reason = "" if timeout is None else f"timeout {timeout:g} s"
        bounds = Bounds(deadline, reason, self.memory // workers, f"memory {bytes_text(self.memory)}")
        names = [self.mutants[batch[0]].name for batch in batches]
        return Pool(lambda k: self._batch(batches[k], deadline), names, workers, bounds, self._tick)

    def _batch(self, batch: range, deadline: float | None) -> dict[int, Judged]:
        """In a worker: what was found until it was over, or Ctrl-C, or time."""
        found: dict[int, Judged] = {}
        try:
            for at in batch:
                if deadline is not None and time.monotonic() > deadline:
                    break
                found[at] = self.judge.judge(self.mutants[at])
        except KeyboardInterrupt:
            return found
        return found

    def _tick(self, running: Sequence[str]) -> None:
        if running:
            elapsed = time.monotonic() - self.started
            total = plural(len(self.mutants), "mutant")
            self.console.progress(f"{len(self.judged)} of {total}, {elapsed:.0f} s; now {running[0]}")

    def _tell(self, scores: Scores, code: int) -> None:
        if self.options.format == "json":
            criteria_: list[Json] = [suite.criterion for suite in self.suites]
            head = {**self.tested.head(self.system), "criteria": criteria_}
            self.console.print(json.dumps(as_json(scores, head), indent=1, ensure_ascii=False))
        else:
            steps = plural(sum(len(script.steps) for script in self.scripts), "step")
            criteria = ", ".join(suite.criterion for suite in self.suites)
            tests = f"{plural(len(self.scripts), 'test')} with {steps} ({criteria})"
            self.console.print(*text(self.tested.heading, scores, tests, self.console.style))
        elapsed = f"{time.monotonic() - self.started:.1f} s"
        if code == errors.INTERRUPTED:
            self.console.error(f"interrupted after {elapsed}: {scores.not_judged} mutants not judged")
        elif scores.not_judged:
            self.console.error(f"stopped after {elapsed}: {scores.not_judged} mutants not judged")
