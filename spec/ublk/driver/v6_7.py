"""Linux 6.7 to 6.14: the exit work of a dying ring cancels commands, in the place of the monitor.

216c8f5ef0f2 (replace monitor with cancelable uring_cmd), b4e1353f4651 (simplify aborting request).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType

from driver.block import Request
from driver.device import UblkIo, UblkQueue
from driver.errors import Refused
from driver.io_uring import Current, IoRingCtx, IoUringCmd, Queued
from driver.server import Conduct
from driver.steps import Point, Steps
from driver.v6_1_192 import BatchedCommands, CancelOutsideMutex, ResetByStart


class CancelableUringCmd(CancelOutsideMutex):
    """What 6.7 and all later kernels share: io_uring as of 6.12, and no monitor.

    A pending command is on the list of cancelable ones of its ring. When the ring dies, its exit work calls
    the driver for each of them, under uring_lock, again and again until there is none. In each round it also
    runs the fallback work, and it frees only when nothing is left.

    A completion outside of uring_lock would go through the lists once more (IO_URING_F_COMPLETE_DEFER); here
    the command is completed at once.
    """

    stop_cancels_works = False

    def functions(self) -> dict[str, Callable[..., Steps]]:
        functions = {name: function for name, function in super().functions().items() if name != "monitor"}
        return {**functions, "cancel_fn": self.ublk_uring_cmd_cancel_fn}

    # io_uring of 6.12

    def uring_locked(self, ring: IoRingCtx) -> bool:
        """Whether a call of the driver for a command of the ring is under way: uring_lock is held."""
        return any(self.calls.under_way("cancel_fn", c.g, c.q, c.t) for c in ring.commands)

    def io_fallback_req_func(self, g: str, q: int, t: int) -> Steps:
        """The callbacks run under uring_lock."""
        command = self.command(g, q, t)

        def ready() -> bool:
            return command.queued is Queued.FALLBACK and not self.uring_locked(command.ring)

        yield Point("callback", ready=ready)
        command.touch(self.current.site("io_fallback_req_func"))
        command.queued = Queued.NONE
        yield from self.ublk_rq_task_work(command)

    def io_ring_exit_work(self, g: str, q: int, r: int) -> None:
        """Nothing is freed before io_uring_try_cancel_requests() finds nothing pending, on the fallback list
        neither. What is on the list of the dying task is not seen here.
        """
        ring = self.ring(g, q, r)
        pending = any(command.held for command in ring.commands)
        if pending or ring.on_fallback() or self.uring_locked(ring):
            raise Refused("the exit work still has commands to cancel")
        super().io_ring_exit_work(g, q, r)

    def cancelable(self, command: IoUringCmd) -> bool:
        """io_uring_try_cancel_uring_cmd() comes to the command: it is pending, and its ring is dying."""
        return command.held and command.ring.killed and not self.uring_locked(command.ring)

    # Cancelling one command

    def worth_a_claim(self, io: UblkIo) -> bool:
        """f40139fde527: the command of a started request may be on a list, and is left to its callback."""
        return io.active and not self.request_started(io)

    def request_started(self, io: UblkIo) -> bool:
        return self.blk.rq(io.q, io.t).started

    def ublk_cancel_cmd(self, io: UblkIo) -> None:
        """As the exit work calls it: test, claim and completion in one step, uring_lock is held."""
        if self.worth_a_claim(io) and not io.canceled:
            io.canceled = True
            self.complete(io, self.current.site("ublk_cancel_cmd < ublk_uring_cmd_cancel_fn"))

    def unmarked(self, ubq: UblkQueue) -> bool:
        """Whether a call would be the first of the queue, and so mark it."""
        return not ubq.canceling and self.ub.disk

    def may_mark(self) -> bool:
        """The mark is set while the queue is quiesced, which waits for all queue_rq()."""
        return self.no_queue_rq()

    def cancel_fn_may_run(self, command: IoUringCmd) -> bool:
        """A call that changes nothing, as the next round will make it again, is no step."""
        if not self.cancelable(command):
            return False
        ubq, io = self.queue_of(command), self.io_of(command)
        if self.unmarked(ubq):
            return self.may_mark()
        return self.worth_a_claim(io) and not io.canceled

    @abstractmethod
    def ublk_uring_cmd_cancel_fn(self, g: str, q: int, t: int) -> Steps:
        """->uring_cmd() with IO_URING_F_CANCEL"""

    # No monitor

    def ublk_abort_rq(self, rq: Request) -> None:
        """__ublk_abort_rq(): park the request. Nobody has to be told."""
        self.blk.blk_mq_requeue_request(rq, self.current.site("__ublk_abort_rq"))

    def ublk_fail_req(self, io: UblkIo, rq: Request) -> None:
        """__ublk_fail_req(): of a request that is known to be started. ABORTED is not asked any more."""
        del io
        site = self.current.site("__ublk_fail_req")
        if self.constants.reissue:
            self.blk.blk_mq_requeue_request(rq, site)
        else:
            self.blk.blk_mq_end_request(rq, site)

    def arm_monitor(self) -> None:
        """There is none."""

    def stop_monitor(self) -> Steps:
        yield from ()


class Linux67(BatchedCommands, ResetByStart, CancelableUringCmd):
    """6.7 to 6.14 with their three races fixed.

    8741d0737921: the mark is set while the queue is quiesced. f40139fde527: the command of a started request
    is left alone. And the quiesce work makes no pass over the commands, as the exit work completes them all.
    """

    def calls_of_one_step(self) -> dict[str, Callable[..., None]]:
        return {**super().calls_of_one_step(), "timeout": self.ublk_timeout}

    def ublk_queue_rq(self, q: int, t: int) -> Steps:
        """A queue that is being cancelled gets its request parked before it is started."""
        ubq = self.ub.queues[q]
        rq = self.blk.rq(q, t)
        yield Point("canceling_test", ready=lambda: self.may_start(q, t))
        if ubq.canceling:
            self.blk.requeue_unstarted(rq)
            return
        yield Point("start")
        self.blk.blk_mq_start_request(rq)
        yield Point("hand_over")
        self.ublk_queue_cmd(ubq, rq)

    def cancelable(self, command: IoUringCmd) -> bool:
        """ublk_uring_cmd_cancel_fn() only warns if the command's task is not the daemon of its queue: so the
        command of a queue that was not fetched completely stays pending.
        """
        return super().cancelable(command) and command.thread is self.queue_of(command).ubq_daemon

    def ublk_uring_cmd_cancel_fn(self, g: str, q: int, t: int) -> Steps:
        command = self.command(g, q, t)
        ubq, io = self.queue_of(command), self.io_of(command)
        yield Point("abort_requests", ready=lambda: self.cancel_fn_may_run(command))
        need_schedule = yield from self.ublk_abort_requests(ubq)
        if need_schedule:
            yield Point("cancel_cmd")
        self.ublk_cancel_cmd(io)
        if need_schedule:
            self.ub.quiesce_work.schedule()

    def ublk_abort_requests(self, ubq: UblkQueue) -> Generator[Point, None, bool]:
        """Mark the queue and abort what was with the server, once; returns whether this call did. The caller
        has waited until the queue could be quiesced.
        """
        yield from ()  # no point of its own: others run before or after
        if not self.unmarked(ubq):
            return False
        self.blk.quiesce()
        ubq.canceling = True
        self.ublk_abort_queue(ubq)
        self.unquiesce()
        return True

    def ublk_abort_queue(self, ubq: UblkQueue) -> None:
        """The started requests of slots that are not ACTIVE: they were with the server."""
        for io in ubq.ios:
            rq = self.blk.rq(io.q, io.t)
            if not io.active and rq.started:
                self.ublk_fail_req(io, rq)

    def ublk_timeout(self, q: int) -> None:
        """A request timed out. If all slots of a dead server are with it, no command is left to cancel, and
        this is how its death is noticed.
        """
        ubq = self.ub.queues[q]
        self.current = Current("the timeout work")
        timed_out = any(self.blk.rq(io.q, io.t).started for io in ubq.ios)
        if not timed_out or not self.ubq_daemon_is_dying(ubq, "ublk_timeout"):
            raise Refused("BLK_EH_RESET_TIMER: no request has timed out, or its server lives")
        if any(io.active for io in ubq.ios) or not self.unmarked(ubq) or not self.no_queue_rq():
            raise Refused("a command can be cancelled, the queue is marked, or it cannot be quiesced yet")
        for _ in self.ublk_abort_requests(ubq):
            pass  # what it would wait for is not there: see above
        self.ub.quiesce_work.schedule()

    def quiesce_work_cancels(self) -> Steps:
        yield from ()

    def ublk_queue_reinit(self, ubq: UblkQueue) -> None:
        """START_USER_RECOVERY also takes the mark back."""
        super().ublk_queue_reinit(ubq)
        ubq.canceling = False


class Linux67TwoQueues(Linux67):
    """Two queues, no I/O and no STOP_DEV: a new server that dies after it has fetched one queue."""

    conduct = Conduct(io=False, stops=False)
    defaults: Mapping[str, object] = MappingProxyType({"Q": 2, "FIXED_FILE": True})


class Canceling(Linux67):
    """Before 8741d0737921 (CVE-2025-22068): the mark is set first, even without a disk, and then the queue is
    quiesced. A queue_rq() that has not seen the mark goes on meanwhile.
    """

    def unmarked(self, ubq: UblkQueue) -> bool:
        return not ubq.canceling

    def may_mark(self) -> bool:
        return True

    def ublk_abort_requests(self, ubq: UblkQueue) -> Generator[Point, None, bool]:
        if not self.unmarked(ubq):
            return False
        ubq.canceling = True
        if not self.ub.disk:
            return False
        yield Point("quiesce", ready=self.no_queue_rq)
        self.blk.quiesce()
        self.ublk_abort_queue(ubq)
        self.unquiesce()
        return True


class CancelingTwoRings(Canceling):
    """Two rings that feed one queue; nobody recovers or stops the device."""

    conduct = Conduct(stops=False, recovers=False)
    defaults: Mapping[str, object] = MappingProxyType({"N": 2, "RINGS": 2, "CRASHES": 0})


class Cancel(Linux67):
    """Before f40139fde527 (CVE-2025-37906): a command is completed whether its request is started or not."""

    def request_started(self, io: UblkIo) -> bool:
        del io  # not asked
        return False


class LateCancel(Linux67):
    """The quiesce work still makes its pass after ub->mutex was dropped, as 6.1.192 does (SPDK issue 3384)."""

    def quiesce_work_cancels(self) -> Steps:
        yield from self.cancel_pass()


class Linux612117(LateCancel):
    """6.12.117, as in Debian 13: 8741d0737921 and f40139fde527 are in it, the late pass is as well."""


class Linux612113(Linux612117):
    """6.12.113: without f40139fde527."""

    def request_started(self, io: UblkIo) -> bool:
        del io  # not asked
        return False
