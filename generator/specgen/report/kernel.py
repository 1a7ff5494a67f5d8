"""Runs on a kernel for people, as one JSON object, and as JUnit has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET  # only written here, never read

from specgen import __version__
from specgen.kernel.judging import BLIND, CRASHED, FAILED, HUNG, INCOMPLETE, PASSED, SKIPPED
from specgen.kernel.reports import Finding
from specgen.kernel.results import Outcome, Results, Row
from specgen.language.wording import plural, wrap
from specgen.report.style import Style

_COLOURS = {PASSED: "green", SKIPPED: "yellow", INCOMPLETE: "yellow", BLIND: "red", FAILED: "red", HUNG: "red"}
_STACKS = {"access": "in", "allocated": "allocated in", "freed": "freed in", "queued": "queued in"}
_FRAMES = 6  # of a stack that people are shown
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


def render(results: Results, style: Style) -> list[str]:
    """At most 80 columns: what is not simply right in full, the rest counted."""
    kernel = results.kernel
    lines = [style.paint(kernel.title, "bold") + f"  {kernel.key}"]
    told: set[str] = set()
    for program in results.programs:
        rows = [row for row in results.rows if row.program == program.name]
        if rows:
            lines += ["", *_program(program.name, rows, style, told)]
    return [*lines, "", *_closing(results, style)]


def _program(name: str, rows: Sequence[Row], style: Style, told: set[str]) -> Iterator[str]:
    right = [row for row in rows if row.status == PASSED]
    runs = sum(row.runs for row in right)
    count = f"{plural(len(right), 'test')} passed" + (f", {runs:,} runs" if runs != len(right) else "")
    yield from wrap(f"{name}: {count}" if right else name, "", "  ")
    for row in rows:
        if row.status != PASSED:
            yield from _row(row, style, told)


def _row(row: Row, style: Style, told: set[str]) -> Iterator[str]:
    title = f"{row.test or 'the program'}: {row.status}"
    often = f" ({row.often})" if row.runs > 1 else ""
    lines = wrap(title + often, "  ", "    ")
    yield lines[0].replace(title, style.paint(title, _COLOURS.get(row.status, "red")), 1)
    yield from lines[1:]
    if row.why and not any(finding.headline == row.why for finding, _ in row.findings):
        yield from wrap(row.why, "    ", "      ")
    for finding, count in row.findings:
        often = f" ({count:,} of {row.runs:,} runs)" if count != row.runs else ""
        yield from wrap(finding.headline + often, "    ", "      ")
        if finding.headline in told:
            yield "      told above"
            continue
        told.add(finding.headline)
        yield from _details(finding, style)


def _details(finding: Finding, style: Style) -> Iterator[str]:
    what = [finding.access, f"by {finding.process}" if finding.process else ""]
    what += [f"object {finding.cache}"] if finding.cache else []
    text = ", ".join(filter(None, (" ".join(filter(None, what[:2])), *what[2:])))
    lines = wrap(text, "      ", "        ") if text else []
    owners = {"allocated": finding.allocated_by, "freed": finding.freed_by}
    for name, frames in finding.stacks:
        who = owners.get(name)
        lead = f"{_STACKS.get(name, name)}{f' ({who})' if who else ''}"
        lines += wrap(f"{lead}: {' < '.join(frames[:_FRAMES])}", "      ", "        ")
    yield from (style.paint(line, "dim") for line in lines)


def _closing(results: Results, style: Style) -> Iterator[str]:
    counts = ", ".join(f"{count:,} {status}" for status, count in results.counts.items())
    runs = sum(row.runs for row in results.rows)
    head = f"{plural(len(results.rows), 'test')}, {plural(runs, 'run')}, {results.seconds:.1f} s: {counts or 'none'}"
    colour = "green" if results.ok else "yellow" if not (results.wrong or results.blind) else "red"
    yield from (style.paint(line, colour) for line in wrap(head, "", "  "))
    if not results.complete:
        yield "Not all that was asked for has been run."


def document(results: Results) -> dict[str, Any]:
    """The object that ``--format json`` prints."""
    kernel = results.kernel
    return {
        "specgen": __version__,
        "ok": results.ok,
        "complete": results.complete,
        "seconds": round(results.seconds, 2),
        "kernel": {
            "key": kernel.key,
            "title": kernel.title,
            "version": kernel.version,
            "machine": kernel.machine,
            "mutant": kernel.mutant,
            "widened": dict(kernel.widened),
            "source": kernel.source,
            "sha256": kernel.sha256,
        },
        "programs": [{"name": p.name, "file": p.origin, "sha256": p.sha256} for p in results.programs],
        "results": [_as_json(row) for row in results.rows],
    }


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "program": row.program,
        "test": row.test,
        "status": row.status,
        "runs": dict(row.counts),
        "why": row.why,
        "findings": [{**_finding(finding), "runs": count} for finding, count in row.findings],
        "outcomes": [_outcome(outcome) for outcome in row.outcomes],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "headline": finding.headline,
        "title": finding.title,
        "function": finding.function,
        "access": finding.access,
        "process": finding.process,
        "allocated_by": finding.allocated_by,
        "freed_by": finding.freed_by,
        "cache": finding.cache,
        "stacks": {name: list(frames) for name, frames in finding.stacks},
        "line": finding.line,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "turn": outcome.turn,
        "status": outcome.status,
        "why": outcome.why,
        "findings": [finding.headline for finding in outcome.findings],
        "notes": list(outcome.notes),
        "seconds": round(outcome.seconds, 3),
    }


def junit(results: Results) -> str:
    """A file of JUnit's: a suite for each program, a case for each test, whatever the number of runs."""
    top = ET.Element("testsuites", _attributes(results.rows, results.kernel.title))
    for program in results.programs:
        rows = [row for row in results.rows if row.program == program.name]
        suite = ET.SubElement(top, "testsuite", _attributes(rows, program.name))
        properties = ET.SubElement(suite, "properties")
        facts: Mapping[str, str] = {
            "kernel": results.kernel.title,
            "key": results.kernel.key,
            "sha256": program.sha256,
        }
        for name, value in facts.items():
            ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})
        for row in rows:
            _case(suite, row)
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode")


def _attributes(rows: Sequence[Row], name: str) -> dict[str, str]:
    def number(*statuses: str) -> str:
        return str(sum(row.status in statuses for row in rows))

    return {
        "name": _clean(name),
        "tests": str(len(rows)),
        "failures": number(FAILED, CRASHED),
        "errors": number(HUNG, BLIND, INCOMPLETE),
        "skipped": number(SKIPPED),
        "time": f"{sum(row.seconds for row in rows):.3f}",
    }


def _case(suite: ET.Element, row: Row) -> None:
    name = row.test or "(the program)"
    attributes = {"classname": row.program, "name": name, "time": f"{row.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", {key: _clean(value) for key, value in attributes.items()})
    if row.status == PASSED:
        return
    if row.status == SKIPPED:
        ET.SubElement(case, "skipped", {"message": _clean(row.why)})
        return
    kind = "failure" if row.status in (FAILED, CRASHED) else "error"
    message = f"{row.status} ({row.often}): {row.why}" if row.runs > 1 else f"{row.status}: {row.why}"
    problem = ET.SubElement(case, kind, {"type": row.status, "message": _clean(message)})
    problem.text = _clean("\n".join(_plain(row)))


def _plain(row: Row) -> Iterable[str]:
    yield row.why
    for finding, _ in row.findings:
        yield ""
        yield finding.title
        yield from (line.strip() for line in _details(finding, Style()))
    worst = next(outcome for outcome in row.outcomes if outcome.status == row.status)
    if worst.notes:
        yield ""
        yield from worst.notes


def _clean(text: str) -> str:
    """Without what a document of XML cannot have."""
    return _FORBIDDEN.sub("\ufffd", text)
