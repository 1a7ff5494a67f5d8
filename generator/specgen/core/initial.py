"""The initial states of a system, found by backtracking over the conjuncts of ``init``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from specgen.core.system import State, System
from specgen.core.terms import Term, evaluation_order, support

Interval = tuple[int, int]


def enumerate_initial(system: System, check: Callable[[], None]) -> Iterator[State]:
    """Every initial state once, in the order of the values of the variables as searched.

    A partial assignment is given up as soon as interval arithmetic shows a conjunct to be false, so that the
    work is near the number of initial states and not the size of the product of the domains.

    Args:
        check: called at every tried value; may raise to stop the search.
    """
    ranges = [_start(system, index) for index in range(len(system.variables))]
    conjuncts = [_Conjunct(term) for term in _conjuncts(system.init)]
    for conjunct in conjuncts:
        if conjunct.bounds(ranges)[1] == 0:
            return
    order = _order([i for i, (low, high) in enumerate(ranges) if low < high], conjuncts)
    watching = {i: [c for c in conjuncts if i in c.support] for i in order}
    yield from _search(order, watching, ranges, check)


def _search(
    order: list[int],
    watching: dict[int, list[_Conjunct]],
    ranges: list[Interval],
    check: Callable[[], None],
) -> Iterator[State]:
    # iterative, so that many free variables do not exhaust the stack
    full = [ranges[i] for i in order]
    values: list[int] = []
    trying = full[0][0] if order else 0
    while True:
        at = len(values)
        if at == len(order):
            yield tuple(low for low, _ in ranges)
        elif trying <= full[at][1]:
            check()
            index = order[at]
            ranges[index] = (trying, trying)
            if all(c.bounds(ranges)[1] for c in watching[index]):
                values.append(trying)
                trying = full[at + 1][0] if at + 1 < len(order) else 0
            else:
                trying += 1
            continue
        else:
            ranges[order[at]] = full[at]
        if not values:
            return
        trying = values.pop() + 1


class _Conjunct:
    """One conjunct of ``init``: bounds of its value while some variables are still open."""

    __slots__ = ("_order", "support")

    def __init__(self, term: Term) -> None:
        self._order = evaluation_order(term)
        self.support = support(term)

    def bounds(self, ranges: list[Interval]) -> Interval:
        values: dict[int, Interval] = {}
        for node in self._order:
            values[node.id] = _bounds(node, ranges, values)
        return values[self._order[-1].id]


def _bounds(node: Term, ranges: list[Interval], values: dict[int, Interval]) -> Interval:
    if node.op == "const":
        return (node.value, node.value)
    if node.op == "var":
        return ranges[node.value]
    args = [values[a.id] for a in node.operands]
    (a_low, a_high), (b_low, b_high) = args[0], args[-1]
    match node.op:
        case "not":
            return (1 - a_high, 1 - a_low)
        case "and":
            return (min(low for low, _ in args), min(high for _, high in args))
        case "or":
            return (max(low for low, _ in args), max(high for _, high in args))
        case "eq":
            return (int(a_low == a_high == b_low == b_high), int(a_low <= b_high and b_low <= a_high))
        case "lt":
            return (int(a_high < b_low), int(a_low < b_high))
        case "le":
            return (int(a_high <= b_low), int(a_low <= b_high))
        case "add":
            return (a_low + b_low, a_high + b_high)
        case "sub":
            return (a_low - b_high, a_high - b_low)
        case "ite":
            then, otherwise = args[1], args[2]
            if a_low == a_high:
                return then if a_low else otherwise
            return (min(then[0], otherwise[0]), max(then[1], otherwise[1]))
    raise ValueError(f"unknown operator {node.op!r}")


def _start(system: System, index: int) -> Interval:
    value = system.start[index]
    domain = system.variables[index].domain
    return (domain.low, domain.low + domain.size - 1) if value is None else (value, value)


def _conjuncts(term: Term) -> tuple[Term, ...]:
    return term.operands if term.op == "and" else (term,)


def _order(free: list[int], conjuncts: list[_Conjunct]) -> list[int]:
    # variables of small conjuncts first, and those of one conjunct together: it is decided early
    order: dict[int, None] = {}
    waiting = set(free)
    for conjunct in sorted(conjuncts, key=lambda c: (len(c.support & waiting), min(c.support, default=-1))):
        for index in sorted(conjunct.support & waiting):
            order[index] = None
    for index in free:
        order.setdefault(index)
    return list(order)
