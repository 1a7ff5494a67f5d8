"""Hypothesis strategies over the random specs, and how to run them with a seed."""

from __future__ import annotations

import random
from collections.abc import Callable

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from .expressions import Choices
from .model import Spec
from .specs import SpecMaker


class Drawn:
    """Numbers from Hypothesis: it replays and shrinks them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, limit: int) -> int:
        return self._draw(st.integers(0, limit - 1))


class Seeded:
    """Numbers from a seed: evenly spread, where Hypothesis prefers small ones; but they do not shrink."""

    def __init__(self, number: int) -> None:
        self._random = random.Random(number)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)


@st.composite
def drawn_specs(draw: st.DrawFn) -> Spec:
    """A whole spec of which every choice is Hypothesis's."""
    return SpecMaker(Drawn(draw)).make()


def seeded_specs() -> st.SearchStrategy[Spec]:
    """A whole spec made from one number: less like the simplest one."""
    return st.integers(0, (1 << 64) - 1).map(lambda number: SpecMaker(Seeded(number)).make())


@st.composite
def choices(draw: st.DrawFn) -> Choices:
    """A source of choices, for tests that draw as they go. Must not outlive the example."""
    return Choices(Drawn(draw))


def every(strategy: st.SearchStrategy[object], examples: int, number: int) -> Callable[[Callable[..., None]], None]:
    """Runs a check on so many examples; the same ones for the same number."""

    def run(check: Callable[..., None]) -> None:
        checked = given(strategy)(check)
        limited = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )(checked)
        seed(number)(limited)()

    return run
