"""The two servers, and how user space behaves."""

from __future__ import annotations

from dataclasses import dataclass

from driver.io_uring import IoRingCtx, IoUringCmd, Thread, ThreadState

OLD = "old"
NEW = "new"
SERVERS = (OLD, NEW)


@dataclass(frozen=True)
class Conduct:
    """What user space does in a revision's instance."""

    io: bool = True
    stops: bool = True
    recovers: bool = True
    #: END_USER_RECOVERY only while a recovery is under way, and once for each, or whenever it gets through.
    ends_once: bool = True


class Server:
    """A server: one thread per queue, each with its rings; tag t's command is on ring min(t, rings - 1)."""

    def __init__(self, g: str, queues: int, depth: int, rings: int) -> None:
        self.g = g
        self.threads = [Thread(g, q) for q in range(queues)]
        self.rings: dict[tuple[int, int], IoRingCtx] = {}
        self.commands: dict[tuple[int, int], IoUringCmd] = {}
        for thread in self.threads:
            for r in range(rings):
                self.rings[thread.q, r] = IoRingCtx(thread, r)
            for t in range(depth):
                ring = self.rings[thread.q, min(t, rings - 1)]
                command = IoUringCmd(ring, t)
                ring.commands.append(command)
                self.commands[thread.q, t] = command

    def comes_alive(self) -> None:
        for thread in self.threads:
            thread.state = ThreadState.ALIVE

    @property
    def absent(self) -> bool:
        return all(thread.state is ThreadState.ABSENT for thread in self.threads)

    @property
    def living(self) -> bool:
        """Whether all its threads live."""
        return all(thread.alive for thread in self.threads)

    @property
    def dead(self) -> bool:
        """Whether all its threads are exiting or gone."""
        return all(thread.exiting for thread in self.threads)

    @property
    def closed(self) -> bool:
        """Whether all its threads are gone, so that nothing of it runs any more."""
        return all(thread.state is ThreadState.CLOSED for thread in self.threads)
