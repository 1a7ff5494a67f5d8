"""What the lines of a generated test do: each is a step, a refusal or an ending, checked on the system under test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn, Protocol

from specgen.testgen.harness.attach import Driver
from specgen.testgen.harness.errors import Incomplete, Mismatch, Refused, Unknown
from specgen.testgen.harness.names import Value, call, shown

Seen = Mapping[str, Value]

MOST_STEPS = 40  # of those so far that a report shows


class Places(Protocol):
    """Where things stand in the spec, and other remarks; asked only for a report."""

    def action(self, name: str) -> str:
        """``file:line``, or an empty string."""

    def guard(self, action: str, name: str) -> str:
        """``file:line``, or an empty string."""

    def cites(self, action: str) -> str:
        """The steps of a source that an action is, as in ``mail 5``, or an empty string."""

    def remarks(self) -> list[tuple[str, str]]:
        """More lines for a report, each with the word in front of it."""


class Story:
    """A test under way.

    Args:
        make: a fresh system under test.
        places: for reports.
    """

    def __init__(self, make: Callable[[], Driver], places: Places) -> None:
        self._make = make
        self._places = places
        self._driver: Driver | None = None
        self._seen: dict[str, Value] = {}
        self._done: list[tuple[str, str]] = []  # each action with the line that a report has for it

    def start(self, seen: Seen) -> None:
        """The system is new and looks like this."""
        __tracebackhide__ = True
        self._driver = self._make()
        self._driver.start(seen)
        self._seen, self._done = {}, []
        self._compare("the initial state", "", seen)

    def step(
        self, action: str, /, *, then: Seen | None = None, warns: Sequence[str] = (), **given: Value
    ) -> None:
        """The action happens, and changes what is seen as told in ``then``; checks named in ``warns`` fail."""
        __tracebackhide__ = True
        what = self._next(action, given)
        self._happens(what, action, given, warns)
        self._compare(what, action, then or {})
        reported = self._driven().warnings()
        if reported is not None and set(reported) != set(warns):
            rows = [("expected", ", ".join(warns) or "nothing"), ("observed", ", ".join(sorted(reported)) or "nothing")]
            self._fail(f"{what} warns of other things than the spec says", action, rows)

    def refuses(self, action: str, /, *, by: str | Sequence[str], **given: Value) -> None:
        """The action does not happen now; nothing changes. ``by`` names the guards that do not hold."""
        __tracebackhide__ = True
        what, guards = f"{call(action, given)} after {self._where()}", (by,) if isinstance(by, str) else tuple(by)
        rows = [("guard", f"{g}  {self._guard(action, g)}".rstrip()) for g in guards]
        error = self._attempt(action, given)
        if error is None:
            self._fail(f"{what} must be refused, and happens", action, rows)
        if not isinstance(error, Refused):
            self._fail(f"{what} must be refused, and fails: {_said(error)}", action, rows, error)
        if error.guards and set(error.guards) != set(guards):
            observed = ("observed", f"refused by {', '.join(error.guards)}")
            self._fail(f"{what} is refused by other guards than the spec says", action, [*rows, observed], error)
        self._compare(f"{what} is refused, but", action, {})

    def violates(self, name: str, action: str, /, *, also: Sequence[str] = (), **given: Value) -> None:
        """The action fails the assert ``name``, or happens and fails the check ``name``.

        Asserts that ``also`` fail may be what the system tells: it stops at one of them.
        """
        __tracebackhide__ = True
        what = self._next(action, given)
        error = self._attempt(action, given)
        driver = self._driven()
        if error is None:
            warned = driver.warnings()
            if warned is not None and name in warned:
                return
            told = "it does not tell warnings()" if warned is None else "warnings() does not tell it"
            self._fail(f"{what} must violate {name}, and happens", action, [("observed", f"no error; {told}")])
        if isinstance(error, Refused):
            self._fail(f"{what} must violate {name}, and is refused: {_said(error)}", action, [], error)
        if isinstance(error, (NotImplementedError, Unknown)) or not any(
            driver.recognises(error, failed) for failed in (name, *also)
        ):
            self._fail(f"{what} must violate {name}, and fails otherwise: {_said(error)}", action, [], error)

    def breaks(self, name: str, /) -> None:
        """The invariant or always_possible ``name`` does not hold now."""
        __tracebackhide__ = True
        try:
            holds = self._driven().holds(name)
        except Unknown as error:
            self._fail(f"{name} cannot be judged: {error}", "", [], error)
        if holds:
            self._fail(f"{name} must be violated after {self._where()}, and holds", "", [])

    def prevents(self, name: str, /, *, by: str, steps: Sequence[tuple[str, Mapping[str, Value]]]) -> None:
        """The guard ``by`` refuses the first of some steps; without it they would lead to a violation of ``name``."""
        __tracebackhide__ = True
        action, given = steps[0]
        what = f"{call(action, given)} after {self._where()}"
        error = self._attempt(action, given)
        if isinstance(error, Refused):
            if error.guards and set(error.guards) != {by}:
                rows = [("expected", by), ("observed", ", ".join(error.guards))]
                self._fail(f"{what} is refused by other guards than the spec says", action, rows, error)
            self._compare(f"{what} is refused, but", action, {})
            return
        rows = [("guard", f"{by}  {self._guard(action, by)}".rstrip()), ("against", name)]
        self._done.append((action, call(action, given)))
        for following, arguments in steps[1:] if error is None else ():
            error = self._attempt(following, arguments)
            self._done.append((following, call(following, arguments)))
            if error is not None:
                break
        end = f"; then {self._done[-1][1]} fails: {_said(error)}" if error is not None else ""
        self._fail(f"{what} must be refused, and happens{end}", action, rows, error)

    def stuck(self) -> None:
        """No action happens now."""
        __tracebackhide__ = True
        for action, given in self._driven().everything():
            error = self._attempt(action, given)
            what = f"{call(action, dict(given))} after {self._where()}"
            if error is None:
                self._fail(f"nothing must happen any more, but {what} does", action, [])
            if not isinstance(error, Refused):
                self._fail(f"{what} must be refused, and fails: {_said(error)}", action, [], error)
            self._compare(f"{what} is refused, but", action, {})

    # ------------------------------------------------------------ how

    def _driven(self) -> Driver:
        if self._driver is None:
            raise TypeError("a test begins with system.start(...)")
        return self._driver

    def _next(self, action: str, given: dict[str, Value]) -> str:
        self._done.append((action, call(action, given)))
        return f"step {len(self._done)}, {self._done[-1][1]},"

    def _where(self) -> str:
        return f"step {len(self._done)}" if self._done else "the start"

    def _attempt(self, action: str, given: Mapping[str, Value]) -> Exception | None:
        __tracebackhide__ = True
        driver = self._driven()
        try:
            driver.act(action, given)
        except Incomplete:
            raise
        except Exception as error:  # noqa: BLE001  # what it means is for the caller to say
            return error
        return None

    def _happens(self, what: str, action: str, given: Mapping[str, Value], warns: Sequence[str]) -> None:
        __tracebackhide__ = True
        error = self._attempt(action, given)
        if isinstance(error, Refused):
            rows = [("guard", f"{g}  {self._guard(action, g)}".rstrip()) for g in error.guards]
            self._fail(f"{what} must happen, and is refused: {_said(error)}", action, rows, error)
        if error is not None:
            rows = [("warns", f"{name}  a check: the step happens all the same, warnings() tells it") for name in warns]
            self._fail(f"{what} must happen, and fails: {_said(error)}", action, rows, error)

    def _compare(self, what: str, action: str, then: Seen) -> None:
        """Everything looks as before but for ``then``."""
        __tracebackhide__ = True
        observed = self._driven().observe()
        expected = {**self._seen, **then}
        rows = []
        for name, value in expected.items():
            if name not in observed:
                rows.append((name, f"expected {shown(value)}, but observe() does not tell it"))
            elif not _same(observed[name], value):
                before = "" if name in then else " as before"
                rows.append((name, f"expected {shown(value)}{before}, observed {_repr(observed[name])}"))
        if rows:
            verb = "looks otherwise than the spec says" if not what.endswith("but") else "something changes"
            self._fail(f"{what} {verb}".replace(", looks", " looks"), action, rows)
        self._seen = expected

    def _line(self, number: int) -> str:
        """A step of those so far, with what it cites."""
        action, text = self._done[number]
        cites = self._places.cites(action)
        return f"  {number + 1:>3}  {text}" + (f"  ({cites})" if cites else "")

    def _guard(self, action: str, guard: str) -> str:
        return self._places.guard(action, guard)

    def _fail(
        self, head: str, action: str, rows: list[tuple[str, str]], error: Exception | None = None
    ) -> NoReturn:
        __tracebackhide__ = True
        place = self._places.action(action) if action else ""
        told = [*rows, *([("spec", place)] if place else []), *self._places.remarks()]
        width = max((len(word) for word, _ in told), default=0)
        lines = [head, *(f"  {word:{width}}  {text}" for word, text in told), "so far:"]
        first = max(0, len(self._done) - MOST_STEPS)
        lines += [f"  ... {first} more"] if first else []
        lines += [self._line(k) for k in range(first, len(self._done))] or ["  nothing"]
        # where an error of the harness itself was raised is nobody's business
        raise Mismatch("\n".join(lines)) from (None if error is None or _internal(error) else error)


def _same(observed: object, expected: Value) -> bool:
    """Equal, and ``True`` is not 1."""
    return observed == expected and isinstance(observed, bool) == isinstance(expected, bool)


def _repr(value: object) -> str:
    return shown(value) if value is None or isinstance(value, (bool, int, str)) else repr(value)


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, (Refused, Unknown)):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _internal(error: Exception) -> bool:
    """Whether an error was raised in this package, and not by the system under test."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place is not None and str(place.tb_frame.f_globals.get("__name__", "")).startswith(f"{__package__}.")
