"""Does a trace really happen, and does its end really fail as it claims? Answered by the interpreter alone."""

from __future__ import annotations

from dataclasses import dataclass

from specgen.core.interpreter import Interpreter
from specgen.core.system import Obligation, Property, State, System
from specgen.trace.trace import Trace


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a trace is no behaviour of its system.

    Args:
        step: the step or the state it leads to; 0 is the initial state.
        reason: a phrase for people, no full stop.
    """

    step: int
    reason: str

    def __str__(self) -> str:
        return f"step {self.step}: {self.reason}"


def replay(trace: Trace, *, deadlock: bool = False) -> Mismatch | None:
    """Runs a trace through the interpreter.

    Args:
        trace: ``failed`` is part of the claim.
        deadlock: whether the trace claims to end in a deadlock.

    Returns:
        The first thing that is wrong, or None.
    """
    interpreter = Interpreter(trace.system)
    if len(trace.states) != len(trace.steps) + 1:
        return Mismatch(0, f"{len(trace.states)} states do not fit {len(trace.steps)} steps")
    for k, state in enumerate(trace.states):
        wrong = _outside(trace.system, state)
        if wrong is not None:
            return Mismatch(k, wrong)
    wrong = _not_initial(interpreter, trace.states[0])
    if wrong is not None:
        return Mismatch(0, wrong)
    for k in range(1, len(trace.states)):
        wrong = _wrong_step(interpreter, trace, k)
        if wrong is not None:
            return Mismatch(k, wrong)
    wrong = _wrong_claim(interpreter, trace, deadlock)
    return None if wrong is None else Mismatch(trace.depth, wrong)


def _outside(system: System, state: State) -> str | None:
    if len(state) != len(system.variables):
        return f"{len(state)} values do not fit {len(system.variables)} variables"
    for variable, value in zip(system.variables, state, strict=True):
        domain = variable.domain
        if not domain.low <= value < domain.low + domain.size:
            return f"{variable.name} has a value outside its type"
    return None


def _not_initial(interpreter: Interpreter, state: State) -> str | None:
    system = interpreter.system
    for variable, value, start in zip(system.variables, state, system.start, strict=True):
        if start is not None and value != start:
            return f"{variable.name} starts as {variable.domain.text(start)}, not {variable.domain.text(value)}"
    return None if interpreter.holds(system.init, state) else "the first state is not an initial state"


def _wrong_step(interpreter: Interpreter, trace: Trace, k: int) -> str | None:
    index = trace.steps[k - 1]
    if not 0 <= index < len(trace.system.actions):
        return "there is no such action"
    before, action = trace.states[k - 1], trace.action(k)
    fatal = [o for o in interpreter.failing(before, action) if o.fatal]
    if fatal and k < trace.depth:
        return f"{action.label} fails {fatal[0].name}, so the path ends there"
    if not interpreter.attempted(before, action):
        for guard in action.guards:
            if not interpreter.holds(guard.term, before):
                return f"{action.label} cannot happen: its guard {guard.name} does not hold"
        return f"{action.label} cannot happen"
    after = interpreter.apply(before, action)
    for variable, value, claimed in zip(trace.system.variables, after, trace.states[k], strict=True):
        if value != claimed:
            domain = variable.domain
            return f"{action.label} leaves {variable.name} at {domain.text(value)}, not {domain.text(claimed)}"
    return None


def _wrong_claim(interpreter: Interpreter, trace: Trace, deadlock: bool) -> str | None:
    last, failed = trace.states[-1], trace.failed
    if deadlock:
        return None if interpreter.deadlocked(last) else "the last state is not a deadlock"
    if isinstance(failed, Obligation):
        if not trace.steps:
            return f"there is no step that could fail {failed.name}"
        if failed not in interpreter.failing(trace.states[-2], trace.action(trace.depth)):
            return f"{trace.action(trace.depth).label} does not fail {failed.name}"
        return None
    if trace.steps and any(o.fatal for o in interpreter.failing(trace.states[-2], trace.action(trace.depth))):
        return f"the path ends where {trace.action(trace.depth).label} fails"
    if isinstance(failed, Property):
        return _wrong_property(interpreter, failed, last)
    return None


def _wrong_property(interpreter: Interpreter, failed: Property, last: State) -> str | None:
    holds = interpreter.holds(failed.term, last)
    if failed.kind == "cover":
        return None if holds else f"{failed.name} is not reached in the last state"
    if failed.kind == "possible":
        # that it stays impossible is a claim about all futures, which one path cannot show
        return f"{failed.name} holds in the last state" if holds else None
    return f"{failed.name} holds in the last state" if holds else None
