"""A plain two-phase commit, as somebody might have it who has never heard of specgen.

The messages are on a board where everybody may read them, again and again.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class WrongTime(Exception):
    """Not now."""


@dataclass
class Board:
    prepared: set[int] = field(default_factory=set)
    verdict: str | None = None


@dataclass
class Worker:
    number: int
    board: Board
    state: str = "working"
    complaints: list[str] = field(default_factory=list)

    def finish(self) -> None:
        self._must_be("working")
        self.state = "prepared"
        self.board.prepared.add(self.number)

    def give_up(self) -> None:
        self._must_be("working")
        self.state = "aborted"

    def read_verdict(self) -> str:
        """Does what the board says, whatever it was about to do."""
        if self.board.verdict is None:
            raise WrongTime
        before, self.state = self.state, self.board.verdict
        if self.state == "committed" and before not in ("prepared", "committed"):
            self.complaints.append("told to commit what was never promised")
        return self.state

    def _must_be(self, state: str) -> None:
        if self.state != state:
            raise WrongTime


@dataclass
class Boss:
    board: Board
    enough: int
    heard: set[int] = field(default_factory=set)
    state: str = "undecided"

    def read(self, number: int) -> None:
        if self.state != "undecided" or number not in self.board.prepared:
            raise WrongTime
        self.heard.add(number)

    def decide(self, verdict: str) -> None:
        if self.state != "undecided" or (verdict == "committed" and len(self.heard) < self.enough):
            raise WrongTime
        self.state = self.board.verdict = verdict
