"""Whether a recorded trace, ours or another tool's, is a behaviour of a system; and if not, where and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specgen.core.interpreter import Interpreter
from specgen.core.system import AT_STEP, Action, Obligation, Part, Property, State, System
from specgen.language.names import did_you_mean
from specgen.language.source import Diagnostic, Note, Span
from specgen.trace.itf import Recorded, Recording
from specgen.trace.trace import Trace
from specgen.trace.values import ValueMismatch, read_value

MOST_CANDIDATES = 6

Cells = dict[int, int]


@dataclass(frozen=True, slots=True)
class Rejection:
    """The recording is not a behaviour.

    Args:
        step: the first step that is none; 0 for the initial state.
        prefix: what is a behaviour, up to the state before that step; None if not even the initial state is.
        reason: SG705 and up.
    """

    step: int
    prefix: Trace | None
    reason: Diagnostic


def conform(recording: Recording, system: System) -> Trace | Rejection:
    """Follows the recording through the system; where it names no action, one that explains it is taken."""
    return _Follower(recording, system).follow()


def findings(trace: Trace) -> tuple[tuple[int, Obligation | Property], ...]:
    """What a trace violates, each at its first step: obligations of steps, predicates of states.

    The state behind a failed fatal obligation is not judged: nobody knows what it is.
    """
    system, judge = trace.system, Interpreter(trace.system)
    found: dict[tuple[str, str], tuple[int, Obligation | Property]] = {}
    predicates = [p for p in system.properties if p.kind in ("invariant", "in_range")]
    for k, state in enumerate(trace.states):
        failing = judge.failing(trace.states[k - 1], trace.action(k)) if k else ()
        for obligation in failing:
            found.setdefault((obligation.kind, obligation.name), (k, obligation))
        if any(o.fatal for o in failing):
            break
        for prop in predicates:
            if not judge.holds(prop.term, state):
                found.setdefault((prop.kind, prop.name), (k, prop))
    return tuple(found.values())


class _Rejected(Exception):
    def __init__(
        self,
        code: str,
        message: str,
        span: Span | None = None,
        help: str | None = None,
        notes: tuple[Note, ...] = (),
    ) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, span, help, notes)


class _Follower:
    """The walk along one recording."""

    def __init__(self, recording: Recording, system: System) -> None:
        self.recording = recording
        self.system = system
        self.judge = Interpreter(system)
        self.states: list[State] = []
        self.steps: list[int] = []
        self.ended: Obligation | None = None

    def follow(self) -> Trace | Rejection:
        for k, recorded in enumerate(self.recording.states):
            try:
                cells = self._cells(k, recorded)
                if k == 0:
                    self._begin(cells)
                else:
                    self._step(k, recorded, cells)
            except _Rejected as rejected:
                prefix = self._trace() if self.states else None
                return Rejection(k, prefix, rejected.diagnostic)
        return self._trace()

    def _trace(self) -> Trace:
        trace = Trace(self.system, tuple(self.states), tuple(self.steps))
        last = [failed for step, failed in findings(trace) if step == trace.depth]
        return Trace(trace.system, trace.states, trace.steps, last[0] if last else None)

    def _cells(self, k: int, recorded: Recorded) -> Cells:
        known = [name for name, _ in self.system.shapes]
        for name in recorded.values:
            if name not in known:
                help_text = did_you_mean(name, known)
                raise _Rejected(
                    "SG705", f"state {k} has a variable {name} that the spec does not have", None, help_text
                )
        missing = [name for name in known if name not in recorded.values]
        if missing:
            raise _Rejected("SG705", f"state {k} does not say what {', '.join(missing)} is")
        cells: Cells = {}
        for name, shape in self.system.shapes:
            try:
                cells |= read_value(self.system, shape, recorded.values[name], name)
            except ValueMismatch as mismatch:
                raise _Rejected("SG706", f"in state {k}, {mismatch}") from mismatch
        return cells

    def _begin(self, cells: Cells) -> None:
        system = self.system
        state = tuple(
            cells.get(v.index, v.domain.low if start is None else start)
            for v, start in zip(system.variables, system.start, strict=True)
        )
        wrong = [
            f"{v.name} starts as {v.domain.text(start)}, not as {v.domain.text(state[v.index])}"
            for v, start in zip(system.variables, system.start, strict=True)
            if start is not None and state[v.index] != start
        ]
        if wrong:
            raise _Rejected(
                "SG708",
                "state 0 is not an initial state of the spec",
                notes=_notes(wrong),
                help="a trace starts in an initial state; a fragment of one cannot be judged",
            )
        if not self.judge.holds(system.init, state):
            raise _Rejected(
                "SG708", "state 0 is not an initial state of the spec: `init` does not hold there"
            )
        self.states.append(state)

    def _step(self, k: int, recorded: Recorded, cells: Cells) -> None:
        if self.ended is not None:
            raise _Rejected(
                "SG710",
                f"step {k} cannot happen: {self.ended.kind} {self.ended.name} fails in step {k - 1}, "
                "and a path ends there",
                self.ended.span,
            )
        candidates = self._candidates(k, recorded)
        before = self.states[-1]
        fitting = [
            action
            for action in candidates
            if self.judge.attempted(before, action)
            and not _differences(self.judge.apply(before, action), cells)
        ]
        if fitting:
            # where several fit, one whose asserts hold: the path can go on behind it
            self._take(next((a for a in fitting if self.judge.happens(before, a)), fitting[0]), before)
            return
        raise self._not_a_step(k, candidates, before, cells, named=recorded.action is not None)

    def _take(self, action: Action, before: State) -> None:
        failing = self.judge.failing(before, action)
        self.ended = next((o for o in failing if o.fatal), None)
        self.steps.append(action.index)
        self.states.append(self.judge.apply(before, action))

    def _candidates(self, k: int, recorded: Recorded) -> list[Action]:
        if recorded.action is None:
            return list(self.system.actions)
        named = [a for a in self.system.actions if a.name == recorded.action]
        if not named:
            known = [name for name, _ in self.system.action_names]
            if recorded.action in known:
                raise _Rejected(
                    "SG707", f"step {k}: the action {recorded.action} never happens in this instance"
                )
            raise _Rejected(
                "SG707",
                f"step {k}: the spec has no action {recorded.action}",
                None,
                did_you_mean(recorded.action, known),
            )
        given = recorded.params or {}
        fitting = [a for a in named if given.items() <= dict(a.params).items()]
        if not fitting:
            told = ", ".join(f"{n}={v}" for n, v in given.items())
            labels = ", ".join(a.label for a in named[:MOST_CANDIDATES])
            raise _Rejected(
                "SG707",
                f"step {k}: {recorded.action} has no instance with {told}",
                None,
                f"there are {labels}",
            )
        return fitting

    def _not_a_step(
        self, k: int, candidates: Sequence[Action], before: State, cells: Cells, *, named: bool
    ) -> _Rejected:
        if len(candidates) == 1:
            return self._why_not(k, candidates[0], before, cells)
        ranked = sorted(candidates, key=lambda a: self._distance(a, before, cells))
        lines = [self._explain(action, before, cells) for action in ranked[:MOST_CANDIDATES]]
        left = len(ranked) - len(lines)
        if left:
            lines.append(f"and {left} more that fit less")
        what = f"no instance of {candidates[0].name}" if named and candidates else "no action of the spec"
        changed = self._changed(before, cells)
        message = f"step {k} is not a step of the spec: {what} explains it"
        return _Rejected("SG709", message, notes=_notes([f"the file has {changed}", *lines]))

    def _why_not(self, k: int, action: Action, before: State, cells: Cells) -> _Rejected:
        span = action.span
        values: list[str] = []
        for guard in action.guards:
            if not self.judge.holds(guard.term, before):
                span = guard.span
                values = self._values(guard.parts, before)
                break
        message = f"step {k} is not a step of the spec: {self._explain(action, before, cells)}"
        return _Rejected("SG709", message, span, notes=_notes(values))

    def _distance(self, action: Action, before: State, cells: Cells) -> tuple[int, int, int]:
        """Small for an action that explains much: cells that it gets wrong, then guards that block it."""
        wrong = len(_differences(self._effect(action, before), cells))
        blocked = sum(not self.judge.holds(g.term, before) for g in action.guards)
        return (wrong, blocked, action.index)

    def _effect(self, action: Action, before: State) -> State:
        """What the action would do if its guards held."""
        after = list(before)
        for index, term in action.updates:
            after[index] = self.judge.value(term, before)
        return tuple(after)

    def _explain(self, action: Action, before: State, cells: Cells) -> str:
        wrong = [g for g in action.guards if not self.judge.holds(g.term, before)]
        if wrong:
            if wrong[0].name == AT_STEP:
                return f"{action.label} is not the step that its process is at"
            names = ", ".join(g.name for g in wrong)
            are = "is" if len(wrong) == 1 else "are"
            return f"{'guard' if len(wrong) == 1 else 'guards'} {names} of {action.label} {are} false"
        after = self._effect(action, before)
        different = [self.system.variables[i] for i in _differences(after, cells)]
        parts = [
            f"{v.name} {v.domain.text(after[v.index])} where the file has {v.domain.text(cells[v.index])}"
            for v in different
            if v.domain.low <= after[v.index] < v.domain.low + v.domain.size
        ]
        return (
            f"{action.label} makes {_some(parts)}"
            if parts
            else f"{action.label} leaves the range of a variable"
        )

    def _changed(self, before: State, cells: Cells) -> str:
        different = [self.system.variables[i] for i in _differences(before, cells)]
        parts = [
            f"{v.name}: {v.domain.text(before[v.index])} -> {v.domain.text(cells[v.index])}"
            for v in different
        ]
        return _some(parts) if parts else "no change"

    def _values(self, parts: Sequence[Part], state: State) -> list[str]:
        return [f"{p.text} = {p.domain.text(self.judge.value(p.term, state))}" for p in parts]


def _differences(state: State, cells: Cells) -> list[int]:
    return [index for index, value in sorted(cells.items()) if state[index] != value]


def _some(parts: Sequence[str]) -> str:
    shown = ", ".join(parts[:4])
    return shown if len(parts) <= 4 else f"{shown} and {len(parts) - 4} more"


def _notes(lines: Sequence[str]) -> tuple[Note, ...]:
    return tuple(Note(line) for line in lines)
