"""Long texts for what is wrong with generated tests that are read back: SG95x.

The examples are modules of tests of the spec that :mod:`specgen.testgen.catalog` shows, or commands.
"""

from __future__ import annotations

SHA256 = "eac15fede29b0309e523b90c35f6cd1af4f5de9a2d2a995a9f9c99583b74fc5b"  # of the core of that spec

MODULE = f'''\
"""lock, base: each cover of the spec is reached."""

import pytest

pytestmark = [
    pytest.mark.specgen_revision(
        "base",
        spec="lock.yaml",
        sha256="{SHA256}",
    ),
]

START = {{"held": False}}


@pytest.mark.specgen_goal("covers", "taken is reached")
def test_taken(system):
    """taken is reached in 1 step."""
    system.start(START)
    system.refuses("drop", by="taken")
    system.step("take", then={{"held": True}})
'''


def _module(old: str, new: str) -> str:
    assert old in MODULE
    return MODULE.replace(old, new)


ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG951",
        "tests that cannot be read",
        (
            "`specgen coverage` reads the generated test modules of a revision, as text: files of Python in UTF-8, "
            "of a size that is written by `specgen generate`. It never runs them."
        ),
        _module("def test_taken(system):", "def test_taken(system)"),
        MODULE,
    ),
    (
        "SG952",
        "tests that were not generated so",
        (
            "Generated tests have one flat shape: the marker with the revision, START, and functions with one "
            "call of `system` a line, whose arguments are written out. What else a module does cannot be counted. "
            "Tests of one's own are better off in another module."
        ),
        _module("    system.step(", "    if True:\n        system.step("),
        MODULE,
    ),
    (
        "SG953",
        "test that is no behaviour of the spec",
        (
            "The steps of a test are followed on the spec. Here one is refused, or not refused, or changes other "
            "things than the test says. Mostly the spec has changed since the test was generated. Such a test "
            "is not counted."
        ),
        _module('system.refuses("drop", by="taken")', 'system.step("drop", then={"held": False})'),
        MODULE,
    ),
    (
        "SG954",
        "no generated tests",
        (
            "There is no generated test module of the revision in the directory that the spec's section `generate` "
            "names, or else in generated_tests/pytest, or where -o says."
        ),
        "specgen coverage lock.yaml -o nowhere",
        "specgen generate lock.yaml -o tests\nspecgen coverage lock.yaml -o tests",
    ),
    (
        "SG955",
        "tests of another state of the spec",
        (
            "A generated module names the hash of what it was made from, as `specgen show --core` prints it. The "
            "spec gives another one now: it was changed since, or a constant has another value."
        ),
        _module(SHA256, "0" * 64),
        MODULE,
    ),
)
