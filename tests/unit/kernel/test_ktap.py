"""Results are read as harnesses of several kernels, and people, write them."""

from __future__ import annotations

import pytest

from specgen.kernel.ktap import FAILED, HUNG, PASSED, SKIPPED, listed, message_of, parse
from tests.kernel.samples import lines


def read(text):
    return parse(text.strip("\n").split("\n"))


@pytest.mark.parametrize(
    ("log", "name", "status", "message"),
    [
        ("passes-6.12", "demo.one.passes", PASSED, ""),
        ("fails-6.1", "demo.one.fails", FAILED, "step 2: the third of 7 -- Expected self->x (1) == 3 (3)"),
        ("fails-6.12", "demo.one.fails", FAILED, "step 2: the third of 7 -- Expected self->x (1) == 3 (3)"),
        ("skips-6.1", "demo.one.skips", SKIPPED, "no such thing as this"),
        ("skips-6.12", "demo.one.skips", SKIPPED, "no such thing as this"),
        ("aborts-6.12", "demo.one.aborts", FAILED, "Test terminated by assertion"),
        ("timeout-6.12", "global.hangs", HUNG, "Test terminated by timeout"),
    ],
)
def test_harnesses(log, name, status, message):
    said = parse(lines(log))
    assert said.whole
    assert [(test.name, test.status, test.message) for test in said.tests] == [(name, status, message)]
    assert said.begun[0][0] == name


def test_notes_are_kept():
    test = parse(lines("fails-6.12")).tests[0]
    assert test.notes[1] == "# demo.c:25:fails:step 2: the third of 7"


def test_a_test_without_a_result_is_told():
    said = parse(lines("use-after-free-6.1"))
    assert said.planned == 1 and not said.found and not said.whole
    assert said.running == "global.uaf"


def test_what_a_test_said_before_the_end_is_its_message():
    said = read("1..1\n#  RUN           a.b ...\n# x.c:3:b:step 4: nothing came\n")
    assert message_of(said.running_notes) == "step 4: nothing came"


def test_the_first_failure_counts():
    said = read(
        """
1..1
#  RUN           a.b ...
# x.c:3:b:by the way
# x.c:7:b:Expected 1 (1) == 2 (2)
# x.c:9:b:Expected 3 (3) == 4 (4)
# x.c:9:b:of the second
not ok 1 a.b
"""
    )
    assert said.tests[0].message == "Expected 1 (1) == 2 (2)"


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("ok 1 a", PASSED, ""),
        ("ok 1 - a", PASSED, ""),
        ("not ok 1 a", FAILED, ""),
        ("ok 1 a # SKIP no disk", SKIPPED, "no disk"),
        ("ok 1 a # skip: no disk", SKIPPED, "no disk"),
        ("not ok 1 a # TIMEOUT 45 seconds", HUNG, "45 seconds"),
        ("not ok 1 a # TODO later", PASSED, "expected to fail: later"),
        ("ok 1 a # XFAIL", PASSED, "expected to fail"),
        ("ok 1 a # XPASS", FAILED, "passes, and was expected to fail"),
        ("not ok 1 a # error none", FAILED, "none"),
    ],
)
def test_directives(line, status, message):
    said = read(f"TAP version 13\n1..1\n{line}")
    assert said.whole
    assert [(test.name, test.status, test.message) for test in said.tests] == [("a", status, message)]


@pytest.mark.parametrize(
    "text",
    [
        "ok 1 a",  # no plan
        "1..2\nok 1 a",
        "1..1\nok 1 a\nok 2 b",
        "1..1\nok 1 a\nBail out! no more",
        "1..1\n1..2\nok 1 a\nok 2 b",
        "1..1\nok 1 a\n#  RUN           b ...",
        "1..1\n    ok 1 below\n",
        "1..1\nok one a",
        "1..1\nxok 1 a",
        "1..1\n# ok 1 a",
    ],
)
def test_what_is_not_whole(text):
    assert not read(text).whole


def test_a_program_that_is_skipped():
    said = read("TAP version 13\n1..0 # SKIP no /dev/ublk-control\n")
    assert said.skipped == "no /dev/ublk-control"
    assert said.whole


def test_subtests_have_the_names_above_them():
    said = read(
        """
KTAP version 1
1..2
    KTAP version 1
    # Subtest: lists
    1..2
        1..1
        ok 1 deep
    ok 1 empty
    not ok 2 full
not ok 1 lists
ok 2 alone
"""
    )
    assert said.whole and said.found == 2
    assert [(test.name, test.status) for test in said.tests] == [
        ("lists/empty/deep", PASSED),
        ("lists/full", FAILED),
        ("alone", PASSED),
    ]


def test_a_parent_that_fails_over_good_subtests_fails():
    said = read("1..1\n    1..1\n    ok 1 a\nnot ok 1 b\n")
    assert [(test.name, test.status) for test in said.tests] == [("b/a", PASSED), ("b", FAILED)]


def test_lines_of_the_kernel_in_between_do_no_harm():
    said = read("1..1\n#  RUN           a.b ...\nrandom: crng init done\n#            OK  a.b\nublk: hello\nok 1 a.b\n")
    assert said.whole and said.tests[0].status == PASSED


HEAD = "# FIXTURE            VARIANT                   TEST"


def row(fixture, variant, test):
    return f"{fixture:20} {variant:25} {test}"


def test_a_list_with_a_row_for_each_test():
    rows = [row("demo", "one", "a"), row("demo", "one", "b"), row("demo", "two", "a"), row("global", "", "alone")]
    assert listed([HEAD, *rows]) == ["demo.one.a", "demo.one.b", "demo.two.a", "global.alone"]


def test_a_list_with_variants_and_tests_beside_one_another():
    rows = [
        row("global", "", "alone"),
        row("", "", "other"),
        "-" * 80,
        row("demo", "one", "a"),
        row("", "a_name_that_is_longer_than_its_column", "b"),
        row("", "", "c"),
        "-" * 80,
        row("a_fixture_of_a_long_name", "one", "x"),
        row("", "two", ""),
    ]
    found = listed(["boot", HEAD, *rows, "specgen-init: end exit=4 signal=0"])
    long = "demo.a_name_that_is_longer_than_its_column"
    assert found == [
        *("global.alone", "global.other"),
        *("demo.one.a", "demo.one.b", "demo.one.c", f"{long}.a", f"{long}.b", f"{long}.c"),
        *("a_fixture_of_a_long_name.one.x", "a_fixture_of_a_long_name.two.x"),
    ]


def test_what_is_no_list():
    assert listed(lines("passes-6.12")) is None
    assert listed([HEAD]) == []
