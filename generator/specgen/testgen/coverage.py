"""What tests exercise of a system, and what of it they do not.

The tests are followed on the system itself. A test that is no behaviour of it, because the spec has changed since,
is reported and not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from specgen.core.interpreter import Interpreter
from specgen.core.system import Guard, System
from specgen.core.terms import support
from specgen.language.source import Diagnostics, Span
from specgen.testgen.cover import serving
from specgen.testgen.criteria import Criterion, Key, Pairs, Transitions
from specgen.testgen.graph import Graph
from specgen.testgen.harness.names import Value, call
from specgen.testgen.mutation.behaviour import ENDS, HAPPENS, Behaviour, Entry, Interface
from specgen.testgen.reading import Generated, Given, Line, Module
from specgen.testgen.repeats import NONE, Repeats, parts
from specgen.testgen.suite import written

HOLDS, REFUSES = "holds", "refuses"

Name = TypeVar("Name")
Names = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to exercise.

    Args:
        text: what it is.
        span: where it stands in the spec, or None.
        names: the same, in parts, for programs.
    """

    text: str
    span: Span | None
    names: Names


@dataclass(frozen=True, slots=True)
class Tally:
    """What there is to exercise of one kind, in the order of the spec.

    Args:
        impossible: what no behaviour exercises.
    """

    exercised: tuple[Part, ...]
    missing: tuple[Part, ...]
    impossible: tuple[Part, ...]

    @property
    def possible(self) -> int:
        return len(self.exercised) + len(self.missing)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the tests of one revision exercise.

    Args:
        guards: each in two ways: it holds and the step happens, and it refuses.
        transitions, pairs, repeats: the goals of the criteria of these names, as far as steps serve them.
        observed: each value of each observable.
    """

    tests: int
    steps: int
    refusals: int
    actions: Tally
    guards: Tally
    transitions: Tally
    pairs: Tally
    repeats: Tally
    observed: Tally


def coverage(graph: Graph, modules: Iterable[Module], diagnostics: Diagnostics) -> Coverage:
    """Follows all tests.

    Args:
        diagnostics: gets SG953 for each test that is not a behaviour of the system.

    Raises:
        TooMany: there is too much to exercise of one kind.
    """
    tour = _Tour(graph.system)
    tests = [test for module in modules for test in module.tests]
    for test in tests:
        tour.follow(test, diagnostics)
    return _Tallies(graph, tour.seen).coverage(len(tests), tour.steps, tour.refusals)


@dataclass(slots=True)
class _Seen:
    """What the tests came upon: states, steps out of them, and refusals there, all by packed states.

    Args:
        walks: their first states, with the actions from there on that lead on.
    """

    walks: dict[tuple[int, tuple[int, ...]], None] = field(default_factory=dict)
    states: dict[int, None] = field(default_factory=dict)
    steps: dict[tuple[int, int], None] = field(default_factory=dict)
    ends: dict[tuple[int, int], None] = field(default_factory=dict)
    refusals: dict[tuple[int, int], None] = field(default_factory=dict)


class _Astray(Exception):
    """A line of a test is not what the system does."""

    def __init__(self, line: Line, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class _Tour:
    """Follows tests, and keeps what they come upon."""

    def __init__(self, system: System) -> None:
        self.seen = _Seen()
        self.steps = 0
        self.refusals = 0
        self._taken: list[int] = []  # the actions of the test at hand, as far as they lead on
        self._system = system
        self._interface = Interface.of(system)
        self._behaviour = Behaviour(system, self._interface, {})
        self._starts = {self._behaviour.look(s): s for s in reversed(self._behaviour.initial())}
        self._actions = {
            (a.name, frozenset(written(a).items())): a.index for a in system.actions
        }

    def follow(self, test: Generated, diagnostics: Diagnostics) -> None:
        """One test; it counts only if all of it is a behaviour."""
        mine = _Seen()
        self._taken = []
        state = -1
        try:
            for line in test.lines:
                state = self._line(state, line, mine)
        except _Astray as astray:
            message = f"{test.name} is no behaviour of the spec: {astray.message}"
            advice = "the spec has changed since; `specgen generate` writes the tests again"
            diagnostics.add("SG953", message, astray.line.span, help=advice, severity="warning")
            return
        self.steps += sum(line.kind in ("step", "violates") for line in test.lines)
        self.refusals += sum(line.kind in ("refuses", "prevents") for line in test.lines)
        self.seen.walks[next(iter(mine.states)), tuple(self._taken)] = None
        self.seen.states |= mine.states
        self.seen.steps |= mine.steps
        self.seen.ends |= mine.ends
        self.seen.refusals |= mine.refusals

    def _line(self, state: int, line: Line, mine: _Seen) -> int:
        match line.kind:
            case "start":
                state = self._start(line)
            case "step":
                state = self._step(state, line, mine)
            case "refuses" | "prevents":
                self._refused(state, line, mine)
            case "violates":
                state = self._violated(state, line, mine)
            case "breaks":
                if all(p.name != line.property for p in self._system.properties):
                    raise _Astray(line, f"there is no property {line.property}")
            case _:
                self._stuck(state, line, mine)
        mine.states[state] = None
        return state

    def _start(self, line: Line) -> int:
        look = tuple(line.seen.get(name, _NOTHING) for name in self._interface.observables)
        state = self._starts.get(look)
        if state is None or len(line.seen) != len(look):
            raise _Astray(line, "no initial state looks like this")
        return state

    def _entry(self, state: int, line: Line) -> tuple[int, Entry | None]:
        index = self._actions.get((line.action, frozenset(line.given.items())))
        if index is None:
            raise _Astray(line, f"there is no action {_told(line.action, line.given)}")
        return index, self._behaviour.outcome(state, index)

    def _step(self, state: int, line: Line, mine: _Seen) -> int:
        index, entry = self._entry(state, line)
        if entry is None or entry[1].kind != HAPPENS:
            raise _Astray(line, f"{_told(line.action, line.given)} does not happen here")
        if entry[1].names != set(line.names):
            warned = ", ".join(sorted(entry[1].names)) or "nothing"
            raise _Astray(line, f"it warns of {warned}")
        after = state + entry[2]
        before, now = self._behaviour.look(state), self._behaviour.look(after)
        changed = {n: b for n, a, b in zip(self._interface.observables, before, now, strict=True) if a != b}
        if changed != dict(line.seen):
            raise _Astray(line, "other things change")
        mine.steps[state, index] = None
        self._taken.append(index)
        return after

    def _refused(self, state: int, line: Line, mine: _Seen) -> None:
        index, entry = self._entry(state, line)
        if entry is not None:
            raise _Astray(line, f"{_told(line.action, line.given)} is not refused here")
        mine.refusals[state, index] = None

    def _violated(self, state: int, line: Line, mine: _Seen) -> int:
        index, entry = self._entry(state, line)
        if entry is None or line.property not in entry[1].names:
            raise _Astray(line, f"{_told(line.action, line.given)} does not violate {line.property} here")
        if entry[1].kind == ENDS:
            mine.ends[state, index] = None
            return state
        mine.steps[state, index] = None
        self._taken.append(index)
        return state + entry[2]

    def _stuck(self, state: int, line: Line, mine: _Seen) -> None:
        entries = self._behaviour.entries(state)
        if entries:
            raise _Astray(line, f"{self._interface.actions[entries[0][0]]} happens here")
        for action in self._system.actions:
            mine.refusals[state, action.index] = None


_NOTHING = "(nothing)"


def _told(action: str, given: Given) -> str:
    return call(action, dict(given))


class _Tallies:
    """Holds what the tests came upon against all that can happen."""

    def __init__(self, graph: Graph, seen: _Seen) -> None:
        self._graph = graph
        self._system = graph.system
        self._seen = seen
        self._interpreter = Interpreter(graph.system)

    def coverage(self, tests: int, steps: int, refusals: int) -> Coverage:
        return Coverage(
            tests,
            steps,
            refusals,
            self._actions(),
            self._guards(),
            self._transitions(),
            self._pairs(),
            self._repeats(),
            self._observed(),
        )

    def _actions(self) -> Tally:
        done = {action for _, action in (*self._seen.steps, *self._seen.ends)}
        possible = done | {action for state in self._graph.states for action, _ in self._graph.edges(state)}
        parts = {a.index: Part(a.label, a.span, (("action", a.label),)) for a in self._system.actions}
        return _tally(parts, done, possible)

    def _guards(self) -> Tally:
        parts: dict[tuple[str, str, str], Part] = {}
        done: set[tuple[str, str, str]] = set()
        possible: set[tuple[str, str, str]] = set()
        happened = {a for _, a in (*self._seen.steps, *self._seen.ends)}
        can = happened | {action for state in self._graph.states for action, _ in self._graph.edges(state)}
        refused: dict[int, list[int]] = {}
        for state, index in self._seen.refusals:
            refused.setdefault(index, []).append(state)
        for action in self._system.actions:
            for guard in action.guards:
                if guard.term.op == "const":
                    continue
                for way in (HOLDS, REFUSES):
                    key = (action.name, guard.name, way)
                    names = (("action", action.name), ("guard", guard.name), ("way", way))
                    parts.setdefault(key, Part(f"{action.name}: {guard.name} {way}", guard.span, names))
                holds, refuses = (action.name, guard.name, HOLDS), (action.name, guard.name, REFUSES)
                done |= {holds} if action.index in happened else set()
                possible |= {holds} if action.index in can else set()
                predicate = self._graph.predicate(guard.term)
                if any(not predicate(state) for state in refused.get(action.index, ())):
                    done.add(refuses)
                    possible.add(refuses)
                elif refuses not in possible and self._is_false_somewhere(guard):
                    possible.add(refuses)
        return _tally(parts, done, possible)

    def _is_false_somewhere(self, guard: Guard) -> bool:
        mask = self._graph.packing.mask(support(guard.term))
        predicate = self._graph.predicate(guard.term)
        return any(not predicate(bits) for bits in {state & mask for state in self._graph.states})

    def _transitions(self) -> Tally:
        it = Transitions(self._graph)
        return self._goals(it, lambda key: (("transition", it.text(key)),))

    def _pairs(self) -> Tally:
        it = Pairs(self._graph)
        return self._goals(it, lambda key: (("action", it.label(key[0])), ("then", it.label(key[1]))))

    def _repeats(self) -> Tally:
        it = Repeats(self._graph)

        def names(key: Key) -> Names:
            action, idle, later = parts(key)
            after = None if later == NONE else it.label(later)
            return ("action", it.label(action)), ("changes_nothing", idle), ("later", after)

        return self._goals(it, names)

    def _goals(self, it: Criterion, names: Callable[[Key], Names]) -> Tally:
        """The goals of a criterion whose keys begin with an action."""
        done = {key for walk in self._seen.walks for keys in serving(self._graph, it, walk) for key in keys}
        found: dict[Key, Part] = {}
        for key in it.goals:
            index = key[0]
            assert isinstance(index, int)
            found[key] = Part(it.text(key), self._system.actions[index].span, names(key))
        return _tally(found, done, set(it.goals))

    def _observed(self) -> Tally:
        graph, parts = self._graph, dict[tuple[str, int], Part]()
        done: set[tuple[str, int]] = set()
        possible: set[tuple[str, int]] = set()
        for seen in self._system.observables:
            domain = seen.domain
            for value in range(domain.low, domain.low + domain.size):
                text = domain.text(value)
                names = (("observable", seen.name), ("value", text))
                parts[seen.name, value] = Part(f"{seen.name} = {text}", None, names)
            mask = graph.packing.mask(support(seen.term))
            for found, states in ((done, self._seen.states), (possible, graph.states)):
                for bits in {state & mask for state in states}:
                    found.add((seen.name, self._interpreter.value(seen.term, graph.unpack(bits))))
        return _tally(parts, done, possible)


def _tally(parts: Mapping[Name, Part], done: Iterable[Name], possible: Iterable[Name]) -> Tally:
    have, can = set(done), set(possible)
    return Tally(
        tuple(part for key, part in parts.items() if key in have),
        tuple(part for key, part in parts.items() if key in can and key not in have),
        tuple(part for key, part in parts.items() if key not in can and key not in have),
    )
