"""Linux 6.15: a command is cancelled by its ring's exit work, all else is done at the last close.

7e26cb69c5e6 (->canceling instead of a standing quiesce), 728cbac5fe21 (reset in ->release()), 82a8a30c581b
(the death of a server is noticed in ->release()), 736b005b413a, e63d2228ef83 (no ABORTED), f40139fde527.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from driver.device import DeviceState, UblkIo, UblkQueue
from driver.errors import Refused, Site
from driver.io_uring import Current, IoUringCmd
from driver.server import NEW, Conduct
from driver.steps import Point, Steps
from driver.v6_7 import CancelableUringCmd


class Linux615(CancelableUringCmd):
    """6.15, in three points as of a little later.

    One mark for the whole device (2fa9c93035e1); with one queue that is the same. A command may be cancelled
    whose queue has no daemon, as each slot knows its task (6.16). END_USER_RECOVERY knows who has the device
    open. And FETCH_REQ is in its two steps as before, only the second of them under ub->mutex: b69b8edfb27d,
    which makes it one, is not in.
    """

    def functions(self) -> dict[str, Callable[..., Steps]]:
        functions = {name: function for name, function in super().functions().items() if name != "quiesce_work"}
        return {**functions, "ch_release": self.last_close}

    def calls_of_one_step(self) -> dict[str, Callable[..., None]]:
        return {name: call for name, call in super().calls_of_one_step().items() if name != "release"}

    def keeps_quiesced(self) -> bool:
        """Nobody leaves the queue quiesced: queue_rq() parks instead."""
        return False

    # I/O

    def ublk_queue_rq(self, q: int, t: int) -> Steps:
        """The request is started before the mark is tested."""
        ubq = self.ub.queues[q]
        rq = self.blk.rq(q, t)
        yield Point("start", ready=lambda: self.may_start(q, t))
        self.blk.blk_mq_start_request(rq)
        yield Point("canceling_test")
        if ubq.canceling:
            self.ublk_abort_rq(rq)
            return
        yield Point("hand_over")
        self.hand_over(ubq, ubq.ios[t], rq)

    # A ring dies

    def ublk_uring_cmd_cancel_fn(self, g: str, q: int, t: int) -> Steps:
        """The first call marks the device, and each completes its command; requests are left alone."""
        command = self.command(g, q, t)
        ubq, io = self.queue_of(command), self.io_of(command)
        yield Point("abort_requests", ready=lambda: self.cancel_fn_may_run(command))
        if self.unmarked(ubq):
            self.ublk_start_cancel()
            yield Point("cancel_cmd")
        self.ublk_cancel_cmd(io)

    def ublk_start_cancel(self) -> None:
        """The caller has waited until the queue could be quiesced."""
        self.blk.quiesce()
        self.ublk_set_canceling(canceling=True)
        self.unquiesce()

    def ublk_set_canceling(self, *, canceling: bool) -> None:
        for ubq in self.ub.queues:
            ubq.canceling = canceling

    # The last close

    def last_close(self, g: str) -> Steps:
        """->release(): all commands were completed, so none is on a list, and no callback will come.

        Requests are disposed of without ub->mutex: STOP_DEV may hold it, and wait for them.
        """
        yield Point("abort", ready=lambda: self.last_fput(g))
        if self.ub.disk:
            self.ublk_set_canceling(canceling=True)
            for ubq in self.ub.queues:
                self.ublk_abort_queue(ubq)
            self.blk.blk_mq_kick_requeue_list()
            yield Point("mark", ready=self.may_mark_nosrv)
            if self.ub.disk:
                self.blk.quiesce()
                self.ub.state = DeviceState.QUIESCED
                self.unquiesce()
        yield Point("reset")
        self.ublk_reset_ch_dev()
        self.ublk_ch_release(g)

    def ublk_abort_queue(self, ubq: UblkQueue) -> None:
        """What was with the server; requests of ACTIVE slots were parked by their callbacks."""
        for io in ubq.ios:
            if io.owned:
                self.ublk_fail_req(io, self.blk.rq(io.q, io.t))

    def may_mark_nosrv(self) -> bool:
        """ub->mutex is taken, and the state is moved while the queue is quiesced."""
        return self.ub.mutex.free() and self.no_queue_rq()

    def ublk_reset_ch_dev(self) -> None:
        """Forget the server, but not CANCELED: it keeps everybody off io->cmd."""
        for ubq in self.ub.queues:
            ubq.nr_io_ready = 0
            ubq.ubq_daemon = None
            for io in ubq.ios:
                canceled = io.canceled
                io.reset()
                io.canceled = canceled
        self.ub.nr_queues_ready = 0

    def ublk_mark_io_ready(self, command: IoUringCmd) -> None:
        """With the last one of the device, CANCELED and the mark go (ublk_reset_io_flags())."""
        super().ublk_mark_io_ready(command)
        if self.ub.nr_queues_ready == len(self.ub.queues):
            for io in self.ub.ios():
                io.canceled = False
            self.ublk_set_canceling(canceling=False)

    # Control commands

    def ublk_force_abort_dev(self) -> Steps:
        yield from self.blk_mq_quiesce_queue()
        if self.ub.state is DeviceState.LIVE:
            yield from self.ublk_wait_tagset_rqs_idle()
        yield Point("unquiesce")
        self.ublk_unquiesce_dev()

    def ublk_ctrl_stop_dev(self) -> Steps:
        """There is no work to cancel."""
        yield from self.ublk_stop_dev()

    def ublk_ctrl_start_recovery(self) -> Steps:
        """All is forgotten already: only the latch is set up again."""
        yield Point("reset", ready=self.may_recover)
        self.check_slots_idle()
        self.ub.completion.reinit()
        self.recovering = True

    def may_end_recovery(self) -> bool:
        """It must come from the process that has the device open, else it is answered EINVAL."""
        return super().may_end_recovery() and self.ub.opened_by == NEW

    def ublk_ctrl_end_recovery(self) -> None:
        """The queue is not quiesced, but what was parked has to be dispatched again."""
        if not self.may_end_recovery():
            raise Refused("END_USER_RECOVERY is not sent, waits, or answers EBUSY or EINVAL")
        self.current = Current("END_USER_RECOVERY")
        self.recovering = False
        self.ub.state = DeviceState.LIVE
        self.blk.blk_mq_kick_requeue_list()


class Linux615Fixed(Linux615):
    """f7700a4415af, of 7.1: whoever claims a slot takes its command out of it, in one step with the claim."""

    def cancel_slot(self, io: UblkIo) -> Steps:
        slot = io.q, io.t
        yield Point("cancel_dev.test", slot=slot)
        if self.worth_a_claim(io):
            yield Point("cancel_dev.claim", slot=slot)
            if not io.canceled:
                self.take_and_complete(io, self.current.site("ublk_cancel_cmd < ublk_cancel_queue"))

    def ublk_cancel_cmd(self, io: UblkIo) -> None:
        if self.worth_a_claim(io) and not io.canceled:
            self.take_and_complete(io, self.current.site("ublk_cancel_cmd < ublk_uring_cmd_cancel_fn"))

    def take_and_complete(self, io: UblkIo, site: Site) -> None:
        """A slot without a command is left alone."""
        if io.cmd is not None:
            io.canceled = True
            self.complete(io, site)
            io.cmd = None


class Linux615PartialFetch(Linux615Fixed):
    """Before 0842186d2c4e (CVE-2026-53124), which clears CANCELED with each FETCH_REQ. Two tags and no I/O: a
    new server that dies while it fetches.
    """

    conduct = Conduct(io=False)
    partial_fetch_counts = True
    defaults: Mapping[str, object] = MappingProxyType({"N": 2})
