"""Where a piece of a spec stands in a file, and what went wrong there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Source(NamedTuple):
    """One file of a spec.

    Args:
        path: the name shown to people, as the user typed it or relative to the including file.
        text: the whole text, decoded, line ends as ``\\n``.
    """

    path: str
    text: str

    def line(self, number: int) -> str:
        """The text of line ``number`` (from 1), without its line end; empty past the end."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""


class Span(NamedTuple):
    """A stretch of one source: lines and columns count from 1, the end is exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.source.path}:{self.line}:{self.column}"


class Note(NamedTuple):
    """A second place that explains a diagnostic."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong with an input.

    Args:
        code: ``SG###``, stable; ``specgen explain`` has the long text.
        message: one sentence, no full stop.
        span: where; None only for what has no place (an unreadable file).
        help: what to do about it, one sentence, or None.
        notes: other places that matter.
        severity: ``error`` or ``warning``.
    """

    code: str
    message: str
    span: Span | None
    help: str | None = None
    notes: tuple[Note, ...] = ()
    severity: str = "error"


@dataclass(slots=True)
class Diagnostics:
    """Collects diagnostics so that all of them can be shown at once; the same one counts once."""

    items: list[Diagnostic] = field(default_factory=list)
    limit: int = 100  # errors; more help nobody
    _seen: set[tuple[str, str, object]] = field(default_factory=set)
    _errors: int = 0

    def add(
        self,
        code: str,
        message: str,
        span: Span | None,
        *,
        help: str | None = None,
        notes: tuple[Note, ...] = (),
        severity: str = "error",
    ) -> None:
        """Adds one.

        Raises:
            SpecError: with all of them, when there are more errors than ``limit``.
        """
        place = span and (span.source.path, span.line, span.column)
        key = (code, message, place)
        if key not in self._seen:
            self._seen.add(key)
            self.items.append(Diagnostic(code, message, span, help, notes, severity))
            if severity == "error":
                self._errors += 1
                if self._errors > self.limit:
                    more = "fix these first"
                    last = Diagnostic("SG100", f"more than {self.limit} errors; the rest is not shown", None, more)
                    raise SpecError((*self.items, last))

    @property
    def failed(self) -> bool:
        """Whether any of them is an error."""
        return any(d.severity == "error" for d in self.items)


class SpecError(Exception):
    """An input is wrong; carries every diagnostic found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(f"{d.span}: {d.code} {d.message}" for d in diagnostics))
        self.diagnostics = diagnostics
