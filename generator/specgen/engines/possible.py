"""``always_possible``: from every reachable state, can a state where the predicate holds still be reached?

A state is *settled* when it can. Passes over all states settle nearly all of them, each looking at its successors;
the rest, where paths wind back and forth, is settled backwards from what was settled last.
"""

from __future__ import annotations

from specgen.core.terms import Term
from specgen.engines.backward import Steps
from specgen.engines.budget import Budget
from specgen.engines.search import CHUNK, Exploration
from specgen.engines.select import Target

FEW = 0.1  # a pass that settles no larger part of the states is the last one


def impossible(exploration: Exploration, steps: Steps, term: Term, budget: Budget) -> Target | None:
    """The nearest states from which the predicate can never hold again; None if there are none.

    Uses up ``exploration.seen`` and puts it back.

    Args:
        exploration: complete.
        steps: of the exploration.

    Raises:
        OutOfBudget: a limit was reached first.
    """
    open_ = exploration.seen
    try:
        holds = exploration.tables.steps.predicate(term)
        open_.difference_update([state for state in open_ if holds(state)])
        fresh = _sweep(exploration, open_, budget)
        _backwards(exploration, steps, open_, fresh, budget)
        for depth, level in enumerate(exploration.levels):
            bad = open_.intersection(level)
            if bad:
                return Target(depth, frozenset(bad))
        return None
    finally:
        for level in exploration.levels:
            open_.update(level)


def _sweep(exploration: Exploration, open_: set[int], budget: Budget) -> list[int]:
    """Removes open states that have a settled successor, in a few cheap passes.

    Returns:
        The states settled last: every open state with a settled successor has one among these.
    """
    left = [s for level in exploration.levels for s in level if s in open_]
    while left:
        # paths mostly lead to deeper levels; the other direction takes those that lead back
        left.reverse()
        for start in range(0, len(left), CHUNK):
            budget.check()
            exploration.expander.settle(left[start : start + CHUNK], open_)
        still = [s for s in left if s in open_]
        if len(left) - len(still) <= len(left) * FEW:
            return [s for s in left if s not in open_]
        left = still
    return []


def _backwards(
    exploration: Exploration, steps: Steps, open_: set[int], fresh: list[int], budget: Budget
) -> None:
    into: dict[int, list[int]] = {}
    if fresh:
        for state in open_:
            for after in exploration.tables.wide_successors(state):
                into.setdefault(after, []).append(state)
    while fresh:
        budget.check()
        following: list[int] = []
        for state in fresh:
            for before in (*steps.predecessors(state), *into.get(state, ())):
                if before in open_:
                    open_.remove(before)
                    following.append(before)
        fresh = following
