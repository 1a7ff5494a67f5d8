"""Many runs: each test of some programs, again and again, some at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from specgen.kernel import ktap
from specgen.kernel.boot import STOPPED, Console, Job, Limits, boot
from specgen.kernel.guests import Guests
from specgen.kernel.initramfs import initramfs
from specgen.kernel.judging import Run, frame_of, judge
from specgen.kernel.machines import Machine
from specgen.kernel.programs import Program


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run.

    Args:
        repeat: how many times.
        jobs: boots at a time.
        together: all tests of a program in one boot; what did not finish there is run again alone.
        wanted: whether a test, by its name, is to be run.
        deadline: as of ``time.monotonic``: nothing goes on after it; None for no such thing.
    """

    repeat: int = 1
    jobs: int = 1
    together: bool = False
    wanted: Callable[[str], bool] | None = None
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """A program in its archive.

    Args:
        tests: that it has and that are wanted; None where it does not say which it has.
    """

    program: Program
    archive: Path
    tests: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A run.

    Args:
        turn: of the repeats, from 1; 0 for one that only asked which tests there are, and came to grief.
        alone: whether it is a test that had not finished together with the others.
    """

    turn: int
    run: Run
    alone: bool = False


@dataclass(slots=True)
class Laboratory:
    """Runs programs on one machine.

    Args:
        init: the first process of a guest.
        tell: gets a word on what is being done.
    """

    machine: Machine
    limits: Limits
    guests: Guests
    init: bytes
    tell: Callable[[str], None] = lambda _text: None
    _stop: threading.Event = field(default_factory=threading.Event)

    def load(self, programs: Sequence[Program], plan: Plan) -> tuple[list[Load], list[Done]]:
        """Asks each program for its tests, in a guest; and the runs of those that could not be asked."""
        loads = []
        for program in programs:
            archive = self.guests.place / f"{program.name}.initramfs"
            archive.write_bytes(initramfs({program.name: program.data}, self.init))
            loads.append(Load(program, archive))
        self.tell("asking for tests: a boot for each program")
        able, unable = [], []
        with self._workers(plan) as pool:
            consoles = [pool.submit(self._boot, load, ("-l",), 0) for load in loads]
            for load, future in zip(loads, self._each(consoles, plan), strict=False):
                console = future.result()
                frame = frame_of(console.lines)
                if frame.end is None or frame.blind:
                    unable.append(Done(0, judge(load.program.name, "", (), console)))
                    continue
                names = ktap.listed(console.lines)
                able.append(replace(load, tests=_chosen(names, plan)))
        return able, unable

    def run(self, loads: Sequence[Load], plan: Plan) -> Iterator[Done]:
        """Results as they come. Whoever stops asking for them ends what is running."""
        with self._workers(plan) as pool:
            waiting = {
                pool.submit(self._one, load, turn, name, alone=False)
                for turn in range(1, plan.repeat + 1)
                for load in loads
                for name in _boots(load, plan)
            }
            by_name = {load.program.name: load for load in loads}
            total = count = len(waiting)
            while waiting and not self._stop.is_set():
                ready, waiting = wait(waiting, _left(plan), FIRST_COMPLETED)
                if not ready:
                    return
                for done in sorted((future.result() for future in ready), key=_order):
                    if done.run.console.ended == STOPPED:
                        continue
                    yield done
                    count -= 1
                    again = _unfinished(done, by_name[done.run.program])
                    total, count = total + len(again), count + len(again)
                    self.tell(f"running tests: {total - count:,} of {total:,} boots")
                    waiting |= {
                        pool.submit(self._one, by_name[done.run.program], done.turn, name, alone=True) for name in again
                    }

    @contextmanager
    def _workers(self, plan: Plan) -> Iterator[ThreadPoolExecutor]:
        """However this is left, nothing runs any more."""
        pool = ThreadPoolExecutor(plan.jobs)
        try:
            yield pool
        except BaseException:
            self._stop.set()
            raise
        finally:
            if plan.deadline is not None and time.monotonic() > plan.deadline:
                self._stop.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _each(self, futures: Sequence[Future[Console]], plan: Plan) -> Iterator[Future[Console]]:
        """In order, as long as there is time."""
        for future in futures:
            wait([future], _left(plan))
            if not future.done():
                return
            yield future

    def _one(self, load: Load, turn: int, name: str, *, alone: bool) -> Done:
        """One boot: of a test, or of a whole program."""
        arguments = ("-r", name) if name else ()
        console = self._boot(load, arguments, 0 if name else len(load.tests or ()))
        expected = (name,) if name else load.tests or ()
        return Done(turn, judge(load.program.name, name, expected, console), alone)

    def _boot(self, load: Load, arguments: tuple[str, ...], several: int) -> Console:
        limits = replace(self.limits, seconds=self.limits.seconds + self.limits.for_each * several)
        return boot(self.machine, Job(load.archive, load.program.name, arguments), limits, self.guests, self._stop)


def _chosen(names: Sequence[str] | None, plan: Plan) -> tuple[str, ...] | None:
    if names is None:
        return None
    return tuple(name for name in names if plan.wanted is None or plan.wanted(name))


def _boots(load: Load, plan: Plan) -> Sequence[str]:
    """The test of each boot; an empty name stands for the whole program."""
    if load.tests is None or (plan.together and load.tests):
        return [""]
    return load.tests


def _unfinished(done: Done, load: Load) -> Sequence[str]:
    """The tests of a boot of several that have no result which can be relied on."""
    if done.run.asked or not load.tests or done.run.frame.blind:
        return []
    return [name for name in load.tests if name not in done.run.finished]


def _left(plan: Plan) -> float | None:
    return None if plan.deadline is None else max(0.0, plan.deadline - time.monotonic())


def _order(done: Done) -> tuple[int, str, str]:
    return done.turn, done.run.program, done.run.asked
