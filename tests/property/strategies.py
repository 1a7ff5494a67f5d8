"""Hypothesis strategies over the random specs, and how to run them with a seed."""

from __future__ import annotations

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


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """A whole spec."""
    return SpecMaker(Drawn(draw)).make()


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
