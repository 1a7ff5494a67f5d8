"""Eight published models, written anew in our language: their state spaces are those that TLC found.

The figures in ``tla_examples.json`` are facts about the models of github.com/tlaplus/Examples.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specgen.core.interpreter import Interpreter
from specgen.core.system import State, System
from specgen.engines import bmc, explicit
from specgen.engines.solutions import level_sizes
from specgen.engines.verdict import Limits, Run

from .models import Graph, example, graph, outcome

TRUTH = json.loads(Path(__file__).with_name("tla_examples.json").read_text(encoding="utf-8"))
MODELS = {model["id"]: model for model in TRUTH["models"]}
INTERPRETED = 1000  # states: as many as the interpreter walks through in no time
ENUMERATED = 3  # steps within which Z3 is asked for all states of a larger model
UNROLLED = 6  # steps that Z3 looks ahead in a larger model

models = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(scope="module")
def explored():
    """Each model's system, run and graph, made once for the whole module."""
    known: dict[str, tuple[System, Run, Graph]] = {}

    def get(name: str) -> tuple[System, Run, Graph]:
        if name not in known:
            system = example(name)
            known[name] = (system, explicit.run(system, Limits()), graph(system))
        return known[name]

    return get


@models
def test_states(name, explored):
    _, run, _ = explored(name)
    expect = MODELS[name]["expect"]
    assert run.complete
    assert run.states == expect["distinct_states"]
    assert run.initial == expect["initial_states"]
    assert list(run.levels) == expect["level_sizes"]
    assert len(run.levels) - 1 == expect["diameter_steps"]


@models
def test_edges(name, explored):
    _, run, found = explored(name)
    expect = MODELS[name]["expect"]
    assert len(found.pairs) == expect["edges_distinct"]
    assert found.self_loops == expect["self_loops"]
    states = {state for pair in found.pairs for state in pair}
    lonely = expect["distinct_states"] - len(states)  # initial states without any step, from or to them
    assert found.stuck(states) + lonely == expect["states_without_other_successor"]
    assert found.by_label(MODELS[name]["actions"]) == expect["edges_by_action_label"]
    # the engine's own count is of states and ground actions, and so at least that of distinct labelled edges
    assert run.edges is not None
    assert run.edges >= expect["labelled_edges"]


@models
def test_terminal_states(name, explored):
    """A state without another successor has no enabled action, or only some that change nothing."""
    _, run, found = explored(name)
    loops = {source for source, target in found.pairs if source == target}
    moving = {source for source, target in found.pairs if source != target}
    expected = MODELS[name]["expect"]["states_without_other_successor"]
    assert run.terminal == expected - len(loops - moving)
    assert outcome(run, "deadlock").verdict == "holds"


@models
def test_violation(name, explored):
    system, run, _ = explored(name)
    wrong = MODELS[name]["shortest_violation"]
    violated = [o for o in run.outcomes if o.verdict == "violated"]
    if wrong is None:
        assert violated == []
        return
    assert [(o.name, o.depth) for o in violated] == [(wrong["invariant"], wrong["steps"])]
    trace = violated[0].trace
    assert trace is not None
    if wrong["actions"] is not None:
        patterns = MODELS[name]["actions"]
        assert [system.actions[step].label for step in trace.steps] == [patterns[a] for a in wrong["actions"]]


@pytest.mark.parametrize("name", [n for n in MODELS if MODELS[n]["expect"]["distinct_states"] < INTERPRETED])
def test_interpreter(name):
    """The same figures once more, by taking every step with the interpreter."""
    system, expect = example(name), MODELS[name]["expect"]
    interpreter = Interpreter(system)
    level: list[State] = sorted(interpreter.initial_states())
    seen, sizes = set(level), []
    pairs: set[tuple[State, State]] = set()
    while level:
        sizes.append(len(level))
        following: list[State] = []
        for state in level:
            for _, after in interpreter.successors(state):
                pairs.add((state, after))
                if after not in seen:
                    seen.add(after)
                    following.append(after)
        level = following
    assert sizes == expect["level_sizes"]
    assert len(pairs) == expect["edges_distinct"]


@models
def test_levels_by_z3(name):
    """Z3 is asked for every state after k steps that no shorter path reaches."""
    expect = MODELS[name]["expect"]
    if expect["distinct_states"] < INTERPRETED:
        deepest = expect["diameter_steps"]
        assert list(level_sizes(example(name), deepest + 1)) == expect["level_sizes"]
    else:
        assert list(level_sizes(example(name), ENUMERATED)) == expect["level_sizes"][: ENUMERATED + 1]


@models
def test_violation_by_z3(name):
    """Z3 finds the shortest violation; elsewhere nothing, down to the diameter and a step more."""
    wrong, expect = MODELS[name]["shortest_violation"], MODELS[name]["expect"]
    system = example(name)
    limit = expect["diameter_steps"] + 1 if expect["distinct_states"] < INTERPRETED else UNROLLED
    asked = [("invariant", p.name) for p in system.properties if p.kind == "invariant"]
    run = bmc.run(system, Limits(depth=limit), [*asked, ("deadlock", "deadlock"), ("in_range", "in_range")])
    violated = [(o.name, o.depth) for o in run.outcomes if o.verdict == "violated"]
    assert violated == ([] if wrong is None else [(wrong["invariant"], wrong["steps"])])
    assert all(o.verdict == "holds" and o.depth == limit for o in run.outcomes if (o.name, o.depth) not in violated)
