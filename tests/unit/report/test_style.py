"""Columns, colour, and what may not reach a terminal."""

from __future__ import annotations

import io

import pytest

from specgen.language.wording import WIDTH, clean, columns, plural, spread, wrap
from specgen.report.style import Style


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "colour"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {}, False),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (io.StringIO(), {"TERM": "xterm"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_where_colour_is_wanted(stream, environ, colour):
    assert Style.of(stream, environ).colour is colour


def test_paint():
    assert Style(True).paint("x", "bold", "red") == "\x1b[1;31mx\x1b[0m"
    assert Style(True).paint("", "red") == ""
    assert Style(False).paint("x", "red") == "x"


def test_what_could_move_the_cursor_is_replaced():
    assert clean("a\x1b[2Jb\rc\u202ed") == "a\ufffd[2Jb\ufffdc\ufffdd"
    assert clean("a\tb") == "a b"
    assert clean("übung") == "übung"


def test_columns_of_wide_and_combining_characters():
    assert columns("abc") == 3
    assert columns("終了") == 4
    assert columns("e\u0301") == 1


def test_wrap_breaks_at_spaces_and_keeps_long_words():
    lines = wrap("one two three " + "x" * 90 + " four", "- ", "  ", width=20)
    assert lines == ["- one two three", "  " + "x" * 90, "  four"]


def test_wrap_of_nothing():
    assert wrap("", "  ", "  ") == ["  "]


def test_spread():
    (line,) = spread("left", "right")
    assert (len(line), line.split()) == (WIDTH, ["left", "right"])
    assert spread("x" * 70, "y" * 20) == ["x" * 70, " " * 60 + "y" * 20]
    assert spread("left", "") == ["left"]


def test_plural():
    assert [plural(n, "step") for n in (0, 1, 1234)] == ["0 steps", "1 step", "1,234 steps"]
    assert [plural(n, "property") for n in (1, 2)] == ["1 property", "2 properties"]
