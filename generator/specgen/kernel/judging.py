"""What one run of a machine comes to.

A log is believed by its frame: the first line of the guest's first process, which says that KASAN is there, and its
last, with the program's end. Whatever is missing makes the run worse, never better.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from specgen.kernel import ktap
from specgen.kernel.boot import CUT, STOPPED, TIMED_OUT, Console
from specgen.kernel.ktap import Ktap, Test
from specgen.kernel.reports import Finding, findings

PASSED = ktap.PASSED
FAILED = ktap.FAILED
SKIPPED = ktap.SKIPPED
HUNG = ktap.HUNG
CRASHED = "crashed"
BLIND = "blind"
INCOMPLETE = "incomplete"

# Worst first: of several that fit, the first counts.
STATUSES = (CRASHED, BLIND, HUNG, FAILED, INCOMPLETE, SKIPPED, PASSED)

_BEGIN = re.compile(r"specgen-init: begin kasan=(\w+) rcu=(\w+) release=(\S+) cpus=(\d+) program=(\S+)")
_END = re.compile(r"specgen-init: end exit=(\d+) signal=(\d+)")
_HUNG = re.compile(r"specgen-init: timeout after (\d+) s")
_TASK = re.compile(r"specgen-init: (task|left|unkillable) (\d+ \(.*\) \w)$")
_AT = re.compile(r"specgen-init:   at (?:\[<[^>]*>\] )?([\w.]+)\+0x")
_RCU_DEBUG = (6, 12)  # has SLUB_RCU_DEBUG, without which KASAN does not see what RCU frees
_SKIP_CODE = 4  # a program's exit code where it was skipped
_TAIL = 3  # lines of a log that ended without a word
_WAITING = re.compile(
    r"__switch_to|(?:__|io_|preempt_)?schedule\w*|wait_for_completion.*|(?:__)?(?:mutex|rwsem|down)_\w+.*"
)


@dataclass(frozen=True, slots=True)
class Task:
    """A task that was there when the program had ended, or when the guest gave up.

    Args:
        kind: ``task`` when it gave up, ``left`` by the program, or ``unkillable``.
        name: number, command and state, as ``17 (server) D``.
        stack: functions, innermost first.
    """

    kind: str
    name: str
    stack: tuple[str, ...]

    @property
    def waits_in(self) -> str:
        """The function that waits, rather than what lets it wait."""
        return next((name for name in self.stack if not _WAITING.fullmatch(name)), "")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the guest's first process says.

    Args:
        kasan: ``yes``, ``no`` or ``unknown``; empty where the first line is missing.
        rcu: whether KASAN sees what is freed after a grace period of RCU.
        end: exit code and signal of the program; None where the last line is missing.
        timeout: seconds after which the guest gave up; None if it did not.
        begin_line: of the log, from 1; 0 where it is missing.
        end_line: the same.
    """

    kasan: str = ""
    rcu: bool = False
    release: str = ""
    cpus: int = 0
    program: str = ""
    end: tuple[int, int] | None = None
    timeout: int | None = None
    tasks: tuple[Task, ...] = ()
    begin_line: int = 0
    end_line: int = 0

    @property
    def blind(self) -> str:
        """Why nothing can be concluded from silence; empty if it can."""
        if self.kasan != "yes":
            return {"no": "the kernel has no KASAN", "unknown": "whether the kernel has KASAN cannot be seen"}.get(
                self.kasan, "the kernel does not say whether it has KASAN"
            )
        numbers = re.match(r"(\d+)\.(\d+)", self.release)
        version = (int(numbers[1]), int(numbers[2])) if numbers else _RCU_DEBUG
        if version >= _RCU_DEBUG and not self.rcu:
            return "KASAN does not see what RCU frees, as the kernel is built without SLUB_RCU_DEBUG"
        return ""


@dataclass(frozen=True, slots=True)
class Run:
    """One boot, judged.

    Args:
        asked: the test that was to run; empty for the whole program.
        why: in words, unless it passed.
        findings: the kernel's reports.
    """

    program: str
    asked: str
    status: str
    why: str
    tests: tuple[Test, ...]
    findings: tuple[Finding, ...]
    frame: Frame
    ktap: Ktap
    console: Console

    @property
    def seconds(self) -> float:
        return self.console.seconds

    @property
    def finished(self) -> frozenset[str]:
        """Tests with a result that was there before anything else went wrong."""
        bad = min((finding.line for finding in self.findings), default=len(self.console.lines) + 1)
        whole = self.frame.begin_line and not self.frame.blind
        return frozenset(test.name for test in self.tests if test.line < bad and whole)


def judge(program: str, asked: str, expected: Sequence[str], console: Console) -> Run:
    """Judges what a machine printed.

    Args:
        expected: the tests that must have a result; empty where they are not known.
    """
    frame = frame_of(console.lines)
    said = ktap.parse(console.lines)
    reports = findings(console.lines)
    status, why = _status(frame, said, reports, console, expected)
    run = Run(program, asked, status, why, said.tests, reports, frame, said, console)
    if status == PASSED and len(said.tests) == 1 and said.tests[0].status == SKIPPED:
        return replace(run, status=SKIPPED, why=said.tests[0].message)
    return run


def frame_of(lines: Sequence[str]) -> Frame:
    """Reads the frame of a log."""
    frame = Frame()
    tasks: list[tuple[str, str, list[str]]] = []
    for number, line in enumerate(lines, 1):
        if "specgen-init:" not in line:
            continue
        if (match := _BEGIN.search(line)) and not frame.begin_line:
            frame = Frame(match[1], match[2] == "yes", match[3], int(match[4]), match[5], begin_line=number)
        elif match := _END.fullmatch(line):
            frame = replace(frame, end=(int(match[1]), int(match[2])), end_line=number)
        elif match := _HUNG.search(line):
            frame = replace(frame, timeout=int(match[1]))
        elif match := _TASK.search(line):
            tasks.append((match[1], match[2], []))
        elif (match := _AT.search(line)) and tasks:
            tasks[-1][2].append(match[1])
    return replace(frame, tasks=tuple(Task(kind, name, tuple(stack)) for kind, name, stack in tasks))


def _status(
    frame: Frame, said: Ktap, reports: Sequence[Finding], console: Console, expected: Sequence[str]
) -> tuple[str, str]:
    """The first thing that is wrong, worst first."""
    fatal = next((finding for finding in reports if finding.fatal), None)
    if fatal is not None:
        return CRASHED, fatal.headline
    if frame.begin_line and frame.blind:
        return BLIND, frame.blind
    if console.ended == STOPPED:
        return INCOMPLETE, console.why
    hung = _hung(frame, said, console)
    if hung:
        return HUNG, hung
    failed = _failed(frame, said, reports, expected)
    if failed:
        return FAILED, failed
    missing = _missing(frame, said, console, expected)
    if missing:
        return INCOMPLETE, missing
    if said.skipped is not None:
        return SKIPPED, said.skipped
    if said.tests and all(test.status == SKIPPED for test in said.tests):
        return SKIPPED, said.tests[0].message
    return PASSED, ""


def _hung(frame: Frame, said: Ktap, console: Console) -> str:
    if frame.timeout is not None:
        doing = f", {said.running} had not ended" if said.running else ""
        return f"the program had not ended after {frame.timeout} s of the guest's time{doing}{_stuck(frame, 'task')}"
    if any(task.kind == "unkillable" for task in frame.tasks):
        return f"there are tasks that cannot be killed{_stuck(frame, 'unkillable')}"
    if console.ended == TIMED_OUT:
        where = f"while {said.running} ran" if said.running else "before a test began"
        if frame.end is not None:
            where = "while it was switched off"
        elif not frame.begin_line:
            where = "before the kernel had come up"
        return f"{console.why}: {where}"
    test = next((test for test in said.tests if test.status == HUNG), None)
    return f"{test.name}: {test.message}" if test else ""


def _stuck(frame: Frame, kind: str) -> str:
    stuck = [f"{task.name} in {task.waits_in}" for task in frame.tasks if task.kind == kind and task.waits_in]
    return f": {', '.join(stuck[:4])}" if stuck else ""


def _failed(frame: Frame, said: Ktap, reports: Sequence[Finding], expected: Sequence[str]) -> str:
    test = next((test for test in said.tests if test.status == FAILED), None)
    if test is not None:
        return f"{test.name}: {test.message}" if test.message else test.name
    if reports:
        return reports[0].headline
    if frame.end is None:
        return ""
    code, number = frame.end
    last = f"; its last test was {said.running}" if said.running else ""
    if number:
        return f"the program was ended by signal {number}{last}"
    if said.bailed is not None:
        return f"the program gave up: {said.bailed or 'no reason given'}"
    if not said.begun and not said.tests and code not in (0, _SKIP_CODE):
        return f"the program ended with {code} and no result"
    if code not in (0, _SKIP_CODE):
        return f"the program ended with {code}, though no test failed{last}"
    absent = [name for name in expected if name not in {test.name for test in said.tests}]
    if absent and said.skipped is None:
        return f"the program ended and gave no result of {absent[0]}"
    return ""


def _missing(frame: Frame, said: Ktap, console: Console, expected: Sequence[str]) -> str:
    if console.ended == CUT:
        return console.why
    if not frame.begin_line:
        return f"the kernel did not come up{_tail(console)}"
    if frame.end is None:
        return f"the machine ended without a word{_tail(console)}"
    if said.skipped is None and not said.whole:
        if said.planned is None:
            return "the program did not say how many tests it has"
        return f"the program planned {said.planned} results and gave {said.found}"
    if expected and said.skipped is None and len(said.tests) != len({test.name for test in said.tests}):
        return "two results have one name"
    if said.skipped is None and not said.tests:
        return "there is no test in the program"
    last = max((test.line for test in said.tests), default=0)
    if last > frame.end_line or frame.end_line < frame.begin_line:
        return "the log is not in order"
    return ""


def _tail(console: Console) -> str:
    last = [line.strip() for line in console.lines if line.strip()][-_TAIL:]
    how = f", code {console.code}" if console.code else ""
    return how + (f"; the last lines are: {' / '.join(last)}" if last else "; it printed nothing")
