"""What a spec means, straight from docs/language.md over structured values: steps, and a naive search."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from .evaluator import Scope, UndefinedError, arguments, evaluate, fitting, place, rounds, truth
from .model import (
    ArrayT,
    Assign,
    CallStep,
    Claims,
    Do,
    Effect,
    Expr,
    Fld,
    Goto,
    Idx,
    Loop,
    Params,
    Process,
    RecordT,
    Ref,
    Spec,
    Step,
    Type,
    Value,
    When,
    freeze,
    index_keys,
    starts,
    values,
)

Key = tuple[str, str]  # kind and name of a property
State = dict[str, Value]
IDLE = "idle"


class TooLargeError(Exception):
    """The search met more states than it was allowed."""


# ---------------------------------------------------------------- processes as flat lists of steps


@dataclass(frozen=True)
class Flat:
    """A step at its place: counter before and after, what ``goto`` means, and how to enter what it calls."""

    step: Step
    process: Process
    name: str
    label: str
    following: str
    targets: dict[str, str]
    entries: dict[str, str]
    calls: tuple[tuple[Process, tuple[Expr, ...]], ...]  # that lead here, outermost first


def flatten(spec: Spec, process: Process) -> list[Flat]:
    return list(_level(spec, process, process, "", IDLE, ()))


def _level(
    spec: Spec,
    root: Process,
    process: Process,
    prefix: str,
    back: str,
    calls: tuple[tuple[Process, tuple[Expr, ...]], ...],
) -> Iterator[Flat]:
    names = [prefix + step.name for step in process.steps]
    labels = list(names)
    if not prefix:
        labels[0] = IDLE
    targets = {s.name: label for s, label in zip(process.steps, labels, strict=True)}
    targets[IDLE] = back
    for position, step in enumerate(process.steps):
        following = labels[position + 1] if position + 1 < len(labels) else back
        inner = list(_calls(step.effect))
        entries = {c.process: f"{prefix}{c.process}.{spec.processes[c.process].steps[0].name}" for c in inner}
        name = f"{root.name}.{names[position]}"
        yield Flat(step, root, name, labels[position], following, targets, entries, calls)
        for call in inner:
            callee = spec.processes[call.process]
            path = (*calls, (callee, call.args))
            yield from _level(spec, root, callee, f"{prefix}{call.process}.", following, path)


def _calls(effect: Effect) -> Iterator[CallStep]:
    for statement in effect:
        match statement:
            case CallStep():
                yield statement
            case When(arms, otherwise):
                for _, body in arms:
                    yield from _calls(body)
                yield from _calls(otherwise)
            case Loop(_, _, _, body):
                yield from _calls(body)


# ---------------------------------------------------------------- one step


@dataclass
class Outcome:
    """What comes of trying one ground action in one state.

    Args:
        enabled: the guards have a value and hold.
        failing: properties that it fails for certain.
        unsure: properties about which the language says nothing here, since another failure comes first.
        after: the next state; None where the path ends.
    """

    enabled: bool = False
    failing: set[Key] = field(default_factory=set)
    unsure: set[Key] = field(default_factory=set)
    after: State | None = None

    @property
    def attempted(self) -> bool:
        return self.enabled or bool(self.failing)


IN_RANGE: Key = ("in_range", "in_range")
ONE_EFFECT: Key = ("one_effect", "one_effect")
FATAL = ("assert", "in_range", "one_effect")


@dataclass(frozen=True)
class Ground:
    """An action with values for its parameters."""

    name: str
    step: Step
    actor: str | None
    params: dict[str, Value]
    flat: Flat | None
    own: tuple[Value, ...]  # the process's parameters, which index the counter
    each: tuple[Value, ...] = ()


class Machine:
    """A spec ready to take steps.

    Process counters are variables of their names; ``each`` steps remember their rounds in hidden variables.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.constants = dict(spec.constants)
        self.roots = [p for p in spec.processes.values() if not p.called]
        self.flats = {p.name: flatten(spec, p) for p in self.roots}
        self.sequential = {name for name, sequential in spec.actors if sequential}
        self.grounds = [*self._actions(), *self._steps()]

    def scope(self, state: State) -> Scope:
        return Scope(state, self.constants, self.spec.definitions, {}, {})

    def holds(self, expr: Expr, state: State) -> bool | None:
        """Whether a predicate holds; None where it has no value."""
        try:
            return truth(expr, self.scope(state))
        except UndefinedError:
            return None

    # ------------------------------------------------------------ start

    def initial_states(self) -> list[State]:
        names = [v.name for v in self.spec.variables]
        hidden: State = {}
        for process in self.roots:
            keys = _rows(process.params)
            hidden[process.name] = _keyed(process.params, dict.fromkeys(keys, IDLE))
            for flat in self.flats[process.name]:
                if flat.step.each:
                    hidden[flat.name] = dict.fromkeys(keys, frozenset())
        found = []
        for row in product(*(starts(v.kind, v.initial) for v in self.spec.variables)):
            state = {**dict(zip(names, row, strict=True)), **hidden}
            if all(self.holds(expr, state) for _, expr in self.spec.init):
                found.append(state)
        return found

    def _actions(self) -> Iterator[Ground]:
        for action in self.spec.actions:
            for row in _rows(action.params):
                yield Ground(action.name, action, action.actor, _named(action.params, row), None, ())

    def _steps(self) -> Iterator[Ground]:
        for process in self.roots:
            for flat in self.flats[process.name]:
                step = flat.step
                for own, each, row in product(_rows(process.params), _rows(step.each), _rows(step.params)):
                    params = {**self._caller_params(flat, own), **_named(step.each, each), **_named(step.params, row)}
                    actor = step.actor or process.actor
                    yield Ground(flat.name, step, actor, params, flat, own, each)

    def _caller_params(self, flat: Flat, own: tuple[Value, ...]) -> dict[str, Value]:
        params = _named(flat.process.params, own)
        for callee, args in flat.calls:
            scope = Scope({}, self.constants, {}, params, {})
            params = {n: evaluate(a, scope) for (n, _), a in zip(callee.params, args, strict=True)}
        return params

    # ------------------------------------------------------------ steps

    def attempt(self, state: State, ground: Ground) -> Outcome:
        """What comes of the action in this state."""
        found = Outcome()
        if not self._in_turn(state, ground):
            return found
        scope = self.scope(state).bind(**ground.params)
        try:
            found.enabled = all(truth(expr, scope) for _, expr in ground.step.guards)
        except UndefinedError:
            found.failing.add(IN_RANGE)
            return found
        if found.enabled:
            _Take(self, state, ground, found).run(scope)
        return found

    def _in_turn(self, state: State, ground: Ground) -> bool:
        flat = ground.flat
        if flat is not None:
            if self._counter(state, flat.process, ground.own) != flat.label:
                return False
            if flat.step.each:
                done = state[flat.name][ground.own]
                if ground.each in done:
                    return False
                everything = _rows(flat.step.each)
                earlier = everything[: everything.index(ground.each)]
                if flat.step.in_order and not set(earlier) <= done:
                    return False
        if ground.actor in self.sequential:
            return not any(
                self._under_way(state, process, row)
                for process in self.roots
                if process.actor == ground.actor
                for row in _rows(process.params)
                if flat is None or (process.name, row) != (flat.process.name, ground.own)
            )
        return True

    def _counter(self, state: State, process: Process, own: tuple[Value, ...]) -> str:
        held = state[process.name]
        if not process.params:
            return str(held)
        return str(held[own[0] if len(own) == 1 else own])

    def _under_way(self, state: State, process: Process, own: tuple[Value, ...]) -> bool:
        if self._counter(state, process, own) != IDLE:
            return True
        first = self.flats[process.name][0]
        return bool(first.step.each) and bool(state[first.name][own])


class _Take:
    """Performs one enabled action: obligations, then the effect as a set of writes to cells."""

    def __init__(self, machine: Machine, state: State, ground: Ground, found: Outcome) -> None:
        self.machine = machine
        self.state = state
        self.ground = ground
        self.found = found
        self.writes: dict[tuple[Value, ...], list[Value]] = {}
        self.jumps: list[str] = []
        self.asserted = True

    def run(self, scope: Scope) -> None:
        found, step = self.found, self.ground.step
        self._claims(step.asserts, step.checks, scope)
        self._perform(step.effect, scope)
        flat = self.ground.flat
        if flat is not None and len(set(self.jumps)) > 1:
            self._conflict()
        if any(len({freeze(v) for v in row}) > 1 for row in self.writes.values()):
            self._conflict()
        if IN_RANGE in found.failing | found.unsure:
            found.unsure.add(ONE_EFFECT)  # the values that may clash are not all known
        if not any(kind in FATAL for kind, _ in found.failing | found.unsure):
            found.after = self._after()

    def _conflict(self) -> None:
        (self.found.unsure if self._ended() else self.found.failing).add(ONE_EFFECT)

    def _ended(self) -> bool:
        return any(kind in FATAL for kind, _ in self.found.failing)

    def _broken(self) -> None:
        # behind an assert that fails nobody looks; where several things fail, which is reported is left open
        (self.found.unsure if not self.asserted else self.found.failing).add(IN_RANGE)

    def _claims(self, asserts: Claims, checks: Claims, scope: Scope) -> None:
        for kind, claims in (("assert", asserts), ("check", checks)):
            for name, expr in claims:
                try:
                    if not truth(expr, scope):
                        self.found.failing.add((kind, name))
                        self.asserted = self.asserted and kind != "assert"
                except UndefinedError:
                    self._broken()

    def _perform(self, effect: Effect, scope: Scope) -> None:
        for statement in effect:
            try:
                self._statement(statement, scope)
            except UndefinedError:
                self._broken()

    def _statement(self, statement: object, scope: Scope) -> None:
        match statement:
            case Assign(target, value):
                self._assign(target, value, scope)
            case When(arms, otherwise):
                for test, body in arms:
                    if truth(test, scope):
                        self._perform(body, scope)
                        return
                self._perform(otherwise, scope)
            case Loop(names, over, where, body):
                for inner in rounds(names, over, where, scope):
                    self._perform(body, inner)
            case Do(calls):
                for call in calls:
                    procedure = self.machine.spec.procedures[call.name]
                    inner = scope.expand(arguments(procedure.params, call.args, scope))
                    self._claims(procedure.asserts, procedure.checks, inner)
                    self._perform(procedure.effect, inner)
            case Goto(step):
                assert self.ground.flat is not None
                self.jumps.append(self.ground.flat.targets[step])
            case CallStep(process):
                assert self.ground.flat is not None
                self.jumps.append(self.ground.flat.entries[process])

    def _assign(self, target: Expr, value: Expr, scope: Scope) -> None:
        result = fitting(evaluate(value, scope), target.kind)
        path = self._path(target, scope)
        for cell, part in _cells(target.kind, result):
            self.writes.setdefault((*path, *cell), []).append(part)

    def _path(self, target: Expr, scope: Scope) -> tuple[Value, ...]:
        match target:
            case Ref(name):
                return (name,)
            case Fld(base, name):
                return (*self._path(base, scope), name)
            case Idx(base, indices):
                path = self._path(base, scope)
                held = _at(self.state, path)
                return (*path, place(base.kind, held, [evaluate(i, scope) for i in indices]))
        raise TypeError(target)

    def _after(self) -> State:
        state = dict(self.state)
        for path, written in self.writes.items():
            state[path[0]] = _replaced(state[path[0]], path[1:], written[0])
        flat = self.ground.flat
        if flat is not None:
            leaves = True
            if flat.step.each:
                done = self.state[flat.name][self.ground.own] | {self.ground.each}
                leaves = bool(self.jumps) or len(done) == len(_rows(flat.step.each))
                state[flat.name] = {**state[flat.name], self.ground.own: frozenset() if leaves else done}
            label = self.jumps[0] if self.jumps else flat.following
            if leaves:
                own = self.ground.own
                path = () if not own else (own[0] if len(own) == 1 else own,)
                state[flat.process.name] = _replaced(state[flat.process.name], path, label)
        return state


def _at(state: State, path: tuple[Value, ...]) -> Value:
    held: Value = state
    for key in path:
        held = held[key]
    return held


def _replaced(held: Value, path: tuple[Value, ...], value: Value) -> Value:
    if not path:
        return value
    inner = _replaced(held[path[0]], path[1:], value)
    if isinstance(held, tuple):
        return (*held[: path[0]], inner, *held[path[0] + 1 :])
    return {**held, path[0]: inner}


def _cells(kind: Type, value: Value) -> Iterator[tuple[tuple[Value, ...], Value]]:
    """The parts of a value that are assigned each for itself; sets and sequences stay whole."""
    match kind:
        case ArrayT(_, element):
            for key in index_keys(kind):
                for path, part in _cells(element, value[key]):
                    yield (key, *path), part
        case RecordT(fields):
            for name, inner, _ in fields:
                for path, part in _cells(inner, value[name]):
                    yield (name, *path), part
        case _:
            yield (), value


def _rows(params: Params) -> list[tuple[Value, ...]]:
    return list(product(*(values(kind) for _, kind in params)))


def _named(params: Params, row: tuple[Value, ...]) -> dict[str, Value]:
    return {name: value for (name, _), value in zip(params, row, strict=True)}


def _keyed(params: Params, rows: dict[tuple[Value, ...], Value]) -> Value:
    """A counter or its array, by the values of the process's parameters."""
    if not params:
        return rows[()]
    return {(row[0] if len(row) == 1 else row): value for row, value in rows.items()}


# ---------------------------------------------------------------- the search


@dataclass
class Search:
    """Everything that a search over all reachable states found.

    Args:
        levels: number of states first reached after exactly k steps.
        depths: per property the number of steps of a shortest violation (of covers: of a shortest way there).
        unsure: per property the fewest steps to a place where the language leaves it open.
        enabled: names of actions whose guards held somewhere.
        edges: pairs of a state and an action that leads on.
        terminal: states in which no action is enabled and every guard has a value.
    """

    levels: list[int] = field(default_factory=list)
    depths: dict[Key, int] = field(default_factory=dict)
    unsure: dict[Key, int] = field(default_factory=dict)
    enabled: set[str] = field(default_factory=set)
    edges: int = 0
    terminal: int = 0

    def note(self, keys: set[Key], depth: int, into: dict[Key, int]) -> None:
        for key in keys:
            into[key] = min(depth, into.get(key, depth))


def search(spec: Spec, limit: int) -> Search:
    """Breadth-first over all reachable states.

    Raises:
        TooLargeError: there are more than ``limit``.
    """
    machine = Machine(spec)
    found = Search()
    known: dict[Value, int] = {}
    states: list[State] = []
    depths: list[int] = []
    back: list[list[int]] = []
    queue: deque[int] = deque()
    ends: set[int] = set()  # states out of which a step fails what ends its path

    def meet(state: State, depth: int, source: int | None) -> None:
        key = freeze(state)
        number = known.get(key)
        if number is None:
            number = known[key] = len(states)
            if number >= limit:
                raise TooLargeError
            states.append(state)
            depths.append(depth)
            back.append([])
            queue.append(number)
            if depth == len(found.levels):
                found.levels.append(0)
            found.levels[depth] += 1
        if source is not None:
            back[number].append(source)

    for state in machine.initial_states():
        meet(state, 0, None)
    while queue:
        number = queue.popleft()
        state, depth = states[number], depths[number]
        _predicates(machine, state, depth, found)
        stuck = True
        for ground in machine.grounds:
            outcome = machine.attempt(state, ground)
            found.note(outcome.failing, depth + 1, found.depths)
            if any(kind in FATAL for kind, _ in outcome.failing):
                ends.add(number)
            found.note(outcome.unsure, depth + 1, found.unsure)
            stuck = stuck and not outcome.attempted
            if outcome.enabled:
                found.enabled.add(ground.name)
            if outcome.after is not None:
                found.edges += 1
                meet(outcome.after, depth + 1, number)
        _stuck(machine, state, depth, stuck, found)
    _possible(machine, states, depths, back, ends, found)
    return found


def _predicates(machine: Machine, state: State, depth: int, found: Search) -> None:
    spec = machine.spec
    for kind, claims, bad in (("invariant", spec.invariants, False), ("cover", spec.covers, True)):
        for name, expr in claims:
            value = machine.holds(expr, state)
            if value is None:
                found.note({IN_RANGE}, depth, found.depths)
            elif value == bad:
                found.note({(kind, name)}, depth, found.depths)
    for _, expr in (*spec.possible, *spec.terminal):
        if machine.holds(expr, state) is None:
            found.note({IN_RANGE}, depth, found.depths)


def _stuck(machine: Machine, state: State, depth: int, stuck: bool, found: Search) -> None:
    if stuck:
        found.terminal += 1
        if not any(machine.holds(expr, state) for _, expr in machine.spec.terminal):
            found.note({("deadlock", "deadlock")}, depth, found.depths)


def _possible(
    machine: Machine,
    states: list[State],
    depths: list[int],
    back: list[list[int]],
    ends: set[int],
    found: Search,
) -> None:
    for name, expr in machine.spec.possible:
        reach = [n for n, state in enumerate(states) if n in ends or machine.holds(expr, state)]
        seen = set(reach)
        while reach:
            for source in back[reach.pop()]:
                if source not in seen:
                    seen.add(source)
                    reach.append(source)
        lost = [depths[n] for n in range(len(states)) if n not in seen]
        if lost:
            found.note({("possible", name)}, min(lost), found.depths)
