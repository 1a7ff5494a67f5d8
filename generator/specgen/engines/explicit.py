"""The explicit engine: sees every reachable state, so that its verdicts are complete unless a limit stops it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from specgen.core.interpreter import Interpreter
from specgen.core.system import Obligation, Property, State, System
from specgen.engines import explain
from specgen.engines.backward import Edges, layers
from specgen.engines.budget import Budget, OutOfBudget
from specgen.engines.findings import key_of
from specgen.engines.possible import impossible
from specgen.engines.properties import DEAD_ACTION, DEADLOCK, FATAL, dead_action, keys
from specgen.engines.search import Exploration, explore
from specgen.engines.select import Path, Target, Taste, choose
from specgen.engines.targets import crashing, targets
from specgen.engines.verdict import Key, Limits, Outcome, Run
from specgen.trace.trace import Trace

ENGINE = "explicit"


def run(
    system: System, limits: Limits, asked: Collection[Key] | None = None, *, with_traces: bool = True
) -> Run:
    """Explores and judges.

    Args:
        asked: the properties to judge; None for all.
        with_traces: False where verdicts and depths are enough.

    Returns:
        Always a run, also when a limit or Ctrl-C stopped it: ``reason`` says so.
    """
    wanted = [key for key in keys(system) if asked is None or key in asked]
    budget = Budget(limits)
    # asserts end paths whether anybody asked for them or not
    exploration = explore(system, {*wanted, *(key for key in keys(system) if key[0] in FATAL)}, budget)
    found: dict[Key, Target] = {}
    traces: dict[Key, Trace] = {}
    stopped: dict[Key, str] = {}
    reason = exploration.reason
    try:
        steps = Edges(exploration)
        if with_traces:
            found.update(targets(system, exploration, wanted))
        _possible(system, exploration, steps, wanted, budget, found, stopped)
        if with_traces:
            traces.update(_traces(system, exploration, steps, found))
    except KeyboardInterrupt:
        reason = "interrupted"
    judge = _Judge(system, exploration, found, traces, stopped, reason)
    outcomes = tuple(o for key in wanted for o in judge.outcomes(key))
    return Run(
        engine=ENGINE,
        outcomes=outcomes,
        complete=exploration.complete,
        depth=max(0, exploration.expanded - 1),
        seconds=budget.seconds,
        states=len(exploration.seen),
        edges=exploration.edges,
        levels=tuple(len(level) for level in exploration.levels if level),
        initial=len(exploration.levels[0]) if exploration.levels else 0,
        terminal=exploration.terminal,
        reason=reason,
        ends=tuple(name for kind, name in keys(system) if kind in FATAL and (kind, name) in exploration.findings.found),
    )


def edges(system: System) -> Iterator[tuple[State, State, int]]:
    """Every step between reachable states: source, target, index of the action."""
    exploration = explore(system, (), Budget(Limits()))
    steps, unpack = Edges(exploration), exploration.tables.steps.packing.unpack
    for level in exploration.levels:
        for state in level:
            for action, after in steps.successors(state):
                yield unpack(state), unpack(after), action


def _possible(
    system: System,
    exploration: Exploration,
    steps: Edges,
    wanted: list[Key],
    budget: Budget,
    found: dict[Key, Target],
    stopped: dict[Key, str],
) -> None:
    asked = [p for p in system.properties if p.kind == "possible" and (p.kind, p.name) in wanted]
    if not asked or not exploration.complete:
        return
    ends = crashing(system, exploration)
    for item in asked:
        key = (item.kind, item.name)
        try:
            target = impossible(exploration, steps, item.term, ends, budget)
        except OutOfBudget as stop:
            stopped[key] = str(stop)
            continue
        if target is not None:
            found[key] = target


def _traces(
    system: System, exploration: Exploration, steps: Edges, found: dict[Key, Target]
) -> Iterator[tuple[Key, Trace]]:
    taste = Taste(system)
    unpack = exploration.tables.steps.packing.unpack
    for key, path_layers in layers(exploration, steps, found).items():
        path = choose(taste, path_layers, found[key], steps.successors, unpack)
        yield key, _trace(system, key, path, [unpack(s) for s in path.states])


def _trace(system: System, key: Key, path: Path, states: list[State]) -> Trace:
    interpreter = Interpreter(system)
    failed: Obligation | Property | None = None
    if len(states) == len(path.actions):
        action = system.actions[path.actions[-1]]
        failed = next(o for o in interpreter.failing(states[-1], action) if key_of(o) == key)
        states.append(interpreter.apply(states[-1], action))
    elif key != DEADLOCK:
        failed = next(
            p
            for p in system.properties
            if (p.kind, p.name) == key and interpreter.holds(p.term, states[-1]) == (p.kind == "cover")
        )
    return Trace(system, tuple(states), path.actions, failed)


class _Judge:
    """Puts what was found into words of verdicts."""

    def __init__(
        self,
        system: System,
        exploration: Exploration,
        found: dict[Key, Target],
        traces: dict[Key, Trace],
        stopped: dict[Key, str],
        reason: str,
    ) -> None:
        self._system = system
        self._exploration = exploration
        self._found = found
        self._traces = traces
        self._stopped = stopped
        self._reason = reason

    def outcomes(self, key: Key) -> tuple[Outcome, ...]:
        """What is to be said on a property; several dead actions are several outcomes."""
        kind, name = key
        if key == DEAD_ACTION:
            return self._dead_actions()
        depth = self._depth(key)
        if depth is not None:
            trace = self._traces.get(key)
            verdict = "reached" if kind == "cover" else "violated"
            detail: tuple[str, ...] = ()
            if key == DEADLOCK and trace is not None:
                detail = explain.deadlock(self._system, trace.states[-1])
            return (Outcome(kind, name, verdict, True, depth, trace, "" if trace else self._reason, detail),)
        return (self._nothing(key),)

    def _depth(self, key: Key) -> int | None:
        target = self._found.get(key)
        return self._exploration.findings.found.get(key) if target is None else target.depth

    def _nothing(self, key: Key) -> Outcome:
        kind, name = key
        good = "unreachable" if kind == "cover" else "holds"
        exploration = self._exploration
        covered = exploration.expanded - 1
        if exploration.complete and key not in self._stopped and not (kind == "possible" and self._reason):
            return Outcome(kind, name, good, True, covered)
        reason = self._stopped.get(key, self._reason)
        depth = covered if covered >= 0 else None
        if reason == "depth" and kind != "possible":
            return Outcome(kind, name, good, False, depth, reason=reason)
        return Outcome(kind, name, "unknown", False, depth, reason=reason)

    def _dead_actions(self) -> tuple[Outcome, ...]:
        names = explain.not_enabled(self._system, self._exploration)
        kind, name = DEAD_ACTION
        covered = self._exploration.expanded - 1
        if not names:
            return (Outcome(kind, name, "holds", True, covered),)
        if not self._exploration.complete:
            lines = tuple(f"{action} was not enabled so far" for action in names)
            depth = covered if covered >= 0 else None
            return (Outcome(kind, name, "unknown", False, depth, reason=self._reason, detail=lines),)
        return tuple(
            Outcome(
                *dead_action(action),
                "violated",
                True,
                None,
                detail=explain.dead_action(self._system, self._exploration, action),
            )
            for action in names
        )
