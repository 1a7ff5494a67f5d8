"""Exit codes, and the ways a command line can be wrong."""

from __future__ import annotations

OK = 0
UNEXPECTED = 1
WRONG_INPUT = 2
USAGE = 3
UNKNOWN = 4
INTERNAL = 70
INTERRUPTED = 130
PIPE_CLOSED = 141  # as a shell reports a command ended by SIGPIPE


class UsageError(Exception):
    """The command line cannot be understood.

    Args:
        message: one sentence, no full stop.
        hint: what to do instead, or None.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class WorkerDied(Exception):
    """A worker process ended without an answer; the message says which and how."""


class WorkerFailed(Exception):
    """A worker process hit an unexpected exception.

    Args:
        summary: one line: the exception's type and message.
        details: the worker's own traceback, as text.
    """

    def __init__(self, summary: str, details: str) -> None:
        super().__init__(summary)
        self.details = details
