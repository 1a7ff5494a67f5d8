"""``always_possible``: from every reachable state, can a state where the predicate holds still be reached?

A state is *settled* when it can: where the predicate holds, and then backwards along all steps. A step that fails
an assert settles its state as well: what follows is a crash, which is a finding of its own, and not a hang.
"""

from __future__ import annotations

from specgen.core.terms import Term
from specgen.engines.backward import Edges
from specgen.engines.budget import Budget
from specgen.engines.search import CHUNK, Exploration
from specgen.engines.select import Target


def impossible(
    exploration: Exploration, steps: Edges, term: Term, ends: set[int], budget: Budget
) -> Target | None:
    """The nearest states from which the predicate can never hold again; None if there are none.

    Uses up ``exploration.seen`` and puts it back.

    Args:
        exploration: complete.
        steps: of the exploration.
        term: the predicate.
        ends: states out of which some step fails what ends its path.
        budget: watched.

    Raises:
        OutOfBudget: a limit was reached first.
    """
    predicate = exploration.tables.steps.predicate(term)
    open_ = exploration.seen
    try:
        settled = [s for level in exploration.levels for s in level if s in ends or predicate(s)]
        open_.difference_update(settled)
        _settle(exploration, steps, open_, settled, budget)
        for depth, level in enumerate(exploration.levels):
            bad = open_.intersection(level)
            if bad:
                return Target(depth, frozenset(bad))
        return None
    finally:
        for level in exploration.levels:
            open_.update(level)


def _settle(exploration: Exploration, steps: Edges, open_: set[int], settled: list[int], budget: Budget) -> None:
    wide = _wide_predecessors(exploration, open_, budget)
    while settled:
        following: list[int] = []
        for start in range(0, len(settled), CHUNK):
            budget.check()
            steps.settle(settled[start : start + CHUNK], open_, following)
        for state in settled if wide else ():
            for before in wide.get(state, ()):
                if before in open_:
                    open_.remove(before)
                    following.append(before)
        settled = following


def _wide_predecessors(exploration: Exploration, states: set[int], budget: Budget) -> dict[int, list[int]]:
    into: dict[int, list[int]] = {}
    if exploration.tables.filters:
        for count, state in enumerate(states):
            if count % CHUNK == 0:
                budget.check()
            for after in exploration.tables.wide_successors(state):
                into.setdefault(after, []).append(state)
    return into
