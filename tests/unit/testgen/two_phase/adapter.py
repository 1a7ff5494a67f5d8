"""The adapter that a reader of the scaffold writes for `commit.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from commit import Board, Boss, Worker, WrongTime

from specgen.testgen.harness import Refused

from ..interface import Interface, Value


def tried(step: Callable[..., object], *given: object) -> None:
    try:
        step(*given)
    except WrongTime as error:
        raise Refused from error


class System(Interface):
    """The system under test."""

    def __init__(self, revision: str, constants: Mapping[str, Value]) -> None:
        super().__init__(revision, constants)
        count = int(constants["N"])
        self.board = Board()
        self.boss = Boss(self.board, enough=count - 1 if revision == "hasty" else count)
        self.workers = {m: Worker(m, self.board) for m in range(1, count + 1)}

    def observe(self) -> Mapping[str, Value]:
        seen: dict[str, Value] = {"coordinator": self.boss.state}
        for m, worker in self.workers.items():
            seen[f"state[{m}]"] = worker.state
            seen[f"{m} in heard_from"] = m in self.boss.heard
            seen[f"{m} in prepared_sent"] = m in self.board.prepared
        seen["commit_sent"] = self.board.verdict == "committed"
        seen["abort_sent"] = self.board.verdict == "aborted"
        return seen

    def prepare(self, m: int) -> None:
        tried(self.workers[m].finish)

    def give_up(self, m: int) -> None:
        tried(self.workers[m].give_up)

    def hear_prepared(self, m: int) -> None:
        tried(self.boss.read, m)

    def decide_commit(self) -> None:
        tried(self.boss.decide, "committed")

    def decide_abort(self) -> None:
        tried(self.boss.decide, "aborted")

    def obey_commit(self, m: int) -> None:
        self.obey(m, "committed")

    def obey_abort(self, m: int) -> None:
        self.obey(m, "aborted")

    def obey(self, m: int, verdict: str) -> None:
        if self.board.verdict != verdict:
            raise Refused
        tried(self.workers[m].read_verdict)

    def warnings(self) -> list[str]:
        told = [worker.complaints.pop() for worker in self.workers.values() if worker.complaints]
        return ["had_prepared"] if told else []
