"""Random walks: the spec chooses each step, and the system under test must do the same.

A suite takes shortest ways, so that an implementation which remembers more than the spec passes it, if what it
remembers shows only later. A walk goes on, takes steps again and again, and asks in each state what is refused there.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from specgen.core.system import Action
from specgen.testgen.harness.interpreter import Model, Outcome
from specgen.testgen.harness.story import Story
from specgen.testgen.suite import written

STEPS = 100  # of a walk, where nobody says how many
WAITS = 4  # actions of other actors that are tried in a state where they must not happen

Tried = tuple[Action, Outcome]


def walk(model: Model, story: Story, seed: int, steps: int = STEPS) -> None:
    """One walk, begun again with a new system where it cannot go on.

    Args:
        steps: in all.

    Raises:
        Mismatch: the system under test does otherwise; the message is the whole report.
    """
    __tracebackhide__ = True
    chosen = random.Random(seed)  # noqa: S311  # nothing secret
    state: int | None = None
    for _ in range(steps):
        if state is None:
            state = chosen.choice(model.initial())
            story.start(model.look(state))
        state = _step(model, story, state, chosen)


def _step(model: Model, story: Story, state: int, chosen: random.Random) -> int | None:
    """Tries what must be refused, then takes a step; the state after it, or None where the walk ends."""
    __tracebackhide__ = True
    outcomes = [(action, model.outcome(state, action.index)) for action in model.system.actions]
    for action, outcome in _refused(model, outcomes, chosen):
        story.refuses(action.name, by=outcome.guards, **written(action))
    possible = [tried for tried in outcomes if not _refuses(tried[1])]
    if not possible:
        return None
    action, outcome = chosen.choice(possible)
    if outcome.after is None:
        story.violates(outcome.violates[0], action.name, also=outcome.violates[1:], **written(action))
        return None
    before = model.look(state)
    changes = {name: value for name, value in model.look(outcome.after).items() if value != before[name]}
    story.step(action.name, then=changes, warns=outcome.warns, **written(action))
    ended = all(other.after == state for _, other in possible)
    # what only goes round is not left at once: a fault may show in the second round
    return None if ended and chosen.random() < 0.5 else outcome.after


def _refuses(outcome: Outcome) -> bool:
    return outcome.after is None and not outcome.violates


def _refused(model: Model, outcomes: Sequence[Tried], chosen: random.Random) -> list[Tried]:
    """All refused actions that a test can make happen, and some others: an adapter may have to wait for those."""
    refused = [tried for tried in outcomes if _refuses(tried[1])]
    mine = [tried for tried in refused if tried[0].actor in model.system.controllable]
    others = [tried for tried in refused if tried[0].actor not in model.system.controllable]
    return mine + chosen.sample(others, min(WAITS, len(others)))
