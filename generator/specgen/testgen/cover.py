"""Few short walks through a graph that together serve all goals of a criterion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from specgen.testgen.criteria import Criterion, Key, Walk
from specgen.testgen.graph import Graph


def cover(graph: Graph, criterion: Criterion) -> tuple[Walk, ...]:
    """Walks for all goals of a criterion, the shortest first.

    Deep goals are taken first, since the way to them serves others; each walk then goes on as long as its next
    step serves a goal that is still open. Walks whose goals others serve as well are dropped.
    """
    open_ = dict.fromkeys(criterion.goals)
    paths: list[tuple[int, tuple[int, ...]]] = []
    places = {state: place for place, state in enumerate(graph.states)}
    deepest = sorted(criterion.goals, key=lambda key: _depth(graph, criterion, key), reverse=True)
    for key in deepest:
        if key in open_:
            path = _walk(graph, criterion, key, open_)
            paths.append(path)
    kept = _reduced(graph, criterion, paths)
    rank = graph.taste.rank
    kept.sort(key=lambda path: (len(path[1]), places[path[0]], [rank[a] for a in path[1]]))
    return tuple(_assigned(graph, criterion, kept))


def each(graph: Graph, criterion: Criterion) -> tuple[Walk, ...]:
    """A shortest walk for each goal by itself: where a goal is what people look for, a test has its name."""
    walks: list[Walk] = []
    for key, route in criterion.goals.items():
        initial, way = graph.path(route.state)
        actions = (*way, *route.then)
        walks.append(Walk(initial, actions, (*(() for _ in actions), (key,))))
    return tuple(walks)


def _depth(graph: Graph, criterion: Criterion, key: Key) -> int:
    route = criterion.goals[key]
    return graph.depth[route.state] + len(route.then)


def _walk(graph: Graph, criterion: Criterion, key: Key, open_: dict[Key, None]) -> tuple[int, tuple[int, ...]]:
    """A shortest way to a goal and on while that pays; takes what it serves off the open goals."""
    route = criterion.goals[key]
    initial, way = graph.path(route.state)
    actions = [*way, *route.then]
    memory: object = None
    state = initial
    _take(open_, criterion.by_start(state))
    _take(open_, criterion.by_state(state))
    for action in actions:
        _take(open_, criterion.by_step(memory, state, action))
        memory, state = criterion.remember(memory, state, action), graph.after(state, action)
        _take(open_, criterion.by_state(state))
    while True:
        best, gain = None, 0
        for action, after in graph.edges(state):
            keys = {*criterion.by_step(memory, state, action), *criterion.by_state(after)}
            count = sum(1 for k in keys if k in open_)
            if count > gain:
                best, gain = (action, after), count
        if best is None:
            return initial, tuple(actions)
        action, after = best
        _take(open_, criterion.by_step(memory, state, action))
        _take(open_, criterion.by_state(after))
        actions.append(action)
        memory, state = criterion.remember(memory, state, action), after


def _take(open_: dict[Key, None], keys: Iterable[Key]) -> None:
    for key in keys:
        open_.pop(key, None)


def serving(graph: Graph, criterion: Criterion, path: tuple[int, tuple[int, ...]]) -> Iterator[tuple[Key, ...]]:
    """Per state of a path the goals that it, or the step to it, serves."""
    memory: object = None
    state = path[0]
    yield (*criterion.by_start(state), *criterion.by_state(state))
    for action in path[1]:
        keys = tuple(criterion.by_step(memory, state, action))
        memory, state = criterion.remember(memory, state, action), graph.after(state, action)
        yield (*keys, *criterion.by_state(state))


def _reduced(
    graph: Graph, criterion: Criterion, paths: list[tuple[int, tuple[int, ...]]]
) -> list[tuple[int, tuple[int, ...]]]:
    """Without the walks that serve nothing which no other does, the last made first."""
    served = [{k for keys in serving(graph, criterion, path) for k in keys if k in criterion.goals} for path in paths]
    count = Counter(k for keys in served for k in keys)
    kept = list(range(len(paths)))
    for number in reversed(range(len(paths))):
        if all(count[k] > 1 for k in served[number]):
            count.subtract(served[number])
            kept.remove(number)
    return [paths[number] for number in kept]


def _assigned(graph: Graph, criterion: Criterion, paths: list[tuple[int, tuple[int, ...]]]) -> Iterator[Walk]:
    """Each goal to the first walk that serves it; what a walk does behind its last goal is cut off."""
    open_ = dict.fromkeys(criterion.goals)
    for initial, actions in paths:
        served: list[tuple[Key, ...]] = []
        for keys in serving(graph, criterion, (initial, actions)):
            mine = tuple(k for k in dict.fromkeys(keys) if k in open_)
            _take(open_, mine)
            served.append(mine)
        while served and not served[-1]:
            served.pop()
        if served:
            yield Walk(initial, actions[: len(served) - 1], tuple(served))
