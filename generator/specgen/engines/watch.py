"""Predicates over states that a search watches: properties, and whether guards have a value."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from specgen.core.system import System
from specgen.core.terms import Term
from specgen.engines.properties import IN_RANGE
from specgen.engines.verdict import Key


@dataclass(frozen=True, slots=True)
class Watch:
    """Part of a predicate: something is found in a state where ``term`` has the value ``when``.

    Args:
        key: the property.
        term: a conjunct of what must hold, or a disjunct of what is to be reached.
        when: True for a cover.
        later: 1 where the finding is the step behind the state (guards without a value), else 0.
    """

    key: Key
    term: Term
    when: bool
    later: int


def watches(system: System, asked: Collection[Key]) -> Iterator[Watch]:
    """Everything to watch, split as small as it can be, so that each part reads few variables.

    Guards without a value are watched whether asked for or not: they decide what a deadlock is.
    """
    for item in system.properties:
        if (item.kind, item.name) in asked and item.kind in ("invariant", "in_range"):
            for part in parts(item.term, "and"):
                yield Watch((item.kind, item.name), part, False, 0)
        elif (item.kind, item.name) in asked and item.kind == "cover":
            for part in parts(item.term, "or"):
                yield Watch((item.kind, item.name), part, True, 0)
    seen: set[Term] = set()
    for action in system.actions:
        for obligation in action.obligations:
            if obligation.always:
                for part in parts(obligation.term, "and"):
                    if part not in seen:
                        seen.add(part)
                        yield Watch(IN_RANGE, part, False, 1)


def parts(term: Term, op: str) -> tuple[Term, ...]:
    """The operands of a conjunction or disjunction, all the way down."""
    if term.op != op:
        return (term,)
    return tuple(p for operand in term.operands for p in parts(operand, op))
