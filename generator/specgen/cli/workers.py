"""Tasks in parallel processes: results in the order of the tasks, nothing left behind.

Workers are forked: the spec is loaded and typed once, and nothing but plain results travels back.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Generic, TypeVar

from specgen.cli.errors import WorkerDied, WorkerFailed
from specgen.language.source import SpecError

Result = TypeVar("Result")

INTERRUPT_GRACE = 2.0  # seconds that workers have for telling what they know after Ctrl-C
TIMEOUT_GRACE = 5.0  # seconds past the time limit before a worker is stopped from outside
TICK = 0.2  # seconds between two looks at time and memory


@dataclass(frozen=True, slots=True)
class Stopped:
    """A worker had to be stopped from outside; ``reason`` as verdicts show it (``timeout 60 s``)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits that hold for all workers together.

    Args:
        deadline: on the clock of ``time.monotonic``, or None.
        timeout: the reason to give when the deadline has passed.
        share: bytes of memory a worker may take, or None.
        memory: the reason to give when it takes more.
    """

    deadline: float | None = None
    timeout: str = ""
    share: int | None = None
    memory: str = ""


@dataclass(slots=True)
class _Worker:
    task: int
    process: multiprocessing.process.BaseProcess
    connection: Connection


@dataclass(slots=True)
class Pool(Generic[Result]):
    """Runs ``work(0) ... work(count - 1)``, at most ``jobs`` at a time.

    Args:
        work: called in a worker; its result must be picklable. KeyboardInterrupt is how it learns of Ctrl-C,
            and it may still return what it knows.
        names: what each task is called in messages.
        tick: called now and then in the parent with the tasks under way.
    """

    work: Callable[[int], Result]
    names: Sequence[str]
    jobs: int
    bounds: Bounds
    tick: Callable[[Sequence[str]], None]
    _running: list[_Worker] = field(default_factory=list)
    _done: dict[int, Result | Stopped] = field(default_factory=dict)

    def run(self) -> Iterator[tuple[int, Result | Stopped]]:
        """Task numbers and results, in order, each as soon as those before it are there.

        Raises:
            KeyboardInterrupt: after Ctrl-C, when what was known then has been yielded.
            WorkerDied, WorkerFailed, SpecError: a worker did not succeed.
        """
        waiting = list(range(len(self.names)))[::-1]
        following = 0
        gc.freeze()  # what is here is shared with the workers: the collector must not touch its pages
        try:
            while waiting or self._running:
                while waiting and len(self._running) < self.jobs:
                    self._start(waiting.pop())
                self._wait(TICK)
                while following in self._done:
                    yield following, self._done.pop(following)
                    following += 1
        except KeyboardInterrupt:
            self._interrupt()
            yield from sorted(self._done.items())
            raise
        finally:
            self._kill()
            gc.unfreeze()

    def _start(self, task: int) -> None:
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # else a worker would write it again
        process = context.Process(
            target=_work, args=(self.work, task, theirs, ours, os.getpid()), daemon=True
        )
        # a Ctrl-C between the fork and the worker's first line would end in a traceback
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()
        self._running.append(_Worker(task, process, ours))

    def _wait(self, seconds: float) -> None:
        self.tick([self.names[w.task] for w in self._running])
        ready = wait([w.connection for w in self._running], seconds)
        for worker in [w for w in self._running if w.connection in ready]:
            self._receive(worker)
        for worker in self._running[:]:
            reason = self._outside(worker)
            if reason:
                _kill(worker)
                self._running.remove(worker)
                self._done[worker.task] = Stopped(reason)

    def _receive(self, worker: _Worker) -> None:
        name = self.names[worker.task]
        self._running.remove(worker)
        try:
            kind, answer = worker.connection.recv()
        except EOFError:
            worker.process.join()
            raise WorkerDied(_death(name, worker.process.exitcode)) from None
        finally:
            worker.connection.close()
        worker.process.join()
        if kind == "failed":
            summary, details = answer
            raise WorkerFailed(f"{name}: {summary}", details)
        if kind == "wrong":
            raise SpecError(answer)
        if kind == "interrupted":
            raise KeyboardInterrupt
        self._done[worker.task] = answer

    def _outside(self, worker: _Worker) -> str:
        """Why a worker must be stopped: it should have seen to its limits itself, and did not."""
        bounds = self.bounds
        if bounds.deadline is not None and time.monotonic() > bounds.deadline + TIMEOUT_GRACE:
            return bounds.timeout
        if bounds.share is not None and _resident(worker.process.pid) > bounds.share * 5 // 4:
            return bounds.memory
        return ""

    def _interrupt(self) -> None:
        """Asks the workers what they know, and gives them a moment to say it."""
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            for worker in self._running:
                if worker.process.pid is not None:
                    with suppress(ProcessLookupError):
                        os.kill(worker.process.pid, signal.SIGINT)
            end = time.monotonic() + INTERRUPT_GRACE
            while self._running and time.monotonic() < end:
                for connection in wait([w.connection for w in self._running], end - time.monotonic()):
                    worker = next(w for w in self._running if w.connection is connection)
                    with suppress(KeyboardInterrupt, WorkerDied, WorkerFailed, SpecError):
                        self._receive(worker)
        finally:
            signal.signal(signal.SIGINT, previous)

    def _kill(self) -> None:
        for worker in self._running:
            _kill(worker)
        self._running.clear()


def _kill(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.connection.close()


def _work(
    work: Callable[[int], Result], task: int, connection: Connection, parents: Connection, parent: int
) -> None:
    parents.close()
    signal.signal(signal.SIGINT, _interrupt_once)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_with_parent(parent)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        answer = _answer(work, task)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    except KeyboardInterrupt:
        answer = ("interrupted", None)
    with suppress(BrokenPipeError):
        connection.send(answer)
    connection.close()
    os._exit(0)  # no clean-up of what was forked from the parent: its buffers and handlers are not ours


def _answer(work: Callable[[int], Result], task: int) -> tuple[str, object]:
    try:
        return ("result", work(task))
    except SpecError as error:
        return ("wrong", error.diagnostics)
    except Exception as error:  # noqa: BLE001  # handed to the error boundary of the parent
        return ("failed", (f"{type(error).__name__}: {error}", traceback.format_exc()))


def _interrupt_once(_signal: int, _frame: FrameType | None) -> None:
    # the terminal and the parent both send it; the second must not cut off the telling of what is known
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end_with_parent(parent: int) -> None:
    """Asks Linux to kill this process when its parent is gone, however it went."""
    import ctypes  # noqa: PLC0415  # only workers pay for it

    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG
        libc.prctl(set_parent_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)  # it went before that


def _resident(pid: int | None) -> int:
    """Bytes of memory a process takes now; 0 where that cannot be told."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:  # noqa: PTH123  # read five times a second
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _death(name: str, exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        how = f"was ended by {signal.Signals(-exitcode).name}"
        hint = "; perhaps memory ran out: try --memory or --jobs 1" if exitcode == -signal.SIGKILL else ""
        return f"the worker process for {name} {how}{hint}"
    return f"the worker process for {name} ended without an answer (exit code {exitcode})"
