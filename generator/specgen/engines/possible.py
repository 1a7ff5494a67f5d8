"""``always_possible``: from every reachable state, can a state where the predicate holds still be reached?"""

from __future__ import annotations

from specgen.core.terms import Term
from specgen.engines.budget import Budget, OutOfBudget
from specgen.engines.search import CHUNK, Exploration
from specgen.engines.select import Target


def impossible(exploration: Exploration, term: Term, budget: Budget) -> Target | None:
    """The nearest states from which the predicate can never hold again; None if there are none.

    Sweeps over all states and settles those that have a settled successor, deepest first, until nothing changes.
    Uses up ``exploration.seen`` and puts it back.

    Raises:
        OutOfBudget: a limit was reached first.
    """
    open_ = exploration.seen
    try:
        open_.difference_update(filter(exploration.tables.steps.predicate(term), list(open_)))
        _settle(exploration, open_, budget)
        for depth, level in enumerate(exploration.levels):
            bad = open_.intersection(level)
            if bad:
                return Target(depth, frozenset(bad))
        return None
    finally:
        for level in exploration.levels:
            open_.update(level)


def _settle(exploration: Exploration, open_: set[int], budget: Budget) -> None:
    left = [s for level in exploration.levels for s in level if s in open_]
    while left:
        # paths mostly lead to deeper levels; the other direction takes those that lead back
        left.reverse()
        before = len(left)
        for start in range(0, before, CHUNK):
            reason = budget.exceeded()
            if reason:
                raise OutOfBudget(reason)
            exploration.expander.settle(left[start : start + CHUNK], open_)
        left = [s for s in left if s in open_]
        if len(left) == before:
            return
