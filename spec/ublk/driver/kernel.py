"""What every revision has in common: the steps, and all of them that are not ublk's own.

`Kernel` runs threads, io_uring and user space. A revision is a subclass with ublk's functions; they are the
abstract methods below and whatever `functions()` adds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from driver.block import RequestQueue
from driver.device import DeviceState, UblkDevice
from driver.errors import Refused, Warn
from driver.io_uring import CommandState, Current, IoRingCtx, IoUringCmd, Queued, Thread, ThreadState
from driver.server import NEW, OLD, SERVERS, Conduct, Server
from driver.steps import PROCESSES, SINGLE, Calls, Key, Point, Steps

#: Names of workers that others ask for.
QUIESCE_WORK = "the quiesce work"


@dataclass(frozen=True)
class Constants:
    """The size of an instance: tags per queue, queues, rings per queue, and its options."""

    depth: int = 1
    queues: int = 1
    rings: int = 1
    crashes: bool = True
    reissue: bool = False
    elevator: bool = False
    fixed_file: bool = False


@dataclass(frozen=True)
class Step:
    """A step with its arguments, as it can be performed."""

    name: str
    arguments: tuple[tuple[str, object], ...] = ()


class Kernel(ABC):
    """One machine: a device, its request queue, two servers, and the calls under way."""

    conduct = Conduct()
    #: The constants of the revision's instance that differ from the usual ones.
    defaults: Mapping[str, object] = MappingProxyType({})
    #: Whether queue_rq() may miss PF_EXITING, set on another CPU.
    misses_exit = False
    #: Whether the rings of a queue that was fetched in part are to be drained as well.
    partial_fetch_counts = False
    #: Whether STOP_DEV, when it is over, leaves no work of the device behind.
    stop_cancels_works = True

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.ub = UblkDevice(constants.queues, constants.depth)
        self.blk = RequestQueue(constants.queues, constants.depth, elevator=constants.elevator)
        self.servers = {g: Server(g, constants.queues, constants.depth, constants.rings) for g in SERVERS}
        self.servers[OLD].comes_alive()
        self.ub.opened_by = OLD
        self.calls = Calls()
        self.current = Current("nobody")
        #: What queue_rq() sees of PF_EXITING in the present step.
        self.sees_exit = True
        #: User space recovers the device: START was let through, END not yet.
        self.recovering = False
        self.warnings: set[Warn] = set()

    # Steps

    def functions(self) -> dict[str, Callable[..., Steps]]:
        """The kernel function behind each process; it is called with the process's indices."""
        return {
            "fetch": self.fetch,
            "queue_rq": self.ublk_queue_rq,
            "run_task_list": self.tctx_task_work,
            "run_fallback": self.io_fallback_req_func,
        }

    def calls_of_one_step(self) -> dict[str, Callable[..., None]]:
        """The kernel function, or the act of user space, behind each single step."""
        return {
            "start_dev": self.ublk_ctrl_start_dev,
            "open": self.open,
            "deliver": self.deliver,
            "commit": self.commit,
            "exit": self.exit,
            "close_task_list": self.exit_task_work,
            "release": self.release,
            "reap": self.io_ring_exit_work,
            "end_recovery": self.ublk_ctrl_end_recovery,
        }

    def perform(self, name: str, **arguments: object) -> None:
        """Take one step; raises Refused, and changes nothing, if it cannot be taken now."""
        before, self.warnings = self.warnings, set()
        try:
            self._perform(name, arguments)
        except Refused:
            self.warnings = before
            raise

    def _perform(self, name: str, arguments: dict[str, object]) -> None:
        process, _, point = name.partition(".")
        if process in SINGLE:
            call = self.calls_of_one_step().get(process)
            if call is None:
                raise Refused(f"this revision has no {name}")
            call(**arguments)
            return
        function = self.functions().get(process)
        if function is None:
            raise Refused(f"this revision has no {process}")
        index = tuple(arguments.pop(parameter) for parameter in PROCESSES[process])
        sees = bool(arguments.pop("sees", True))
        if not (sees or self.misses_exit):
            raise Refused("queue_rq() always sees PF_EXITING here")
        self.sees_exit = sees
        self.current = self.context_of(process, index)
        try:
            self.calls.resume(process, index, lambda: function(*index), point, tuple(arguments.values()))
        finally:
            self.sees_exit = True

    def context_of(self, process: str, index: Key) -> Current:
        """Who runs a process."""
        names = {"fetch": "the server", "run_task_list": "the dying task"}
        if process in names:
            g, q, _ = index
            return Current(f"{names[process]} {g}/{q}", self.thread(str(g), int(str(q))))
        workers = {
            "queue_rq": "blk-mq",
            "run_fallback": "the fallback work",
            "monitor": "the monitor work",
            "quiesce_work": QUIESCE_WORK,
            "stop": "STOP_DEV",
            "start_recovery": "START_USER_RECOVERY",
            "cancel_fn": "the ring exit work",
            "ch_release": "the last close",
        }
        return Current(workers[process])

    def domain(self, parameter: str) -> Iterable[Hashable]:
        sizes = {"q": self.constants.queues, "t": self.constants.depth, "r": self.constants.rings}
        return SERVERS if parameter == "g" else range(sizes[parameter])

    def possible(self) -> Iterator[Step]:
        """Every step that is not refused at first sight: single ones, and calls that stand or may start."""
        for name in self.calls_of_one_step():
            for values in product(*(self.domain(parameter) for parameter in SINGLE[name])):
                yield Step(name, tuple(zip(SINGLE[name], values, strict=True)))
        for process, function in self.functions().items():
            for index in product(*(self.domain(parameter) for parameter in PROCESSES[process])):
                yield from self._resumable(process, index, function)

    def _resumable(self, process: str, index: Key, function: Callable[..., Steps]) -> Iterator[Step]:
        stands = self.calls.stands(process, index, lambda: function(*index))
        if stands is None:
            return
        arguments: tuple[tuple[str, object], ...] = tuple(zip(PROCESSES[process], index, strict=True))
        if stands.slot is not None:
            arguments += (("q", stands.slot[0]), ("t", stands.slot[1]))
        step = f"{process}.{stands.name}"
        if self.misses_exit and step == "queue_rq.dying_test":
            yield from (Step(step, (*arguments, ("sees", sees))) for sees in (True, False))
        else:
            yield Step(step, arguments)

    # Threads and rings

    def thread(self, g: str, q: int) -> Thread:
        return self.servers[g].threads[q]

    def ring(self, g: str, q: int, r: int) -> IoRingCtx:
        return self.servers[g].rings[q, r]

    def command(self, g: str, q: int, t: int) -> IoUringCmd:
        return self.servers[g].commands[q, t]

    def commands(self) -> list[IoUringCmd]:
        return [command for server in self.servers.values() for command in server.commands.values()]

    def warn(self, warning: Warn) -> None:
        self.warnings.add(warning)

    def exit(self, g: str, q: int) -> None:
        """A thread of a server dies: PF_EXITING, and its files are released."""
        thread = self.thread(g, q)
        if not thread.alive or self.calls.under_way("fetch", g, q):
            raise Refused("the thread does not live, or is in the kernel")
        if not (self.ub.used if g == OLD else self.constants.crashes):
            raise Refused("this server does not die now")
        thread.state = ThreadState.EXITING

    def exit_task_work(self, g: str, q: int) -> None:
        """A dying task's list closes, which it does when it is empty."""
        thread = self.thread(g, q)
        listed = any(c.queued is Queued.TASK_LIST for c in self.commands() if c.thread is thread)
        if thread.state is not ThreadState.EXITING or listed or self.calls.under_way("run_task_list", g, q):
            raise Refused("the task does not exit, or has work to do")
        thread.state = ThreadState.CLOSED

    def io_ring_exit_work(self, g: str, q: int, r: int) -> None:
        """One pass of a dying ring's exit work: completed objects go back to the slab."""
        ring = self.ring(g, q, r)
        if not ring.killed or not ring.cached():
            raise Refused("nothing of a dying ring is cached")
        self.current = Current("the ring exit work")
        ring.io_req_caches_free(self.current.site("io_ring_exit_work"))

    def tctx_task_work(self, g: str, q: int, t: int) -> Steps:
        """A dying task runs one entry of its own list."""
        command = self.command(g, q, t)
        yield Point("callback", ready=lambda: command.thread.exiting and command.queued is Queued.TASK_LIST)
        command.touch(self.current.site("tctx_task_work"))
        command.queued = Queued.NONE
        yield from self.ublk_rq_task_work(command)

    def io_fallback_req_func(self, g: str, q: int, t: int) -> Steps:
        """The fallback work runs one entry.

        It first takes a reference of the ring. On a drained ring that is an error by itself, but then the
        entry was freed as well: every object has a reference until it is freed.
        """
        command = self.command(g, q, t)
        yield Point("callback", ready=lambda: command.queued is Queued.FALLBACK)
        command.touch(self.current.site("io_fallback_req_func"))
        command.queued = Queued.NONE
        yield from self.ublk_rq_task_work(command)

    # User space

    def deliver(self, g: str, q: int, t: int) -> None:
        """A living server's thread runs an entry of its list."""
        command = self.command(g, q, t)
        if not command.thread.alive or command.queued is not Queued.TASK_LIST:
            raise Refused("no command is on the list of a living task")
        self.current = Current(f"the server {g}/{q}", command.thread)
        command.touch(self.current.site("tctx_task_work"))
        command.queued = Queued.NONE
        for _ in self.ublk_rq_task_work(command):
            pass

    def commit(self, g: str, q: int, t: int) -> None:
        """The server sends COMMIT_AND_FETCH_REQ with the result of a request it has."""
        command = self.command(g, q, t)
        if not command.thread.alive or command.state is not CommandState.CACHED:
            raise Refused("the server has no answer to send")
        self.current = Current(f"the server {g}/{q}", command.thread)
        self.ublk_commit_and_fetch(command)

    def fetch(self, g: str, q: int, t: int) -> Steps:
        """The server sends FETCH_REQ: once for each slot, in the order of the tags."""
        command = self.command(g, q, t)

        def may_send() -> bool:
            in_order = self.ub.queues[q].nr_io_ready == t
            unsent = command.state is CommandState.UNSENT
            return command.thread.alive and self.ub.opened_by == g and unsent and in_order

        yield from self.ublk_fetch(command, may_send)

    def open(self) -> None:
        """The new server opens /dev/ublkcN, while user space recovers the device."""
        if not (self.conduct.recovers and self.may_open() and self.servers[NEW].absent):
            raise Refused("no new server starts now")
        if self.ub.opened_by is not None:
            raise Refused("EBUSY: UB_STATE_OPEN is set")
        self.ub.opened_by = NEW
        self.servers[NEW].comes_alive()

    def may_open(self) -> bool:
        return self.recovering

    def release(self, g: str) -> None:
        """The last fput() of /dev/ublkcN."""
        if not self.last_fput(g):
            raise Refused("the device is not open, or something holds its file")
        self.current = Current("the last close")
        self.ublk_ch_release(g)

    def last_fput(self, g: str) -> bool:
        """Whether nothing holds the file of the server any more: its threads, its pending commands, or, with
        a registered file, its rings."""
        server = self.servers[g]
        if self.ub.opened_by != g or not server.dead:
            return False
        if self.constants.fixed_file:
            return all(ring.drained and not ring.on_fallback() for ring in server.rings.values())
        return not any(command.held for command in server.commands.values())

    # What the rules ask for

    def keeps_quiesced(self) -> bool:
        """Whether the queue is to be quiesced, when nobody holds ub->mutex."""
        return self.ub.state is DeviceState.QUIESCED

    def rings_of_the_dead(self) -> list[IoRingCtx]:
        """The rings of dead threads; of those that died while they fetched a queue only where that is asked."""
        rings = []
        for server in self.servers.values():
            for (q, _), ring in server.rings.items():
                fetched = all(self.command(server.g, q, t).sent for t in range(self.constants.depth))
                if ring.thread.exiting and (fetched or self.partial_fetch_counts):
                    rings.append(ring)
        return rings

    def key(self) -> Hashable:
        """The whole state; equal keys have equal futures."""
        threads = tuple(thread.state for server in self.servers.values() for thread in server.threads)
        commands = tuple((c.state, c.queued, c.pdu_request and c.pdu_request.t) for c in self.commands())
        slots = tuple(
            (io.active, io.owned, io.aborted, io.canceled, io.cmd and (io.cmd.g, io.cmd.t)) for io in self.ub.ios()
        )
        queues = tuple(
            (
                ubq.ubq_daemon and ubq.ubq_daemon.g,
                ubq.nr_io_ready,
                ubq.force_abort,
                ubq.canceling,
                tuple(ubq.io_cmds),
            )
            for ubq in self.ub.queues
        )
        requests = tuple((rq.state, rq.seen) for rq in self.blk.all())
        parked = bool(self.blk.parked_without_tag), bool(self.blk.unlisted_without_tag), self.blk.quiesce_depth
        ub = self.ub
        device = (ub.state, ub.used, ub.opened_by, ub.nr_queues_ready, ub.mutex.held, ub.completion.done)
        works = ub.monitor_work.pending, ub.quiesce_work.pending, self.recovering
        return (threads, commands, slots, queues, requests, parked, device, works, self.calls.points(), self.more_key())

    def more_key(self) -> Hashable:
        """What a revision adds to the state."""
        return None

    # What a revision defines

    @abstractmethod
    def ublk_queue_rq(self, q: int, t: int) -> Steps:
        """->queue_rq()"""

    @abstractmethod
    def ublk_rq_task_work(self, command: IoUringCmd) -> Steps:
        """The callback of a command that was handed over, in whichever task it runs (self.current)."""

    @abstractmethod
    def ublk_commit_and_fetch(self, command: IoUringCmd) -> None:
        """COMMIT_AND_FETCH_REQ"""

    @abstractmethod
    def ublk_fetch(self, command: IoUringCmd, may_send: Callable[[], bool]) -> Steps:
        """FETCH_REQ"""

    @abstractmethod
    def ublk_ch_release(self, g: str) -> None:
        """->release() of /dev/ublkcN"""

    @abstractmethod
    def ublk_ctrl_start_dev(self) -> None:
        """START_DEV"""

    @abstractmethod
    def ublk_ctrl_end_recovery(self) -> None:
        """END_USER_RECOVERY"""


def constants(given: Mapping[str, object]) -> Constants:
    """The constants by the names they have in the table of revisions."""
    defaults = Constants()
    return Constants(
        depth=int(str(given.get("N", defaults.depth))),
        queues=int(str(given.get("Q", defaults.queues))),
        rings=int(str(given.get("RINGS", defaults.rings))),
        crashes=int(str(given.get("CRASHES", 1))) > 0,
        reissue=_truth(given.get("REISSUE", False)),
        elevator=str(given.get("SCHEDULER", "none")) != "none",
        fixed_file=_truth(given.get("FIXED_FILE", False)),
    )


def _truth(value: object) -> bool:
    return str(value).lower() == "true"
