"""The spec itself as the system under test: what a suite must pass before anything else.

Everything that a step or a look at a state gives is remembered for the whole run: tests share long beginnings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from specgen.core.interpreter import Interpreter
from specgen.core.system import System
from specgen.core.terms import Term
from specgen.engines.steps import Predicate, Step, Steps
from specgen.testgen.harness.errors import Refused, Unknown, Violation
from specgen.testgen.harness.names import Value, call
from specgen.testgen.suite import literal, written

Arguments = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action does in a state: leads to ``after``, or violates, or is refused by guards."""

    after: int | None
    warns: tuple[str, ...] = ()
    violates: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()


class Model:
    """A system, compiled, with everything found out about it so far."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._failed: tuple[int, ...] = ()
        self._compiled = Steps(system, self._note)
        self._interpreter = Interpreter(system)
        self._actions: dict[tuple[str, Arguments], int] = {}
        for it in system.actions:
            self._actions[it.name, tuple(sorted(written(it).items()))] = it.index
        self._steps: dict[int, Step] = {}
        self._predicates: dict[Term, Predicate] = {}
        self._outcomes: dict[tuple[int, int], Outcome] = {}
        self._looks: dict[int, dict[str, Value]] = {}
        self._initial: tuple[int, ...] | None = None

    def initial(self) -> tuple[int, ...]:
        """The initial states."""
        if self._initial is None:
            self._initial = tuple(map(self._compiled.packing.pack, self._interpreter.initial_states()))
        return self._initial

    def action(self, name: str, given: Mapping[str, Value]) -> int:
        """The index of an action.

        Raises:
            Unknown: there is none.
        """
        found = self._actions.get((name, tuple(sorted(given.items()))))
        if found is None:
            raise Unknown(f"the spec has no action {call(name, dict(given))}")
        return found

    def outcome(self, state: int, action: int) -> Outcome:
        """What an action does in a state."""
        found = self._outcomes.get((state, action))
        if found is None:
            found = self._outcomes[state, action] = self._try(state, action)
        return found

    def look(self, state: int) -> dict[str, Value]:
        """What is seen of a state."""
        found = self._looks.get(state)
        if found is None:
            values, value = self._compiled.packing.unpack(state), self._interpreter.value
            found = {o.name: literal(o.domain.text(value(o.term, values))) for o in self.system.observables}
            self._looks[state] = found
        return found

    def violated(self, state: int, name: str) -> bool:
        """Whether the invariant, always_possible or in_range ``name`` does not hold in a state.

        Raises:
            Unknown: there is none of that name.
        """
        named = [p for p in self.system.properties if p.name == name and p.kind != "cover"]
        if not named:
            raise Unknown(f"the spec has no property '{name}' of states")
        for item in named:
            states = self._reachable(state) if item.kind == "possible" else (state,)
            if not any(self._holds(item.term, s) for s in states):
                return True
        return False

    def _reachable(self, state: int) -> Iterator[int]:
        seen, waiting = {state}, [state]
        while waiting:
            state = waiting.pop()
            yield state
            for action in range(len(self.system.actions)):
                after = self.outcome(state, action).after
                if after is not None and after not in seen:
                    seen.add(after)
                    waiting.append(after)

    def _try(self, state: int, index: int) -> Outcome:
        action = self.system.actions[index]
        step = self._steps.get(index)
        if step is None:
            step = self._steps[index] = self._compiled.step(action)
        self._failed = ()
        change = step(state)
        numbers: tuple[int, ...] = self._failed
        failed = [action.obligations[number] for number in numbers]
        if change:
            return Outcome(state + change[0], warns=tuple(o.name for o in failed))
        fatal = [o.name for o in failed if o.fatal]
        fatal += [o.name for o in action.obligations if o.always and not self._holds(o.term, state)]
        if fatal:
            return Outcome(None, violates=tuple(fatal))
        guards = [g.name for g in action.guards if not self._holds(g.term, state)]
        return Outcome(None, guards=tuple(guards))

    def _holds(self, term: Term, state: int) -> bool:
        predicate = self._predicates.get(term)
        if predicate is None:
            predicate = self._predicates[term] = self._compiled.predicate(term)
        return predicate(state)

    def _note(self, _action: int, failed: tuple[int, ...]) -> None:
        self._failed = failed


class Interpreted:
    """An adapter on a model; what it raises and tells is what an adapter of a user may raise and tell."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._state = -1
        self._warns: Sequence[str] = ()

    def start(self, seen: Mapping[str, Value]) -> None:
        """The initial state that looks like this; the first one if none does, so that the difference is told."""
        initial = self._model.initial()
        same = (s for s in initial if self._model.look(s) == seen)
        self._state = next(same, initial[0])

    def act(self, action: str, given: Mapping[str, Value]) -> None:
        """Makes an action happen.

        Raises:
            Refused, Violation, Unknown: it does not, or not as it should, or there is none.
        """
        __tracebackhide__ = True
        self._warns = ()
        outcome = self._model.outcome(self._state, self._model.action(action, given))
        if outcome.after is None:
            if outcome.violates:
                raise Violation(outcome.violates)
            raise Refused(guards=outcome.guards)
        self._state, self._warns = outcome.after, outcome.warns

    def observe(self) -> Mapping[str, Value]:
        return self._model.look(self._state)

    def warnings(self) -> Sequence[str]:
        return self._warns

    def recognises(self, error: Exception, name: str) -> bool:
        return isinstance(error, Violation) and name in error.names

    def holds(self, name: str) -> bool:
        return not self._model.violated(self._state, name)

    def everything(self) -> Iterator[tuple[str, Mapping[str, Value]]]:
        """Every action with its arguments."""
        for action in self._model.system.actions:
            yield action.name, written(action)
