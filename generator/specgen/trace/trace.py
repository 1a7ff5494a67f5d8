"""A behaviour of a system: one type for counterexamples, witnesses and foreign traces."""

from __future__ import annotations

from dataclasses import dataclass

from specgen.core.system import Action, Obligation, Property, State, System


@dataclass(frozen=True, slots=True)
class Trace:
    """States and the steps between them: state 0 is initial, step k leads to state k.

    Args:
        steps: indices into ``system.actions``; one fewer than ``states``.
        failed: what the last step (an :class:`Obligation`) or the last state (a :class:`Property`) violates or,
            for a cover, reaches; None for a deadlock or a mere behaviour.

    A step that fails a fatal obligation is the last one; its state shows the effect as far as it stays in range.
    """

    system: System
    states: tuple[State, ...]
    steps: tuple[int, ...]
    failed: Obligation | Property | None = None

    @property
    def depth(self) -> int:
        """Number of steps."""
        return len(self.steps)

    def action(self, k: int) -> Action:
        """The action of step ``k`` (from 1)."""
        return self.system.actions[self.steps[k - 1]]
