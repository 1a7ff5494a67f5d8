"""What can still happen: a search over all further steps.

A machine cannot be copied, as functions stand in the middle of it. So the search replays the steps done so
far on a fresh one, wherever it goes back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from driver.device import DeviceState
from driver.errors import BrokenState, DriverError, Refused
from driver.kernel import Kernel, Step

Goal = Callable[[Kernel], bool]


class Run:
    """A machine with the steps it has taken."""

    def __init__(self, make: Callable[[], Kernel]) -> None:
        self.make = make
        self.kernel = make()
        self.taken: list[Step] = []

    def perform(self, step: Step) -> None:
        """Take a step; raises Refused, and changes nothing, if it cannot be taken now."""
        self.kernel.perform(step.name, **dict(step.arguments))
        self.taken.append(step)

    def replayed(self, steps: list[Step]) -> Run:
        run = Run(self.make)
        for step in steps:
            run.perform(step)
        return run


#: Steps that lead out of most situations come first: the search is depth first.
_HELPFUL = ("stop.", "run_", "ch_release", "quiesce_work", "monitor", "cancel_fn", "close_task", "reap", "release")


def _rank(step: Step) -> int:
    """Where a step comes in the search. New work (I/O, servers) comes last."""
    for rank, prefix in enumerate(_HELPFUL):
        if step.name.startswith(prefix):
            return rank
    return len(_HELPFUL) + (step.name in {"queue_rq.start", "queue_rq.canceling_test", "open"})


def can_reach(run: Run, goal: Goal) -> bool:
    """Whether some further steps lead to a state that meets the goal. A step with a fatal error leads nowhere."""
    search = run.replayed(run.taken)
    if goal(search.kernel):
        return True
    seen: set[Hashable] = {search.kernel.key()}
    untried: list[list[Step]] = [_next_steps(search.kernel)]
    depth = len(run.taken)
    while untried:
        if not untried[-1]:
            untried.pop()
            if untried:
                search = run.replayed(search.taken[: depth + len(untried) - 1])
            continue
        step = untried[-1].pop(0)
        try:
            search.perform(step)
        except Refused:
            continue
        except DriverError:
            search = run.replayed(search.taken)
            continue
        if goal(search.kernel):
            return True
        key = search.kernel.key()
        if key in seen:
            search = run.replayed(search.taken[:-1])
        else:
            seen.add(key)
            untried.append(_next_steps(search.kernel))
    return False


def must_reach(run: Run, goal: Goal, otherwise: str) -> None:
    """Raises BrokenState, with `otherwise`, if no further steps lead to the goal."""
    if not can_reach(run, goal):
        raise BrokenState(f"{otherwise}, whatever happens from here on")


def _next_steps(kernel: Kernel) -> list[Step]:
    return sorted(kernel.possible(), key=_rank)


def stop_returns(run: Run) -> None:
    """A device that was started can still be stopped: STOP_DEV returns, and the device is dead."""
    if not (run.kernel.ub.used and run.kernel.conduct.stops):
        return

    def stopped(kernel: Kernel) -> bool:
        return kernel.ub.state is DeviceState.DEAD and not kernel.calls.under_way("stop")

    must_reach(run, stopped, "STOP_DEV never returns")


def rings_go(run: Run) -> None:
    """The rings of dead servers, of queues that were fetched completely, can all still be drained."""

    def drained(kernel: Kernel) -> bool:
        return all(ring.drained for ring in kernel.rings_of_the_dead())

    must_reach(run, drained, "a ring of a dead server is never drained")


def device_closes(run: Run) -> None:
    """The device can still be closed once its server is dead."""

    def closed(kernel: Kernel) -> bool:
        opener = kernel.ub.opened_by
        return opener is None or not kernel.servers[opener].closed

    must_reach(run, closed, "/dev/ublkcN stays open after the death of its server")


def requests_end(run: Run) -> None:
    """Every request can still end."""

    def ended(kernel: Kernel) -> bool:
        return kernel.blk.ended() and not kernel.calls.under_way("queue_rq")

    must_reach(run, ended, "a request never ends")


def death_is_noticed(run: Run) -> None:
    """A live device whose server is dying can still leave that state."""

    def noticed(kernel: Kernel) -> bool:
        dying = any(ubq.ubq_daemon and ubq.ubq_daemon.exiting for ubq in kernel.ub.queues)
        return kernel.ub.state is not DeviceState.LIVE or not dying

    must_reach(run, noticed, "nobody notices that the server is dead")
