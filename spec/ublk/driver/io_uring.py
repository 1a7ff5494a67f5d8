"""io_uring as far as ublk needs it: commands and their memory, rings, threads, the two lists."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from driver.block import Request
from driver.errors import DoubleCompletion, Site
from driver.memory import Memory


class ThreadState(enum.Enum):
    """EXITING: PF_EXITING is set and the task-work list still open; CLOSED: exit_task_work() is over."""

    ABSENT = "absent"
    ALIVE = "alive"
    EXITING = "exiting"
    CLOSED = "closed"


class Thread:
    """A thread of a server: the task that fetches one queue."""

    def __init__(self, g: str, q: int) -> None:
        self.g = g
        self.q = q
        self.state = ThreadState.ABSENT

    @property
    def alive(self) -> bool:
        return self.state is ThreadState.ALIVE

    @property
    def exiting(self) -> bool:
        """PF_EXITING."""
        return self.state in {ThreadState.EXITING, ThreadState.CLOSED}


@dataclass(frozen=True)
class Current:
    """Who runs the present step: `current`, or a name for a worker or a CPU."""

    context: str
    thread: Thread | None = None

    def site(self, function: str) -> Site:
        return Site(self.context, function)


class CommandState(enum.Enum):
    """HELD: the driver has it; CACHED: completed, on its ring's free list; FREED: back in the slab."""

    UNSENT = "unsent"
    HELD = "held"
    CACHED = "cached"
    FREED = "freed"


class Queued(enum.Enum):
    """Which list of io_uring a command is on."""

    NONE = "none"
    TASK_LIST = "task_list"
    FALLBACK = "fallback"


class IoUringCmd(Memory):
    """The io_kiocb of one slot's commands: a commit uses the same object again."""

    def __init__(self, ring: IoRingCtx, t: int) -> None:
        super().__init__(f"the command of tag {t} of queue {ring.thread.q} of the {ring.thread.g} server (io_kiocb)")
        self.ring = ring
        self.t = t
        self.state = CommandState.UNSENT
        self.queued = Queued.NONE
        #: The private area of the driver: the request that is handed over with the command.
        self.pdu_request: Request | None = None

    @property
    def thread(self) -> Thread:
        return self.ring.thread

    @property
    def g(self) -> str:
        return self.thread.g

    @property
    def q(self) -> int:
        return self.thread.q

    @property
    def held(self) -> bool:
        return self.state is CommandState.HELD

    @property
    def sent(self) -> bool:
        return self.state is not CommandState.UNSENT

    def issue(self, site: Site) -> None:
        """The server sends a command: a new object, or the cached one of its ring."""
        if self.state is CommandState.UNSENT:
            self.allocate(site)
        self.touch(site)
        self.note("sent", site)
        self.state = CommandState.HELD


class IoRingCtx:
    """A ring of a thread. Each object that is held or cached has a reference of it."""

    def __init__(self, thread: Thread, r: int) -> None:
        self.thread = thread
        self.r = r
        self.commands: list[IoUringCmd] = []

    @property
    def killed(self) -> bool:
        """The ring's file is released when its thread dies."""
        return self.thread.exiting

    def refs(self) -> int:
        objects = sum(command.state in {CommandState.HELD, CommandState.CACHED} for command in self.commands)
        return objects + (0 if self.killed else 1)

    @property
    def drained(self) -> bool:
        return self.refs() == 0

    def on_fallback(self) -> bool:
        return any(command.queued is Queued.FALLBACK for command in self.commands)

    def cached(self) -> Iterable[IoUringCmd]:
        return [command for command in self.commands if command.state is CommandState.CACHED]

    def io_req_caches_free(self, site: Site) -> None:
        for command in self.cached():
            command.free(site)
            command.state = CommandState.FREED


def io_uring_cmd_complete_in_task(command: IoUringCmd, site: Site) -> None:
    """Add the command to its task's list; if that is closed, to the fallback list of its ring.

    No reference is taken. What else is on the task's list moves with it: there is nothing, as the list
    closes only when it is empty.
    """
    command.touch(site)
    command.note("queued", site)
    closed = command.thread.state is ThreadState.CLOSED
    command.queued = Queued.FALLBACK if closed else Queued.TASK_LIST


def io_uring_cmd_done(command: IoUringCmd, site: Site) -> None:
    """Complete a command: the object goes to its ring's cache. The caller must hold a pending one."""
    command.touch(site)
    if not command.held:
        raise DoubleCompletion(command.what, site, command.history)
    command.note("completed", site)
    command.state = CommandState.CACHED
