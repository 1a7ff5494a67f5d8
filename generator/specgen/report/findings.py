"""One finding for people: what it is, where, after how many steps, and the trace that shows it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from specgen.core.system import System
from specgen.engines.verdict import Result
from specgen.engines.words import engines_text, result_text
from specgen.language.source import Span
from specgen.language.wording import clean, place, plural, spread, wrap
from specgen.report.style import Style
from specgen.report.trace import render_trace

NOT_AS_EXPECTED = ("SG811", "not as expected")

# kind and verdict -> code and words of the header
HEADERS = {
    ("assert", "violated"): ("SG801", "assert violated"),
    ("check", "violated"): ("SG802", "check violated"),
    ("invariant", "violated"): ("SG803", "invariant violated"),
    ("cover", "unreachable"): ("SG804", "cover unreachable"),
    ("possible", "violated"): ("SG805", "not always possible"),
    ("deadlock", "violated"): ("SG806", "deadlock"),
    ("in_range", "violated"): ("SG807", "a value leaves its range"),
    ("one_effect", "violated"): ("SG808", "two effects on one cell"),
    ("dead_action", "violated"): ("SG809", "action never happens"),
    ("cover", "reached"): ("SG810", "cover reached"),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where results come from, for the line that reproduces them.

    Args:
        overrides: constants given with ``-D``.
    """

    spec: str
    sha256: str
    overrides: tuple[tuple[str, str], ...] = ()


def worth_showing(result: Result, *, every: bool) -> bool:
    """Whether a result gets its own text: if it is not as expected; with ``every``, whatever it can show."""
    if result.as_expected is False:
        return True
    return every and (result.trace is not None or result.verdict in ("violated", "unreachable"))


def render_finding(result: Result, system: System, origin: Origin, style: Style) -> list[str]:
    """Header, circumstances, trace, and how to see it again."""
    code, words = HEADERS.get((result.kind, result.verdict), NOT_AS_EXPECTED)
    name = result.name.removeprefix("dead_action.")
    title = words if result.kind == result.name and code != NOT_AS_EXPECTED[0] else f"{words}: {name}"
    span = _span(result, system)
    lines = spread(clean(f"{code} {title}"), "" if span is None else place(span))
    wrong = result.as_expected is False
    lines[0] = lines[0].replace(code, style.paint(code, "bold", "red" if wrong else "cyan"), 1)
    lines += _circumstances(result, system)
    if result.trace is not None:
        lines += ["", *render_trace(result.trace, style)]
    if result.detail:
        lines += ["", *(line for text in result.detail for line in wrap(text, "  blocked   ", " " * 14))]
    return [*lines, "", *_reproduce(result, origin)]


def _span(result: Result, system: System) -> Span | None:
    if result.trace is not None and result.trace.failed is not None:
        return result.trace.failed.span
    places = [(p.name, p.span) for p in system.properties if p.kind == result.kind]
    places += [(name, span) for kind, name, span in system.property_names if kind == result.kind]
    places += [(f"dead_action.{name}", span) for name, span in system.action_names]
    return next((span for name, span in places if name == result.name), None)


def _circumstances(result: Result, system: System) -> list[str]:
    constants = " ".join(f"{name}={value}" for name, value in system.constants)
    where = ", ".join(part for part in (result.revision, constants) if part)
    how = result_text(result)
    if result.trace is not None:
        how = f"after {plural(result.trace.depth, 'step')} (shortest)"
    lines = wrap(f"{where}: {how} {engines_text(result.engines)}", "  ", "    ")
    if result.as_expected is False:
        lines += wrap(f"expected: {result.expected}", "  ", "    ")
    if result.masked:
        lines += wrap(f"paths end at: {', '.join(result.masked)}", "  ", "    ")
    return lines


def _reproduce(result: Result, origin: Origin) -> list[str]:
    name = "dead_action" if result.kind == "dead_action" else result.name
    command = ["specgen", "check", origin.spec, "-r", result.revision, "-p", name, "--trace"]
    for constant, value in origin.overrides:
        command += ["-D", f"{constant}={value}"]
    lines = wrap(" ".join(map(shlex.quote, command)), "  reproduce: ", " " * 13)
    return [*lines, f"  spec sha256: {origin.sha256[:16]}"]


def codes() -> Sequence[str]:
    """Every code that a finding can have."""
    return [*(code for code, _ in HEADERS.values()), NOT_AS_EXPECTED[0]]
