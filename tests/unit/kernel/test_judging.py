"""A log is believed by its frame, and whatever is missing makes a run worse."""

from __future__ import annotations

import random

import pytest

from specgen.kernel.boot import CUT, STOPPED, TIMED_OUT, Console, split
from specgen.kernel.judging import (
    BLIND,
    CRASHED,
    FAILED,
    HUNG,
    INCOMPLETE,
    PASSED,
    SKIPPED,
    STATUSES,
    frame_of,
    judge,
)
from tests.kernel.samples import BEGIN, END, NAMES, console, lines, text

GOOD = ("TAP version 13", "1..1", "#  RUN           a.b ...", "#            OK  a.b", "ok 1 a.b")


def run(*said, expected=("a.b",), asked="a.b", **how):
    return judge("demo", asked, expected, console(*said, **how))


@pytest.mark.parametrize(
    ("log", "status", "why"),
    [
        ("passes-6.12", PASSED, ""),
        ("fails-6.1", FAILED, "demo.one.fails: step 2: the third of 7 -- Expected self->x (1) == 3 (3)"),
        ("aborts-6.12", FAILED, "demo.one.aborts: Test terminated by assertion"),
        ("skips-6.1", SKIPPED, "no such thing as this"),
        ("skips-6.12", SKIPPED, "no such thing as this"),
        ("use-after-free-6.1", CRASHED, "KASAN: use-after-free in version_proc_show"),
        ("use-after-free-in-work-6.12", CRASHED, "KASAN: slab-use-after-free in seed_touch"),
        ("null-in-work-6.1", CRASHED, "Segfault with no mm in seed_null"),
        ("panic-6.12", CRASHED, "seed says so"),
        ("bug-6.1", CRASHED, "failure at fs/proc/version.c:35/seed_seed()"),
        ("warning-6.12", FAILED, "seed: a message of 5 words (at fs/proc/version.c:34 version_proc_show)"),
        ("timeout-6.12", HUNG, "global.hangs: Test terminated by timeout"),
        (
            "unkillable-6.1",
            HUNG,
            "there are tasks that cannot be killed: 18 (seed-dead) D in version_proc_show",
        ),
    ],
)
def test_logs(log, status, why):
    judged = judge("demo", "", (), Console(lines(log)))
    assert (judged.status, judged.why) == (status, why)


def test_the_frame_is_read():
    frame = frame_of(lines("unkillable-6.1"))
    assert (frame.kasan, frame.release, frame.cpus, frame.program) == ("yes", "6.1.192", 1, "/tests/demo")
    assert frame.end == (1, 0) and not frame.blind
    assert [task.kind for task in frame.tasks] == ["left", "unkillable"]
    assert frame.tasks[1].stack[-1] == "fork_handler"


def test_all_is_well():
    judged = run(BEGIN, *GOOD, END)
    assert (judged.status, judged.why, judged.finished) == (PASSED, "", {"a.b"})


@pytest.mark.parametrize(
    ("begin", "why"),
    [
        (BEGIN.replace("kasan=yes", "kasan=no"), "the kernel has no KASAN"),
        (BEGIN.replace("kasan=yes", "kasan=unknown"), "whether the kernel has KASAN cannot be seen"),
        (BEGIN.replace("kasan=yes", "kasan=perhaps"), "the kernel does not say whether it has KASAN"),
        (
            BEGIN.replace("rcu=yes", "rcu=no"),
            "KASAN does not see what RCU frees, as the kernel is built without SLUB_RCU_DEBUG",
        ),
        (
            BEGIN.replace("rcu=yes", "rcu=no").replace("6.12.117", "next"),
            "KASAN does not see what RCU frees, as the kernel is built without SLUB_RCU_DEBUG",
        ),
    ],
)
def test_a_blind_kernel_is_no_pass(begin, why):
    judged = run(begin, *GOOD, END)
    assert (judged.status, judged.why) == (BLIND, why)
    assert not judged.finished


def test_kernels_before_6_12_need_nothing_for_rcu():
    assert run(BEGIN.replace("rcu=yes", "rcu=no").replace("6.12.117", "6.1.192"), *GOOD, END).status == PASSED


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ((*GOOD, END), INCOMPLETE, "the kernel did not come up; the last lines are: "),
        ((BEGIN, *GOOD), INCOMPLETE, "the machine ended without a word; the last lines are: "),
        ((BEGIN, END), FAILED, "the program ended and gave no result of a.b"),
        ((BEGIN, "ok 1 a.b", END), INCOMPLETE, "the program did not say how many tests it has"),
        ((BEGIN, *GOOD[:-1], END), FAILED, "the program ended and gave no result of a.b"),
        ((BEGIN, "1..2", *GOOD[2:], END), INCOMPLETE, "the program planned 2 results and gave 1"),
        ((BEGIN, *GOOD, "ok 2 a.b", END), INCOMPLETE, "the program planned 1 results and gave 2"),
        ((BEGIN, "1..2", *GOOD[2:], "ok 2 a.b", END), INCOMPLETE, "two results have one name"),
        ((BEGIN, *GOOD, END.replace("exit=0", "exit=1")), FAILED, "the program ended with 1, though no test failed"),
        ((BEGIN, *GOOD, END.replace("signal=0", "signal=11")), FAILED, "the program was ended by signal 11"),
        ((BEGIN, END.replace("exit=0", "exit=127")), FAILED, "the program ended with 127 and no result"),
        ((BEGIN, *GOOD, "Bail out! no disk", END), FAILED, "the program gave up: no disk"),
        ((BEGIN, "1..1", "ok 1 c.d", END), FAILED, "the program ended and gave no result of a.b"),
        ((END, BEGIN, *GOOD), INCOMPLETE, "the machine ended without a word"),
        ((BEGIN, END, *GOOD), INCOMPLETE, "the log is not in order"),
        ((BEGIN, "1..0 # SKIP no driver", END.replace("exit=0", "exit=4")), SKIPPED, "no driver"),
        ((BEGIN, "specgen-init: timeout after 300 s", *GOOD, END), HUNG, "the program had not ended after 300 s of"),
        ((BEGIN, *GOOD, END, "BUG: KASAN: use-after-free in f+0x1/0x2"), CRASHED, "KASAN: use-after-free in f"),
        (
            (BEGIN.replace("yes", "no"), *GOOD, "BUG: KASAN: use-after-free in f+0x1/0x2", END),
            CRASHED,
            "KASAN: use-after-free in f",
        ),
    ],
)
def test_what_goes_wrong(said, status, why):
    judged = run(*said)
    assert (judged.status, judged.why[: len(why)]) == (status, why)


@pytest.mark.parametrize(
    ("said", "ended", "status", "where"),
    [
        ((), TIMED_OUT, HUNG, "before the kernel had come up"),
        ((BEGIN,), TIMED_OUT, HUNG, "before a test began"),
        ((BEGIN, *GOOD[:3]), TIMED_OUT, HUNG, "while a.b ran"),
        ((BEGIN, *GOOD, END), TIMED_OUT, HUNG, "while it was switched off"),
        ((BEGIN, *GOOD), CUT, INCOMPLETE, "a bound"),
        ((BEGIN, *GOOD, END), CUT, INCOMPLETE, "a bound"),
        ((BEGIN, *GOOD, END), STOPPED, INCOMPLETE, "a bound"),
    ],
)
def test_bounds(said, ended, status, where):
    judged = run(*said, ended=ended, why="a bound")
    assert judged.status == status
    assert judged.why.startswith("a bound") and judged.why.endswith(where)


def test_several_tests_where_one_does_not_end():
    said = (
        *(BEGIN, "1..3"),
        *("#  RUN           a.b ...", "ok 1 a.b"),
        *("#  RUN           a.c ...", "BUG: KASAN: use-after-free in f+0x1/0x2"),
    )
    judged = run(*said, asked="", expected=("a.b", "a.c", "a.d"))
    assert judged.status == CRASHED and judged.finished == {"a.b"}


MUTANTS = 2000
NOISE = ["\x00", "\x1b[31m", "ok 1 x", "BUG: ", "specgen-init: ", "1..9", "#", "é", "\r", " " * 300, "not ok 1"]


def mutated(random, text):
    """One to four changes: cut, lost, doubled, swapped, joined or changed lines, characters and noise."""
    said = text.split("\n")
    for _ in range(random.randint(1, 4)):
        at, to = random.randrange(len(said)), random.randrange(len(said))
        match random.randrange(9):
            case 0:
                said = "\n".join(said)[: random.randrange(1, 3000)].split("\n")
            case 1:
                del said[at]
            case 2:
                said.insert(to, said[at])
            case 3:
                said[at], said[to] = said[to], said[at]
            case 4:
                said[at : at + 2] = ["".join(said[at : at + 2])]
            case 5:
                line = said[at]
                cut = random.randrange(len(line) + 1)
                said[at] = line[:cut] + random.choice(NOISE) + line[cut + random.randrange(3) :]
            case 6:
                said.insert(at, random.choice(NOISE))
            case 7:
                said = said[at:]
            case 8:
                said[at:at] = random.choice(SAMPLES).split("\n")[: random.randrange(60)]
        said = said or [""]
    return "\n".join(said)


SAMPLES = [text(name) for name in NAMES]


def test_no_mutated_log_is_more_than_it_says():
    """Nothing breaks, and nothing passes without its frame, with a report, or on a blind kernel."""
    source = random.Random(20220824)
    statuses = dict.fromkeys(STATUSES, 0)
    for number in range(MUTANTS):
        sample = source.choice(SAMPLES) if number % 3 else text("passes-6.12")
        log = mutated(source, sample)
        expected = ("demo.one.passes",) if source.random() < 0.5 else ()
        judged = judge("demo", "", expected, Console(split(log), code=source.choice((0, 134))))
        statuses[judged.status] += 1
        assert judged.status in STATUSES and (judged.why or judged.status in (PASSED, SKIPPED))
        if judged.status in (PASSED, SKIPPED):
            said = split(log)
            assert any("begin kasan=yes" in line for line in said)
            assert any(line.startswith("specgen-init: end exit=") for line in said)
            assert not any(line.startswith("not ok") for line in said)
            assert not any("BUG: KASAN: " in line and line[:1] != "#" for line in said)
            assert not any(line.startswith("Kernel panic - not syncing: ") for line in said)
            assert not judged.frame.blind
    assert statuses[PASSED] > 50 and statuses[CRASHED] > 200 and statuses[INCOMPLETE] > 100


@pytest.mark.parametrize("log", ["passes-6.12", "skips-6.1", "skips-6.12"])
def test_no_part_of_a_good_log_is_good(log):
    whole = text(log)
    end = whole.index("specgen-init: end") + len(END)
    for length in range(end):
        assert judge("demo", "", (), Console(split(whole[:length]))).status not in (PASSED, SKIPPED), length
    assert judge("demo", "", (), Console(split(whole[:end]))).status in (PASSED, SKIPPED)


@pytest.mark.parametrize("log", NAMES)
def test_no_log_of_a_blind_kernel_is_good(log):
    blind = text(log).replace("kasan=yes", "kasan=no")
    assert judge("demo", "", (), Console(split(blind))).status in (BLIND, CRASHED)
