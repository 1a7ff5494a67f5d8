"""Kernel functions that others can run in between, as coroutines, and the names of all steps.

A function yields a `Point` wherever others may run or where it waits. A step resumes the function that
stands at the point of that name, and runs on to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass

from driver.errors import Refused

Key = tuple[Hashable, ...]


def always(*_: object) -> bool:
    return True


@dataclass(frozen=True)
class Point:
    """Where a kernel function stands.

    `ready` says whether it may go on. `slot` is the queue and tag at which a walk over all slots stands; the
    step names them. `carries` is what the function has read before and uses afterwards: two runs that stand
    at the same point are in the same state only if they carry the same.
    """

    name: str
    ready: Callable[[], bool] = always
    slot: tuple[int, int] | None = None
    carries: Hashable = None


Steps = Iterator[Point]

#: The functions that are run in several steps, and the indices that tell their calls apart.
PROCESSES: Mapping[str, tuple[str, ...]] = {
    "fetch": ("g", "q", "t"),
    "queue_rq": ("q", "t"),
    "run_task_list": ("g", "q", "t"),
    "run_fallback": ("g", "q", "t"),
    "monitor": (),
    "quiesce_work": (),
    "stop": (),
    "start_recovery": (),
    "cancel_fn": ("g", "q", "t"),
    "ch_release": ("g",),
}

#: The steps that are one call of a function each.
SINGLE: Mapping[str, tuple[str, ...]] = {
    "start_dev": (),
    "open": (),
    "deliver": ("g", "q", "t"),
    "commit": ("g", "q", "t"),
    "exit": ("g", "q"),
    "close_task_list": ("g", "q"),
    "release": ("g",),
    "reap": ("g", "q", "r"),
    "end_recovery": (),
    "timeout": ("q",),
}


class Calls:
    """The calls under way: at most one per function and indices."""

    def __init__(self) -> None:
        self.running: dict[tuple[str, Key], tuple[Steps, Point]] = {}

    def resume(self, process: str, index: Key, start: Callable[[], Steps], point: str, slot: Key) -> None:
        """Run a call from `point` to the next one; a call that is not under way is started.

        Up to its first point a function only reads, so a call that cannot be started leaves nothing behind.
        """
        key = (process, index)
        if key in self.running:
            steps, stands = self.running[key]
        else:
            steps = start()
            first = next(steps, None)
            if first is None:
                raise Refused(f"{process} has nothing to do")
            stands = first
        if stands.name != point:
            raise Refused(f"{process} stands before {stands.name}, not before {point}")
        if stands.slot is not None and stands.slot != slot:
            raise Refused(f"{process} stands at slot {stands.slot}, not at {slot}")
        if not stands.ready():
            raise Refused(f"{process} waits before {point}")
        following = next(steps, None)
        if following is None:
            self.running.pop(key, None)
        else:
            self.running[key] = (steps, following)

    def stands(self, process: str, index: Key, start: Callable[[], Steps]) -> Point | None:
        """Where a call stands, or would stand if it were started now; None if it may not go on."""
        if (process, index) in self.running:
            point: Point | None = self.running[process, index][1]
        else:
            point = next(start(), None)
        return point if point is not None and point.ready() else None

    def under_way(self, process: str, *index: Hashable) -> bool:
        """Whether a call of the function is under way whose first indices are these."""
        return any(name == process and key[: len(index)] == index for name, key in self.running)

    def points(self) -> tuple[Hashable, ...]:
        """Where everything stands, for comparing states."""
        stands = [(*key, at.name, at.slot, at.carries) for key, (_, at) in self.running.items()]
        return tuple(sorted(stands, key=repr))
