"""Loads the example specs, and counts what TLC counted, for comparison with figures from elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from specgen.core.lower import lower
from specgen.core.system import State, System
from specgen.engines import explicit
from specgen.engines.verdict import Outcome, Run
from specgen.language.load import load
from specgen.language.source import Diagnostics
from specgen.language.typecheck import check

EXAMPLES = Path(__file__).parents[2] / "spec" / "examples"


def example(name: str, revision: str | None = None, **constants: int) -> System:
    """A revision of an example (the first one if none is named), for given constants."""
    workspace = load(str(EXAMPLES / f"{name}.yaml"))
    document = workspace.documents[revision or next(iter(workspace.documents))]
    diagnostics = Diagnostics()
    spec = check(document, {n: str(v) for n, v in constants.items()}, diagnostics)
    assert not diagnostics.items
    return lower(spec)


def outcome(run: Run, name: str) -> Outcome:
    """One engine's word on the property of that name."""
    found = [o for o in run.outcomes if o.name == name]
    assert len(found) == 1
    return found[0]


@dataclass(frozen=True)
class Graph:
    """All steps between reachable states, as pairs and with labels."""

    pairs: frozenset[tuple[State, State]]
    labelled: frozenset[tuple[State, State, str]]

    @property
    def self_loops(self) -> int:
        return sum(source == target for source, target in self.pairs)

    def stuck(self, states: set[State]) -> int:
        """States whose only successor, if any, is themselves."""
        moving = {source for source, target in self.pairs if source != target}
        return len(states - moving)

    def by_label(self, patterns: dict[str, str]) -> dict[str, int]:
        """Distinct steps per label of the source, whose patterns match the labels of ours."""
        compiled = {label: re.compile(pattern) for label, pattern in patterns.items()}
        ours = {label for _, _, label in self.labelled}
        theirs: dict[str, str] = {}
        for label in ours:
            matching = [name for name, pattern in compiled.items() if pattern.fullmatch(label)]
            assert len(matching) == 1, label
            theirs[label] = matching[0]
        triples = {(source, target, theirs[label]) for source, target, label in self.labelled}
        return dict(Counter(label for _, _, label in triples))


def graph(system: System) -> Graph:
    """Every step of the explicit engine."""
    labels = [action.label for action in system.actions]
    steps = list(explicit.edges(system))
    pairs = frozenset((source, target) for source, target, _ in steps)
    return Graph(pairs, frozenset((source, target, labels[action]) for source, target, action in steps))
