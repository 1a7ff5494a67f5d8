"""``specgen trace``: whether a trace file is a behaviour of a spec, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from specgen.cli import errors
from specgen.cli.arguments import Parser, add_constants
from specgen.cli.console import Console
from specgen.cli.inputs import BASE, Loaded, open_spec
from specgen.core.lower import lower
from specgen.report.diagnostics import render_diagnostic
from specgen.report.style import plural, wrap
from specgen.report.trace import render_trace
from specgen.trace.conform import Rejection, conform, findings
from specgen.trace.itf import Recording, read_itf
from specgen.trace.trace import Trace

_EPILOG = """\
FILE is in the Informal Trace Format (ITF), written by `specgen check --itf` or by another tool.
Where a step names no action, one that explains it is found. Exit code 0: a behaviour of the
spec; 1: none, and at which step and why; 2: the file is no trace."""


def run(arguments: Sequence[str], console: Console) -> int:
    """Renders and replays one trace."""
    parser = Parser("trace", "Say whether a trace file is a behaviour of a spec.", _EPILOG)
    parser.add_argument("file", metavar="FILE", help="the trace, in ITF")
    parser.add_argument("--spec", metavar="SPEC", required=True, help="the spec's file")
    parser.add_argument(
        "-r", "--revision", metavar="REV", help="which revision (default: the one the file names, or base)"
    )
    add_constants(parser)
    options = parser.parse_args(arguments)
    recording = read_itf(options.file)
    # constants that the file was made with count unless -D says otherwise
    constants = {**recording.constants, **dict(options.constants)}
    loaded = open_spec(options.spec, constants.items(), console)
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
