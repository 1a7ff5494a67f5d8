"""The executable driver as a system under test: one method per step, and what can be seen from outside."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from driver.device import DeviceState
from driver.errors import (
    About,
    BrokenState,
    DoubleCompletion,
    DoubleEnd,
    DriverError,
    NullDereference,
    UseAfterFree,
    Warn,
)
from driver.errors import Refused as DriverRefused
from driver.future import Run
from driver.kernel import Kernel, Step
from driver.revisions import machine

from driver import future, judge
from specgen.testgen.harness import Refused

WARNINGS = {
    Warn.HANDED_OVER_STALE: "handed_over_is_current",
    Warn.NOT_OWN_TASK: "in_own_task",
    Warn.COMPLETED_NEW_SERVER: "spares_new_server",
    Warn.SLOTS_NOT_IDLE: "start_finds_idle_slots",
    Warn.QUIESCE_UNBALANCED: "quiesce_is_balanced",
}

STATES: Mapping[str, Callable[[Kernel], None]] = {
    "queued_is_held": judge.queued_is_held,
    "held_is_active": judge.held_is_active,
    "lists_follow_task": judge.lists_follow_task,
    "live_is_served": judge.live_is_served,
    "owned_has_request": judge.owned_has_request,
    "slots_are_served": judge.slots_are_served,
    "quiesce_is_balanced": judge.quiesce_is_balanced,
    "nothing_waits": judge.nothing_waits,
    "dead_is_quiet": judge.dead_is_quiet,
}

FUTURES: Mapping[str, Callable[[Run], None]] = {
    "stop_returns": future.stop_returns,
    "rings_go": future.rings_go,
    "device_closes": future.device_closes,
    "requests_end": future.requests_end,
    "death_is_noticed": future.death_is_noticed,
}

#: What touching a command is about, by who does it.
COMMANDS = {
    "blk-mq": "no_uaf.handover",
    "the fallback work": "no_uaf.fallback",
}

#: What reading a daemon that is not there is about.
DAEMONS = {
    "blk-mq": "live_is_served",
    "the monitor work": "monitor_has_daemon",
}

#: What only an error of a step can break: a state that a step has led to is all right.
ERRORS = {
    "no_uaf.cancel",
    "no_uaf.handover",
    "no_uaf.task_list",
    "no_uaf.fallback",
    "completed_once",
    "ended_once",
    "monitor_has_daemon",
    "start_has_daemons",
}


def name_of(error: Exception) -> str | None:
    """The property that an error of a step is about."""
    if isinstance(error, DoubleCompletion):
        return "completed_once"
    if isinstance(error, DoubleEnd):
        return "ended_once"
    if isinstance(error, NullDereference) and error.about is About.DAEMON:
        return DAEMONS.get(error.touched.context, "start_has_daemons")
    if isinstance(error, UseAfterFree | NullDereference):
        context = error.touched.context
        if context.startswith(("the dying task", "the server")):
            return "no_uaf.task_list"
        return COMMANDS.get(context, "no_uaf.cancel")
    return None


class System:
    """A machine of a revision."""

    def __init__(self, revision: str, constants: Mapping[str, object]) -> None:
        self._run = Run(lambda: machine(revision, constants))

    @property
    def _kernel(self) -> Kernel:
        return self._run.kernel

    def _take(self, name: str, **arguments: object) -> None:
        try:
            self._run.perform(Step(name, tuple(arguments.items())))
        except DriverRefused as refused:
            raise Refused(str(refused)) from refused

    # What can be seen

    def observe(self) -> dict[str, object]:
        kernel, ub = self._kernel, self._kernel.ub
        added = ub.state is DeviceState.DEAD and not ub.used
        seen: dict[str, object] = {
            "device_state": "added" if added else ub.state.value,
            "opened_by": ub.opened_by,
            "quiesced": kernel.blk.quiesced,
        }
        for server in kernel.servers.values():
            for thread in server.threads:
                seen[f"thread({thread.g}, {thread.q})"] = thread.state.value
        for command in kernel.commands():
            indices = f"({command.g}, {command.q}, {command.t})"
            seen[f"command{indices}"] = command.state.value
            seen[f"queued{indices}"] = command.queued.value
        for ubq in ub.queues:
            seen[f"daemon({ubq.q})"] = ubq.ubq_daemon.g if ubq.ubq_daemon else None
        for io in ub.ios():
            seen[f"slot({io.q}, {io.t})"] = "active" if io.active else "owned" if io.owned else "idle"
        for rq in kernel.blk.all():
            seen[f"request({rq.q}, {rq.t})"] = rq.state.value
        return seen

    def key(self) -> Hashable:
        """The whole state of the machine: equal keys have equal futures."""
        return self._kernel.key()

    def warnings(self) -> frozenset[str]:
        """The checks that failed in the last step."""
        return frozenset(WARNINGS[warning] for warning in self._kernel.warnings)

    def recognises(self, error: Exception, name: str) -> bool:
        """Whether an error that a step has raised is what the property is about."""
        return isinstance(error, DriverError) and name_of(error) == name

    def judge(self, name: str) -> None:
        """Raises the driver's own error if the present state, or the step that led to it, breaks the property."""
        if name in self.warnings():
            raise BrokenState(f"the last step was warned of: {name}")
        if name in STATES:
            STATES[name](self._kernel)
        elif name in FUTURES:
            FUTURES[name](self._run)
        elif name not in ERRORS and name not in WARNINGS.values():
            raise NotImplementedError(f"the driver knows no property {name}")

    # The server

    def start_dev(self) -> None:
        self._take("start_dev")

    def open(self) -> None:
        self._take("open")

    def deliver(self, g: str, q: int, t: int) -> None:
        self._take("deliver", g=g, q=q, t=t)

    def commit(self, g: str, q: int, t: int) -> None:
        self._take("commit", g=g, q=q, t=t)

    def exit(self, g: str, q: int) -> None:
        self._take("exit", g=g, q=q)

    def close_task_list(self, g: str, q: int) -> None:
        self._take("close_task_list", g=g, q=q)

    def release(self, g: str) -> None:
        self._take("release", g=g)

    def reap(self, g: str, q: int, r: int) -> None:
        self._take("reap", g=g, q=q, r=r)

    def fetch_fetch(self, g: str, q: int, t: int) -> None:
        self._take("fetch.fetch", g=g, q=q, t=t)

    def fetch_mark_ready(self, g: str, q: int, t: int) -> None:
        self._take("fetch.mark_ready", g=g, q=q, t=t)

    # blk-mq

    def queue_rq_start(self, q: int, t: int) -> None:
        self._take("queue_rq.start", q=q, t=t)

    def queue_rq_canceling_test(self, q: int, t: int) -> None:
        self._take("queue_rq.canceling_test", q=q, t=t)

    def queue_rq_dying_test(self, q: int, t: int, sees: bool = True) -> None:
        self._take("queue_rq.dying_test", q=q, t=t, sees=sees)

    def queue_rq_hand_over(self, q: int, t: int) -> None:
        self._take("queue_rq.hand_over", q=q, t=t)

    def timeout(self, q: int) -> None:
        self._take("timeout", q=q)

    # The two lists

    def run_task_list_callback(self, g: str, q: int, t: int) -> None:
        self._take("run_task_list.callback", g=g, q=q, t=t)

    def run_task_list_list(self, g: str, q: int, t: int) -> None:
        self._take("run_task_list.list", g=g, q=q, t=t)

    def run_task_list_kick(self, g: str, q: int, t: int) -> None:
        self._take("run_task_list.kick", g=g, q=q, t=t)

    def run_fallback_callback(self, g: str, q: int, t: int) -> None:
        self._take("run_fallback.callback", g=g, q=q, t=t)

    def run_fallback_list(self, g: str, q: int, t: int) -> None:
        self._take("run_fallback.list", g=g, q=q, t=t)

    def run_fallback_kick(self, g: str, q: int, t: int) -> None:
        self._take("run_fallback.kick", g=g, q=q, t=t)

    # The ring exit work and the last close

    def cancel_fn_abort_requests(self, g: str, q: int, t: int) -> None:
        self._take("cancel_fn.abort_requests", g=g, q=q, t=t)

    def cancel_fn_quiesce(self, g: str, q: int, t: int) -> None:
        self._take("cancel_fn.quiesce", g=g, q=q, t=t)

    def cancel_fn_cancel_cmd(self, g: str, q: int, t: int) -> None:
        self._take("cancel_fn.cancel_cmd", g=g, q=q, t=t)

    def ch_release_abort(self, g: str) -> None:
        self._take("ch_release.abort", g=g)

    def ch_release_mark(self, g: str) -> None:
        self._take("ch_release.mark", g=g)

    def ch_release_reset(self, g: str) -> None:
        self._take("ch_release.reset", g=g)

    # The works

    def monitor_look(self) -> None:
        self._take("monitor.look")

    def monitor_abort(self) -> None:
        self._take("monitor.abort")

    def quiesce_work_begin(self) -> None:
        self._take("quiesce_work.begin")

    def quiesce_work_quiesce_dev_quiesce(self) -> None:
        self._take("quiesce_work.quiesce_dev.quiesce")

    def quiesce_work_quiesce_dev_wait_idle(self) -> None:
        self._take("quiesce_work.quiesce_dev.wait_idle")

    def quiesce_work_quiesce_dev_flush(self) -> None:
        self._take("quiesce_work.quiesce_dev.flush")

    def quiesce_work_quiesce_dev_mark(self) -> None:
        self._take("quiesce_work.quiesce_dev.mark")

    def quiesce_work_quiesce_dev_stop_monitor(self) -> None:
        self._take("quiesce_work.quiesce_dev.stop_monitor")

    def quiesce_work_unlock(self) -> None:
        self._take("quiesce_work.unlock")

    def quiesce_work_cancel_dev_test(self, q: int, t: int) -> None:
        self._take("quiesce_work.cancel_dev.test", q=q, t=t)

    def quiesce_work_cancel_dev_claim(self, q: int, t: int) -> None:
        self._take("quiesce_work.cancel_dev.claim", q=q, t=t)

    def quiesce_work_cancel_dev_complete(self, q: int, t: int) -> None:
        self._take("quiesce_work.cancel_dev.complete", q=q, t=t)

    # Control commands

    def stop_begin(self) -> None:
        self._take("stop.begin")

    def stop_quiesce_dev_quiesce(self) -> None:
        self._take("stop.quiesce_dev.quiesce")

    def stop_quiesce_dev_wait_idle(self) -> None:
        self._take("stop.quiesce_dev.wait_idle")

    def stop_quiesce_dev_mark(self) -> None:
        self._take("stop.quiesce_dev.mark")

    def stop_quiesce_dev_stop_monitor(self) -> None:
        self._take("stop.quiesce_dev.stop_monitor")

    def stop_unquiesce(self) -> None:
        self._take("stop.unquiesce")

    def stop_del_gendisk(self) -> None:
        self._take("stop.del_gendisk")

    def stop_pass(self) -> None:
        self._take("stop.pass")

    def stop_cancel_dev_test(self, q: int, t: int) -> None:
        self._take("stop.cancel_dev.test", q=q, t=t)

    def stop_cancel_dev_claim(self, q: int, t: int) -> None:
        self._take("stop.cancel_dev.claim", q=q, t=t)

    def stop_cancel_dev_complete(self, q: int, t: int) -> None:
        self._take("stop.cancel_dev.complete", q=q, t=t)

    def stop_stop_works(self) -> None:
        self._take("stop.stop_works")

    def start_recovery_recover(self) -> None:
        self._take("start_recovery.recover")

    def start_recovery_reset(self) -> None:
        self._take("start_recovery.reset")

    def start_recovery_reset_cmds(self) -> None:
        self._take("start_recovery.reset_cmds")

    def end_recovery(self) -> None:
        self._take("end_recovery")
