"""A long run of the agreement tests: ``python -m tests.property.fuzz --seconds 600``."""

from __future__ import annotations

import argparse
import sys
import time

from .agreement import Tally, compare
from .strategies import drawn_specs, every, seeded_specs

BATCH = 100  # specs between two reports


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description="Random specs on which all engines must agree.")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long (default: ten minutes)")
    parser.add_argument("--seed", type=int, default=None, help="of the first batch (default: from the clock)")
    options = parser.parse_args()
    start = time.monotonic()
    number = int(time.time()) if options.seed is None else options.seed
    tally = Tally()
    try:
        while time.monotonic() < start + options.seconds:
            batch(tally, number, start + options.seconds)
            report(tally, f"seed {number}, {time.monotonic() - start:.0f} s")
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


def report(tally: Tally, what: str) -> None:
    print(f"{what}: {tally.specs + tally.too_large} specs tried")  # noqa: T201  # a report to people
    for line in tally.lines():
        print(f"  {line}")  # noqa: T201  # a report to people
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
