"""Small revisions in all their states: which errors there are, and that there are no others."""

from collections import deque

import pytest
from driver.errors import BrokenState, DriverError, Refused
from driver.future import Run
from driver.kernel import Step
from driver.revisions import machine

from driver import judge

RULES = {
    "queued_is_held": judge.queued_is_held,
    "held_is_active": judge.held_is_active,
    "lists_follow_task": judge.lists_follow_task,
    "live_is_served": judge.live_is_served,
    "quiesce_is_balanced": judge.quiesce_is_balanced,
    "nothing_waits": judge.nothing_waits,
    "dead_is_quiet": judge.dead_is_quiet,
}


def everything_wrong(revision: str) -> set[str]:
    """The errors, warnings and broken rules in all states that can be reached, if the new server lives on."""
    start = Run(lambda: machine(revision, {"CRASHES": 0}))
    seen = {start.kernel.key()}
    waiting: deque[list[Step]] = deque([[]])
    wrong: set[str] = set()
    while waiting:
        taken = waiting.popleft()
        run = start.replayed(taken)
        for step in list(run.kernel.possible()):
            try:
                run.perform(step)
            except Refused:
                continue  # which has changed nothing
            except DriverError as error:
                wrong.add(type(error).__name__)
            else:
                if run.kernel.key() not in seen:
                    seen.add(run.kernel.key())
                    waiting.append(list(run.taken))
                    wrong |= {warning.name for warning in run.kernel.warnings} | broken(run)
            run = start.replayed(taken)
    return wrong


def broken(run: Run) -> set[str]:
    found = set()
    for name, rule in RULES.items():
        try:
            rule(run.kernel)
        except BrokenState:
            found.add(name)
    return found


@pytest.mark.parametrize(
    ("revision", "wrong"),
    [
        ("v6.0", set()),
        ("v6.0-reliable", set()),
        ("v6.0-rc-reliable", set()),
        ("v6.0-rc", {"UseAfterFree", "HANDED_OVER_STALE", "queued_is_held"}),
        # START forgets a slot whose command is on a list: that is how it is meant.
        ("rfc-v1", {"held_is_active"}),
        ("rfc-v1-task-work", {"UseAfterFree", "DoubleCompletion", "queued_is_held"}),
    ],
)
def test_all_states(revision, wrong):
    assert everything_wrong(revision) == wrong
