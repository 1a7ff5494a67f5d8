"""A long run of the agreement tests: ``python -m tests.property.fuzz --seconds 600``.

Random specs on which all engines must agree, and between two batches of them a walk of 1,000 steps through a
revision of the ublk spec, on the model and on the driver.
"""

from __future__ import annotations

import argparse
import sys
import time

from specgen.core.system import System

from .agreement import Tally, compare
from .lockstep import systems, walk
from .strategies import drawn_specs, every, seeded_specs

BATCH = 100  # specs between two reports
WALK = 1000  # steps through a revision


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description="Random specs on which all engines must agree.")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long (default: ten minutes)")
    parser.add_argument("--seed", type=int, default=None, help="of the first batch (default: from the clock)")
    options = parser.parse_args()
    start = time.monotonic()
    number = int(time.time()) if options.seed is None else options.seed
    tally = Tally()
    revisions = list(systems().items())
    try:
        while time.monotonic() < start + options.seconds:
            batch(tally, number, start + options.seconds)
            report(tally, f"seed {number}, {time.monotonic() - start:.0f} s")
            lockstep(*revisions[number % len(revisions)], number)
            number += 1
    except KeyboardInterrupt:
        report(tally, f"interrupted in seed {number} after {time.monotonic() - start:.0f} s")
        return 130
    except BaseException:
        report(tally, f"a disagreement: again with --seed {number}")
        raise  # Hypothesis has shrunk it; the traceback shows the spec
    return 0


def batch(tally: Tally, number: int, end: float) -> None:
    """So many specs from one seed; the rest of them is skipped when the time is over."""
    failed = False

    @every(drawn_specs() if number % 3 == 0 else seeded_specs(), BATCH, number)
    def _(spec):
        nonlocal failed
        if time.monotonic() > end and not failed:  # a failure is shrunk, however long that takes
            return
        try:
            compare(spec, tally)
        except AssertionError:
            failed = True
            raise


def lockstep(revision: str, system: System, number: int) -> None:
    """A walk through one revision, on the model and on the driver."""
    found = walk(revision, system, WALK, number)
    assert found is None, f"{revision}: {found}"
    print(f"  {revision}: {WALK} steps, model and driver agree")  # noqa: T201  # a report to people


def report(tally: Tally, what: str) -> None:
    print(f"{what}: {tally.specs + tally.too_large} specs tried")  # noqa: T201  # a report to people
    for line in tally.lines():
        print(f"  {line}")  # noqa: T201  # a report to people
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
