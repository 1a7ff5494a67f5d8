"""How text for people looks: eighty columns, colour only where it is wanted."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from specgen.language.source import Span

WIDTH = 80

_SGR = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class Style:
    """Colours text, or leaves it alone."""

    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str]) -> Style:
        """Colour on a terminal. NO_COLOR (not empty) forbids it, else FORCE_COLOR (not empty) asks for it."""
        if environ.get("NO_COLOR"):
            return cls(False)
        if environ.get("FORCE_COLOR"):
            return cls(True)
        return cls(stream.isatty() and environ.get("TERM", "dumb") != "dumb")

    def paint(self, text: str, *names: str) -> str:
        """``text`` in the colours named (bold, dim, red, green, yellow, cyan)."""
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(_SGR[name] for name in names)}m{text}\x1b[0m"


def clean(text: str) -> str:
    """Without what could move the cursor or hide text: control and format characters become ``\\ufffd``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c in "\t\u00a0\u3000" else "\ufffd" for c in text)


def columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes (without colour)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def wrap(text: str, first: str, rest: str, width: int = WIDTH) -> list[str]:
    """``text`` in lines of at most ``width`` columns, broken at spaces; longer words stand alone."""
    lines: list[str] = []
    line, empty = first, True
    for word in clean(" ".join(text.split())).split(" "):
        if not empty and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line, empty = rest, True
        line += word if empty else " " + word
        empty = False
    return [*lines, line]


def spread(left: str, right: str, width: int = WIDTH) -> list[str]:
    """``right`` at the right margin of ``left``'s line; on the next line where both do not fit."""
    if not right:
        return [left]
    room = width - columns(right)
    if columns(left) + 2 <= room:
        return [left + " " * (room - columns(left)) + right]
    return [left, " " * max(0, room) + right]


def number(value: int) -> str:
    """A count with thousands separated."""
    return f"{value:,}"


def plural(count: int, noun: str) -> str:
    """``1 verdict``, ``2 verdicts``."""
    many = noun[:-1] + "ies" if noun.endswith(("ty", "cy", "ry")) else noun + "s"
    return f"{count:,} {noun if count == 1 else many}"


def place(span: Span) -> str:
    """``file:line``, short enough for the margin."""
    path = span.source.path
    if len(path) > 30:
        path = ".../" + path.rsplit("/", 1)[-1]
    return clean(f"{path}:{span.line}")
