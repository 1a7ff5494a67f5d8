"""One generator of a spec at work: suites in parallel, files compared with those on disk, and what came of it."""

from __future__ import annotations

import argparse
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import unified_diff
from pathlib import Path

from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.inputs import Loaded
from specgen.cli.resources import jobs, memory
from specgen.cli.workers import Bounds, Pool, Stopped
from specgen.core.lower import lower
from specgen.engines.budget import bytes_text
from specgen.engines.verdict import Limits
from specgen.language.source import Diagnostic, Span
from specgen.language.wording import plural, wrap
from specgen.report.diagnostics import render_diagnostic
from specgen.report.style import Style
from specgen.report.suite import render_suites, why_none
from specgen.testgen.build import LookAlikes, suites
from specgen.testgen.criteria import TooMany
from specgen.testgen.files import Change, File, Place, compare, write
from specgen.testgen.graph import TooLarge
from specgen.testgen.limits import told, too_large
from specgen.testgen.settings import Entry
from specgen.testgen.suite import Suite
from specgen.testgen.targets import Target
from specgen.testgen.vocabulary import Vocabulary, vocabulary

MOST_STATES = 300_000  # of a graph; nobody wants the tests of a larger one
MOST_FILES = 12  # that are named one by one when they are written


@dataclass(frozen=True, slots=True)
class Answer:
    """One revision, from a worker.

    Args:
        listing: its suites for people; empty unless asked for.
        unmet: goals that nothing meets.
        empty: criteria without a goal, and why where that is not plain.
        stopped: why there is no suite: a limit.
    """

    words: Vocabulary
    files: tuple[File, ...] = ()
    listing: tuple[str, ...] = ()
    tests: int = 0
    steps: int = 0
    unmet: int = 0
    empty: tuple[str, ...] = ()
    stopped: Diagnostic | None = None


@dataclass(slots=True)
class Generation:
    """One entry of the section ``generate``.

    Args:
        chosen: the criteria of each revision that is asked for.
        started: on the clock of ``time.monotonic``.
    """

    options: argparse.Namespace
    loaded: Loaded
    entry: Entry
    chosen: Mapping[str, tuple[str, ...]]
    target: Target
    directory: Path
    place: Place
    console: Console
    started: float
    answers: dict[str, Answer] = field(default_factory=dict)

    def run(self) -> int:
        """Makes the suites and writes, compares or lists them; returns the exit code."""
        code = self._make()
        if code != errors.OK:
            return code
        if self.options.list:
            for answer in self.answers.values():
                self.console.print(*answer.listing)
            return errors.OK
        words = [answer.words for answer in self.answers.values()]
        files = [file for answer in self.answers.values() for file in answer.files]
        files += self.target.common(words, self.place)
        changes = compare(self.directory, files, self.place, whole=self._whole, force=self.options.force)
        if self.options.diff:
            for line in _diff(changes, self.console.style):
                self.console.print(line)
        if self.options.check:
            return self._check(changes)
        if not self.options.diff:
            write(self.directory, changes)
            self._tell(changes, words)
        return errors.OK

    @property
    def _whole(self) -> bool:
        return not self.options.revisions and not self.options.criteria

    # ------------------------------------------------------------ suites

    def _make(self) -> int:
        # the files that all share speak of every revision, also of those whose suites are not asked for
        revisions = list(dict.fromkeys([*(name for name, _ in self.entry.chosen), *self.chosen]))
        revisions = [name for name in self.loaded.specs if name in revisions]
        for number, answer in self._pool(revisions).run():
            name = revisions[number]
            if isinstance(answer, Stopped):
                return self._stop(too_large(answer.reason, name, self._span(name)))
            if answer.stopped is not None:
                return self._stop(answer.stopped)
            self.answers[name] = answer
        return errors.OK

    def _span(self, revision: str) -> Span:
        return self.loaded.specs[revision].document.revision.span

    def _stop(self, diagnostic: Diagnostic) -> int:
        self.console.error(*render_diagnostic(diagnostic, self.console.error_style))
        return errors.WRONG_INPUT if diagnostic.code == "SG913" else errors.UNKNOWN

    def _pool(self, revisions: list[str]) -> Pool[Answer]:
        options = self.options
        workers, whole = jobs(options.jobs, len(revisions)), memory(options.memory)
        deadline = None if options.timeout is None else self.started + options.timeout
        timeout = "" if options.timeout is None else f"timeout {options.timeout:g} s"
        bounds = Bounds(deadline, timeout, whole // workers, f"memory {bytes_text(whole)}")

        def tick(running: Sequence[str]) -> None:
            if running:
                total, elapsed = plural(len(revisions), "revision"), time.monotonic() - self.started
                now = ", ".join(running)
                self.console.progress(f"{len(self.answers)} of {total}, {elapsed:.0f} s; now {now}")

        def work(number: int) -> Answer:
            return self._revision(revisions[number], deadline, whole // workers)

        return Pool(work, revisions, workers, bounds, tick)

    def _revision(self, name: str, deadline: float | None, share: int) -> Answer:
        spec = self.loaded.specs[name]
        system = lower(spec)
        words = vocabulary(name, spec, system)
        if name not in self.chosen:
            return Answer(words)
        seconds = None if deadline is None else max(0.05, deadline - time.monotonic())
        try:
            limits = Limits(seconds=seconds, bytes=share, states=MOST_STATES)
            made = suites(name, system, self.chosen[name], spec.document.revision.expect, limits)
        except (TooLarge, TooMany, LookAlikes) as error:
            return Answer(words, stopped=told(error, name, self._span(name)))
        mine = [(n, v) for n, v in self.place.overrides if n in spec.constants and not spec.declared]
        return self._answer(words, made, replace(self.place, overrides=tuple(mine)))

    def _answer(self, words: Vocabulary, made: Sequence[Suite], place: Place) -> Answer:
        listing = render_suites(made, self.console.style) if self.options.list else []
        files = [file for suite in made if suite.cases for file in self.target.suite(suite, place)]
        cases = [case for suite in made for case in suite.cases]
        return Answer(
            words,
            () if self.options.list else tuple(files),
            tuple(listing),
            len(cases),
            sum(len(case.steps) for case in cases),
            sum(len(suite.unmet) for suite in made),
            tuple(f"{suite.criterion}{why_none(suite)}" for suite in made if not suite.met and not suite.unmet),
        )

    # ------------------------------------------------------------ what came of it

    def _check(self, changes: Sequence[Change]) -> int:
        words = {"new": "missing", "changed": "differs", "stale": "is not made from the spec any more"}
        wrong = [change for change in changes if change.kind in words]
        for change in wrong:
            self.console.print(f"{self.directory / change.path}: {words[change.kind]}")
        if not wrong:
            return errors.OK
        self.console.error(f"`{self._command()}` writes what the spec gives")
        return errors.UNEXPECTED

    def _command(self) -> str:
        """The command that writes what this one has looked at."""
        options = self.options
        words = ["specgen", "generate", *([options.spec] if options.spec else [])]
        words += [word for name in options.revisions for word in ("-r", name)]
        words += ["--target", options.target] if options.target is not None else []
        words += ["-o", options.directory] if options.directory is not None else []
        words += [word for name in options.criteria for word in ("--criterion", name)]
        words += [word for name, value in options.constants for word in ("-D", f"{name}={value}")]
        return shlex.join(words)

    def _tell(self, changes: Sequence[Change], words: Sequence[Vocabulary]) -> None:
        print_ = self.console.print
        for name, answer in self.answers.items():
            if name in self.chosen:
                print_(*wrap(_summary(name, answer), "", "    "))
        kinds = {"new": "new", "changed": "changed", "same": "as before", "stale": "removed"}
        by_kind = {kind: [change.path for change in changes if change.kind == kind] for kind in kinds}
        counts = ", ".join(f"{len(by_kind[kind])} {word}" for kind, word in kinds.items() if by_kind[kind])
        print_("", *wrap(f"{self.directory}: {counts}", "", "  "))
        made = [*by_kind["new"], *by_kind["changed"]]
        for path in made if len(made) <= MOST_FILES else ():
            print_(f"  {'new    ' if path in by_kind['new'] else 'changed'}  {path}")
        for path in by_kind["stale"]:
            print_(f"  removed  {path}")
        for change in changes:
            if change.kind == "kept":
                self._kept(change, words)
        self._left([change.path for change in changes if change.kind == "left"])
        if any(answer.unmet for answer in self.answers.values()):
            print_(*wrap("Goals that nothing meets are told, with the reason, by --list.", "", ""))
        if any(change.kind == "new" and change.path == f"adapters/{self.place.adapter}.py" for change in changes):
            one = ["an implementation is one revision: -r REV makes the tests of that one alone"]
            print_("", *(one if len(self.chosen) > 1 else []), *self.target.hints(self._here()))

    def _kept(self, change: Change, words: Sequence[Vocabulary]) -> None:
        missing = self.target.lacks(change.before, words)
        lacks = f", which lacks {', '.join(missing)}" if missing else ""
        self.console.print(*wrap(f"{change.path}{lacks}", "  kept     ", "           "))

    def _left(self, paths: Sequence[str]) -> None:
        if paths:
            names = f": {', '.join(paths)}" if len(paths) <= MOST_FILES else ""
            told = f"{plural(len(paths), 'file')} from before, not asked for now{names}"
            self.console.print(*wrap(told, "  left     ", "           "))

    def _here(self) -> Place:
        """The place as the user calls it from where they are."""
        return replace(self.place, directory=str(self.directory))


def _summary(name: str, answer: Answer) -> str:
    told = f"{name}: {plural(answer.tests, 'test')}, {plural(answer.steps, 'step')}"
    if answer.empty:
        told += f"; no goals for {', '.join(answer.empty)}"
    if answer.unmet:
        told += f"; {plural(answer.unmet, 'goal')} that nothing meets"
    return told


def _diff(changes: Sequence[Change], style: Style) -> Iterator[str]:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for change in changes:
        if change.kind in ("new", "changed", "stale"):
            before = "/dev/null" if change.kind == "new" else f"a/{change.path}"
            after = "/dev/null" if change.kind == "stale" else f"b/{change.path}"
            for line in unified_diff(
                change.before.splitlines(), change.after.splitlines(), before, after, lineterm=""
            ):
                colour = colours.get(line[:1])
                yield style.paint(line, colour) if colour else line
