"""Long texts for what is wrong with a trace file: SG7xx. The examples are traces of one small spec."""

from __future__ import annotations

SPEC = """\
spec:
  name: example
variables:
  n: 0..2 = 0
actions:
  grow:
    guard:
      small: n < 2
    assert:
      even: n != 1
    effect:
      n: n + 1
"""

_GOOD = '{"vars": ["n"], "states": [{"n": 0}, {"n": 1}]}'

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG701",
        "trace cannot be read",
        (
            "A trace file is a regular file of text in UTF-8, written by `specgen check --itf` or by "
            "another tool."
        ),
        "\udcff\udcfe",
        _GOOD,
    ),
    (
        "SG702",
        "trace too large",
        (
            "Trace files are read up to 64 MiB and 100,000 states. A longer log is split, or its head is "
            "cut off where the system is in an initial state."
        ),
        '{"states": [' + '{"n": 0}, ' * 100_000 + '{"n": 0}]}',
        _GOOD,
    ),
    (
        "SG703",
        "trace is not JSON",
        (
            "A trace file is one JSON object. The place shown is where the reader lost its way; the mistake "
            "may be earlier. A key that stands twice in an object is refused too, since it is not said "
            "which one counts."
        ),
        '{"vars": ["n"], "states": [{"n": 0}, {"n": 1}',
        _GOOD,
    ),
    (
        "SG704",
        "not a trace in ITF",
        (
            "In the Informal Trace Format a file is an object with `states`, a list of objects that give "
            "every variable its value. Lassos (files with a `loop`) are not read."
        ),
        '{"vars": ["n"], "trace": [{"n": 0}, {"n": 1}]}',
        _GOOD,
    ),
    (
        "SG705",
        "other variables than the spec",
        (
            "Every state gives each variable of the spec a value, process counters included, and no other "
            "one. Names that begin with `#` or `mbt::` are about the trace and do not count."
        ),
        '{"vars": ["m"], "states": [{"m": 0}, {"m": 1}]}',
        _GOOD,
    ),
    (
        "SG706",
        "value outside its type",
        (
            'Integers are written `{"#bigint": "3"}` (3 is read too), words as strings, records as objects, '
            'arrays as `{"#map": [[key, value], ...]}`, sets as `{"#set": [...]}`, sequences as lists, keys '
            'of several parts as `{"#tup": [...]}`. The value must be one of the variable\'s type with the '
            "constants in force (`-D`)."
        ),
        '{"vars": ["n"], "states": [{"n": 0}, {"n": 7}]}',
        _GOOD,
    ),
    (
        "SG707",
        "unknown action",
        (
            "The file names the action of a step, and the spec has none of that name, or none with those "
            "parameters. Where the file leaves the name out, an action that explains the step is looked "
            "for."
        ),
        '{"vars": ["n"], "states": [{"n": 0}, {"n": 1, "mbt::actionTaken": "gro"}]}',
        '{"vars": ["n"], "states": [{"n": 0}, {"n": 1, "mbt::actionTaken": "grow"}]}',
    ),
    (
        "SG708",
        "does not start in an initial state",
        (
            "The first state must be one in which the spec can start. A fragment from the middle of a run "
            "cannot be judged: how it came there may matter."
        ),
        '{"vars": ["n"], "states": [{"n": 1}]}',
        _GOOD,
    ),
    (
        "SG709",
        "not a step of the spec",
        (
            "No action of the spec leads from this state to the next one: a guard that does not hold blocks "
            "it, or its effect is another. Those that come nearest are listed. If a real system did this "
            "step, the spec is wrong or the system is."
        ),
        '{"vars": ["n"], "states": [{"n": 0}, {"n": 2}]}',
        _GOOD,
    ),
    (
        "SG710",
        "goes on behind a failed assert",
        (
            "Where an assert fails, memory is corrupt and nothing can be said of what follows: the step "
            "that fails it is the last one of a trace."
        ),
        '{"vars": ["n"], "states": [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 2}]}',
        '{"vars": ["n"], "states": [{"n": 0}, {"n": 1}, {"n": 2}]}',
    ),
)
