"""How many states Z3 finds at each depth: all solutions, one by one. For small systems, to compare engines."""

from __future__ import annotations

from specgen.core.system import State, System
from specgen.engines.budget import Budget
from specgen.engines.smt import Encoding, conjunction
from specgen.engines.solver import Solver
from specgen.engines.verdict import Limits


def level_sizes(system: System, depth: int) -> tuple[int, ...]:
    """The number of states first reached after exactly k steps, for k from 0 to ``depth`` or the first 0."""
    encoding = Encoding(system, {})
    solver = Solver(Budget(Limits()))
    solver.feed(encoding.state(0))
    solver.feed(encoding.initial())
    seen: list[State] = []
    sizes: list[int] = []
    for step in range(depth + 1):
        if step:
            solver.feed(encoding.state(step))
            solver.feed(encoding.transition(step - 1))
        solver.feed(f"(declare-const new{step} Bool)")
        for state in seen:
            solver.feed(_not_that(encoding, system, state, step))
        before = len(seen)
        while solver.check(f"new{step}"):
            model = solver.model()
            state = tuple(v.domain.low + model.get(f"v{v.index}!{step}", 0) for v in system.variables)
            seen.append(state)
            solver.feed(_not_that(encoding, system, state, step))
        if len(seen) == before:
            break
        sizes.append(len(seen) - before)
    return tuple(sizes)


def _not_that(encoding: Encoding, system: System, state: State, step: int) -> str:
    same = [encoding.equals(v.index, state[v.index], step) for v in system.variables if v.domain.size > 1]
    return f"(assert (=> new{step} (not {conjunction(same)})))"
