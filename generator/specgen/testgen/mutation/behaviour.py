"""What can be seen of a system from outside: which actions happen where, and what the observables then show.

States are packed. What an action does depends on few bits of a state, so it is worked out once for each value of
these bits and looked up afterwards. Another system over other variables is compared by what is seen alone: actions
go by their labels, observables by their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from specgen.core.interpreter import Interpreter
from specgen.core.system import Action, State, System
from specgen.core.terms import Term, support
from specgen.engines.steps import Predicate, Steps, reads_and_writes
from specgen.engines.tables import NARROW, group
from specgen.testgen.harness.names import Value
from specgen.testgen.suite import literal

Look = tuple[Value, ...]
HAPPENS, ENDS = "happens", "ends"


@dataclass(frozen=True, slots=True)
class Interface:
    """What a test drives and sees: labels of ground actions and names of observables, each in order."""

    actions: tuple[str, ...]
    observables: tuple[str, ...]

    @classmethod
    def of(cls, system: System) -> Interface:
        return cls(tuple(a.label for a in system.actions), tuple(o.name for o in system.observables))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action does where it is not refused.

    Args:
        kind: ``happens`` or ``ends`` (it fails what ends the path).
        names: the checks that fail, or the properties at which the path ends.
    """

    kind: str
    names: frozenset[str]


# an action's place in the interface, its outcome, the change of the packed state
Entry = tuple[int, Outcome, int]

# the bits that decide, what they decide where that is known, and functions of them that find it out
_Table = tuple[int, dict[int, list[Entry]], list[Callable[[int], Iterator[Entry]]]]

MISSING = "(not there)"


class Behaviour:
    """A system as it is seen through an interface.

    Args:
        outcomes: shared by behaviours that are compared: equal outcomes are then the same object.

    Actions and observables that only the system has are not driven and not seen; of those that only the interface
    has, the actions are always refused, and the observables are not there.
    """

    def __init__(self, system: System, interface: Interface, outcomes: dict[Outcome, Outcome]) -> None:
        self.system = system
        self.interpreter = Interpreter(system)
        self._noted: list[int] = []
        self._outcomes = outcomes
        self._compiled = Steps(system, self._note)
        self.packing = self._compiled.packing
        number = {label: place for place, label in enumerate(interface.actions)}
        driven = [action for action in system.actions if action.label in number]
        self._tables = self._group([(action, number[action.label]) for action in driven])
        self.look: Callable[[int], Look] = _Looks(system, interface, self).look

    def initial(self) -> list[int]:
        """The initial states, by their values."""
        return [self.packing.pack(state) for state in sorted(self.interpreter.initial_states())]

    def entries(self, state: int) -> list[Entry]:
        """What is not refused in a state, in the order of the interface."""
        found: list[Entry] = []
        for mask, table, members in self._tables:
            key = state & mask
            known = table.get(key)
            if known is None:
                known = table[key] = [e for one in members for e in one(key)]
            found += known
        found.sort(key=_number)
        return found

    def outcome(self, state: int, number: int) -> Entry | None:
        """What one action does; None where it is refused."""
        return next((entry for entry in self.entries(state) if entry[0] == number), None)

    def holds(self, term: Term, state: int) -> bool:
        return self.interpreter.holds(term, self.packing.unpack(state))

    def unpack(self, state: int) -> State:
        return self.packing.unpack(state)

    def _note(self, _action: int, failed: tuple[int, ...]) -> None:
        self._noted += failed

    def _group(self, driven: list[tuple[Action, int]]) -> list[_Table]:
        run = [self._runner(action, number) for action, number in driven]
        bits = [self.packing.mask(reads_and_writes(action)) for action, _ in driven]
        numbered = list(enumerate(bits))
        narrow = [(i, mask) for i, mask in numbered if mask.bit_count() <= NARROW]
        wide = [(mask, [i]) for i, mask in numbered if mask.bit_count() > NARROW]
        tables = [*group(narrow, NARROW), *wide]
        return [(mask, {}, [run[i] for i in members]) for mask, members in tables]

    def _runner(self, action: Action, number: int) -> Callable[[int], Iterator[Entry]]:
        step = self._compiled.step(action)
        defined = self._defined(action)
        obligations = action.obligations
        undefined = self._outcome(ENDS, (o.name for o in obligations if o.always))

        def run(key: int) -> Iterator[Entry]:
            if defined is not None and not defined(key):
                yield number, undefined, 0
                return
            self._noted.clear()
            changed = step(key)
            failed = [obligations[i] for i in self._noted]
            if changed:
                yield number, self._outcome(HAPPENS, (o.name for o in failed)), changed[0]
            elif failed:
                yield number, self._outcome(ENDS, (o.name for o in failed if o.fatal)), 0

        return run

    def _defined(self, action: Action) -> Predicate | None:
        always = [o.term for o in action.obligations if o.always]
        return self._compiled.conjunction(always) if always else None

    def _outcome(self, kind: str, names: Iterable[str]) -> Outcome:
        made = Outcome(kind, frozenset(names))
        return self._outcomes.setdefault(made, made)


def _number(entry: Entry) -> int:
    return entry[0]


class _Looks:
    """The observables of states; worked out once for each value of the bits that they read."""

    def __init__(self, system: System, interface: Interface, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        known = {o.name: o for o in system.observables}
        packing = behaviour.packing
        self._masks: list[int] = []
        self._values: list[dict[int, Value]] = []
        self._find: list[Callable[[int], Value]] = []
        for name in interface.observables:
            seen = known.get(name)
            mask = 0 if seen is None else packing.mask(support(seen.term))
            self._masks.append(mask)
            self._values.append({})
            self._find.append(_absent if seen is None else self._finder(seen.term, seen.domain.text))
        self._mask = 0
        for mask in self._masks:
            self._mask |= mask
        self._whole: dict[int, Look] = {}

    def look(self, state: int) -> Look:
        key = state & self._mask
        found = self._whole.get(key)
        if found is None:
            found = self._whole[key] = tuple(self._value(place, key) for place in range(len(self._masks)))
        return found

    def _value(self, place: int, state: int) -> Value:
        key = state & self._masks[place]
        values = self._values[place]
        if key not in values:
            values[key] = self._find[place](key)
        return values[key]

    def _finder(self, term: Term, text: Callable[[int], str]) -> Callable[[int], Value]:
        behaviour = self._behaviour

        def find(key: int) -> Value:
            return literal(text(behaviour.interpreter.value(term, behaviour.packing.unpack(key))))

        return find


def _absent(_key: int) -> Value:
    return MISSING
