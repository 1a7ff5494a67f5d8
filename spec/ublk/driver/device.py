"""The structures of ublk: struct ublk_device, ublk_queue and ublk_io."""

from __future__ import annotations

import enum

from driver.io_uring import IoUringCmd, Thread
from driver.locks import Completion, Mutex, Work


class DeviceState(enum.Enum):
    """dev_info.state; DEAD is also what a device is before START_DEV."""

    DEAD = "dead"
    LIVE = "live"
    QUIESCED = "quiesced"


class UblkIo:
    """A slot: the flags ACTIVE, OWNED_BY_SRV, ABORTED and CANCELED, and the pending command."""

    def __init__(self, q: int, t: int) -> None:
        self.q = q
        self.t = t
        self.active = False
        self.owned = False
        self.aborted = False
        self.canceled = False
        self.cmd: IoUringCmd | None = None

    def clear_flags(self) -> None:
        self.active = self.owned = self.aborted = self.canceled = False

    def reset(self) -> None:
        self.clear_flags()
        self.cmd = None


class UblkQueue:
    """A hardware queue. Its daemon is the thread that fetched it completely."""

    def __init__(self, q: int, depth: int) -> None:
        self.q = q
        self.ios = [UblkIo(q, t) for t in range(depth)]
        self.ubq_daemon: Thread | None = None
        self.nr_io_ready = 0
        self.force_abort = False
        self.canceling = False
        #: The tags of the requests that wait for one callback (ubq->io_cmds of 6.1.192 to 6.14).
        self.io_cmds: list[int] = []

    @property
    def ready(self) -> bool:
        """ublk_queue_ready()"""
        return self.nr_io_ready == len(self.ios)


class UblkDevice:
    """One device: /dev/ublkcN and, from START_DEV on, /dev/ublkbN."""

    def __init__(self, queues: int, depth: int) -> None:
        self.mutex = Mutex()
        self.queues = [UblkQueue(q, depth) for q in range(queues)]
        self.state = DeviceState.DEAD
        #: UB_STATE_USED was set: START_DEV has been.
        self.used = False
        #: The server that has /dev/ublkcN open (UB_STATE_OPEN).
        self.opened_by: str | None = None
        self.nr_queues_ready = 0
        self.completion = Completion()
        self.monitor_work = Work()
        self.quiesce_work = Work()

    @property
    def disk(self) -> bool:
        """Whether there is a gendisk."""
        return self.state is not DeviceState.DEAD

    def ios(self) -> list[UblkIo]:
        return [io for ubq in self.queues for io in ubq.ios]
