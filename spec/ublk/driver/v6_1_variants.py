"""6.1.0 looked at more closely, or from other sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from driver.block import Request
from driver.io_uring import IoUringCmd
from driver.server import Conduct
from driver.steps import Point
from driver.v6_1 import Linux61


class SplitKick(Linux61):
    """The callback parks the request first and then tells the monitor: others may run in between."""

    def abort_in_callback(self, command: IoUringCmd, rq: Request) -> Iterable[Point]:
        del command
        self.blk.blk_mq_requeue_request(rq, self.current.site("__ublk_abort_rq"))
        yield Point("kick")
        self.ub.monitor_work.schedule()


class ThreeSteps(SplitKick):
    """blk_mq_requeue_request() itself is two steps: idle first, then on the list."""

    def abort_in_callback(self, command: IoUringCmd, rq: Request) -> Iterable[Point]:
        del command
        self.blk.requeue_idle(rq, self.current.site("__ublk_abort_rq"))
        yield Point("list")
        self.blk.requeue_list(rq)
        yield Point("kick")
        self.ub.monitor_work.schedule()


class EndAnyTime(Linux61):
    """User space sends END_USER_RECOVERY whenever the latch lets it through."""

    conduct = Conduct(ends_once=False)


class PartialFetch(Linux61):
    """Two tags and no I/O: a new server that dies while it fetches a queue."""

    conduct = Conduct(io=False)
    partial_fetch_counts = True
    defaults: Mapping[str, object] = MappingProxyType({"N": 2})
