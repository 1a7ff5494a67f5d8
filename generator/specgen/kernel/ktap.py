"""What a test program says of its tests, in KTAP: as kselftest_harness.h of 6.1 and of later kernels writes it, or by
hand. A log may be cut anywhere, and the kernel's own messages stand between the lines.

Nothing is guessed: a line that is not whole says nothing, and what is missing is told by the plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_PLAN = re.compile(r"( *)1\.\.(\d{1,6})(?:\s+#\s*(SKIP.*))?\s*")
_RESULT = re.compile(r"( *)(not ok|ok) (\d{1,6})(?:\s+(.*))?")
_DIRECTIVE = re.compile(r"(?:^|\s)#\s*(SKIP|XFAIL|XPASS|TODO|TIMEOUT|error)\b[ :]*(.*)", re.IGNORECASE)
_RUN = re.compile(r"#\s+RUN\s+(\S+) \.\.\.")
_BAIL = re.compile(r"Bail out!\s*(.*)")
_ASSERTION = re.compile(r"# ([^\s:]+\.[ch]):(\d+):(\w+):(.*)")
_ENDED = re.compile(r"# (\w+): (Test (?:terminated|failed|exited|ended).*)")
_SUBTEST = re.compile(r" *# Subtest: .*")
_EXPECTED = "Expected "
_NOTES = 50  # lines of a test that are kept
_LONGEST = 500  # characters of a message

PASSED = "passed"
FAILED = "failed"
SKIPPED = "skipped"
HUNG = "hung"


@dataclass(frozen=True, slots=True)
class Test:
    """One result.

    Args:
        name: as ``fixture.variant.test``; a subtest's begins with the names of those above, each with a slash.
        status: passed, failed, skipped or hung.
        message: why: the assertion that failed, or the reason of a skip; may be empty.
        notes: what else it said.
        line: of the result in the log, from 1.
    """

    name: str
    status: str
    message: str = ""
    notes: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Ktap:
    """What a log says of tests.

    Args:
        planned: how many results there should be at the top; None where no plan is to be found.
        found: how many there are.
        running: the test that was begun and has no result; empty for none.
        bailed: why the program gave up; None if it did not.
        skipped: why the whole program was skipped; None if it was not.
        begun: names that were begun, with the line, in order.
    """

    planned: int | None = None
    found: int = 0
    tests: tuple[Test, ...] = ()
    running: str = ""
    running_notes: tuple[str, ...] = ()
    bailed: str | None = None
    skipped: str | None = None
    begun: tuple[tuple[str, int], ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every planned test has its one result."""
        return self.planned is not None and self.planned == self.found and self.bailed is None and not self.running


def parse(lines: Sequence[str]) -> Ktap:
    """Reads a log."""
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        reader.read(line, number)
    return reader.done()


class _Reader:
    """Takes lines one after another."""

    def __init__(self) -> None:
        self.planned: int | None = None
        self.skipped: str | None = None
        self.bailed: str | None = None
        self.running = ""
        self.notes: list[str] = []
        self.begun: list[tuple[str, int]] = []
        # results by depth: those of a test are told before its own
        self.waiting: dict[int, list[Test]] = {}
        self.top: list[Test] = []
        self.found = 0

    def read(self, line: str, number: int) -> None:
        if match := _RUN.match(line):
            self.running = match[1]
            self.notes = []
            self.begun.append((match[1], number))
        elif match := _PLAN.fullmatch(line):
            self._plan(match)
        elif match := _RESULT.fullmatch(line):
            self._result(match, number)
        elif match := _BAIL.match(line):
            self.bailed = match[1].strip()
        elif line.lstrip().startswith("not ok"):
            self.bailed = f"a result cannot be read: {line.strip()}"
        elif line.startswith("#") and not _SUBTEST.fullmatch(line) and len(self.notes) < _NOTES:
            self.notes.append(line)

    def _plan(self, match: re.Match[str]) -> None:
        if match[1]:
            return
        count = int(match[2])
        if self.planned is not None and self.planned != count:
            self.bailed = f"it planned {self.planned} tests, and then {count}"
        self.planned = count
        if match[3] is not None and count == 0:
            self.skipped = match[3][len("SKIP") :].strip() or "no reason given"

    def _result(self, match: re.Match[str], number: int) -> None:
        depth = len(match[1]) // 4
        passed, rest = match[2] == "ok", (match[4] or "").strip()
        directive = _DIRECTIVE.search(rest)
        name = rest[: directive.start()] if directive else rest
        name = name.strip().removeprefix("- ").strip()
        if not depth and not name:
            name = self.running  # 6.1 does not name what it skips
        status, message = _verdict(passed, directive)
        own = not depth and self.running in ("", name)
        if status != PASSED and own and not message:
            message = _why(self.notes)
        if status == FAILED and _timed_out(self.notes if own else ()):
            status = HUNG
        test = Test(name or f"test {match[3]}", status, message[:_LONGEST], tuple(self.notes) if own else (), number)
        below = [each for level in sorted(self.waiting) if level > depth for each in self.waiting.pop(level)]
        tests = [replace(each, name=f"{test.name}/{each.name}") for each in below] or [test]
        if below and test.status == FAILED and all(each.status in (PASSED, SKIPPED) for each in below):
            tests.append(test)
        if depth:
            self.waiting.setdefault(depth, []).extend(tests)
            return
        self.top += tests
        self.found += 1
        if own:
            self.running = ""
        self.notes = []

    def done(self) -> Ktap:
        notes = tuple(self.notes) if self.running else ()
        left = tuple(test for level in sorted(self.waiting) for test in self.waiting[level])
        bailed = "a test ends before the one that it belongs to" if left and self.bailed is None else self.bailed
        return Ktap(
            self.planned,
            self.found,
            (*self.top, *left),
            self.running,
            notes,
            bailed,
            self.skipped,
            tuple(self.begun),
        )


def _verdict(passed: bool, directive: re.Match[str] | None) -> tuple[str, str]:
    """A status and, where there is a directive, what it says."""
    if directive is None:
        return (PASSED if passed else FAILED), ""
    word, text = directive[1].upper(), directive[2].strip()
    if word == "SKIP":
        return SKIPPED, text
    if word == "TIMEOUT":
        return HUNG, text
    if word in ("XFAIL", "TODO"):
        return PASSED, f"expected to fail: {text}" if text else "expected to fail"
    if word == "XPASS":
        return FAILED, f"passes, and was expected to fail: {text}".rstrip(": ")
    return (PASSED if passed else FAILED), text


def _timed_out(notes: Sequence[str]) -> bool:
    return any(match and "by timeout" in match[2] for match in map(_ENDED.match, notes))


def message_of(notes: Sequence[str]) -> str:
    """What a test that never ended had said against itself; empty for nothing."""
    return _why(notes)[:_LONGEST]


def _why(notes: Sequence[str]) -> str:
    """The assertion that failed first, with what it adds in the program's own words; else how the test ended."""
    said = [match for match in map(_ASSERTION.match, notes) if match]
    for index, match in enumerate(said):
        if match[4].startswith(_EXPECTED):
            place = (match[1], match[2])
            more = [each[4].strip() for each in said[index + 1 :] if (each[1], each[2]) == place]
            own = [text for text in more if not text.startswith(_EXPECTED)][:1]
            return " -- ".join([*own, match[4].strip()])
    for note in reversed(notes):
        if ended := _ENDED.match(note):
            last = f": {said[-1][4].strip()}" if said else ""
            return ended[2] + last
    return said[-1][4].strip() if said else ""


_LIST_HEAD = ["#", "FIXTURE", "VARIANT", "TEST"]
_NAME_COLUMNS, _VARIANT_COLUMNS = 20, 25


def listed(lines: Sequence[str]) -> list[str] | None:
    """The tests that a program has, from what it prints for ``-l``; None if it prints no such list.

    A row has a fixture, a variant and a test, in columns; where the fixture is left out it is the one above. Variants
    and tests of a fixture stand beside one another, and each goes with each.
    """
    start = next((number for number, line in enumerate(lines) if line.split() == _LIST_HEAD), None)
    if start is None:
        return None
    found: list[str] = []
    for fixture, variants, tests in _fixtures(lines[start + 1 :]):
        for variant in variants or [""]:
            found += [".".join(filter(None, (fixture, variant, test))) for test in tests]
    return list(dict.fromkeys(found))


def _fixtures(lines: Sequence[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    fixture, variants, tests = "", list[str](), list[str]()
    for line in lines:
        if line.startswith(("---", "#")) or not line.strip():
            continue
        if not re.fullmatch(r"[\w ]+", line):
            break
        name = line.split(" ", 1)[0]
        if name:
            if fixture:
                yield fixture, variants, tests
            fixture, variants, tests = name, [], []
        rest = line[max(len(name), _NAME_COLUMNS) + 1 :]
        variant = rest.split(" ", 1)[0]
        test = rest[max(len(variant), _VARIANT_COLUMNS) + 1 :].strip()
        variants += [variant] if variant else []
        tests += [test] if test else []
    if fixture:
        yield fixture, variants, tests
