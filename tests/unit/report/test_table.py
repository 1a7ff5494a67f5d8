"""The table of verdicts: nothing bounded looks complete, nothing unexpected is hidden."""

from __future__ import annotations

from dataclasses import replace

from specgen.engines.verdict import Result
from specgen.report.style import Style
from specgen.report.table import block, closing, overview

PLAIN = Style(False)
HOLDS = Result(
    revision="r",
    kind="assert",
    name="a",
    verdict="holds",
    complete=True,
    depth=9,
    engines={"explicit": None, "z3": 20},
    expected="holds",
    as_expected=True,
    seconds=0.1,
    states=288,
)
BOUNDED = replace(
    HOLDS, complete=False, depth=12, engines={"z3": None}, states=None, as_expected=None, reason="depth"
)
VIOLATED = replace(
    HOLDS, verdict="violated", depth=15, engines={"explicit": None, "z3": None}, expected="violated in 15"
)
REACHED = replace(HOLDS, kind="cover", verdict="reached", depth=5, expected="reached")
UNKNOWN = replace(BOUNDED, verdict="unknown", reason="timeout 60 s")


def named(result, *names):
    return [replace(result, name=name) for name in names]


def rows(results, **options):
    return block("r", "A title", results, PLAIN, full=False, **options)[1:]


def test_alike_and_good_share_a_line():
    assert rows(named(HOLDS, "a", "b", "c")) == [
        "  3 properties            holds (all 288 states) [explicit; z3 to depth 20]"
    ]


def test_bounded_and_complete_never_share_a_line():
    assert rows([*named(HOLDS, "a", "b"), *named(BOUNDED, "c", "d")]) == [
        "  2 properties            holds (all 288 states) [explicit; z3 to depth 20]",
        "  2 properties            no violation to depth 12 [z3]",
    ]


def test_covers_show_how_far_they_are():
    covers = [
        replace(REACHED, name="x"),
        replace(REACHED, name="y", depth=21, engines={"explicit": None, "z3": 20}),
    ]
    assert rows(covers) == ["  2 covers                reached in 5 to 21 steps [explicit; z3 to depth 20]"]


def test_what_is_not_good_has_its_own_line_first():
    assert rows([*named(HOLDS, "a", "b"), *named(VIOLATED, "no_uaf.fallback")]) == [
        "  no_uaf.fallback         violated in 15 steps [explicit, z3]",
        "  2 properties            holds (all 288 states) [explicit; z3 to depth 20]",
    ]


def test_what_is_not_expected_says_what_was():
    wrong = replace(HOLDS, expected="violated in 15", as_expected=False)
    assert rows([wrong, *named(HOLDS, "b")]) == [
        "  a                       holds (all 288 states) [explicit; z3 to depth 20]",
        "                          expected: violated in 15",
        "  b                       holds (all 288 states) [explicit; z3 to depth 20]",
    ]


def test_masking_asserts_are_named():
    assert rows([replace(HOLDS, masked=("no_uaf.fallback",))])[-1] == "  paths end at: no_uaf.fallback"


def test_full_gives_every_property_its_line():
    lines = block("r", "", named(HOLDS, "a", "b"), PLAIN, full=True)
    assert [line.split()[0] for line in lines] == ["r", "a", "b"]


def test_long_names_push_the_verdict_down():
    lines = rows(named(VIOLATED, "a_property_with_a_rather_long_name"))
    assert lines == [
        "  a_property_with_a_rather_long_name",
        "                          violated in 15 steps [explicit, z3]",
    ]


def table():
    return {
        "one": [*named(VIOLATED, "a"), *named(HOLDS, "b", "c"), replace(REACHED, name="seen")],
        "two": [
            replace(VIOLATED, name="a", depth=7, as_expected=False),
            *named(BOUNDED, "b"),
            *named(HOLDS, "c"),
            replace(REACHED, name="seen", verdict="unreachable", as_expected=False),
        ],
        "three": [*named(UNKNOWN, "a"), replace(HOLDS, name="c", expected="violated", as_expected=False)],
    }


def test_overview():
    lines = overview(table(), PLAIN)
    assert [line.split() for line in lines[1:5]] == [
        ["a", "b", "c"],
        ["one", "15", ".", "."],
        ["two", "7!", ".", "x!"],
        ["three", "?", ".!", "-"],
    ]
    assert lines[6:8] == [
        "  a  a                                    c  seen",
        "  b  c",
    ]


def test_a_bound_shows_where_the_property_is_shown():
    results = table()
    results["one"][1] = replace(VIOLATED, name="b")
    row = next(line for line in overview(results, PLAIN) if line.startswith("two"))
    assert row.split() == ["two", "7!", "~", ".", "x!"]


def test_overview_needs_something_to_tell():
    good = {name: named(HOLDS, "a") for name in ("one", "two", "three")}
    assert overview(good, PLAIN) == []
    assert overview({"one": table()["one"]}, PLAIN) == []


def test_many_columns_are_folded():
    names = [f"p{i}" for i in range(60)]
    wide = {name: named(VIOLATED, *names) for name in ("one", "two", "three")}
    lines = overview(wide, PLAIN)
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("one") for line in lines) == 3


def test_closing_sentences():
    good = {"one": [*named(HOLDS, "a", "b"), *named(VIOLATED, "c")]}
    assert closing(good, 1.23, PLAIN) == [
        "1 revision, 3 verdicts, 1.2 s: all as expected, 1 of them known defects"
    ]
    assert closing({"one": [HOLDS]}, 0.0, PLAIN) == ["1 revision, 1 verdict, 0.0 s: all as expected"]
    assert closing({"one": [HOLDS, BOUNDED]}, 1.0, PLAIN) == [
        "1 revision, 2 verdicts, 1.0 s: 1 open: neither as expected nor against it (depth",
        "  12)",
    ]
    wrong = replace(VIOLATED, expected="holds", as_expected=False)
    assert closing({"one": [wrong, UNKNOWN]}, 1.0, PLAIN) == [
        "1 revision, 2 verdicts, 1.0 s: 1 not as expected",
        "  one a: violated in 15 steps, expected holds",
        "1 still open: neither as expected nor against it (timeout 60 s)",
    ]
