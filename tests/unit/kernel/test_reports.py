"""What kernels say of themselves is read, whole or cut."""

from __future__ import annotations

import pytest

from specgen.kernel.reports import findings, unstamped
from tests.kernel.samples import NAMES, lines


def one(log):
    found = findings(lines(log))
    assert len(found) == 1, found
    return found[0]


def of(text):
    return findings(text.strip("\n").split("\n"))


def test_a_use_after_free():
    finding = one("use-after-free-6.1")
    assert finding.kind == "kasan" and finding.fatal
    assert finding.headline == "KASAN: use-after-free in version_proc_show"
    assert (finding.function, finding.access, finding.process) == ("version_proc_show", "Read of size 1", "seed-uaf")
    assert (finding.allocated_by, finding.freed_by) == ("task 18", "task 15")
    assert finding.cache == "kmalloc-128 of size 128"
    stacks = dict(finding.stacks)
    assert stacks["access"][:2] == ("version_proc_show", "seq_read_iter")
    assert "version_proc_show" in stacks["allocated"][:3]
    assert "seed_free" in stacks["freed"][:4]


def test_a_use_after_free_by_a_worker():
    finding = one("use-after-free-in-work-6.12")
    assert finding.headline == "KASAN: slab-use-after-free in seed_touch"
    assert finding.process == "kworker/0:1"
    assert dict(finding.stacks)["access"][:2] == ("seed_touch", "process_one_work")


@pytest.mark.parametrize(
    ("log", "kind", "headline", "function", "process"),
    [
        ("double-free-6.12", "kasan", "KASAN: double-free in version_proc_show", "version_proc_show", "seed-dfree"),
        ("out-of-bounds-6.12", "kasan", "KASAN: slab-out-of-bounds in version_proc_show", "version_proc_show", "seed-oob"),
        ("bug-6.1", "bug", "failure at fs/proc/version.c:35/seed_seed()", "seed_seed", ""),
        ("null-in-work-6.1", "oops", "Segfault with no mm in seed_null", "seed_null", "kworker/0:1"),
        ("null-6.12", "oops", "Kernel mode fault at addr ADDRESS in version_proc_show", "version_proc_show", "seed-null"),
        ("panic-6.12", "panic", "seed says so", "", ""),
        (
            "warning-6.12",
            "warning",
            "seed: a message of 5 words (at fs/proc/version.c:34 version_proc_show)",
            "version_proc_show",
            "seed-warnmsg",
        ),
    ],
)
def test_other_reports(log, kind, headline, function, process):
    finding = one(log)
    assert (finding.kind, finding.headline, finding.function, finding.process) == (kind, headline, function, process)


@pytest.mark.parametrize("log", ["passes-6.12", "fails-6.1", "skips-6.1", "timeout-6.12", "unkillable-6.1"])
def test_nothing_to_report(log):
    assert findings(lines(log)) == ()


# As x86 has them.
PC = [
    (
        """
[    5.1] BUG: kernel NULL pointer dereference, address: 0000000000000010
[    5.1] #PF: supervisor read access in kernel mode
[    5.1] Oops: 0000 [#1] PREEMPT SMP KASAN
[    5.1] CPU: 1 PID: 88 Comm: server Not tainted 6.12.117 #1
[    5.1] RIP: 0010:start_it+0x12/0x80
[    5.1] Call Trace:
[    5.1]  <TASK>
[    5.1]  ? show_regs+0x1/0x2
[    5.1]  start_all+0x20/0x90
[    5.1] ---[ end trace 0000000000000000 ]---
[    5.2] Kernel panic - not syncing: Fatal exception
""",
        "oops",
        "kernel NULL pointer dereference, address: ADDRESS in start_it",
        "server",
    ),
    (
        """
[    9.0][    T7] general protection fault, probably for non-canonical address 0xdffffc0000000001: 0000 [#1]
[    9.0][    T7] KASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]
[    9.0][    T7] CPU: 0 PID: 7 Comm: kworker/0:0 Not tainted 6.1.192 #1
[    9.0][    T7] RIP: 0010:touch+0x12/0x80
""",
        "oops",
        "general protection fault, probably for non-canonical address ADDRESS: 0000 [#1] in touch",
        "kworker/0:0",
    ),
    (
        """
[    3.0] ------------[ cut here ]------------
[    3.0] kernel BUG at block/blk-mq.c:77!
[    3.0] invalid opcode: 0000 [#1] SMP KASAN
[    3.0] CPU: 0 PID: 9 Comm: a b Not tainted 6.1.192 #1
[    3.0] RIP: 0010:end_it+0x1/0x2
""",
        "bug",
        "BUG at block/blk-mq.c:77! in end_it",
        "a b",
    ),
    (
        "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [server:88]",
        "lockup",
        "soft lockup - CPU#0 stuck for 22s! [server:88]",
        "",
    ),
    (
        "INFO: task server:88 blocked for more than 122 seconds.",
        "hung task",
        "task server:88 blocked for more than 122 seconds.",
        "server",
    ),
    (
        "WARNING: possible circular locking dependency detected",
        "lockdep",
        "WARNING: possible circular locking dependency detected",
        "",
    ),
    ("BUG: scheduling while atomic: a/7/0x00000002", "warning", "scheduling while atomic: a/7/ADDRESS", ""),
    (
        "BUG io_kiocb (Not tainted): Poison overwritten",
        "bug",
        "BUG io_kiocb (Not tainted): Poison overwritten",
        "",
    ),
    (
        "refcount_t: underflow; use-after-free.\nWARNING: CPU: 0 PID: 1 at lib/refcount.c:28 saturate+0x1/0x2",
        "warning",
        "at lib/refcount.c:28 saturate",
        "",
    ),
]


@pytest.mark.parametrize(("text", "kind", "headline", "process"), PC, ids=[kind for _, kind, _, _ in PC])
def test_a_pc(text, kind, headline, process):
    found = of(text)
    assert len(found) == 1, found
    assert (found[0].kind, found[0].headline, found[0].process) == (kind, headline, process)


def test_a_report_may_stand_behind_what_a_program_printed():
    assert of("half a lineBUG: KASAN: use-after-free in f+0x1/0x2")[0].function == "f"


@pytest.mark.parametrize("line", ["# BUG: KASAN: said the test", "# a.c:3:b:WARNING: at last", "no fault of ours"])
def test_what_a_test_says_is_no_report(line):
    assert of(line) == ()


def test_two_reports_are_two():
    text = "BUG: KASAN: use-after-free in f+0x1/0x2\n" + "=" * 66 + "\nBUG: KASAN: use-after-free in g+0x1/0x2\n"
    assert [finding.function for finding in of(text)] == ["f", "g"]


def test_a_warning_is_no_cause_of_a_panic():
    text = "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2\n---[ end trace 0 ]---\nKernel panic - not syncing: no init\n"
    assert [finding.kind for finding in of(text)] == ["warning", "panic"]
    follows = text.replace("no init", "panic_on_warn set ...")
    assert [finding.kind for finding in of(follows)] == ["warning"]


def test_equal_reports_of_other_runs_have_one_headline():
    first, second = (
        of(f"BUG: KASAN: use-after-free in f+0x{n}1/0x2{n}\nRead of size 8 at addr 00{n} by task a/{n}")[0] for n in (1, 2)
    )
    assert first.headline == second.headline and first.title != second.title


@pytest.mark.parametrize("log", NAMES)
def test_a_cut_report_is_a_report(log):
    whole = findings(lines(log))
    for length in range(len(lines(log))):
        found = findings(lines(log)[:length])
        if whole and length > whole[0].line and whole[0].kind != "oops":
            assert [(f.kind, f.line) for f in found[:1]] == [(whole[0].kind, whole[0].line)]
        assert len(found) <= len(whole)


def test_stamps_are_taken_off():
    assert unstamped("[    1.234567] a [b] c") == "a [b] c"
    assert unstamped("<6>[ 12.5][  T12] a") == "a"
    assert unstamped("[<6000>] f+0x1/0x2") == "[<6000>] f+0x1/0x2"
