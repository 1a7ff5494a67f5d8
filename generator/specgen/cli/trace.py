"""``specgen trace``: whether a trace file is a behaviour of a spec, step by step."""

from __future__ import annotations

import argparse

from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.inputs import Loaded, open_spec
from specgen.cli.options import BASE
from specgen.core.lower import lower
from specgen.language.wording import plural, wrap
from specgen.report.diagnostics import render_diagnostic
from specgen.report.trace import render_trace
from specgen.trace.conform import Rejection, conform, findings
from specgen.trace.itf import Recording, read_itf
from specgen.trace.trace import Trace


def run(options: argparse.Namespace, console: Console) -> int:
    """Renders and replays one trace."""
    recording = read_itf(options.file)
    loaded = open_spec(options.spec, options.constants, console, hints=recording.constants)
    revision = _revision(loaded, recording, options.revision)
    _say_if_changed(recording, loaded, console)
    system = lower(loaded.revision(revision))
    outcome = conform(recording, system)
    if isinstance(outcome, Rejection):
        _print_rejection(outcome, options.file, revision, console)
        return errors.UNEXPECTED
    _print_behaviour(outcome, options.file, revision, console)
    return errors.OK


def _revision(loaded: Loaded, recording: Recording, asked: str | None) -> str:
    if asked is not None:
        return asked
    named = recording.revision
    return named if named is not None and named in loaded.specs else BASE


def _say_if_changed(recording: Recording, loaded: Loaded, console: Console) -> None:
    made_from = recording.meta.get("sha256")
    if isinstance(made_from, str) and made_from != loaded.workspace.sha256:
        console.error("note: the spec has changed since the trace was made")


def _print_rejection(rejection: Rejection, file: str, revision: str, console: Console) -> None:
    if rejection.prefix is not None:
        console.print(*render_trace(rejection.prefix, console.style), "")
    console.print(*render_diagnostic(rejection.reason, console.style), "")
    where = "in its initial state" if rejection.step == 0 else f"from step {rejection.step} on"
    console.print(*wrap(f"{file} is not a behaviour of {revision}: {where}", "", "  "))


def _print_behaviour(trace: Trace, file: str, revision: str, console: Console) -> None:
    console.print(*render_trace(trace, console.style), "")
    text = f"{file} is a behaviour of {revision}, {plural(trace.depth, 'step')}"
    console.print(*wrap(text, "", "  "))
    for step, found in findings(trace):
        where = f"in step {step}" if step else "in its initial state"
        console.print(*wrap(f"{where}, {found.kind} {found.name} is violated", "  ", "  "))
