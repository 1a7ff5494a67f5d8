"""[PATCH V4 0/8] ublk_drv: add USER_RECOVERY support, of 21 Sep 2022."""

from __future__ import annotations

from collections.abc import Callable

from driver.device import DeviceState, UblkQueue
from driver.errors import Refused
from driver.steps import Steps
from driver.v6_1 import Linux61


class PatchV4(Linux61):
    """As 6.1, but nobody stops the monitor, and the old server's daemons are dropped when it closes the device.

    One command, RESTART_DEV, ends a recovery. User space starts the new server when it finds the device
    quiesced and closed, and sends RESTART_DEV once for each close.
    """

    def functions(self) -> dict[str, Callable[..., Steps]]:
        return {name: function for name, function in super().functions().items() if name != "start_recovery"}

    def stop_monitor(self) -> Steps:
        yield from ()

    def monitor_rearms(self) -> bool:
        return self.ub.state is not DeviceState.DEAD

    def may_open(self) -> bool:
        return self.recovering and self.ub.state is DeviceState.QUIESCED

    def release(self, g: str) -> None:
        if not self.ub.mutex.free():
            raise Refused("->release() waits for ub->mutex")
        super().release(g)

    def ublk_ch_release(self, g: str) -> None:
        """Forget the server of an aborted device: its tasks are put, the slots are zeroed.

        Version 5 does so whatever the state; that is what makes it differ from this one.
        """
        if self.ub.state is DeviceState.QUIESCED:
            self.forget_server()
        super().ublk_ch_release(g)

    def forget_server(self) -> None:
        for ubq in self.ub.queues:
            self.ublk_queue_reinit(ubq)
        self.ub.nr_queues_ready = 0
        self.ub.completion.reinit()
        self.recovering = True

    def put_daemon(self, ubq: UblkQueue) -> None:
        """A queue that was not fetched completely has no daemon."""
        ubq.ubq_daemon = None
