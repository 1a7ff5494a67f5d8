"""The Z3 engine: bounded model checking, all properties in one unrolling, shortest findings first.

Each property is a predicate over the state at step k. What a state violates or reaches has depth k; what the step
out of it violates, depth k + 1. So one question per step, "does any open property show here?", finds everything at its
smallest depth; after "no" that is a fact that the solver may use in later steps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from specgen.core.interpreter import Interpreter
from specgen.core.system import Action, Obligation, Property, State, System
from specgen.core.terms import Term
from specgen.engines.budget import Budget, OutOfBudget
from specgen.engines.findings import key_of
from specgen.engines.properties import DEAD_ACTION, DEADLOCK, keys
from specgen.engines.smt import Encoding, StateWriter, conjunction, disjunction, enabled
from specgen.engines.solver import Solver
from specgen.engines.verdict import Key, Limits, Outcome, Run
from specgen.trace.trace import Trace

ENGINE = "z3"
DEPTH = 20  # steps, when the limits do not say
SHARE = 8_000_000  # work beside an explicit search, which says the rest: about a second
NEVER = "z3 looks only so many steps ahead"


@dataclass(frozen=True, slots=True)
class _Item:
    """Something to look for at every step.

    Args:
        name: of its Boolean constant.
        later: 1 when the step behind the state is to blame, else 0.
        write: the predicate as text.
    """

    key: Key
    name: str
    later: int
    write: Callable[[StateWriter], str]


def run(system: System, limits: Limits, asked: Collection[Key] | None = None) -> Run:
    """Unrolls down to ``limits.depth`` (20 if None) or until everything is decided.

    Args:
        asked: the properties to judge; None for all. ``always_possible`` stays unknown.
    """
    wanted = [key for key in keys(system) if asked is None or key in asked]
    budget = Budget(replace(limits, depth=DEPTH if limits.depth is None else limits.depth))
    search = _Search(system, wanted, budget)
    reason = "depth"
    try:
        search.run()
    except OutOfBudget as stop:
        reason = str(stop)
    except KeyboardInterrupt:
        reason = "interrupted"
    return Run(
        engine=ENGINE,
        outcomes=tuple(search.outcome(key, reason) for key in wanted),
        complete=False,
        depth=max(0, search.covered),
        seconds=budget.seconds,
        reason="" if search.decided else reason,
    )


class _Search:
    def __init__(self, system: System, wanted: list[Key], budget: Budget) -> None:
        self.covered = -1
        self._system = system
        self._interpreter = Interpreter(system)
        self._budget = budget
        self._wanted = wanted
        self._items = _items(system, wanted)
        self._actions = _action_items(system) if DEAD_ACTION in wanted else []
        self._found: dict[Key, Trace] = {}
        self._enabled: set[str] = set()
        self._questions = 0

    @property
    def decided(self) -> bool:
        """Whether nothing is left to look for."""
        open_ = any(item.key not in self._found for item in self._items)
        return not open_ and (DEAD_ACTION not in self._wanted or not self._disabled())

    def run(self) -> None:
        encoding = Encoding(self._system, {i.name: i.write for i in (*self._items, *self._actions)})
        solver = Solver(self._budget)
        solver.feed(encoding.state(0))
        solver.feed(encoding.initial())
        limit = self._budget.limits.depth
        assert limit is not None  # run() has put one
        for step in range(limit + 1):
            if step:
                solver.feed(encoding.state(step))
                solver.feed(encoding.transition(step - 1))
            self._look(solver, step, limit)
            self.covered = step
            if self.decided:
                return
            if self._budget.limits.work is not None and solver.work > self._budget.limits.work:
                break
        self._look_for_actions(solver)

    def _look(self, solver: Solver, step: int, limit: int) -> None:
        open_ = [i for i in self._items if step + i.later <= limit and self._is_open(i, step)]
        while open_ and self._ask(solver, [f"{i.name}!{step}" for i in open_]):
            states, steps = self._behaviour(solver.model(), step)
            for item in open_:
                trace = _ending(self._interpreter, states, steps, item)
                if trace is not None:
                    self._found[item.key] = trace
            open_ = [i for i in open_ if self._is_open(i, step)]
        solver.feed("\n".join(f"(assert (not {i.name}!{step}))" for i in open_))

    def _is_open(self, item: _Item, step: int) -> bool:
        found = self._found.get(item.key)
        return found is None or step + item.later < found.depth

    def _ask(self, solver: Solver, names: list[str]) -> bool:
        self._questions += 1
        question = f"q{self._questions}"
        solver.feed(f"(declare-const {question} Bool)\n(assert (=> {question} {disjunction(names)}))")
        return solver.check(question)

    def _behaviour(self, model: dict[str, int], step: int) -> tuple[list[State], list[int]]:
        """The states and steps of a model. Only its choices are read: the interpreter does the rest."""
        start = tuple(
            v.domain.low + model.get(f"v{v.index}!0", 0) if fixed is None else fixed
            for v, fixed in zip(self._system.variables, self._system.start, strict=True)
        )
        states, steps = [start], list[int]()
        for k in range(step):
            index = next(a.index for a in self._system.actions if model.get(f"a{a.index}!{k}"))
            steps.append(index)
            states.append(self._interpreter.apply(states[-1], self._system.actions[index]))
        self._enabled.update(self._system.actions[index].name for index in steps)
        return states, steps

    def _disabled(self) -> list[str]:
        return [name for name, _ in self._system.action_names if name not in self._enabled]

    def _look_for_actions(self, solver: Solver) -> None:
        for item in self._actions:
            action = item.key[1]
            if action in self._enabled:
                continue
            names = [f"{item.name}!{step}" for step in range(self.covered + 1)]
            if self._ask(solver, names):
                model = solver.model()
                step = next(k for k in range(self.covered + 1) if model.get(f"{item.name}!{k}"))
                self._behaviour(model, step)
                self._enabled.add(action)

    def outcome(self, key: Key, reason: str) -> Outcome:
        kind, name = key
        trace = self._found.get(key)
        if trace is not None:
            return Outcome(kind, name, "reached" if kind == "cover" else "violated", True, trace.depth, trace)
        depth = self.covered if self.covered >= 0 else None
        if kind == "possible":
            return Outcome(kind, name, "unknown", False, None, reason=NEVER)
        if key == DEAD_ACTION:
            if not self._disabled():
                return Outcome(kind, name, "holds", True, depth)
            lines = tuple(f"{action} was not enabled so far" for action in self._disabled())
            return Outcome(kind, name, "unknown", False, depth, reason=reason, detail=lines)
        if reason == "depth":
            verdict = "unreachable" if kind == "cover" else "holds"
            return Outcome(kind, name, verdict, False, depth, reason=reason)
        return Outcome(kind, name, "unknown", False, depth, reason=reason)


def _items(system: System, wanted: list[Key]) -> list[_Item]:
    found: list[_Item] = []

    def add(key: Key, later: int, write: Callable[[StateWriter], str]) -> None:
        found.append(_Item(key, f"p{len(found)}", later, write))

    for key in wanted:
        terms = [p.term for p in system.properties if (p.kind, p.name) == key and p.kind != "possible"]
        if terms:
            add(key, 0, _shows(terms, key[0] == "cover"))
        blamed = [(a, o) for a in system.actions for o in a.obligations if key_of(o) == key]
        if blamed:
            add(key, 1, _fails(blamed))
        if key == DEADLOCK:
            add(key, 0, _is_deadlock(system))
    return found


def _action_items(system: System) -> list[_Item]:
    found = []
    for number, (name, _) in enumerate(system.action_names):
        actions = [a for a in system.actions if a.name == name]
        found.append(_Item(("dead_action", name), f"e{number}", 0, _some_enabled(actions)))
    return found


def _shows(terms: list[Term], when: bool) -> Callable[[StateWriter], str]:
    def write(writer: StateWriter) -> str:
        if when:
            return disjunction([writer.truth(t) for t in terms])
        return f"(not {conjunction([writer.truth(t) for t in terms])})"

    return write


def _fails(blamed: list[tuple[Action, Obligation]]) -> Callable[[StateWriter], str]:
    def write(writer: StateWriter) -> str:
        cases = []
        for action, obligation in blamed:
            failing = f"(not {writer.truth(obligation.term)})"
            cases.append(failing if obligation.always else f"(and {enabled(writer, action)} {failing})")
        return disjunction(list(dict.fromkeys(cases)))

    return write


def _is_deadlock(system: System) -> Callable[[StateWriter], str]:
    def write(writer: StateWriter) -> str:
        moves = [enabled(writer, a) for a in system.actions]
        unclear = {f"(not {writer.truth(o.term)})": None for a in system.actions for o in a.obligations if o.always}
        return f"(not {disjunction([*moves, *unclear, writer.truth(system.terminal)])})"

    return write


def _some_enabled(actions: list[Action]) -> Callable[[StateWriter], str]:
    return lambda writer: disjunction([enabled(writer, a) for a in actions])


def _ending(interpreter: Interpreter, states: list[State], steps: list[int], item: _Item) -> Trace | None:
    """The behaviour as a trace of what it shows at its end, if it does."""
    system, last = interpreter.system, states[-1]
    failed: Obligation | Property | None
    if item.key == DEADLOCK:
        return Trace(system, tuple(states), tuple(steps)) if interpreter.deadlocked(last) else None
    if not item.later:
        wrong = item.key[0] == "cover"
        failed = next(
            (p for p in system.properties if (p.kind, p.name) == item.key and interpreter.holds(p.term, last) == wrong),
            None,
        )
        return Trace(system, tuple(states), tuple(steps), failed) if failed is not None else None
    for action in system.actions:
        failed = next((o for o in interpreter.failing(last, action) if key_of(o) == item.key), None)
        if failed is not None:
            after = interpreter.apply(last, action)
            return Trace(system, (*states, after), (*steps, action.index), failed)
    return None
