"""What goes wrong in a run: fatal errors, warnings, and steps that cannot be taken."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Refused(Exception):
    """The step cannot be taken now: nothing stands there, it must still wait, or a command returns an error.

    The state is as it was before.
    """


class Warn(enum.Enum):
    """What the kernel would WARN about, or should: it goes on all the same."""

    HANDED_OVER_STALE = "queue_rq() hands over a command that is not pending, or not the present daemon's"
    NOT_OWN_TASK = "a command is handled outside of the living thread of its slot"
    COMPLETED_NEW_SERVER = "the abort machinery completes the commands of a new server that lives"
    SLOTS_NOT_IDLE = "START_USER_RECOVERY finds commands that are not completed"
    QUIESCE_UNBALANCED = "the request queue is unquiesced more often than quiesced"


class About(enum.Enum):
    """What kind of object an error is about."""

    COMMAND = "command"
    DAEMON = "daemon"


@dataclass(frozen=True)
class Site:
    """Who did something, and in which kernel function."""

    context: str
    function: str

    def __str__(self) -> str:
        return f"{self.function}() in {self.context}"


class DriverError(Exception):
    """A fatal error: the step that raises it ends the run."""


class UseAfterFree(DriverError):
    """Freed memory is touched; told as KASAN does: who touched, allocated and freed it."""

    def __init__(self, what: str, touched: Site, history: tuple[tuple[str, Site], ...]) -> None:
        self.what = what
        self.touched = touched
        self.about = About.COMMAND
        lines = [f"use-after-free of {what}", f"touched by {touched}"]
        lines += [f"{verb} by {site}" for verb, site in history]
        super().__init__("\n  ".join(lines))


class NullDereference(DriverError):
    """A pointer is NULL where it is followed."""

    def __init__(self, what: str, about: About, touched: Site) -> None:
        self.what = what
        self.touched = touched
        self.about = about
        super().__init__(f"NULL pointer dereference of {what}\n  by {touched}")


class DoubleCompletion(DriverError):
    """io_uring_cmd_done() of a command that is not pending."""

    def __init__(self, what: str, touched: Site, history: tuple[tuple[str, Site], ...]) -> None:
        self.what = what
        self.touched = touched
        lines = [f"io_uring_cmd_done() of {what}, which is not pending", f"by {touched}"]
        lines += [f"{verb} by {site}" for verb, site in history]
        super().__init__("\n  ".join(lines))


class DoubleEnd(DriverError):
    """A request is ended or requeued that is not started."""

    def __init__(self, what: str, state: str, touched: Site) -> None:
        self.what = what
        self.touched = touched
        super().__init__(f"{what} is ended or requeued, but it is {state}\n  by {touched}")


class BrokenState(DriverError):
    """A state that must not be: a lasting rule of the driver does not hold."""
