"""One run of ``specgen check``: workers, results as they come, and what it all comes to."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from specgen.cli import errors
from specgen.cli.checking import Answer, Checking, Systems, asked_keys, out_of_bounds
from specgen.cli.console import Console
from specgen.cli.inputs import Loaded
from specgen.cli.itf_files import ItfDirectory
from specgen.cli.resources import jobs, memory
from specgen.cli.workers import Bounds, Pool, Stopped
from specgen.engines.budget import bytes_text
from specgen.engines.verdict import Result
from specgen.language.wording import plural, wrap
from specgen.report import json as report_json
from specgen.report import table
from specgen.report.findings import Origin
from specgen.trace.values import Json

MOST_FINDINGS = 8  # traces shown without --trace; behind them the table would be lost


@dataclass(slots=True)
class Session:
    """One run over some revisions.

    Args:
        started: on the clock of ``time.monotonic``.
        files: where traces are written, or None.
    """

    options: argparse.Namespace
    loaded: Loaded
    revisions: list[str]
    console: Console
    started: float
    files: ItfDirectory | None
    table: dict[str, tuple[Result, ...]] = field(default_factory=dict)
    findings: list[tuple[str, ...]] = field(default_factory=list)
    json: list[Json] = field(default_factory=list)

    @property
    def text(self) -> bool:
        return str(self.options.format) == "text"

    def run(self) -> int:
        """Checks, prints, and returns the exit code."""
        checking = self._checking()
        interrupted = False
        try:
            for number, answer in self._pool(checking).run():
                revision = self.revisions[number]
                self._take(revision, _answer(checking, revision, answer))
        except KeyboardInterrupt:
            interrupted = True
        return self._conclude(interrupted)

    def _checking(self) -> Checking:
        options = self.options
        origin = Origin(options.spec, self.loaded.workspace.sha256, tuple(options.constants))
        systems = Systems(self.loaded.specs)
        whole = memory(options.memory)
        return Checking(
            systems=systems,
            origin=origin,
            asked=asked_keys(systems, self.revisions, options.properties),
            engine=options.engine,
            depth=options.depth,
            deadline=None if options.timeout is None else self.started + options.timeout,
            timeout=options.timeout,
            bytes=whole // self._jobs(),
            memory=whole,
            every_trace=options.trace and self.text,
            with_itf=not self.text or self.files is not None,
            style=self.console.style,
        )

    def _jobs(self) -> int:
        return jobs(self.options.jobs, len(self.revisions))

    def _pool(self, checking: Checking) -> Pool[Answer]:
        if self.options.engine != "explicit":
            import z3  # noqa: F401, PLC0415  # once here instead of once in every worker
        timeout = "" if checking.timeout is None else f"timeout {checking.timeout:g} s"
        bounds = Bounds(checking.deadline, timeout, checking.bytes, f"memory {bytes_text(checking.memory)}")
        return Pool(
            lambda k: checking.run(self.revisions[k]), self.revisions, self._jobs(), bounds, self._tick
        )

    def _tick(self, running: Sequence[str]) -> None:
        if running:
            elapsed = time.monotonic() - self.started
            done = len(self.table)
            total = plural(len(self.revisions), "revision")
            self.console.progress(f"{done} of {total}, {elapsed:.0f} s; now {', '.join(running)}")

    def _take(self, revision: str, answer: Answer) -> None:
        self.table[revision] = answer.results
        self.findings += answer.findings
        self.json += answer.json
        if self.files is not None and answer.traces:
            self.files.write(answer.traces)
        if self.text:
            document = self.loaded.specs[revision].document
            full = len(self.revisions) == 1 or bool(self.options.properties)
            title = document.revision.title
            lines = table.block(revision, title, answer.results, self.console.style, full=full)
            self.console.print(*lines, "")
            for warning in answer.warnings:
                self.console.error(*wrap(f"{revision}: {warning}", "warning: ", "  "))

    def _conclude(self, interrupted: bool) -> int:
        code = _exit_code(r for results in self.table.values() for r in results)
        if interrupted:
            code = errors.INTERRUPTED
        if not self.text:
            import json  # noqa: PLC0415  # only here

            origin = Origin(self.options.spec, self.loaded.workspace.sha256)
            document = report_json.document(origin, self.json, ok=code == errors.OK)
            self.console.print(json.dumps(document, indent=1, ensure_ascii=False))
            return code
        shown = self.findings if self.options.trace else self.findings[:MOST_FINDINGS]
        for lines in shown:
            self.console.print(*lines, "")
        if len(shown) < len(self.findings):
            left = plural(len(self.findings) - len(shown), "more finding")
            self.console.print(f"and {left}: all with --trace, or one with -r and -p")
        overview = table.overview(self.table, self.console.style)
        self.console.print(*overview, *([""] if overview else []))
        self._close(interrupted)
        return code

    def _close(self, interrupted: bool) -> None:
        elapsed = time.monotonic() - self.started
        if interrupted:
            missing = [name for name in self.revisions if name not in self.table]
            not_begun = f"; not checked: {', '.join(missing)}" if missing else ""
            self.console.error(*wrap(f"interrupted after {elapsed:.1f} s{not_begun}", "", "  "))
        if self.table:
            self.console.print(*table.closing(self.table, elapsed, self.console.style))


def _answer(checking: Checking, revision: str, answer: Answer | Stopped) -> Answer:
    return out_of_bounds(checking, revision, answer.reason) if isinstance(answer, Stopped) else answer


def _exit_code(results: Iterator[Result]) -> int:
    code = errors.OK
    for result in results:
        if result.as_expected is False:
            return errors.UNEXPECTED
        if result.as_expected is None:
            code = errors.UNKNOWN
    return code
