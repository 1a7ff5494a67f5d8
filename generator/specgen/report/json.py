"""The report as one JSON object, and ITF traces with where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from specgen import __version__
from specgen.engines.verdict import Result
from specgen.report.findings import Origin
from specgen.trace.itf import to_itf
from specgen.trace.trace import Trace
from specgen.trace.values import Json


def document(origin: Origin, results: Iterable[Json], *, ok: bool) -> Json:
    """The object that ``--format json`` prints.

    Args:
        results: as :func:`result` makes them.
        ok: everything is as expected.
    """
    return {
        "specgen": __version__,
        "spec": origin.spec,
        "sha256": origin.sha256,
        "ok": ok,
        "results": list(results),
    }


def result(found: Result, constants: Sequence[tuple[str, str]], trace: Json) -> Json:
    """One verdict; ``depth`` is the trace's number of steps, or the bound reached."""
    values: dict[str, Json] = {name: plain(value) for name, value in constants}
    engines: list[Json] = [name for name in sorted(found.engines) if found.engines[name] is None]
    return {
        "revision": found.revision,
        "property": found.name,
        "kind": found.kind,
        "constants": values,
        "verdict": found.verdict,
        "depth": found.depth,
        "complete": found.complete,
        "expected": found.expected,
        "as_expected": found.as_expected,
        "engines": engines,
        "seconds": round(found.seconds, 3),
        "states": found.states,
        "trace": trace,
    }


def itf(trace: Trace, found: Result, origin: Origin) -> Json:
    """A result's trace as an ITF object that says what it shows and of which spec."""
    meta: dict[str, Json] = {
        "specgen": __version__,
        "spec": origin.spec,
        "sha256": origin.sha256,
        "revision": found.revision,
        "property": found.name,
        "kind": found.kind,
        "verdict": found.verdict,
    }
    return to_itf(trace, meta)


def plain(text: str) -> Json:
    """A constant's value as JSON has it."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdigit() else text
