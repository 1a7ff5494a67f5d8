"""Random core systems, and what the interpreter alone makes of them."""

from __future__ import annotations

import random

from specgen.core.interpreter import Interpreter
from specgen.core.system import System
from specgen.core.terms import Term

from .core_systems import BOOL, Builder, integer


def random_system(seed: int) -> System:
    """Some variables, some actions with few conditions, some of everything that can go wrong."""
    rng = random.Random(seed)
    b = Builder()
    names = [f"x{i}" for i in range(rng.randint(1, 4))]
    for name in names:
        size = rng.randint(1, 4)
        domain = BOOL if rng.random() < 0.4 else integer(rng.randint(-2, 2), 0)
        if domain.kind == "int":
            domain = integer(domain.low, domain.low + size - 1)
        b.var(name, domain, domain.low if rng.random() < 0.8 else None)

    def literal() -> Term:
        name = rng.choice(names)
        domain = b.variables[b[name].value].domain
        test = b.is_(name, rng.randrange(domain.low, domain.low + domain.size))
        return test if rng.random() < 0.6 else b.t.not_(test)

    def clause(size: int = 2) -> Term:
        parts = [literal() for _ in range(rng.randint(1, size))]
        return b.t.or_(*parts) if rng.random() < 0.5 else b.t.and_(*parts)

    for number in range(rng.randint(1, 6)):
        effect: dict[str, Term | int | str] = {}
        for name in rng.sample(names, rng.randint(0, len(names))):
            domain = b.variables[b[name].value].domain
            other = rng.choice(names)
            if domain.kind == b.variables[b[other].value].domain.kind == "int" and rng.random() < 0.5:
                effect[name] = b.t.add(b[other], b.t.const(rng.randint(-1, 1)))
            else:
                effect[name] = rng.randrange(domain.low, domain.low + domain.size)
        b.action(
            f"act{number}",
            [clause() for _ in range(rng.randint(0, 2))],
            effect,
            actor=rng.choice(["left", "right"]),
            cites=(("mail", str(rng.randint(1, 4))),) if rng.random() < 0.5 else (),
            asserts={rng.choice("ab"): clause(3)} if rng.random() < 0.3 else {},
            checks={"c": clause(3)} if rng.random() < 0.3 else {},
            in_range=(clause(3),) if rng.random() < 0.15 else (),
            defined=(clause(4),) if rng.random() < 0.15 else (),
            one_effect=(clause(4),) if rng.random() < 0.1 else (),
        )
    b.property("invariant", "i", clause(3))
    b.property("cover", "goal", clause(3))
    if rng.random() < 0.3:
        b.property("in_range", "in_range", clause(4))
    if rng.random() < 0.5:
        b.terminal = clause()
    b.shown = "mail" if rng.random() < 0.7 else None
    return b.build()


def brute_force(system: System) -> tuple[list[int], int, dict[tuple[str, str], int]]:
    """Level sizes, edges and depths of findings, by the interpreter alone."""
    interpreter = Interpreter(system)
    levels = [list(interpreter.initial_states())]
    seen, edges = set(levels[0]), 0
    found: dict[tuple[str, str], int] = {}

    def find(key: tuple[str, str], depth: int) -> None:
        found[key] = min(depth, found.get(key, depth))

    depth = 0
    while levels[depth]:
        after: list[tuple[int, ...]] = []
        for state in levels[depth]:
            if interpreter.deadlocked(state):
                find(("deadlock", "deadlock"), depth)
            for item in system.properties:
                if interpreter.holds(item.term, state) == (item.kind == "cover"):
                    find((item.kind, item.name), depth)
            for action in system.actions:
                for obligation in interpreter.failing(state, action):
                    find((obligation.kind, obligation.name), depth + 1)
            for _, target in interpreter.successors(state):
                edges += 1
                if target not in seen:
                    seen.add(target)
                    after.append(target)
        levels.append(after)
        depth += 1
    return [len(level) for level in levels[:-1]], edges, found
