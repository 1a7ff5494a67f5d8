"""Traces for people: what happened step by step, what changed, and why the end is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from specgen.core.interpreter import Interpreter
from specgen.core.system import Action, Obligation, Part, Property, State, System
from specgen.language.wording import WIDTH, clean, columns, place, spread, wrap
from specgen.report.style import Style
from specgen.trace.trace import Trace

_STEP, _CHANGE = 12, 14  # columns where a step's text and its changes begin
_FALSE = {"in_range": "outside", "one_effect": "differs"}  # these show what is wrong, not a condition
_LONG = 40  # a name longer than this does not push the values of all others to the right


def render_trace(trace: Trace, style: Style) -> list[str]:
    """The steps with changed values only, then the citations' sentences and the failed property's values.

    A step that fails an assert shows no changes: the path ends with it.
    """
    system = trace.system
    steps = [changes(system, trace.states[k - 1], trace.states[k]) for k in range(1, trace.depth + 1)]
    if isinstance(trace.failed, Obligation) and trace.failed.fatal:
        steps[-1] = []
    widest = _widest(row for rows in steps for row in rows)
    lines = _initial(trace)
    for k, rows in enumerate(steps, 1):
        lines += [*_step(trace, k, style), *_rows(rows, widest)]
    if trace.failed is not None:
        lines += ["", *_verdict(trace, trace.failed, style)]
    cited = _cited(system, [trace.action(k) for k in range(1, trace.depth + 1)])
    return [*lines, *([""] if cited else []), *cited]


def _initial(trace: Trace) -> list[str]:
    """State 0; its values only where the spec leaves a choice."""
    system, state = trace.system, trace.states[0]
    free = [v for v, start in zip(system.variables, system.start, strict=True) if start is None]
    rows = [(v.name, v.domain.text(state[v.index])) for v in free]
    return ["  state 0   init", *_rows(rows, _widest(rows))]


def _step(trace: Trace, k: int, style: Style) -> list[str]:
    system, action = trace.system, trace.action(k)
    head = f"  step {k:>2}".ljust(_STEP - 1) + " " + clean(action.label)
    numbers = " ".join(f"({step})" for source, step in action.cites if source == system.shown_citations)
    lines = spread(f"{head}  {numbers}".rstrip(), place(action.span))
    bold = style.paint(clean(action.label), "bold")
    lines[0] = lines[0].replace(clean(action.label), bold, 1)
    who = "; ".join(part for part in (action.actor, ", ".join(action.code)) if part)
    if who:
        lines += [style.paint(line, "dim") for line in wrap(who, " " * _STEP, " " * _STEP)]
    return lines


def changes(system: System, before: State, after: State) -> list[tuple[str, str]]:
    """Name and ``old -> new`` of every cell that differs."""
    return [
        (v.name, f"{v.domain.text(before[v.index])} -> {v.domain.text(after[v.index])}")
        for v in system.variables
        if before[v.index] != after[v.index]
    ]


def _widest(rows: Iterable[tuple[str, str]]) -> int:
    """Columns for the names of some rows; very long ones do not count."""
    return max((columns(name) for name, _ in rows if columns(name) <= _LONG), default=0)


def _rows(rows: Sequence[tuple[str, str]], widest: int) -> list[str]:
    """Two aligned columns; the second below the first where they do not fit."""
    lines = []
    for name, value in rows:
        left = " " * _CHANGE + clean(name) + " " * max(0, widest - columns(name)) + "  "
        if columns(left) + columns(value) <= WIDTH:
            lines.append(left + clean(value))
        else:
            below = " " * (_CHANGE + 4)
            lines += [left.rstrip(), *wrap(value, below, below)]
    return lines


def _verdict(trace: Trace, failed: Obligation | Property, style: Style) -> list[str]:
    """The condition as written and the values of its parts: before the failed step, or in the last state."""
    # what a step must fulfil is judged in the state before it, a predicate in the state itself
    state = trace.states[-2] if isinstance(failed, Obligation) else trace.states[-1]
    word = "true" if Interpreter(trace.system).holds(failed.term, state) else _FALSE.get(failed.kind, "false")
    lead = f"  {word}".ljust(_STEP)
    lines = wrap(failed.text or failed.name, lead, " " * _CHANGE)
    lines[0] = lines[0].replace(word, style.paint(word, "green" if word == "true" else "red", "bold"), 1)
    if failed.kind == "possible":
        lines += wrap("and from there on it can never be true again", " " * _CHANGE, " " * _CHANGE)
    return lines + _part_rows(trace.system, failed.parts, state)


def _part_rows(system: System, parts: Sequence[Part], state: State) -> list[str]:
    """The values of sub-expressions in a state, one a line."""
    judge = Interpreter(system)
    rows = [(p.text, p.domain.text(judge.value(p.term, state))) for p in parts]
    return _rows(rows, _widest(rows))


def _cited(system: System, actions: Sequence[Action]) -> list[str]:
    """The sentences that the steps cite, each once, in the order of their numbers."""
    source = system.shown_citations
    if source is None:
        return []
    texts = system.cited.get(source, {})
    used = {step for action in actions for name, step in action.cites if name == source}
    lines: list[str] = []
    for step in [step for step in texts if step in used]:
        lines += wrap(texts[step], f"  ({step}) ".ljust(7), " " * 7)
    return [f"  {source}:", *lines] if lines else []
