"""Colour, only where it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

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
