"""Long texts for what is wrong with a command rather than with a file: SG72x. The examples are commands."""

from __future__ import annotations

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG720",
        "constant that cannot have this value",
        (
            "`-D NAME=VALUE` gives a constant of the spec another value for one run. The value must be of the "
            "constant's type: an integer (in its range, if it was declared with one), true or false, or a word "
            "of its enum."
        ),
        "specgen check spec/examples/die_hard.yaml -D GOAL=four",
        "specgen check spec/examples/die_hard.yaml -D GOAL=4",
    ),
)
