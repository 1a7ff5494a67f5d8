"""Linux 6.1.0: ublk with user recovery as merged (42cf5fc5eece, bbae8d1f526b, a0d41dc11374, c732a852b419)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from driver.block import Request
from driver.device import DeviceState, UblkIo, UblkQueue
from driver.errors import About, NullDereference, Refused, Site, Warn
from driver.io_uring import Current, IoUringCmd, io_uring_cmd_complete_in_task, io_uring_cmd_done
from driver.kernel import QUIESCE_WORK, Kernel
from driver.server import NEW
from driver.steps import Point, Steps


class Linux61(Kernel):
    """ublk of 6.1.0; the base of all other revisions."""

    def functions(self) -> dict[str, Callable[..., Steps]]:
        return {
            **super().functions(),
            "monitor": self.ublk_daemon_monitor_work,
            "quiesce_work": self.ublk_quiesce_work_fn,
            "stop": self.ublk_ctrl_stop_dev,
            "start_recovery": self.ublk_ctrl_start_recovery,
        }

    # Small functions

    def queue_of(self, command: IoUringCmd) -> UblkQueue:
        return self.ub.queues[command.q]

    def io_of(self, command: IoUringCmd) -> UblkIo:
        return self.ub.queues[command.q].ios[command.t]

    def ubq_daemon_is_dying(self, ubq: UblkQueue, function: str) -> bool:
        if ubq.ubq_daemon is None:
            site = self.current.site(function)
            raise NullDereference(f"ubq_daemon of queue {ubq.q}", About.DAEMON, site)
        return ubq.ubq_daemon.exiting

    def no_queue_rq(self) -> bool:
        """What blk_mq_quiesce_queue() waits for: no queue_rq() is running."""
        return not self.calls.under_way("queue_rq")

    def not_running(self, work: str) -> bool:
        """What cancel_work_sync() waits for."""
        return not self.calls.under_way(work)

    # I/O

    def may_start(self, q: int, t: int) -> bool:
        """Whether blk-mq calls queue_rq() for a tag, and that does not refuse it at once (force_abort)."""
        rq = self.blk.rq(q, t)
        free = rq.state is rq.state.FREE
        dispatches = self.conduct.io and self.ub.disk and not self.blk.quiesced
        return dispatches and free and not self.ub.queues[q].force_abort

    def ublk_queue_rq(self, q: int, t: int) -> Steps:
        ubq = self.ub.queues[q]
        rq = self.blk.rq(q, t)
        yield Point("start", ready=lambda: self.may_start(q, t))
        self.blk.blk_mq_start_request(rq)
        yield Point("dying_test")
        if self.ubq_daemon_is_dying(ubq, "ublk_queue_rq"):
            self.ublk_abort_rq(rq)
            return
        yield Point("hand_over")
        self.ublk_queue_cmd(ubq, rq)

    def ublk_queue_cmd(self, ubq: UblkQueue, rq: Request) -> None:
        """A slot whose request the monitor has aborted has no command that could be handed over."""
        io = ubq.ios[rq.t]
        if io.aborted:
            self.ublk_abort_rq(rq)
            return
        self.hand_over(ubq, io, rq)

    def hand_over(self, ubq: UblkQueue, io: UblkIo, rq: Request) -> None:
        """Give the slot's command to io_uring, with the request in its private area."""
        site = self.current.site("ublk_queue_cmd")
        io_uring_cmd_complete_in_task(self.prepare(ubq, io, rq, site), site)

    def prepare(self, ubq: UblkQueue, io: UblkIo, rq: Request, site: Site) -> IoUringCmd:
        command = self.cmd_of(io, site)
        command.touch(site)
        if not command.held or command.thread is not ubq.ubq_daemon or self.stale(io):
            self.warn(Warn.HANDED_OVER_STALE)
        self.fill_pdu(command, rq)
        return command

    def fill_pdu(self, command: IoUringCmd, rq: Request) -> None:
        """The private area of a command says what its callback is for."""
        command.pdu_request = rq

    def stale(self, io: UblkIo) -> bool:
        """Whether more than its own state says that a slot's command must not be handed over."""
        del io  # flags that say so came later
        return False

    def cmd_of(self, io: UblkIo, site: Site) -> IoUringCmd:
        if io.cmd is None:
            raise NullDereference(f"io->cmd of tag {io.t} of queue {io.q}", About.COMMAND, site)
        return io.cmd

    def ublk_rq_task_work(self, command: IoUringCmd) -> Steps:
        """The callback of a command: for the request in its private area."""
        rq = command.pdu_request
        if rq is None:
            raise NullDereference(f"the request of {command.what}", About.COMMAND, self.current.site("task_work"))
        yield from self.dispatch(command, rq)

    def dispatch(self, command: IoUringCmd, rq: Request) -> Steps:
        """__ublk_rq_task_work(): deliver the request, or abort it if this is not the living daemon."""
        thread = self.current.thread
        if thread is None or thread is not self.queue_of(command).ubq_daemon or thread.exiting:
            if thread is not None and not thread.exiting:
                self.warn(Warn.NOT_OWN_TASK)
            yield from self.abort_in_callback(command, rq)
        else:
            self.ubq_complete_io_cmd(self.ub.queues[rq.q].ios[rq.t])

    def abort_in_callback(self, command: IoUringCmd, rq: Request) -> Iterable[Point]:
        """The command is left alone: it is completed when all requests are idle."""
        del command
        self.ublk_abort_rq(rq)
        return ()

    def ubq_complete_io_cmd(self, io: UblkIo) -> None:
        """The server gets the request: the slot is its own until it commits."""
        site = self.current.site("ubq_complete_io_cmd")
        command = self.cmd_of(io, site)
        io.owned, io.active = True, False
        io_uring_cmd_done(command, site)

    def ublk_abort_rq(self, rq: Request) -> None:
        """__ublk_abort_rq(): park the request, and tell the monitor."""
        self.blk.blk_mq_requeue_request(rq, self.current.site("__ublk_abort_rq"))
        self.ub.monitor_work.schedule()

    # Commands of the server

    def ublk_fetch(self, command: IoUringCmd, may_send: Callable[[], bool]) -> Steps:
        ubq, io = self.queue_of(command), self.io_of(command)

        def accepted() -> bool:
            daemon = ubq.ubq_daemon in {None, command.thread}
            return may_send() and daemon and not (io.active or io.owned or ubq.ready)

        yield Point("fetch", ready=accepted)
        self.check_own_task(command)
        command.issue(self.current.site("ublk_ch_uring_cmd"))
        io.cmd, io.active = command, True
        yield Point("mark_ready", ready=self.ub.mutex.free)
        self.check_own_task(command)
        self.ublk_mark_io_ready(command)

    def ublk_mark_io_ready(self, command: IoUringCmd) -> None:
        ubq = self.queue_of(command)
        ubq.nr_io_ready += 1
        if ubq.ready:
            ubq.ubq_daemon = command.thread
            self.ub.nr_queues_ready += 1
        if self.ub.nr_queues_ready == len(self.ub.queues):
            self.ub.completion.complete_all()

    def check_own_task(self, command: IoUringCmd) -> None:
        if self.current.thread is not command.thread or not command.thread.alive:
            self.warn(Warn.NOT_OWN_TASK)

    def ublk_commit_and_fetch(self, command: IoUringCmd) -> None:
        ubq, io = self.queue_of(command), self.io_of(command)
        if not io.owned or io.active or ubq.ubq_daemon is not command.thread:
            raise Refused("EINVAL: the slot is not the server's")
        self.check_own_task(command)
        site = self.current.site("ublk_ch_uring_cmd")
        command.issue(site)
        io.cmd, io.active, io.owned = command, True, False
        self.blk.blk_mq_end_request(self.blk.rq(io.q, io.t), site)

    # The device

    def ublk_ctrl_start_dev(self) -> None:
        if self.ub.used or not self.ub.completion.done or not self.ub.mutex.free():
            raise Refused("START_DEV waits, or the device was started before")
        self.ub.used = True
        self.arm_monitor()
        self.ub.state = DeviceState.LIVE

    def arm_monitor(self) -> None:
        self.ub.monitor_work.schedule()

    def ublk_ch_release(self, g: str) -> None:
        del g
        self.ub.opened_by = None

    # The monitor

    def ublk_daemon_monitor_work(self) -> Steps:
        yield Point("look", ready=self.monitor_finds_something)
        self.ub.monitor_work.pending = False
        function = "ublk_daemon_monitor_work"
        dying = [ubq for ubq in self.ub.queues if self.ubq_daemon_is_dying(ubq, function)]
        self.monitor_notices()
        if self.monitor_rearms():
            self.ub.monitor_work.schedule()
        yield Point("abort", carries=tuple(ubq.q for ubq in dying))
        for ubq in dying:
            self.ublk_abort_queue(ubq)

    def monitor_finds_something(self) -> bool:
        """A run that sees only living daemons changes nothing, and is no step."""
        dead = any(ubq.ubq_daemon is None or ubq.ubq_daemon.exiting for ubq in self.ub.queues)
        return self.ub.monitor_work.pending and dead

    def monitor_notices(self) -> None:
        """A daemon is dying: what is to be done about the device."""
        self.ub.quiesce_work.schedule()

    def monitor_rearms(self) -> bool:
        return self.ub.state is DeviceState.LIVE

    def ublk_abort_queue(self, ubq: UblkQueue) -> None:
        """Dispose of the requests that were with the server; those of ACTIVE slots are the callbacks'."""
        for io in ubq.ios:
            rq = self.blk.rq(io.q, io.t)
            if not io.active and rq.seen:
                self.ublk_fail_req(io, rq)

    def ublk_fail_req(self, io: UblkIo, rq: Request) -> None:
        """__ublk_fail_req(): once for each slot. Whether the request is started is not looked at."""
        if io.aborted:
            return
        io.aborted = True
        site = self.current.site("__ublk_fail_req")
        if self.constants.reissue:
            self.blk.blk_mq_requeue_request(rq, site)
        else:
            self.blk.blk_mq_end_request(rq, site)

    # Quiescing

    def quiesce_work_may_begin(self) -> bool:
        return self.ub.quiesce_work.pending and self.ub.mutex.free()

    def ublk_quiesce_work_fn(self) -> Steps:
        yield Point("begin", ready=self.quiesce_work_may_begin)
        self.ub.quiesce_work.pending = False
        if self.ub.state is not DeviceState.LIVE:
            return
        self.ub.mutex.lock()
        yield from self.ublk_quiesce_dev()
        yield Point("unlock")
        self.ub.mutex.unlock()

    def ublk_quiesce_dev(self) -> Steps:
        """__ublk_quiesce_dev(): no new queue_rq(), all requests idle, then the commands are nobody's."""
        yield from self.blk_mq_quiesce_queue()
        yield from self.ublk_wait_tagset_rqs_idle()
        yield Point("quiesce_dev.mark")
        self.ub.state = DeviceState.QUIESCED
        self.ublk_cancel_dev()
        yield from self.stop_monitor()

    def blk_mq_quiesce_queue(self) -> Steps:
        yield Point("quiesce_dev.quiesce", ready=self.no_queue_rq)
        self.blk.quiesce()

    def ublk_wait_tagset_rqs_idle(self) -> Steps:
        yield Point("quiesce_dev.wait_idle", ready=self.blk.idle)

    def stop_monitor(self) -> Steps:
        """cancel_delayed_work_sync(): the monitor must not look at daemons that START drops."""
        yield Point("quiesce_dev.stop_monitor", ready=lambda: self.not_running("monitor"))
        self.ub.monitor_work.cancel()

    def ublk_cancel_dev(self) -> None:
        for ubq in self.ub.queues:
            self.ublk_cancel_queue(ubq)

    def ublk_cancel_queue(self, ubq: UblkQueue) -> None:
        """Complete the pending commands of a queue that was fetched completely, once."""
        if ubq.ready:
            self.cancel_active(ubq)

    def cancel_active(self, ubq: UblkQueue) -> None:
        """All at once; ACTIVE stays, so nr_io_ready alone keeps it from being done again."""
        site = self.current.site("ublk_cancel_queue")
        pending = [io for io in ubq.ios if io.active]
        if pending and self.by_abort_machinery() and ubq.ready and self.serves_anew(ubq):
            self.warn(Warn.COMPLETED_NEW_SERVER)
        for io in pending:
            io_uring_cmd_done(self.cmd_of(io, site), site)
        ubq.nr_io_ready = 0

    def by_abort_machinery(self) -> bool:
        """Whether a server's death brought us here, not a user's STOP."""
        return self.current.context == QUIESCE_WORK

    def serves_anew(self, ubq: UblkQueue) -> bool:
        """Whether the queue is served by the new server, all of which lives."""
        daemon = ubq.ubq_daemon
        return daemon is not None and daemon.g == NEW and self.servers[NEW].living

    # STOP_DEV

    def may_stop(self) -> bool:
        """STOP_DEV is sent from START_DEV on; it waits for ub->mutex."""
        return self.conduct.stops and self.ub.used and self.ub.mutex.free()

    def ublk_ctrl_stop_dev(self) -> Steps:
        yield from self.ublk_stop_dev()
        yield Point("stop_works", ready=self.works_not_running)
        self.ub.monitor_work.cancel()
        self.ub.quiesce_work.cancel()

    def works_not_running(self) -> bool:
        return self.not_running("monitor") and self.not_running("quiesce_work")

    def ublk_stop_dev(self) -> Steps:
        yield Point("begin", ready=self.may_stop)
        if self.ub.state is DeviceState.DEAD:
            self.ublk_cancel_dev()
            return
        self.ub.mutex.lock()
        if self.ub.state is DeviceState.LIVE:
            yield from self.ublk_quiesce_dev()
        yield Point("unquiesce")
        self.ublk_unquiesce_dev()
        yield from self.del_gendisk()
        self.ublk_cancel_dev()
        self.ub.mutex.unlock()

    def ublk_unquiesce_dev(self) -> None:
        """Let the parked requests fail: they would keep del_gendisk() waiting."""
        for ubq in self.ub.queues:
            ubq.force_abort = True
        self.unquiesce()
        self.blk.blk_mq_kick_requeue_list()

    def unquiesce(self) -> None:
        if not self.blk.unquiesce():
            self.warn(Warn.QUIESCE_UNBALANCED)

    def del_gendisk(self) -> Steps:
        """Freezes the queue and so waits until all requests have ended."""
        yield Point("del_gendisk", ready=lambda: self.blk.ended() and self.no_queue_rq())
        self.ub.state = DeviceState.DEAD
        self.recovering = False  # user space does not recover a dead device

    # Recovery

    def may_recover(self) -> bool:
        """START_USER_RECOVERY waits for ub->mutex, and answers EBUSY if the device is open or not quiesced."""
        aborted = self.ub.state is DeviceState.QUIESCED and self.ub.opened_by is None
        return self.conduct.recovers and self.ub.mutex.free() and aborted

    def ublk_ctrl_start_recovery(self) -> Steps:
        yield Point("reset", ready=self.may_recover)
        self.check_slots_idle()
        for ubq in self.ub.queues:
            self.ublk_queue_reinit(ubq)
        self.ub.nr_queues_ready = 0
        self.ub.completion.reinit()
        self.recovering = True

    def check_slots_idle(self) -> None:
        """All old commands have to be completed."""
        if any(ubq.nr_io_ready for ubq in self.ub.queues) or any(command.held for command in self.commands()):
            self.warn(Warn.SLOTS_NOT_IDLE)

    def ublk_queue_reinit(self, ubq: UblkQueue) -> None:
        """Forget the old server: its task is put, the slots are zeroed."""
        ubq.nr_io_ready = 0
        self.put_daemon(ubq)
        for io in ubq.ios:
            io.reset()

    def put_daemon(self, ubq: UblkQueue) -> None:
        """put_task_struct(), which is not for NULL."""
        if ubq.ubq_daemon is None:
            site = self.current.site("put_task_struct")
            raise NullDereference(f"ubq_daemon of queue {ubq.q}", About.DAEMON, site)
        ubq.ubq_daemon = None

    def may_end_recovery(self) -> bool:
        """END_USER_RECOVERY waits for the latch and ub->mutex, and answers EBUSY if not quiesced."""
        sent = self.conduct.recovers and (self.recovering or not self.conduct.ends_once)
        let_through = self.ub.completion.done and self.ub.mutex.free()
        return sent and let_through and self.ub.state is DeviceState.QUIESCED

    def ublk_ctrl_end_recovery(self) -> None:
        if not self.may_end_recovery():
            raise Refused("END_USER_RECOVERY is not sent, waits, or answers EBUSY")
        self.current = Current("END_USER_RECOVERY")
        self.recovering = False
        self.unquiesce()
        self.blk.blk_mq_kick_requeue_list()
        self.ub.state = DeviceState.LIVE
        self.arm_monitor()
