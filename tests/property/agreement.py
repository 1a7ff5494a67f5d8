"""Checks one random spec: reference, interpreter, explicit engine and Z3 must say the same.

The reference works on the model the text was printed from; the others on what the language made of the text.
"""

from __future__ import annotations

import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from specgen.core.interpreter import Interpreter
from specgen.core.lower import lower
from specgen.core.system import State, System
from specgen.engines import bmc, explicit
from specgen.engines.findings import key_of
from specgen.engines.solutions import level_sizes
from specgen.engines.verdict import Limits, Outcome, Run
from specgen.language.load import load
from specgen.language.source import Diagnostics, SpecError
from specgen.language.typecheck import check
from specgen.trace.replay import replay

from .model import Spec
from .printing import spec_text
from .reference import Key, Machine, Search, TooLargeError, search

MAX_STATES = 300
MAX_UNROLL = 6  # steps that Z3 looks ahead
MAX_SOLUTIONS = 30  # states that Z3 is made to enumerate


@dataclass
class Tally:
    """What has been tried, for people: specs and verdicts, by kind and depth."""

    specs: int = 0
    too_large: int = 0
    states: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, run: Run) -> None:
        self.specs += 1
        self.states[_size(run.states or 0)] += 1
        for outcome in run.outcomes:
            kind = outcome.kind if outcome.kind != "possible" else "always_possible"
            if outcome.trace is None:
                self.verdicts[kind, outcome.verdict] += 1
            else:
                assert outcome.depth is not None
                self.verdicts[kind, f"{outcome.verdict} in {min(outcome.depth, 5)}{'+' * (outcome.depth > 4)}"] += 1

    def lines(self) -> Iterator[str]:
        yield f"{self.specs} specs compared, {self.too_large} too large"
        yield "states: " + ", ".join(f"{n} with {size}" for size, n in sorted(self.states.items()))
        for kind in sorted({k for k, _ in self.verdicts}):
            row = sorted((word, n) for (k, word), n in self.verdicts.items() if k == kind)
            yield f"{kind}: " + ", ".join(f"{n} {word}" for word, n in row)


def _size(states: int) -> str:
    for limit in (0, 1, 10, 100):
        if states <= limit:
            return f"{limit:3} at most"
    return "more"


def system_of(text: str) -> System:
    """What the language makes of a text; a mistake in it is a failure of the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            document = load(str(path)).base
            diagnostics = Diagnostics()
            spec = check(document, {}, diagnostics)
            problems = [d for d in diagnostics.items if d.severity == "error"]
            assert not problems, problems
            return lower(spec)
        except SpecError as error:
            raise AssertionError(str(error)) from error


def compare(spec: Spec, tally: Tally) -> None:
    """Compares every engine on one spec; a disagreement shows the spec's text."""
    try:
        expected = search(spec, MAX_STATES)
    except TooLargeError:
        tally.too_large += 1
        return
    text = spec_text(spec)
    try:
        system = system_of(text)
        run = explicit.run(system, Limits())
        assert run.complete
        agree_with_reference(spec, expected, run)
        agree_with_interpreter(system, run)
        agree_with_z3(system, run)
        solutions(system, run)
    except AssertionError as error:
        error.add_note(text)
        raise
    tally.add(run)


# ---------------------------------------------------------------- reference


def agree_with_reference(spec: Spec, expected: Search, run: Run) -> None:
    assert list(run.levels) == expected.levels
    assert run.edges == expected.edges
    assert run.terminal == expected.terminal
    seen: dict[Key, Outcome] = {(o.kind, o.name): o for o in run.outcomes if o.kind != "dead_action"}
    for key, outcome in seen.items():
        depth, unsure = expected.depths.get(key), expected.unsure.get(key)
        if unsure is None or (depth is not None and depth <= unsure):
            assert found_at(outcome) == depth, (key, outcome.verdict, outcome.depth, depth)
    missing = {k: d for k, d in expected.depths.items() if k not in seen}
    assert not missing
    dead = {o.name for o in run.outcomes if o.kind == "dead_action" and o.verdict == "violated"}
    names = {ground.name for ground in Machine(spec).grounds}
    assert dead == {f"dead_action.{name}" for name in names - expected.enabled}


def found_at(outcome: Outcome) -> int | None:
    """The depth of a violation (or of a cover's being reached); None when there is none."""
    assert outcome.complete
    return outcome.depth if outcome.verdict in ("violated", "reached") else None


# ---------------------------------------------------------------- interpreter


def agree_with_interpreter(system: System, run: Run) -> None:
    """A naive search by the interpreter finds the same levels and the same shortest findings."""
    interpreter = Interpreter(system)
    depths: dict[State, int] = dict.fromkeys(interpreter.initial_states(), 0)
    queue = deque(depths)
    found: dict[Key, int] = {}
    edges = 0
    while queue:
        state = queue.popleft()
        depth = depths[state]
        for key, later in _findings(interpreter, state):
            found.setdefault(key, depth + later)
            found[key] = min(found[key], depth + later)
        for _, after in interpreter.successors(state):
            edges += 1
            if after not in depths:
                depths[after] = depth + 1
                queue.append(after)
    sizes = Counter(depths.values())
    assert [sizes[k] for k in range(len(sizes))] == list(run.levels)
    assert edges == run.edges
    for outcome in run.outcomes:
        if outcome.kind not in ("possible", "dead_action"):
            assert found_at(outcome) == found.get((outcome.kind, outcome.name)), outcome.name


def _findings(interpreter: Interpreter, state: State) -> Iterator[tuple[Key, int]]:
    for item in interpreter.system.properties:
        if item.kind != "possible" and interpreter.holds(item.term, state) == (item.kind == "cover"):
            yield (item.kind, item.name), 0
    for action in interpreter.system.actions:
        for obligation in interpreter.failing(state, action):
            yield key_of(obligation), 1
    if interpreter.deadlocked(state):
        yield ("deadlock", "deadlock"), 0


# ---------------------------------------------------------------- Z3


def agree_with_z3(system: System, run: Run) -> None:
    """Z3 finds what the explicit engine finds, as deep as it looks; every trace of both replays."""
    limit = min(len(run.levels) + 1, MAX_UNROLL)
    bounded = bmc.run(system, Limits(depth=limit))
    theirs = {(o.kind, o.name): o for o in bounded.outcomes}
    for outcome in run.outcomes:
        replays(outcome)
        other = theirs.get((outcome.kind, outcome.name))
        if outcome.kind in ("possible", "dead_action") or other is None:
            continue
        depth = found_at(outcome)
        if depth is not None and depth <= limit:
            assert (other.verdict, other.depth) == (outcome.verdict, depth), outcome.name
            assert other.complete
            replays(other)
        else:
            assert (other.verdict, other.complete) == ("unreachable" if outcome.kind == "cover" else "holds", False)
            assert other.depth == limit


def replays(outcome: Outcome) -> None:
    if outcome.trace is not None:
        wrong = replay(outcome.trace, deadlock=outcome.kind == "deadlock")
        assert wrong is None, (outcome.kind, outcome.name, wrong)
        assert outcome.trace.depth == outcome.depth


def solutions(system: System, run: Run) -> None:
    """Z3, asked for all states after exactly k steps that no shorter path reaches, counts the explicit engine's levels."""
    if (run.states or 0) <= MAX_SOLUTIONS:
        assert level_sizes(system, MAX_UNROLL) == run.levels[: MAX_UNROLL + 1]
