"""``specgen kernel run``: tests on a kernel, and what they and the kernel say."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from specgen.cli import errors
from specgen.cli.arguments import Parser, count, seconds
from specgen.cli.console import Console
from specgen.cli.errors import UsageError
from specgen.cli.kernel_build import Teller, add_common, kernel_named
from specgen.kernel.boot import Limits
from specgen.kernel.cache import Kernel
from specgen.kernel.commands import Watch
from specgen.kernel.guests import Guests, room
from specgen.kernel.machines import Machine, UserMode, machine_of
from specgen.kernel.programs import Program, init, programs
from specgen.kernel.results import Outcome, Results, outcomes
from specgen.kernel.running import Done, Laboratory, Load, Plan
from specgen.report.kernel import document, junit, render

_EPILOG = """\
KERNEL is a key of the cache or its beginning, a directory, or as in
debian:6.1.192+MUTANT, tree:DIR, debian:6.12@qemu, and then built if need be.
TESTS are directories with files of C that use kselftest_harness.h, such
files, or static binaries. They are run in the guest only, one test a boot.
A test has passed only if the kernel could have complained and did not: what
KASAN, BUG, WARN and others report counts, whatever the program says.
Exit code 0: all passed or were skipped; 1: one did not; 2: the kernel is blind
(it has no KASAN), or a program cannot be compiled; 3: usage; 4: a run has no
result, or the time is over; 130: Ctrl-C, with what was found until then."""

_UML = Limits()
_QEMU = Limits(seconds=180.0, guest_seconds=120, memory=512)  # the guest's time is the wall's


def parser() -> Parser:
    made = Parser("kernel run", "Run tests on a kernel, and judge what it says.", _EPILOG)
    add = made.add_argument
    add("kernel", metavar="KERNEL", help="which kernel")
    add("tests", metavar="TESTS", nargs="+", help="what to run")
    add("--test", dest="wanted", metavar="NAME", action="append", default=[],
        help="only this test, or glob: fixture.variant.test; repeatable")  # fmt: skip
    add("--repeat", metavar="N", type=count(1), default=1, help="run each so many times (default: 1)")
    add("--jobs", metavar="N", type=count(1), help="boots at a time (default: one a processor)")
    add("--together", action="store_true",
        help="all tests of a program in one boot; what does not finish is run again alone")  # fmt: skip
    add("--boot-timeout", metavar="TIME", type=seconds, help="limit of one boot (default: 60 s; QEMU: 180 s)")
    add("--real-time", action="store_true", help="let waiting take its time, where it could be skipped (UML)")
    add("--logs", metavar="DIR", help="write what the machines print there, a file a boot")
    add_common(made)
    add("--format", choices=("text", "json", "junit"), default="text",
        help="text for people, one JSON object, or XML as JUnit's")  # fmt: skip
    return made


def run(options: argparse.Namespace, console: Console) -> int:
    """Runs the tests and prints what came of it, also when it is interrupted."""
    if options.together and options.wanted:
        raise UsageError("--together runs all tests of a program, and --test chooses some", "use one of them")
    started = time.monotonic()
    kernel = kernel_named(options.kernel, options, console)
    teller = Teller(console)
    watch = Watch.of(options.timeout, teller.tell)
    with room():
        found = programs(options.tests, kernel, watch)
    told: list[Outcome] = []
    plan = _plan(options, watch)
    complete = False
    try:
        with room(), Guests.housed() as guests:
            laboratory = Laboratory(
                _machine(kernel, options), _limits(kernel, options), guests, init(watch), teller.tell
            )
            complete = _all(laboratory, found, plan, options, told)
    finally:
        # Ctrl-C is told by what is above, after this
        took = time.monotonic() - started
        results = Results.of(kernel, found, told, took, complete=complete)
        if told or complete:
            console.clear()
            _print(results, options.format, console)
    return _code(results)


def _all(
    laboratory: Laboratory,
    found: Sequence[Program],
    plan: Plan,
    options: argparse.Namespace,
    told: list[Outcome],
) -> bool:
    """Runs everything; whether there was time for it."""
    loads, unable = laboratory.load(found, plan)
    for done in unable:
        _take(done, options.logs, told)
    _see_that_there_are_any(loads, unable, options.wanted)
    for done in laboratory.run(loads, plan):
        _take(done, options.logs, told)
    return len(loads) + len(unable) == len(found) and (plan.deadline is None or time.monotonic() < plan.deadline)


def _take(done: Done, logs: str | None, told: list[Outcome]) -> None:
    if logs is not None:
        directory = Path(logs)
        directory.mkdir(parents=True, exist_ok=True)
        name = ".".join(filter(None, (done.run.program, done.run.asked, str(done.turn), "log")))
        text = "".join(f"{line}\n" for line in done.run.console.lines)
        (directory / name).write_text(text, encoding="utf-8")
    told += outcomes(done)


def _see_that_there_are_any(loads: Sequence[Load], unable: Sequence[Done], wanted: Sequence[str]) -> None:
    """Raises UsageError where the choice leaves nothing."""
    if wanted and not unable and not any(load.tests is None or load.tests for load in loads):
        raise UsageError(f"no test is called {' or '.join(wanted)}", "without --test all are run, and named")


def _plan(options: argparse.Namespace, watch: Watch) -> Plan:
    jobs = options.jobs or len(os.sched_getaffinity(0))
    return Plan(options.repeat, jobs, options.together, _wanted(options.wanted), watch.deadline)


def _wanted(patterns: Sequence[str]) -> Callable[[str], bool] | None:
    if not patterns:
        return None
    return lambda name: any(fnmatchcase(name, pattern) for pattern in patterns)


def _machine(kernel: Kernel, options: argparse.Namespace) -> Machine:
    machine = machine_of(kernel)
    if isinstance(machine, UserMode):
        return UserMode(machine.image, skips_time=not options.real_time)
    return machine


def _limits(kernel: Kernel, options: argparse.Namespace) -> Limits:
    usual = _UML if kernel.machine == "uml" else _QEMU
    limit: float = options.boot_timeout or usual.seconds
    within = kernel.machine != "uml" or options.real_time
    # where time passes as it does here, the guest must have given up before it is cut off
    guest = min(usual.guest_seconds, max(1, int(limit * 2 / 3))) if within else usual.guest_seconds
    return replace(usual, seconds=limit, guest_seconds=guest)


def _print(results: Results, form: str, console: Console) -> None:
    if form == "json":
        console.print(json.dumps(document(results), indent=1))
    elif form == "junit":
        console.print(junit(results))
    else:
        console.print(*render(results, console.style))


def _code(results: Results) -> int:
    if results.blind:
        return errors.WRONG_INPUT
    if results.wrong:
        return errors.UNEXPECTED
    return errors.UNKNOWN if results.open or not results.rows else errors.OK
