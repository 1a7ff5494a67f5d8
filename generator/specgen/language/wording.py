"""Words and lines for people: eighty columns, counts with their nouns, places in the margin."""

from __future__ import annotations

import unicodedata

from specgen.language.source import Span

WIDTH = 80


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


def percent(count: int, whole: int) -> str:
    """To one place, cut off and not rounded: 99.9 % is not all."""
    if not whole:
        return ""
    tenths = count * 1000 // whole
    return f"{tenths // 10}.{tenths % 10} %" if count != whole else "100 %"
