"""The one place where what went wrong becomes a message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from specgen import __version__
from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.errors import UsageError, WorkerDied, WorkerFailed
from specgen.language.source import SpecError
from specgen.language.wording import wrap


def run(arguments: Sequence[str]) -> int:
    """Runs one command; never raises."""
    console = Console.standard()
    try:
        code = _run(arguments, console)
        console.clear()
        sys.stdout.flush()
    except BrokenPipeError:
        # nobody reads any more, as behind `| head`; the interpreter must not complain when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return errors.PIPE_CLOSED
    except OSError as error:
        _say(console, f"specgen: the output cannot be written: {error.strerror or error}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return errors.INTERNAL
    return code


def _run(arguments: Sequence[str], console: Console) -> int:
    from specgen.cli.main import dispatch  # noqa: PLC0415  # a broken import is an internal error like any other

    try:
        return dispatch(arguments, console)
    except UsageError as error:
        lines = wrap(error.message, "specgen: ", "  ")
        lines += wrap(error.hint, "  ", "  ") if error.hint else []
        console.error(*lines)
        return errors.USAGE
    except SpecError as error:
        from specgen.report.diagnostics import render_diagnostics  # noqa: PLC0415  # only when there are any

        console.error(render_diagnostics(error.diagnostics, console.error_style).rstrip("\n"))
        return errors.WRONG_INPUT
    except KeyboardInterrupt:
        console.error("specgen: interrupted")
        return errors.INTERRUPTED
    except WorkerDied as error:
        console.error(f"specgen: {error}")
        return errors.INTERNAL
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            raise
        console.error(f"specgen: {error.filename}: {error.strerror}")
        return errors.WRONG_INPUT
    except Exception as error:  # noqa: BLE001  # the error boundary
        _internal(console, error)
        return errors.INTERNAL


def _internal(console: Console, error: Exception) -> None:
    """One line for the user; the traceback for whoever mends it."""
    what = str(error) if isinstance(error, WorkerFailed) else f"{type(error).__name__}: {error}"
    console.error(
        f"specgen: internal error: {' '.join(what.split()) or 'no message'}",
        f"  This is a bug in specgen {__version__}, not in your input. Please report it with the",
        "  spec and what the same command prints with SPECGEN_DEBUG=1 set.",
    )
    if os.environ.get("SPECGEN_DEBUG"):
        import traceback  # noqa: PLC0415  # nobody else needs it

        details = error.details if isinstance(error, WorkerFailed) else traceback.format_exc()
        console.error(details.rstrip("\n"))


def _say(console: Console, text: str) -> None:
    try:
        console.error(text)
    except OSError:
        return  # not even standard error can be written
