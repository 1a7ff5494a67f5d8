"""Steps of the driver written as a story, one a line: a name and its arguments."""

from __future__ import annotations

from driver.errors import Refused
from driver.future import Run
from driver.kernel import Kernel, Step
from driver.revisions import machine
from driver.steps import PROCESSES, SINGLE

#: The old server has fetched its only slot, and the device is live.
LIVE = """
    fetch.fetch old 0 0
    fetch.mark_ready old 0 0
    start_dev
"""

#: The old server is dead.
DEAD = """
    exit old 0
    close_task_list old 0
"""

#: The quiesce work of 6.1.0, from the monitor on, and the last close.
QUIESCED = """
    monitor.look
    monitor.abort
    quiesce_work.begin
    quiesce_work.quiesce_dev.quiesce
    quiesce_work.quiesce_dev.wait_idle
    quiesce_work.quiesce_dev.mark
    quiesce_work.quiesce_dev.stop_monitor
    quiesce_work.unlock
    release old
"""

#: START, the new server, END.
RECOVERED = """
    start_recovery.reset
    open
    fetch.fetch new 0 0
    fetch.mark_ready new 0 0
    end_recovery
"""


def step(line: str) -> Step:
    name, *words = line.split()
    process = name.partition(".")[0]
    parameters = SINGLE.get(process) or PROCESSES.get(process, ())
    if ".cancel_dev." in name:
        parameters = ("q", "t")
    if name == "queue_rq.dying_test" and len(words) == 3:
        parameters = (*parameters, "sees")
    values: list[object] = [_value(word) for word in words]
    return Step(name, tuple(zip(parameters, values, strict=True)))


def _value(word: str) -> object:
    return int(word) if word.isdigit() else {"true": True, "false": False}.get(word, word)


class Story:
    """A run, told step by step; it remembers all warnings."""

    def __init__(self, revision: str, **constants: object) -> None:
        self.run = Run(lambda: machine(revision, constants))

    @property
    def kernel(self) -> Kernel:
        return self.run.kernel

    def goes(self, *texts: str) -> Story:
        for text in texts:
            for line in filter(str.strip, text.splitlines()):
                try:
                    self.run.perform(step(line))
                except Refused as refused:
                    raise AssertionError(f"{line.strip()} is refused: {refused}") from refused
        return self

    def refuses(self, *lines: str) -> Story:
        for line in lines:
            before = self.kernel.key()
            try:
                self.run.perform(step(line))
            except Refused:
                assert self.kernel.key() == before
            else:
                raise AssertionError(f"{line} is not refused")
        return self
