"""Ming Lei's counter-proposal of 29 Aug 2022: quiesce instead of deleting the disk; and what becomes of it
with another wait, or none.
"""

from __future__ import annotations

from collections.abc import Iterable

from driver.block import Request
from driver.device import DeviceState, UblkIo, UblkQueue
from driver.io_uring import IoUringCmd, ThreadState, io_uring_cmd_done
from driver.steps import Point, Steps
from driver.v6_1 import Linux61


class Ming(Linux61):
    """The abort machinery of 6.0, with parked requests; the quiesce work waits for those of ACTIVE slots."""

    def ublk_quiesce_work_fn(self) -> Steps:
        yield Point("begin", ready=self.quiesce_work_may_begin)
        self.ub.quiesce_work.pending = False
        function = "ublk_quiesce_work_fn"
        if self.ub.state is not DeviceState.LIVE or not self.some_daemon_dying(function):
            return
        self.ub.mutex.lock()
        yield from self.ublk_quiesce_dev()
        yield Point("unlock")
        self.ub.mutex.unlock()

    def some_daemon_dying(self, function: str) -> bool:
        return any(self.ubq_daemon_is_dying(ubq, function) for ubq in self.ub.queues)

    def ublk_wait_tagset_rqs_idle(self) -> Steps:
        """A command on a list belongs to a started request of an ACTIVE slot; others were completed."""
        yield Point("quiesce_dev.wait_idle", ready=self.active_slots_idle)

    def active_slots_idle(self) -> bool:
        return not any(io.active and self.blk.rq(io.q, io.t).started for io in self.ub.ios())

    def ublk_cancel_queue(self, ubq: UblkQueue) -> None:
        """It is safe to complete commands if ubq->nr_io_ready > 0, says the mail."""
        if ubq.nr_io_ready > 0:
            self.cancel_active(ubq)

    def ublk_fail_req(self, io: UblkIo, rq: Request) -> None:
        """All requests in flight are held in the requeue list instead of being finished."""
        if not io.aborted:
            io.aborted = True
            self.blk.blk_mq_requeue_request(rq, self.current.site("__ublk_fail_req"))

    def ublk_stop_dev(self) -> Steps:
        """A live device goes to del_gendisk() at once, as in 6.0; parked requests of a quiesced one fail."""
        yield Point("begin", ready=self.may_stop)
        if self.ub.state is DeviceState.DEAD:
            self.ublk_cancel_dev()
            return
        self.ub.mutex.lock()
        if self.ub.state is DeviceState.QUIESCED:
            yield Point("unquiesce")
            self.ublk_unquiesce_dev()
        yield from self.del_gendisk()
        self.ublk_cancel_dev()
        self.ub.mutex.unlock()


class MingMonitorNotStopped(Ming):
    """With the monitor of 6.0: armed until the device is dead, and stopped by nobody else."""

    def monitor_rearms(self) -> bool:
        return self.ub.state is not DeviceState.DEAD

    def stop_monitor(self) -> Steps:
        yield from ()


class Strawman(Ming):
    """The counter-proposal without the wait: quiesce, and complete the pending commands."""

    def ublk_wait_tagset_rqs_idle(self) -> Steps:
        yield from ()


class FlushFirst(Strawman):
    """Flush io_uring's lists instead: none of the dying tasks' own, nothing for the fallback work."""

    def ublk_wait_tagset_rqs_idle(self) -> Steps:
        yield from self.flush()

    def flush(self) -> Steps:
        yield Point("quiesce_dev.flush", ready=lambda: self.task_lists_closed() and self.fallback_flushed())

    def task_lists_closed(self) -> bool:
        threads = [thread for server in self.servers.values() for thread in server.threads]
        return not any(thread.state is ThreadState.EXITING for thread in threads)

    def fallback_flushed(self) -> bool:
        rings = [ring for server in self.servers.values() for ring in server.rings.values()]
        return self.not_running("run_fallback") and not any(ring.on_fallback() for ring in rings)


class FlushBeforeQuiesce(FlushFirst):
    """Flushed too early: queue_rq() hands over another command in between."""

    def blk_mq_quiesce_queue(self) -> Steps:
        yield from self.flush()
        yield from super().blk_mq_quiesce_queue()

    def ublk_wait_tagset_rqs_idle(self) -> Steps:
        yield from ()


class FlushListOpen(FlushFirst):
    """Flushed while the dying task still runs its own list."""

    def task_lists_closed(self) -> bool:
        return True


class AlwaysComplete(Strawman):
    """Zhang's rule: the callback always completes its command, as nvme_uring_cmd_end_io() does.

    The quiesce work disposes of all started requests, and completes only what no callback will.
    """

    def abort_in_callback(self, command: IoUringCmd, rq: Request) -> Iterable[Point]:
        del rq
        io_uring_cmd_done(command, self.current.site("__ublk_rq_task_work"))
        return ()

    def ublk_daemon_monitor_work(self) -> Steps:
        """It only notices."""
        yield Point("look", ready=self.monitor_finds_something)
        self.ub.monitor_work.pending = False
        self.some_daemon_dying("ublk_daemon_monitor_work")
        self.monitor_notices()
        if self.monitor_rearms():
            self.ub.monitor_work.schedule()

    def ublk_quiesce_dev(self) -> Steps:
        yield from self.blk_mq_quiesce_queue()
        yield Point("quiesce_dev.mark")
        for rq in self.blk.all():
            if rq.started:
                self.ublk_recover_rq(rq)
        self.ub.state = DeviceState.QUIESCED
        for ubq in self.ub.queues:
            self.cancel_rest(ubq)
        yield from self.stop_monitor()

    def ublk_recover_rq(self, rq: Request) -> None:
        """Park or end a started request, and forget its slot: its command is the callback's, or was completed."""
        io = self.ub.queues[rq.q].ios[rq.t]
        site = self.current.site("ublk_recover_rq")
        if io.active or self.constants.reissue:
            self.blk.blk_mq_requeue_request(rq, site)
        else:
            self.blk.blk_mq_end_request(rq, site)
        io.reset()

    def cancel_rest(self, ubq: UblkQueue) -> None:
        """Complete what is still set: the commands of slots without a request."""
        site = self.current.site("ublk_cancel_queue")
        for io in ubq.ios:
            if io.cmd is not None:
                io_uring_cmd_done(io.cmd, site)
            io.reset()
        ubq.nr_io_ready = 0
