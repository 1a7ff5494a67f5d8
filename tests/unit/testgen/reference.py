"""All goals of a small system, found again by the interpreter and plain sets: nothing is shared with testgen's graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import cached_property

from specgen.core.interpreter import Interpreter
from specgen.core.system import Action, State, System
from specgen.core.terms import Term
from specgen.testgen.suite import Case, Refusal


def read(term: Term) -> set[int]:
    """The variables that a term mentions."""
    if term.op == "var":
        return {term.value}
    return {v for part in term.operands for v in read(part)}


def conditions(term: Term) -> Iterator[Term]:
    if term.op == "ite":
        yield term.operands[0]
    for part in term.operands:
        yield from conditions(part)


class Reference:
    def __init__(self, system: System) -> None:
        self.system = system
        self.it = Interpreter(system)
        self.depth: dict[State, int] = {}
        todo = deque(self.it.initial_states())
        for state in todo:
            self.depth[state] = 0
        while todo:
            state = todo.popleft()
            for _, after in self.it.successors(state):
                if after not in self.depth:
                    self.depth[after] = self.depth[state] + 1
                    todo.append(after)
        self._touched = {a.label: self._touches(a) for a in system.actions}
        self._near = {
            a.label: {b.label for b in system.actions if not a.updates or self._touched[a.label] & self._touched[b.label]}
            for a in system.actions
        }

    @cached_property
    def _taken(self) -> dict[State, set[str]]:
        """Per state what may have been taken before it."""
        return self._closed([(s, a.label, after) for s in self.depth for a, after in self.it.successors(s)])

    @cached_property
    def _coming(self) -> dict[State, set[str]]:
        """Per state what may happen in it or later."""
        return self._closed([(after, a.label, s) for s in self.depth for a, after in self.it.successors(s)])

    def _closed(self, edges: list[tuple[State, str, State]]) -> dict[State, set[str]]:
        found: dict[State, set[str]] = {state: set() for state in self.depth}
        size = -1
        while size != sum(map(len, found.values())):
            size = sum(map(len, found.values()))
            for from_, label, to in edges:
                found[to] |= found[from_] | {label}
        return found

    def _touches(self, action: Action) -> set[int]:
        terms = [g.term for g in action.guards] + [o.term for o in action.obligations]
        terms += [term for _, term in action.updates]
        return {v for t in terms for v in read(t)} | {v for v, _ in action.updates}

    def _guarding(self, action: Action) -> list[int]:
        terms = [g.term for g in action.guards] + [o.term for o in action.obligations if o.always]
        return sorted({v for t in terms for v in read(t)})

    def _deciding(self, action: Action) -> list[int]:
        tests = [c for _, t in action.updates for c in conditions(t)]
        return sorted({*self._guarding(action), *(v for t in tests for v in read(t))})

    def transition(self, state: State, action: Action) -> tuple[object, ...]:
        return (action.label, *(state[v] for v in self._deciding(action)))

    def refusal(self, state: State, action: Action) -> tuple[object, ...]:
        return (action.label, *(state[v] for v in self._guarding(action)))

    def goals(self, criterion: str) -> set[object]:
        found: set[object] = set()
        for state in self.depth:
            if criterion == "covers":
                found |= {p.name for p in self.system.properties if p.kind == "cover" and self.it.holds(p.term, state)}
            if criterion == "ends" and not any(self.it.attempted(state, a) for a in self.system.actions):
                found.add(state)
            if criterion in ("refusals", "waits") and self.depth[state] == 0:
                found |= {(*self.refusal(state, b), "") for b in self._refused_ones(criterion, state)}
            for action, after in self.it.successors(state):
                if criterion in ("refusals", "waits"):
                    found |= self.brought(criterion, state, action, after)
                if criterion == "actions":
                    found.add(action.label)
                if criterion == "transitions":
                    found.add(self.transition(state, action))
                if criterion == "pairs":
                    found |= {(action.label, b.label) for b, _ in self.it.successors(after)}
                if criterion == "repeats" and action.label in self._taken[state]:
                    again = self._again(state, action, after)
                    found |= {(*again, "")} | {(*again, b) for b in self._near[action.label] & self._coming[after]}
        return found

    def _again(self, state: State, action: Action, after: State) -> tuple[str, bool]:
        shown = {v for o in self.system.observables for v in read(o.term)}
        return action.label, all(state[v] == after[v] for v in shown)

    def _refused_ones(self, criterion: str, state: State) -> Iterator[Action]:
        for action in self.system.actions:
            mine = (action.actor in self.system.controllable) == (criterion == "refusals")
            if mine and not self.it.attempted(state, action):
                yield action

    def brought(self, criterion: str, state: State, action: Action, after: State) -> set[object]:
        """What is refused behind a step that changes something which it reads or writes."""
        return {
            (*self.refusal(after, b), action.label)
            for b in self._refused_ones(criterion, after)
            if any(state[v] != after[v] for v in self._touched[b.label])
        }

    def replay(self, case: Case) -> Iterator[tuple[State, Action, State]]:
        """The steps of a case; the case's own claims are checked on the way."""
        state = case.initial
        seen = dict(case.start)
        assert state in self.depth and self.depth[state] == 0
        assert seen == self.look(state)
        for refusal in case.refusals:
            self._refused(state, refusal.action, refusal.by)
        for number, step in enumerate(case.steps, 1):
            action = self.system.actions[step.action]
            failing = self.it.failing(state, action)
            last = number == len(case.steps) and case.ending is not None and case.ending.kind == "violates"
            assert last or self.it.happens(state, action), (case.name, number, action.label)
            assert set(step.warns) == {o.name for o in failing if o.kind == "check"}
            after = self.it.apply(state, action)
            assert all(seen[name] != value for name, value in step.changes)
            seen |= dict(step.changes)
            assert last or seen == self.look(after)
            for refusal in step.refusals:
                self._refused(after, refusal.action, refusal.by)
            yield state, action, after
            state = after

    def look(self, state: State) -> dict[str, object]:
        words: dict[str, object] = {"true": True, "false": False, "null": None}
        found = {}
        for item in self.system.observables:
            text = item.domain.text(self.it.value(item.term, state))
            found[item.name] = words[text] if text in words else text if item.domain.kind == "enum" and not text.isdigit() else int(text)
        return found

    def _refused(self, state: State, index: int, by: tuple[str, ...]) -> None:
        action = self.system.actions[index]
        assert not self.it.attempted(state, action)
        assert by == tuple(g.name for g in action.guards if not self.it.holds(g.term, state)) != ()

    def served(self, criterion: str, case: Case) -> list[set[object]]:
        """Per state of a case the goals that it, or the step to it, serves."""
        found: list[set[object]] = [self._by_state(criterion, case.initial, case.refusals, "")]
        before: Action | None = None
        taken: set[str] = set()
        repeated: set[tuple[str, bool]] = set()
        for (state, action, after), step in zip(self.replay(case), case.steps, strict=True):
            here: set[object] = set(self._by_state(criterion, after, step.refusals, action.label))
            if criterion == "actions":
                here.add(action.label)
            if criterion == "transitions":
                here.add(self.transition(state, action))
            if criterion == "pairs" and before is not None:
                here.add((before.label, action.label))
            if criterion == "repeats":
                here |= {(*again, action.label) for again in repeated if action.label in self._near[again[0]]}
                if action.label in taken:
                    again = self._again(state, action, after)
                    here.add((*again, ""))
                    repeated.add(again)
            found.append(here)
            before = action
            taken.add(action.label)
        return found

    def _by_state(self, criterion: str, state: State, refusals: tuple[Refusal, ...], behind: str) -> set[object]:
        if criterion in ("refusals", "waits"):
            return {(*self.refusal(state, self.system.actions[r.action]), behind) for r in refusals}
        if criterion == "covers":
            return {p.name for p in self.system.properties if p.kind == "cover" and self.it.holds(p.term, state)}
        if criterion == "ends" and not any(self.it.attempted(state, a) for a in self.system.actions):
            return {state}
        return set()
