"""``specgen kernel``: kernels built, booted and judged. Its verbs are modules of their own; one is imported."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from types import FrameType

from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.errors import UsageError
from specgen.language.names import did_you_mean
from specgen.language.source import SpecError

VERBS = {
    "build": "build a kernel from a tree or a Debian release",
    "run": "run tests on a kernel, and judge what it says",
    "list": "list kernels, and faults that can be put in",
    "cache": "say what the cache holds, and remove from it",
}
_TERMINATED = 128  # and the signal's number, as shells have it


def dispatch(arguments: Sequence[str], console: Console) -> int:
    """Runs one verb and returns its exit code.

    Raises:
        UsageError: there is no such verb or option.
        SpecError: an input is wrong.
    """
    if not arguments:
        raise UsageError("kernel: say what to do", f"one of {', '.join(VERBS)}; `specgen kernel --help` says more")
    first, rest = arguments[0], arguments[1:]
    if first in ("-h", "--help", "help"):
        console.print(*_help())
        return errors.OK
    if first not in VERBS:
        kind = "option" if first.startswith("-") else "verb"
        advice = did_you_mean(first, list(VERBS)) or f"the verbs are {', '.join(VERBS)}"
        raise UsageError(f"kernel: there is no {kind} '{first}'", advice)
    module = import_module(f"specgen.cli.kernel_{first}")
    options = module.parser().parse_args(rest)
    with _orderly():
        return _run(partial(module.run, options, console), console)


def _run(run: Callable[[], int], console: Console) -> int:
    try:
        return run()
    except SpecError as error:
        from specgen.kernel.commands import TimedOut  # noqa: PLC0415  # the others need neither
        from specgen.kernel.debian import Unavailable  # noqa: PLC0415
        from specgen.report.diagnostics import render_diagnostics  # noqa: PLC0415

        if not isinstance(error, TimedOut | Unavailable):
            raise
        # nothing is wrong with the input, and nothing is known: whoever calls this may go on without it
        console.error(render_diagnostics(error.diagnostics, console.error_style).rstrip("\n"))
        return errors.UNKNOWN


@contextmanager
def _orderly() -> Iterator[None]:
    """Leaves by way of the clean-up when it is told to end; a second signal does not cut that off."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(number: int, _frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(_TERMINATED + number)

    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _help() -> list[str]:
    return [
        "specgen kernel: build kernels, and run generated tests on them.",
        "",
        *(f"  specgen kernel {verb:7}{what}" for verb, what in VERBS.items()),
        "",
        "`specgen kernel VERB --help` tells the options of one. A first build takes",
        "some minutes and 450 MB; what was built once is kept.",
    ]
