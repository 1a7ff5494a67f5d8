"""Rules that hold in every state, whichever step led there. Each raises BrokenState if its own does not hold."""

from __future__ import annotations

from driver.block import RequestState
from driver.device import DeviceState
from driver.errors import BrokenState
from driver.io_uring import CommandState, IoUringCmd, Queued, ThreadState
from driver.kernel import Kernel


def require(holds: bool, text: str) -> None:
    if not holds:
        raise BrokenState(text)


def queued_is_held(kernel: Kernel) -> None:
    """What is on a list of io_uring is pending."""
    for command in kernel.commands():
        require(command.queued is Queued.NONE or command.held, f"{command.what} is on a list and {command.state.value}")


def held_is_active(kernel: Kernel) -> None:
    """A pending command is its slot's, and the slot knows."""
    for command in kernel.commands():
        io = kernel.ub.queues[command.q].ios[command.t]
        require(not command.held or (io.cmd is command and io.active), f"{command.what} is pending, its slot forgot it")


def lists_follow_task(kernel: Kernel) -> None:
    """The task's list is used while it is open, the fallback list afterwards; only dying rings free."""
    for command in kernel.commands():
        require(_list_follows_task(command), f"{command.what} is on the wrong list, or freed too early")


def _list_follows_task(command: IoUringCmd) -> bool:
    state = command.thread.state
    if command.queued is Queued.TASK_LIST and state not in {ThreadState.ALIVE, ThreadState.EXITING}:
        return False
    if command.queued is Queued.FALLBACK and state is not ThreadState.CLOSED:
        return False
    return command.state is not CommandState.FREED or command.thread.exiting


def live_is_served(kernel: Kernel) -> None:
    """A live device has a daemon in every queue."""
    live = kernel.ub.state is DeviceState.LIVE
    require(not live or all(ubq.ubq_daemon for ubq in kernel.ub.queues), "a live device has a queue without daemon")


def owned_has_request(kernel: Kernel) -> None:
    """What a server owns is a request, until the driver has disposed of it (ABORTED, or the last close)."""
    if kernel.calls.under_way("ch_release"):
        return
    for io in kernel.ub.ios():
        disposed = not io.owned or io.aborted
        require(disposed or kernel.blk.rq(io.q, io.t).started, f"tag {io.t} of queue {io.q} is owned without a request")


def slots_are_served(kernel: Kernel) -> None:
    """Each slot of a living daemon of a live device has a pending command of it, or its request."""
    if kernel.ub.state is not DeviceState.LIVE:
        return
    for ubq in kernel.ub.queues:
        for io in ubq.ios if ubq.ubq_daemon and ubq.ubq_daemon.alive else ():
            command = io.cmd
            own = command is not None and command.thread is ubq.ubq_daemon
            state = CommandState.HELD if io.active else CommandState.CACHED
            fits = own and (io.active or io.owned) and command is not None and command.state is state
            require(fits, f"tag {io.t} of queue {io.q} of a live device has no command of its server")


def quiesce_is_balanced(kernel: Kernel) -> None:
    """While nobody holds ub->mutex, the queue is quiesced exactly in the states that keep it so."""
    if kernel.ub.mutex.free():
        expected = kernel.keeps_quiesced()
        require(kernel.blk.quiesced == expected, f"the queue is {'not ' if expected else ''}quiesced")


def nothing_waits(kernel: Kernel) -> None:
    """A live device with living daemons has no parked request: nobody would kick it."""
    daemons = [ubq.ubq_daemon for ubq in kernel.ub.queues]
    served = kernel.ub.state is DeviceState.LIVE and all(daemon and not daemon.exiting for daemon in daemons)
    parked = any(rq.state is RequestState.PARKED for rq in kernel.blk.all()) or kernel.blk.parked_without_tag
    require(not (served and parked), "a request is parked on a live device")


def dead_is_quiet(kernel: Kernel) -> None:
    """A stopped device has no request and no queue_rq(), and no work once STOP_DEV is over."""
    ub = kernel.ub
    if not ub.used or ub.state is not DeviceState.DEAD:
        return
    ended = kernel.blk.ended() and not kernel.calls.under_way("queue_rq")
    require(ended, "a request of a dead device")
    if kernel.stop_cancels_works and not kernel.calls.under_way("stop"):
        for work, item in (("monitor", ub.monitor_work), ("quiesce_work", ub.quiesce_work)):
            require(not item.pending and not kernel.calls.under_way(work), f"{work} of a dead device")
