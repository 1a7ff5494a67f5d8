"""What many runs come to, test by test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from specgen.kernel.cache import Kernel
from specgen.kernel.judging import (
    BLIND,
    CRASHED,
    FAILED,
    HUNG,
    INCOMPLETE,
    PASSED,
    SKIPPED,
    STATUSES,
    Run,
)
from specgen.kernel.programs import Program
from specgen.kernel.reports import Finding
from specgen.kernel.running import Done

_WRONG = (CRASHED, FAILED, HUNG)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run says of one test.

    Args:
        test: empty where it is about the program as a whole.
        why: in words; empty for a test that passed.
        notes: what the test said beside its result.
    """

    program: str
    test: str
    turn: int
    status: str
    why: str = ""
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """All that was seen of one test.

    Args:
        status: the worst.
        counts: runs by status, worst first.
        why: of the first run with that status.
        findings: one of each kind, with the number of runs that it was in.
    """

    program: str
    test: str
    status: str
    counts: tuple[tuple[str, int], ...]
    why: str
    findings: tuple[tuple[Finding, int], ...]
    outcomes: tuple[Outcome, ...]

    @property
    def runs(self) -> int:
        return len(self.outcomes)

    @property
    def seconds(self) -> float:
        return sum(outcome.seconds for outcome in self.outcomes)

    @property
    def often(self) -> str:
        """``always``, or how many times of how many the status was seen."""
        count = dict(self.counts)[self.status]
        return "always" if count == self.runs else f"{count:,} of {self.runs:,} runs"


@dataclass(frozen=True, slots=True)
class Results:
    """All that was seen on one kernel.

    Args:
        complete: whether everything that was asked for was run.
    """

    kernel: Kernel
    programs: tuple[Program, ...]
    rows: tuple[Row, ...]
    seconds: float
    complete: bool = True

    @classmethod
    def of(
        cls, kernel: Kernel, programs: Sequence[Program], outcomes: Iterable[Outcome], seconds: float, *, complete: bool
    ) -> Results:
        """Sorted: by program as given, then by name of the test."""
        return cls(kernel, tuple(programs), tuple(_rows(programs, outcomes)), seconds, complete)

    @property
    def counts(self) -> Mapping[str, int]:
        """Tests by their worst status, worst first."""
        found = Counter(row.status for row in self.rows)
        return {status: found[status] for status in STATUSES if found[status]}

    @property
    def blind(self) -> bool:
        return any(row.status == BLIND for row in self.rows)

    @property
    def wrong(self) -> bool:
        """Whether a test has not passed that was run to its end."""
        return any(status in _WRONG for row in self.rows for status, _ in row.counts)

    @property
    def open(self) -> bool:
        """Whether something is not known."""
        return not self.complete or any(status == INCOMPLETE for row in self.rows for status, _ in row.counts)

    @property
    def ok(self) -> bool:
        """Whether everything passed, and could have failed."""
        return not (self.blind or self.wrong or self.open) and bool(self.rows)


def outcomes(done: Done) -> Iterator[Outcome]:
    """What a run says of each test that it was about."""
    run = done.run
    if run.asked:
        notes = next((test.notes for test in run.tests if test.name == run.asked), run.ktap.running_notes)
        notes += tuple(f"left behind: {task.name}" for task in run.frame.tasks if task.kind == "left")
        why = run.why.removeprefix(f"{run.asked}: ").removeprefix(run.asked)
        yield Outcome(run.program, run.asked, done.turn, run.status, why, run.findings, notes, run.seconds)
        return
    told = [*_finished(run, done.turn), *_broken(run, done.turn)]
    share = run.seconds / max(1, len(told))
    for each in told:
        yield Outcome(each.program, each.test, each.turn, each.status, each.why, each.findings, each.notes, share)
    if run.status not in (PASSED, SKIPPED) and not any(each.status == run.status for each in told):
        yield Outcome(run.program, "", done.turn, run.status, run.why, _of_nobody(run))
    elif not told:
        yield Outcome(run.program, "", done.turn, run.status, run.why)


def _finished(run: Run, turn: int) -> Iterator[Outcome]:
    """Tests of a program with a result that can be relied on."""
    for test in run.tests:
        if test.name in run.finished:
            yield Outcome(run.program, test.name, turn, test.status, test.message, (), test.notes)


def _broken(run: Run, turn: int) -> Iterator[Outcome]:
    """Tests during which the kernel reported something, or everything came to an end."""
    for name in dict.fromkeys(name for name, _ in run.ktap.begun):
        reports = tuple(finding for finding in run.findings if _during(run, finding) == name)
        if reports:
            status = CRASHED if any(finding.fatal for finding in reports) else FAILED
            yield Outcome(run.program, name, turn, status, reports[0].headline, reports, _notes(run, name))
        elif name == run.ktap.running and name not in run.finished and run.status in (HUNG, INCOMPLETE):
            yield Outcome(run.program, name, turn, run.status, run.why, (), _notes(run, name))


def _notes(run: Run, name: str) -> tuple[str, ...]:
    if name == run.ktap.running:
        return run.ktap.running_notes
    return next((test.notes for test in run.tests if test.name == name), ())


def _during(run: Run, finding: Finding) -> str:
    """The test that ran when the kernel reported something; empty for none."""
    begun = [name for name, line in run.ktap.begun if line < finding.line]
    return begun[-1] if begun else ""


def _of_nobody(run: Run) -> tuple[Finding, ...]:
    return tuple(finding for finding in run.findings if not _during(run, finding))


def _rows(programs: Sequence[Program], every: Iterable[Outcome]) -> Iterator[Row]:
    by_test: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in every:
        by_test.setdefault((outcome.program, outcome.test), []).append(outcome)
    order = {program.name: number for number, program in enumerate(programs)}
    for program, test in sorted(by_test, key=lambda key: (order.get(key[0], len(order)), key)):
        yield _row(program, test, sorted(by_test[program, test], key=lambda outcome: outcome.turn))


def _row(program: str, test: str, found: Sequence[Outcome]) -> Row:
    count = Counter(outcome.status for outcome in found)
    counts = tuple((status, count[status]) for status in STATUSES if count[status])
    worst = counts[0][0]
    why = next(outcome.why for outcome in found if outcome.status == worst)
    reports: dict[str, Finding] = {}
    times: Counter[str] = Counter()
    for outcome in found:
        for headline in dict.fromkeys(finding.headline for finding in outcome.findings):
            times[headline] += 1
        for finding in outcome.findings:
            reports.setdefault(finding.headline, finding)
    findings = tuple((finding, times[headline]) for headline, finding in reports.items())
    return Row(program, test, worst, counts, why, findings, tuple(found))
