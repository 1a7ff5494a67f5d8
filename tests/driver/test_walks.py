"""Random walks: what is refused changes nothing, and the same steps lead to the same state."""

import random

import pytest
from driver.errors import DriverError, Refused
from driver.future import Run
from driver.kernel import Kernel, Step
from driver.revisions import REVISIONS, machine

from driver import judge

RULES = (judge.queued_is_held, judge.lists_follow_task, judge.live_is_served, judge.quiesce_is_balanced)
#: What was merged, or is held to be right, as far as these rules go.
SOUND = ["v6.0", "v6.0-reliable", "v6.0-rc-reliable", "rfc-v1", "ming", "flush-first", "v6.1", "v6.1-partial-fetch"]
ODD = [
    Step("no_such_process.begin"),
    Step("monitor.nowhere"),
    Step("queue_rq.hand_over", (("q", 0), ("t", 0))),
    Step("start_recovery.reset"),
    Step("end_recovery"),
]


def take(run: Run, step: Step) -> bool:
    before = run.kernel.key(), run.kernel.warnings
    try:
        run.perform(step)
    except Refused:
        assert (run.kernel.key(), run.kernel.warnings) == before
        return False
    return True


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("revision", REVISIONS)
def test_the_same_steps_lead_to_the_same_state(revision, seed):
    source = random.Random(seed)
    run = Run(lambda: machine(revision, {}))
    try:
        for _ in range(40):
            for odd in ODD:
                stands = {step.name for step in run.kernel.possible()}
                if odd.name not in stands:
                    assert not take(run, odd)
            steps = list(run.kernel.possible())
            source.shuffle(steps)
            if not any(take(run, step) for step in steps):
                break
    except DriverError:
        return  # the state of a run that has ended is nobody's
    assert len(run.taken) > 5
    assert run.replayed(run.taken).kernel.key() == run.kernel.key()


@pytest.mark.parametrize("revision", SOUND)
def test_sound_revisions_keep_the_rules(revision):
    for seed in range(10):
        source = random.Random(seed)
        run = Run(lambda: machine(revision, {}))
        for _ in range(50):
            steps = [step for step in run.kernel.possible() if not second_start(run.kernel, step)]
            source.shuffle(steps)
            if not any(take(run, step) for step in steps):
                break
            for rule in RULES:
                rule(run.kernel)


def second_start(kernel: Kernel, step: Step) -> bool:
    """A second START is an error in all of them (e58f5142f883)."""
    return step.name == "start_recovery.reset" and kernel.recovering
