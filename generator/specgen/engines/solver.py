"""A Z3 solver that is fed text and asked yes or no, within a budget. Z3 is loaded when one is made."""

from __future__ import annotations

import re
from threading import Event, Thread

from specgen.engines.budget import Budget, OutOfBudget

_VALUE = re.compile(r"\(define-fun (\S+) \(\) (?:Bool|\(_ BitVec \d+\))\s+(\S+?)\)")
WATCH_SECONDS = 0.1  # how often memory is looked at while the solver works


class Solver:
    """An incremental SAT-based solver for Booleans and bit vectors."""

    def __init__(self, budget: Budget) -> None:
        import z3  # noqa: PLC0415  # heavy: only who asks Z3 pays for it

        self._z3 = z3
        self._budget = budget
        # a context of its own: what other runs left behind must not change how this one goes
        self._context = z3.Context()
        self._solver = z3.SolverFor("QF_FD", self._context)
        self._work_before = 0
        self._work_before = self.work

    @property
    def work(self) -> int:
        """What the solver has done so far, in its own units (``rlimit``): seconds, but the same on every machine."""
        statistics = self._solver.statistics()
        counted = "rlimit count" in statistics.keys()  # noqa: SIM118  # z3's statistics are no mapping
        return int(statistics.get_key_value("rlimit count")) - self._work_before if counted else 0

    def feed(self, text: str) -> None:
        """Adds declarations and assertions; names once declared stay known."""
        self._solver.from_string(text)

    def check(self, assumption: str) -> bool:
        """Whether everything fed and a Boolean constant can be true together.

        Raises:
            OutOfBudget: the solver was stopped by a limit or by Ctrl-C (``interrupted``).
        """
        self._budget.check()
        remaining = self._budget.remaining
        if remaining is not None:
            self._solver.set("timeout", max(1, int(remaining * 1000)))
        watch = _Watch(self._budget, self._context)
        with watch:
            answer = self._solver.check(self._z3.Bool(assumption, self._context))
        if watch.reason:
            raise OutOfBudget(watch.reason)
        if answer == self._z3.sat:
            return True
        if answer == self._z3.unsat:
            return False
        self._budget.check()
        why = self._solver.reason_unknown()
        if why == "timeout":
            raise OutOfBudget(self._budget.timeout)
        raise OutOfBudget("interrupted" if "interrupt" in why or "cancel" in why else f"z3: {why}")

    def model(self) -> dict[str, int]:
        """Values of the constants after a ``check`` that said yes; those that do not matter may be missing."""
        return {name: _number(value) for name, value in _VALUE.findall(self._solver.model().sexpr())}


def _number(text: str) -> int:
    if text in ("true", "false"):
        return int(text == "true")
    return int(text[2:], 2 if text.startswith("#b") else 16)


class _Watch:
    """Stops the solver when memory runs out while it works; ``reason`` then says so."""

    def __init__(self, budget: Budget, context: object) -> None:
        self.reason = ""
        self._budget = budget
        self._context = context
        self._done = Event()
        self._thread = Thread(target=self._look, daemon=True) if budget.limits.bytes is not None else None

    def __enter__(self) -> None:
        if self._thread is not None:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(WATCH_SECONDS):
            self.reason = self._budget.exceeded()
            if self.reason:
                self._context.interrupt()  # type: ignore[attr-defined]  # a z3.Context, not imported here
                return
