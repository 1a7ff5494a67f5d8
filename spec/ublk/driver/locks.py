"""ub->mutex, works and the completion latch."""

from __future__ import annotations


class Mutex:
    """A sleeping lock: who cannot take it waits, so its step is refused."""

    def __init__(self) -> None:
        self.held = False

    def free(self) -> bool:
        return not self.held

    def lock(self) -> None:
        if self.held:
            raise AssertionError("a point before a lock is ready only if the lock is free")
        self.held = True

    def unlock(self) -> None:
        self.held = False


class Work:
    """A work item; delayed works have no time here: pending means that it may run.

    The same work may be scheduled again while it runs, but runs only once at a time.
    """

    def __init__(self) -> None:
        self.pending = False

    def schedule(self) -> None:
        self.pending = True

    def cancel(self) -> None:
        self.pending = False


class Completion:
    """A latch: once completed it lets everybody through, until it is set up again."""

    def __init__(self) -> None:
        self.done = False

    def complete_all(self) -> None:
        self.done = True

    def reinit(self) -> None:
        self.done = False
