"""Linux 6.0: ublk without recovery. The monitor ends the requests of a dead server, and STOP_DEV does the rest."""

from __future__ import annotations

from collections.abc import Callable

from driver.block import Request
from driver.device import DeviceState, UblkIo, UblkQueue
from driver.server import Conduct
from driver.steps import Point, Steps
from driver.v6_1 import Linux61


class Linux60(Linux61):
    """6.0 as released, with e6190dd0031d: queue_rq() tests ABORTED before it hands a command over.

    queue_rq() runs on another CPU than the dying task, and may miss PF_EXITING (report of 8 Aug 2022).
    """

    conduct = Conduct(recovers=False)
    misses_exit = True

    def functions(self) -> dict[str, Callable[..., Steps]]:
        absent = {"quiesce_work", "start_recovery"}
        return {name: function for name, function in super().functions().items() if name not in absent}

    def ublk_queue_rq(self, q: int, t: int) -> Steps:
        ubq = self.ub.queues[q]
        rq = self.blk.rq(q, t)

        def dying() -> bool:
            return self.ubq_daemon_is_dying(ubq, "ublk_queue_rq")

        yield Point("start", ready=lambda: self.may_start(q, t))
        self.blk.blk_mq_start_request(rq)
        yield Point("dying_test", ready=lambda: self.sees_exit or dying())
        if self.sees_exit and dying():
            self.ublk_abort_rq(rq)
            return
        yield Point("hand_over")
        self.ublk_queue_cmd(ubq, rq)

    def ublk_abort_rq(self, rq: Request) -> None:
        """End the request with an error, and tell the monitor."""
        self.blk.blk_mq_end_request(rq, self.current.site("__ublk_rq_task_work"))
        self.ub.monitor_work.schedule()

    def monitor_notices(self) -> None:
        """STOP_DEV is scheduled; user space may send it at any time, so that takes no step here."""

    def monitor_rearms(self) -> bool:
        return self.ub.state is not DeviceState.DEAD

    def ublk_fail_req(self, io: UblkIo, rq: Request) -> None:
        if not io.aborted:
            io.aborted = True
            self.blk.blk_mq_end_request(rq, self.current.site("__ublk_fail_req"))

    def ublk_stop_dev(self) -> Steps:
        """del_gendisk() waits until all requests have ended: then no command is on a list any more."""
        yield Point("begin", ready=self.may_stop)
        if self.ub.state is DeviceState.DEAD:
            self.ublk_cancel_dev()
            return
        self.ub.mutex.lock()
        yield from self.del_gendisk()
        self.ublk_cancel_dev()
        self.ub.mutex.unlock()


class Linux60Rc(Linux60):
    """6.0-rc, before e6190dd0031d: the slot's command is handed over whatever its flags say."""

    def ublk_queue_cmd(self, ubq: UblkQueue, rq: Request) -> None:
        self.hand_over(ubq, ubq.ios[rq.t], rq)


class Linux60Reliable(Linux60):
    """6.0, if queue_rq() always saw PF_EXITING."""

    misses_exit = False


class Linux60RcReliable(Linux60Rc):
    """6.0-rc, if queue_rq() always saw PF_EXITING."""

    misses_exit = False
