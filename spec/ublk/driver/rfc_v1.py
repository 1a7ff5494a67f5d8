"""[RFC PATCH 0/9] ublk_drv: add USER_RECOVERY support, of 24 Aug 2022, and two readings of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from driver.block import Request
from driver.device import DeviceState, UblkIo, UblkQueue
from driver.errors import Refused
from driver.io_uring import Current, IoUringCmd, Queued, ThreadState, io_uring_cmd_done
from driver.steps import Point, Steps
from driver.v6_1 import Linux61


class RfcV1(Linux61):
    """The callback always completes its command; nobody does anything until user space sends START or STOP.

    The state RECOVERING of the series is QUIESCED here: both have the number 2.
    """

    def functions(self) -> dict[str, Callable[..., Steps]]:
        return {name: function for name, function in super().functions().items() if name != "quiesce_work"}

    # I/O

    def ublk_queue_rq(self, q: int, t: int) -> Steps:
        """Only force_abort is tested, before the request is started; neither PF_EXITING nor ABORTED is."""
        yield Point("start", ready=lambda: self.may_start(q, t))
        rq = self.blk.rq(q, t)
        self.blk.blk_mq_start_request(rq)
        yield Point("hand_over")
        self.ublk_queue_cmd(self.ub.queues[q], rq)

    def ublk_queue_cmd(self, ubq: UblkQueue, rq: Request) -> None:
        self.hand_over(ubq, ubq.ios[rq.t], rq)

    def abort_in_callback(self, command: IoUringCmd, rq: Request) -> Iterable[Point]:
        """Patch 4: always complete the command, and never touch the request."""
        del rq
        io_uring_cmd_done(command, self.current.site("__ublk_rq_task_work"))
        return ()

    # The monitor: it does all aborting, but only STOP wakes it

    def arm_monitor(self) -> None:
        """Patch 9: with recovery, START_DEV does not schedule the monitor."""

    def monitor_finds_something(self) -> bool:
        news = any((not ubq.ubq_daemon or ubq.ubq_daemon.exiting) and not ubq.force_abort for ubq in self.ub.queues)
        return self.ub.monitor_work.pending and news

    def ublk_daemon_monitor_work(self) -> Steps:
        """Set force_abort, wait until every queue_rq() sees it, then abort."""
        yield Point("look", ready=self.monitor_finds_something)
        self.ub.monitor_work.pending = False
        function = "ublk_daemon_monitor_work"
        dying = [ubq for ubq in self.ub.queues if self.ubq_daemon_is_dying(ubq, function) and not ubq.force_abort]
        for ubq in dying:
            ubq.force_abort = True
        if self.ub.state is not DeviceState.DEAD:
            self.ub.monitor_work.schedule()
        yield Point("abort", ready=self.no_queue_rq, carries=tuple(ubq.q for ubq in dying))
        for ubq in dying:
            self.ublk_abort_queue(ubq)

    def ublk_abort_queue(self, ubq: UblkQueue) -> None:
        """End what is started, its command is the callback's; complete the other commands."""
        site = self.current.site("ublk_abort_queue")
        for io in ubq.ios:
            rq = self.blk.rq(io.q, io.t)
            if rq.started:
                self.blk.blk_mq_end_request(rq, site)
            else:
                self.cancel(ubq, io)

    def cancel(self, ubq: UblkQueue, io: UblkIo) -> None:
        """Patch 2: each slot by itself, and a cancelled one is no longer ACTIVE."""
        site = self.current.site("ublk_cancel_queue")
        if io.active:
            io_uring_cmd_done(self.cmd_of(io, site), site)
            io.active = False
            ubq.nr_io_ready -= 1

    def ublk_cancel_queue(self, ubq: UblkQueue) -> None:
        """Only what lives: the commands of a dying daemon are the monitor's."""
        if not self.ubq_daemon_is_dying(ubq, "ublk_cancel_queue"):
            for io in ubq.ios:
                self.cancel(ubq, io)

    # STOP_DEV

    def may_stop(self) -> bool:
        """STOP does nothing to a device that is dead or being recovered."""
        return super().may_stop() and self.ub.state is DeviceState.LIVE

    def ublk_ctrl_stop_dev(self) -> Steps:
        """Patch 5: kick the monitor, freeze, and only then delete the disk, all under ub->mutex."""
        yield Point("begin", ready=self.may_stop)
        self.ub.mutex.lock()
        self.ub.monitor_work.schedule()
        yield from self.del_gendisk()
        yield Point("stop_works", ready=lambda: self.not_running("monitor"))
        self.ub.monitor_work.cancel()
        self.ublk_cancel_dev()
        self.ub.mutex.unlock()

    # Recovery

    def may_recover(self) -> bool:
        """Patch 8: a live device whose daemons are all dying. Whether it is open is not asked.

        START quiesces the queue under ub->mutex, which waits for queue_rq().
        """
        daemons = [ubq.ubq_daemon for ubq in self.ub.queues]
        crashed = all(daemon is not None and daemon.exiting for daemon in daemons)
        let_in = self.conduct.recovers and self.ub.mutex.free() and self.no_queue_rq()
        return let_in and self.ub.state is DeviceState.LIVE and crashed

    def ublk_ctrl_start_recovery(self) -> Steps:
        yield Point("reset", ready=self.may_recover)
        self.ub.mutex.lock()
        self.blk.quiesce()
        self.ub.state = DeviceState.QUIESCED
        self.ub.completion.reinit()
        yield Point("recover")
        for rq in self.blk.all():
            if rq.started:
                self.ublk_recover_rq(rq)
        for ubq in self.ub.queues:
            self.ublk_queue_reinit(ubq)
        self.ub.nr_queues_ready = 0
        self.ub.mutex.unlock()
        self.recovering = True

    def ublk_recover_rq(self, rq: Request) -> None:
        """Take a started request back, and forget the slot: a command of it is left to its callback."""
        io = self.ub.queues[rq.q].ios[rq.t]
        self.take_back(io, rq)
        io.reset()

    def take_back(self, io: UblkIo, rq: Request) -> None:
        """A request that was with the server fails, unless it may be issued again."""
        site = self.current.site("ublk_recover_rq")
        if io.active or self.constants.reissue:
            self.blk.blk_mq_requeue_request(rq, site)
        else:
            self.blk.blk_mq_end_request(rq, site)

    def ublk_queue_reinit(self, ubq: UblkQueue) -> None:
        """Put the daemon, and complete the commands that are left: those of idle slots."""
        site = self.current.site("ublk_queue_reinit")
        self.put_daemon(ubq)
        for io in ubq.ios:
            if io.cmd is not None:
                io_uring_cmd_done(io.cmd, site)
            io.reset()
        ubq.nr_io_ready = 0

    def ublk_ctrl_end_recovery(self) -> None:
        """What START has requeued runs from here on; the monitor is not armed."""
        if not self.may_end_recovery():
            raise Refused("END_USER_RECOVERY is not sent, waits, or answers EBUSY")
        self.current = Current("END_USER_RECOVERY")
        self.recovering = False
        self.unquiesce()
        self.blk.blk_mq_kick_requeue_list()
        self.ub.state = DeviceState.LIVE


class RfcV1TaskWork(RfcV1):
    """RFC v1 built in, with direct task work, and without the braces that patch 4 forgot."""

    def ublk_queue_cmd(self, ubq: UblkQueue, rq: Request) -> None:
        """task_work_add(), and the completion that was meant for its failure alone."""
        site = self.current.site("ublk_queue_rq")
        command = self.prepare(ubq, ubq.ios[rq.t], rq, site)
        if command.thread.state is not ThreadState.CLOSED:
            command.queued = Queued.TASK_LIST
            command.note("queued", site)
        io_uring_cmd_done(command, site)


class StartCompletes(RfcV1):
    """The mail read literally: the callback just returns, and START completes every old command."""

    def abort_in_callback(self, command: IoUringCmd, rq: Request) -> Iterable[Point]:
        del command, rq
        return ()

    def ublk_recover_rq(self, rq: Request) -> None:
        """The command of an ACTIVE slot stays where it is: ublk_queue_reinit() completes it."""
        io = self.ub.queues[rq.q].ios[rq.t]
        self.take_back(io, rq)
        if not io.active:
            io.reset()
