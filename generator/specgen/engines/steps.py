"""Every action as a function from a packed state to the change it makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from specgen.core.packing import Packing
from specgen.core.system import Action, System
from specgen.core.terms import Term, support
from specgen.engines.pysource import Writer

Step = Callable[[int], tuple[int, ...]]
Predicate = Callable[[int], bool]
Note = Callable[[int, tuple[int, ...]], None]


class Steps:
    """Compiles actions and predicates of one system.

    A step function returns what to add to the packed state (one number in a tuple), or ``()`` where the action
    does not lead on. It may be given any integer that has the right bits of :meth:`reads_and_writes`.

    Args:
        note: called with an action's index and the indices of the obligations that it fails.

    Attributes:
        fired: per action 1 when it was found enabled.
    """

    def __init__(self, system: System, note: Note) -> None:
        self.system = system
        self.packing = Packing(system.variables)
        self.fired = bytearray(len(system.actions))
        self._note = note

    def step(self, action: Action) -> Step:
        terms = [o.term for o in action.obligations]
        updates = [(i, t) for i, t in action.updates if self.packing.masks[i]]
        writer = self._writer([*terms, *(g.term for g in action.guards), *(t for _, t in updates)])
        lines = writer.lines
        for term in (*(o.term for o in action.obligations if o.always), *(g.term for g in action.guards)):
            condition = writer.truth(term)
            lines.append(f"if not ({condition}): return ()")
        lines.append(f"fired[{action.index}] = 1")
        self._obligations(writer, action)
        lines.append(f"return ({self._change(writer, updates)},)")
        step: Step = self._function(lines)
        return step

    def predicate(self, term: Term, *, negated: bool = False) -> Predicate:
        """Whether a boolean term holds (or does not) in a packed state."""
        writer = self._writer([term])
        condition = writer.truth(term)
        writer.lines.append(f"return {'not ' if negated else 'not not '}({condition})")
        predicate: Predicate = self._function(writer.lines)
        return predicate

    def conjunction(self, terms: Sequence[Term], *, denied: Term | None = None) -> Predicate:
        """Whether all of some boolean terms hold, asked in order, and then ``denied`` does not."""
        writer = self._writer([*terms, *([denied] if denied else [])])
        for term in terms:
            condition = writer.truth(term)
            writer.lines.append(f"if not ({condition}): return False")
        result = f"not ({writer.truth(denied)})" if denied else "True"
        writer.lines.append(f"return {result}")
        predicate: Predicate = self._function(writer.lines)
        return predicate

    def progress(self, action: Action) -> Callable[[int], int]:
        """How many of the action's guards hold, counted up to the first that does not."""
        writer = self._writer([g.term for g in action.guards])
        for count, guard in enumerate(action.guards):
            condition = writer.truth(guard.term)
            writer.lines.append(f"if not ({condition}): return {count}")
        writer.lines.append(f"return {len(action.guards)}")
        progress: Callable[[int], int] = self._function(writer.lines)
        return progress

    def _writer(self, roots: Sequence[Term]) -> Writer:
        return Writer(self.packing, self.system.variables, roots)

    def _obligations(self, writer: Writer, action: Action) -> None:
        todo = [(i, o) for i, o in enumerate(action.obligations) if not o.always]
        if not todo:
            return
        conditions = [writer.truth(o.term) for _, o in todo]
        lines = writer.lines
        lines.append(f"if not ({' and '.join(f'({c})' for c in conditions)}):")
        lines.append(" failed = ()")
        for (index, _), condition in zip(todo, conditions, strict=True):
            lines.append(f" if not ({condition}): failed += ({index},)")
        lines.append(f" note({action.index}, failed)")
        fatal = [c for (_, o), c in zip(todo, conditions, strict=True) if o.fatal]
        if fatal:
            lines.append(f" if not ({' and '.join(f'({c})' for c in fatal)}): return ()")

    def _change(self, writer: Writer, updates: list[tuple[int, Term]]) -> str:
        fixed, parts, written = 0, [], 0
        for index, term in updates:
            domain = self.system.variables[index].domain
            offset, mask = self.packing.offsets[index], self.packing.masks[index]
            if term.op == "const" and domain.low <= term.value < domain.low + domain.size:
                fixed |= (term.value - domain.low) << offset
                written |= mask
                continue
            if term.op == "const":
                continue
            written |= mask
            value = writer.value(term)
            high = domain.low + domain.size - 1
            less = f" - {domain.low}" if domain.low > 0 else f" + {-domain.low}" if domain.low < 0 else ""
            if term.low >= domain.low and term.high <= high:
                parts.append(f"({value}{less} << {offset})" if offset or less else f"({value})")
            else:
                name = writer.name(value)
                parts.append(f"(({name}{less} << {offset}) if {domain.low} <= {name} <= {high} else s & {mask})")
        if not written:
            return "0"
        return f"({' | '.join([*parts, str(fixed)])}) - (s & {written})"

    def _function(self, lines: list[str]) -> Any:  # the callers name the type of what the lines return
        source = "def made(s):\n " + "\n ".join(lines) + "\n"
        namespace: dict[str, object] = {"fired": self.fired, "note": self._note}
        exec(compile(source, "<core>", "exec"), namespace)  # written by Writer from integers and operators alone
        return namespace["made"]


def reads_and_writes(action: Action) -> frozenset[int]:
    """The variables that a step depends on or changes, always-obligations apart."""
    found: set[int] = set()
    for guard in action.guards:
        found |= support(guard.term)
    for obligation in action.obligations:
        found |= support(obligation.term)
    for index, term in action.updates:
        found.add(index)
        found |= support(term)
    return frozenset(found)
