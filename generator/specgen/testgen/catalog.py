"""Long texts for what is wrong with generating: SG90x and SG91x.

An example is a spec, or, where files or options are the matter, commands; those work on ``lock.yaml``, see
:data:`SPEC`.
"""

from __future__ import annotations

SPEC = """\
spec:
  name: lock
variables:
  held: bool = false
actions:
  take:
    guard:
      free: not held
    effect:
      held: true
  drop:
    guard:
      taken: held
    effect:
      held: false
covers:
  taken: held
"""


def _spec(section: str) -> str:
    return "\n" + SPEC.split("\n", 2)[2] + section


def _many(last: int) -> str:
    """Switches: two states for the first, and twice as many for each other one."""
    return f"""
types:
  Switch: 0..{last}
variables:
  on: array Switch of bool = false
actions:
  flip:
    params: {{s: Switch}}
    effect:
      on[s]: not on[s]
covers:
  full: forall s in Switch, on[s]
"""


_WHOLE = """\
generate:
  pytest:
    directory: tests
    constants: {}
    suites:
      - revisions: ["*"]
        criteria: [covers, pairs]
"""


def _entry(old: str, new: str) -> str:
    assert old in _WHOLE
    return _spec(_WHOLE.replace(old, new))


ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG901",
        "no such target",
        (
            "An entry of `generate` makes tests for a target. Its name says which, unless `target:` does. Targets "
            "are plug-ins: `pytest` comes with specgen, others with packages that have an entry point in the "
            "group specgen.targets."
        ),
        _entry("  pytest:", "  pytests:"),
        _spec(_WHOLE.replace("  pytest:\n", "  pytests:\n    target: pytest\n")),
    ),
    (
        "SG902",
        "no such criterion",
        (
            "A criterion says what a suite must exercise: covers, violations, actions, transitions, pairs, "
            "repeats, refusals, waits, ends, guards. `specgen generate --help` has a sentence on each."
        ),
        _entry("[covers, pairs]", "[covers, branches]"),
        _spec(_WHOLE),
    ),
    (
        "SG903",
        "directory that cannot be one",
        (
            "`directory:` is relative to the spec's own directory, with slashes, so that the same spec works on "
            "every machine. Another directory for one run is given with -o."
        ),
        _entry("directory: tests", "directory: /tests"),
        _entry("directory: tests", "directory: ../tests"),
    ),
    (
        "SG904",
        "adapter that cannot be called so",
        (
            "An adapter is a Python module, adapters/NAME.py beside the tests; pytest finds it by its name with "
            "--specgen-system. So the name is a word of letters, digits and `_`. `interpreter` is the spec itself."
        ),
        _entry("constants: {}", "adapter: my-driver"),
        _entry("constants: {}", "adapter: my_driver"),
    ),
    (
        "SG905",
        "no such revision in `generate`",
        (
            "`revisions:` lists names of revisions, or globs as in 'v6.*'. One that means no revision is a slip or "
            "a leftover. A spec without revisions has one, called base."
        ),
        _entry('["*"]', '["v6.*"]'),
        _entry('["*"]', "[base]"),
    ),
    (
        "SG906",
        "constant of a generator",
        (
            "`constants:` of a generator chooses the instance that is tested, as -D does for one run. It must be a "
            "constant of the spec, and the value one that it can have."
        ),
        _entry("constants: {}", "constants: {N: 2}"),
        _entry("constants: {}", "constants: {N: 2}").replace("held: true", "held: N > 0", 1)
        + "constants:\n  N: 1..3 = 3\n",
    ),
    (
        "SG907",
        "two generators in one directory",
        (
            "A generator removes what it has made before and does not make any more. So two of them cannot share "
            "a directory. Several lists of revisions and criteria are one generator with several `suites:`."
        ),
        _spec(_WHOLE + "  more:\n    target: pytest\n    directory: ./tests\n"),
        _spec(_WHOLE + "  more:\n    target: pytest\n    directory: more_tests\n"),
    ),
    (
        "SG908",
        "revision that changes `generate`",
        (
            "The section `generate` speaks of all revisions, and is read once. What a revision adds to it would "
            "not be seen; name the revision under `suites:` instead."
        ),
        _spec(_WHOLE + "revisions:\n  v2:\n    change:\n      generate.pytest: {directory: other}\n"),
        _spec(_WHOLE + "revisions:\n  v2:\n    title: the second\n"),
    ),
    (
        "SG909",
        "two names that become one",
        (
            "In Python an action's name has underscores for dots and a revision's name for whatever else is no "
            "letter or digit. Where two become the same, neither the tests nor an adapter could tell them apart."
        ),
        _spec(_WHOLE).replace("  drop:", "  b_c:")
        + "processes:\n  b:\n    steps:\n      c: {effect: {}}\n",
        _spec(_WHOLE) + "processes:\n  b:\n    steps:\n      c: {effect: {}}\n",
    ),
    (
        "SG910",
        "file in the way",
        (
            "Where a generated file would go there is one that specgen did not write, or wrote from another spec. "
            "It is left alone, and nothing else is written either. Adapters are never overwritten, not even with "
            "--force."
        ),
        "mkdir tests; echo 'mine = 1' > tests/interface.py; specgen generate lock.yaml -o tests",
        "mkdir tests; echo 'mine = 1' > tests/mine.py; specgen generate lock.yaml -o tests",
    ),
    (
        "SG911",
        "path out of the directory",
        (
            "Nothing is written outside the directory of a generator, so not through a symbolic link in it "
            "either. The directory itself may be one."
        ),
        "mkdir tests other; ln -s ../other tests/adapters; specgen generate lock.yaml -o tests",
        "mkdir other; ln -s other tests; specgen generate lock.yaml -o tests",
    ),
    (
        "SG912",
        "graph too large for tests",
        (
            "Goals are decided on the complete graph of a revision, and tests of one with more than 300,000 states "
            "are of no use to anybody. Test a smaller instance: one of each thing is mostly enough, as what the "
            "others do is the same."
        ),
        _many(39),
        _many(5),
    ),
    (
        "SG913",
        "initial states that look alike",
        (
            "A test says in which initial state it begins by what is seen of it. Two that look the same cannot be "
            "told apart by a test; what tells them apart must be among the `observations`."
        ),
        _spec(_WHOLE).replace("held: bool = false", "held: bool = false\n  secret: bool")
        + "observations:\n  seen: held and secret\n",
        _spec(_WHOLE).replace("held: bool = false", "held: bool = false\n  secret: bool")
        + "observations:\n  seen: held\n  shown: secret\n",
    ),
    (
        "SG914",
        "target that cannot be loaded",
        (
            "A package has announced a target in the group specgen.targets, and importing it fails. The message "
            "is the package's own."
        ),
        "specgen generate lock.yaml --target broken",
        "specgen generate lock.yaml --target pytest",
    ),
)
