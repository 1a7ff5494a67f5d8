"""What a system means, state by state: the reference that every engine is held against.

An action's ``always`` obligations say whether its guards have a value at all. It is *enabled* where they and
all guards hold. An obligation fails where the action is enabled and its term is false; an ``always`` one
wherever its term is false, since then nobody can say whether the guards hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from specgen.core.initial import enumerate_initial
from specgen.core.system import Action, Obligation, State, System
from specgen.core.terms import Term, evaluation_order


class Interpreter:
    """Evaluates terms and takes steps. Holds nothing but the evaluation order of terms already seen."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._orders: dict[Term, tuple[Term, ...]] = {}

    def value(self, term: Term, state: State) -> int:
        """The value of a term; a boolean is 0 or 1."""
        order = self._orders.get(term)
        if order is None:
            order = self._orders[term] = evaluation_order(term)
        values: dict[int, int] = {}
        for node in order:
            values[node.id] = _value(node, state, values)
        return values[term.id]

    def holds(self, term: Term, state: State) -> bool:
        return self.value(term, state) != 0

    def initial_states(self, check: Callable[[], None] = lambda: None) -> Iterator[State]:
        """Every initial state once. ``check`` is called now and then and may raise to stop a long search."""
        return enumerate_initial(self.system, check)

    def enabled(self, state: State, action: Action) -> bool:
        """Whether all guards hold and have a value."""
        return all(self.holds(o.term, state) for o in action.obligations if o.always) and all(
            self.holds(g.term, state) for g in action.guards
        )

    def failing(self, state: State, action: Action) -> tuple[Obligation, ...]:
        """The obligations that the action fails in this state."""
        enabled = self.enabled(state, action)
        return tuple(o for o in action.obligations if (o.always or enabled) and not self.holds(o.term, state))

    def attempted(self, state: State, action: Action) -> bool:
        """Whether the action is enabled or its guards have no value: then the state is no deadlock."""
        return self.enabled(state, action) or bool(self.failing(state, action))

    def happens(self, state: State, action: Action) -> bool:
        """Whether the action leads on from here: enabled, and no fatal obligation fails."""
        return self.enabled(state, action) and not any(o.fatal for o in self.failing(state, action))

    def step_kinds(self, state: State) -> tuple[str, ...]:
        """Per action ``disabled``, ``happens``, or ``ends`` where it fails a fatal obligation."""
        kinds = []
        for action in self.system.actions:
            if any(o.fatal for o in self.failing(state, action)):
                kinds.append("ends")
            else:
                kinds.append("happens" if self.enabled(state, action) else "disabled")
        return tuple(kinds)

    def apply(self, state: State, action: Action) -> State:
        """The state after the action; a value outside its domain leaves the old one.

        Where the action is not enabled (its guards have no value) nothing happens.
        """
        if not self.enabled(state, action):
            return state
        after = list(state)
        for index, term in action.updates:
            value = self.value(term, state)
            domain = self.system.variables[index].domain
            if domain.low <= value < domain.low + domain.size:
                after[index] = value
        return tuple(after)

    def successors(self, state: State) -> Iterator[tuple[Action, State]]:
        """The steps that lead on, in the order of the actions."""
        for action in self.system.actions:
            if self.happens(state, action):
                yield action, self.apply(state, action)

    def deadlocked(self, state: State) -> bool:
        """Whether no action is attempted and no terminal predicate excuses it."""
        if self.holds(self.system.terminal, state):
            return False
        return not any(self.attempted(state, a) for a in self.system.actions)


def _value(node: Term, state: State, values: dict[int, int]) -> int:
    if node.op == "const":
        return node.value
    if node.op == "var":
        return state[node.value]
    args = [values[a.id] for a in node.operands]
    match node.op:
        case "not":
            return 1 - args[0]
        case "and":
            return int(all(args))
        case "or":
            return int(any(args))
        case "eq":
            return int(args[0] == args[1])
        case "lt":
            return int(args[0] < args[1])
        case "le":
            return int(args[0] <= args[1])
        case "add":
            return args[0] + args[1]
        case "sub":
            return args[0] - args[1]
        case "ite":
            return args[1] if args[0] else args[2]
    raise ValueError(f"unknown operator {node.op!r}")
