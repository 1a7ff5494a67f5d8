"""Linux 6.1.192: 6.1.0 with what the stable tree took from later kernels."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from driver.block import Request
from driver.device import DeviceState, UblkIo, UblkQueue
from driver.errors import Site, Warn
from driver.io_uring import IoUringCmd, io_uring_cmd_done
from driver.server import NEW, Conduct
from driver.steps import Point, Steps
from driver.v6_1 import Linux61


class CancelOutsideMutex(Linux61):
    """85248d670b71: commands are completed after ub->mutex was dropped, in a pass over all slots.

    CANCELED, set under ubq->cancel_lock, says that somebody is about to complete the command of a slot, or
    has done so. nr_io_ready is left alone, and a queue need not be fetched completely.
    """

    def cancel_pass(self) -> Steps:
        """ublk_cancel_dev(), which is ublk_cancel_queue() for each queue."""
        for io in self.ub.ios():
            yield from self.cancel_slot(io)

    def cancel_slot(self, io: UblkIo) -> Steps:
        """ublk_cancel_cmd(): a test without a lock, a claim under cancel_lock, and then, without it again,
        io->cmd is read and completed.
        """
        slot = io.q, io.t
        yield Point("cancel_dev.test", slot=slot)
        if not self.worth_a_claim(io):
            return
        yield Point("cancel_dev.claim", slot=slot)
        if io.canceled:
            return
        io.canceled = True
        yield Point("cancel_dev.complete", slot=slot)
        self.complete(io, self.current.site("ublk_cancel_queue"))

    def worth_a_claim(self, io: UblkIo) -> bool:
        return io.active

    def complete(self, io: UblkIo, site: Site) -> None:
        """io_uring_cmd_done(io->cmd, UBLK_IO_RES_ABORT); ACTIVE stays.

        STOP_DEV may complete what it finds, as the device is dead by then. Nobody else has any business with
        the command of a new server that lives.
        """
        command = self.cmd_of(io, site)
        if command.g == NEW and self.servers[NEW].living and self.ub.disk:
            self.warn(Warn.COMPLETED_NEW_SERVER)
        io_uring_cmd_done(command, site)

    def stale(self, io: UblkIo) -> bool:
        return io.canceled

    def ublk_quiesce_dev(self) -> Steps:
        """__ublk_quiesce_dev(): as before, but the commands wait for the pass."""
        yield from self.blk_mq_quiesce_queue()
        yield from self.ublk_wait_tagset_rqs_idle()
        yield Point("quiesce_dev.mark")
        self.ub.state = DeviceState.QUIESCED
        yield from self.stop_monitor()

    def ublk_quiesce_work_fn(self) -> Steps:
        """The pass is made whatever the state of the device."""
        yield Point("begin", ready=self.quiesce_work_may_begin)
        self.ub.quiesce_work.pending = False
        self.ub.mutex.lock()
        if self.ub.state is DeviceState.LIVE:
            yield from self.ublk_quiesce_dev()
        yield Point("unlock")
        self.ub.mutex.unlock()
        yield from self.quiesce_work_cancels()

    def quiesce_work_cancels(self) -> Steps:
        yield from self.cancel_pass()

    def ublk_stop_dev(self) -> Steps:
        """Nothing is completed before del_gendisk(); the pass is made of a dead device as well."""
        yield Point("begin", ready=self.may_stop)
        if self.ub.state is not DeviceState.DEAD:
            self.ub.mutex.lock()
            yield from self.ublk_force_abort_dev()
            yield from self.del_gendisk()
            self.ub.mutex.unlock()
        yield Point("pass")
        yield from self.cancel_pass()

    def ublk_force_abort_dev(self) -> Steps:
        """Let parked and new requests fail. It is a function of this name from 00b3b0d7cb45 on."""
        if self.ub.state is DeviceState.LIVE:
            yield from self.ublk_quiesce_dev()
        yield Point("unquiesce")
        self.ublk_unquiesce_dev()

    def check_slots_idle(self) -> None:
        """nr_io_ready says nothing any more."""
        if any(command.held for command in self.commands()):
            self.warn(Warn.SLOTS_NOT_IDLE)


class ResetByStart(Linux61):
    """START_USER_RECOVERY forgets the old server, slot by slot in several stores, and takes no lock for it
    that a pass over the commands would respect.
    """

    def may_recover(self) -> bool:
        """e58f5142f883: EINVAL if no queue is ready, as after another START_USER_RECOVERY."""
        return super().may_recover() and self.ub.nr_queues_ready > 0

    def ublk_ctrl_start_recovery(self) -> Steps:
        yield Point("reset", ready=self.may_recover)
        self.ub.mutex.lock()
        self.check_slots_idle()
        for ubq in self.ub.queues:
            self.ublk_queue_reinit(ubq)
        yield Point("reset_cmds")
        for io in self.ub.ios():
            io.cmd = None
        self.ub.nr_queues_ready = 0
        self.ub.completion.reinit()
        self.ub.mutex.unlock()
        self.recovering = True

    def ublk_queue_reinit(self, ubq: UblkQueue) -> None:
        """The first stores: io->flags is zeroed before io->cmd is."""
        ubq.nr_io_ready = 0
        self.put_daemon(ubq)
        for io in ubq.ios:
            io.clear_flags()


class BatchedCommands(Linux61):
    """ubq->io_cmds, a list of requests that share one callback (3ab6e94ca539, and gone in 6.15).

    A request that finds the list empty hands over the command of its own slot; all others only join. The
    callback is for the whole list, so the private area of the command has the queue, not a request.
    """

    def fill_pdu(self, command: IoUringCmd, rq: Request) -> None:
        """pdu->ubq, which is always that of the command."""

    def ublk_queue_cmd(self, ubq: UblkQueue, rq: Request) -> None:
        first = not ubq.io_cmds
        ubq.io_cmds.append(rq.t)
        if first:
            self.hand_over(ubq, ubq.ios[rq.t], rq)

    def ublk_rq_task_work(self, command: IoUringCmd) -> Steps:
        """ublk_forward_io_cmds() or ublk_abort_io_cmds(): take the whole list, and handle it in its order."""
        ubq = self.queue_of(command)
        tags, ubq.io_cmds = ubq.io_cmds, []
        for t in tags:
            yield from self.dispatch(command, self.blk.rq(ubq.q, t))


class Linux61192(BatchedCommands, ResetByStart, CancelOutsideMutex):
    """6.1.192, as in Debian 12."""

    def ublk_queue_cmd(self, ubq: UblkQueue, rq: Request) -> None:
        """ABORTED is looked at only where a command would be handed over: by the first of a list."""
        if not ubq.io_cmds and ubq.ios[rq.t].aborted:
            self.ublk_abort_rq(rq)
        else:
            super().ublk_queue_cmd(ubq, rq)


class Linux61192TwoQueues(Linux61192):
    """Two queues, no I/O and no STOP_DEV: a new server that dies after it has fetched one queue."""

    conduct = Conduct(io=False, stops=False)
    defaults: Mapping[str, object] = MappingProxyType({"Q": 2, "FIXED_FILE": True})
