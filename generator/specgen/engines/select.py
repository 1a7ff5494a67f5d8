"""Which of all shortest traces is shown: the one that reads best, and always the same one.

First the one that keeps the shown citations in order (with the fewest cited steps behind a step that cites a
higher number), then the one with the fewest changes of actor, then the first by action names and parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from specgen.core.system import Action, System

Number = tuple[int, str]  # a cited step's number: 9, or 9 with a letter behind
NONE_YET: Number = (-1, "")
END = -1  # stands for the state behind a failing last step


@dataclass(frozen=True, slots=True)
class Target:
    """Where shortest traces of one property end.

    Args:
        depth: their number of steps.
        states: last states; for what a state violates or reaches.
        steps: last but one states with the actions that fail there; for what a step violates.
    """

    depth: int
    states: AbstractSet[int] = frozenset()
    steps: Mapping[int, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Path:
    """A shortest trace: packed states, and actions between them.

    With a failing last step there are as many states as actions: the state behind it is not in here.
    """

    states: tuple[int, ...]
    actions: tuple[int, ...]


class Taste:
    """What makes one step sequence of a system better than another."""

    def __init__(self, system: System) -> None:
        by_name = sorted(system.actions, key=lambda a: (a.name, a.params, a.index))
        self.rank = [0] * len(by_name)
        for rank, action in enumerate(by_name):
            self.rank[action.index] = rank
        actors = {name: i for i, name in enumerate(dict.fromkeys(a.actor for a in system.actions))}
        self.actor = [actors[a.actor] for a in system.actions]
        self.cites = [_numbers(a, system.shown_citations) for a in system.actions]


# what is known of the steps so far: (state, highest number cited, last actor)
_Label = tuple[int, Number, int]
# (late citations, switches of actor, rank of the steps before, rank of the last step, initial state)
_Cost = tuple[int, int, int, int, int]


@dataclass(slots=True)
class _Best:
    cost: _Cost
    before: _Label | None
    action: int


def choose(
    taste: Taste,
    layers: Sequence[AbstractSet[int]],
    target: Target,
    successors: Callable[[int], Iterable[tuple[int, int]]],
    initial_order: Callable[[int], tuple[int, ...]],
) -> Path:
    """The best path through the layers.

    Args:
        layers: the states of all shortest paths, by number of steps; up to the last but one state when the
            target is of steps only.
        successors: pairs of an action and the state it leads to.
        initial_order: orders initial states; decides only between equal step sequences.
    """
    origin = {s: i for i, s in enumerate(sorted(layers[0], key=initial_order))}
    front: dict[_Label, _Best] = {
        (s, NONE_YET, -1): _Best((0, 0, 0, 0, origin[s]), None, -1) for s in sorted(layers[0])
    }
    history = [front]
    for layer in layers[1 : target.depth + 1]:
        following: dict[_Label, _Best] = {}
        _rank(front)
        for label, best in front.items():
            for action, state in successors(label[0]):
                if state in layer:
                    _offer(taste, following, label, best, action, state)
        history.append(following)
        front = following
    finals: dict[_Label, _Best] = {}
    if len(history) > target.depth:
        finals = {label: best for label, best in front.items() if label[0] in target.states}
        del history[target.depth :]
    if target.steps:
        _rank(history[-1])
        for label, best in history[-1].items():
            for action in target.steps.get(label[0], ()):
                _offer(taste, finals, label, best, action, END)
    last = min(finals, key=lambda label: (finals[label].cost, label))
    return _walk_back(history, last, finals[last])


def _offer(taste: Taste, following: dict[_Label, _Best], label: _Label, best: _Best, action: int, state: int) -> None:
    late, switches, rank, _, origin = best.cost
    _, highest, actor = label
    cited = taste.cites[action]
    if cited:
        late += cited[0] < highest
        highest = max(highest, cited[-1])
    if actor not in (-1, taste.actor[action]):
        switches += 1
    cost = (late, switches, rank, taste.rank[action], origin)
    new = (state, highest, taste.actor[action])
    known = following.get(new)
    if known is None or cost < known.cost:
        following[new] = _Best(cost, label, action)


def _rank(front: dict[_Label, _Best]) -> None:
    # step sequences are compared by the rank of all but the last step, then by the last
    order = {pair: i for i, pair in enumerate(sorted({b.cost[2:4] for b in front.values()}))}
    for best in front.values():
        late, switches, _, _, origin = best.cost
        best.cost = (late, switches, order[best.cost[2:4]], 0, origin)


def _walk_back(history: list[dict[_Label, _Best]], label: _Label, best: _Best) -> Path:
    states: list[int] = []
    actions: list[int] = []
    if label[0] != END:
        states.append(label[0])
    for front in reversed(history):
        assert best.before is not None  # only labels of the first front have none
        actions.append(best.action)
        states.append(best.before[0])
        best = front[best.before]
    return Path(tuple(reversed(states)), tuple(reversed(actions)))


def _numbers(action: Action, source: str | None) -> tuple[Number, ...]:
    found = []
    for name, step in action.cites:
        match = re.fullmatch(r"(\d+)(.*)", step)
        if name == source and match:
            found.append((int(match[1]), match[2]))
    return tuple(sorted(found))
