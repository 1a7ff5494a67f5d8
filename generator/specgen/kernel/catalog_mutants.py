"""Long texts for what is wrong with mutants of kernels: SG106x. An example is a file of mutants, for :data:`SOURCE`."""

from __future__ import annotations

# drivers/block/ublk_drv.c of a kernel 6.1, as far as the examples need it.
SOURCE = """\
#define PERIOD (5 * HZ)

static void stop(struct device *dev)
{
	if (dev->state == DEAD)
		return;
	quiesce(dev, PERIOD);
	dev->state = DEAD;
	kick(dev, 0);
	if (dev->broken)
		kick(dev, 1);
}
"""


def _mutant(edit: str, more: str = "") -> str:
    """A file with one mutant of one edit."""
    return f"""\
file: drivers/block/ublk_drv.c
mutants:
  not-dead:
    title: STOP does not say that the device is dead
    for: [6.1]
    corresponds: {{property: stop_returns}}
    visible: {{by: state, about: GET_DEV_INFO says LIVE after STOP}}
{more}    edits:
{edit}"""


def _edit(*lines: str) -> str:
    return "      - " + "\n        ".join(lines) + "\n"


_REMOVED = ("function: stop", "statement: {set: state}", "remove: true")
_GOOD = _mutant(_edit(*_REMOVED))


def _knob(value: str, default: str) -> str:
    knob = f"""\
widen:
  period_ms:
    title: The period is another
    for: [6.1]
    default: {default}
    edits:
      - define: PERIOD
        value: {value}
"""
    return _GOOD.replace("mutants:\n", f"{knob}mutants:\n")


ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG1061",
        "mutant that is not one",
        (
            "An edit names a function and one statement in it, or a macro, and does one thing with it: `remove`, "
            "`condition`, `without`, `value`, `before`, `after` or `replace`. A statement is told by its kind and by "
            "identifiers, one or a list of them. Only a knob, under `widen`, has a parameter, `$ms`, and uses it in "
            "each of its edits."
        ),
        _mutant(_edit(*_REMOVED, 'condition: "false"')),
        _GOOD,
    ),
    (
        "SG1062",
        "no such mutant or knob",
        (
            "A mutant may be made `of` others, which stand above it; it may name knobs of the same file, which stand "
            "under `widen` at the top. `specgen kernel list` shows both."
        ),
        _mutant(_edit(*_REMOVED), "    of: [dead-twice]\n"),
        _GOOD,
    ),
    (
        "SG1063",
        "no such file, function or macro in the kernel",
        (
            "An edit names a file of the kernel tree, and a function that has its body there, or a macro without "
            "parameters. Where the versions of a kernel differ, each edit says `for` which it is."
        ),
        _mutant(_edit("function: stop_dev", *_REMOVED[1:])),
        _GOOD,
    ),
    (
        "SG1064",
        "no such statement in the function",
        (
            "No statement is of that kind and has all these words: in its condition, in the name that it calls, or "
            "in what it assigns; with `with`, in the arguments, and with `to`, in the value. The statements of the "
            "kind that the function has are listed."
        ),
        _mutant(_edit("function: stop", "statement: {set: state, to: LIVE}", "remove: true")),
        _GOOD,
    ),
    (
        "SG1065",
        "several such statements in the function",
        (
            "An edit changes one statement, and which one must be said: by more words, by words of the arguments or "
            "the value, or by the statement that it stands in. In a file that defines a function twice, for two "
            "configurations, that holds for both together."
        ),
        _mutant(_edit("function: stop", "statement: {call: kick}", "remove: true")),
        _mutant(_edit("function: stop", "statement: {call: kick, in: {if: broken}}", "remove: true")),
    ),
    (
        "SG1066",
        "edit that does not fit the statement",
        (
            "`condition` is for `if`, `while` and `switch`; `without` for a condition with && or ||; `value` for an "
            "assignment, a `return` with a value, or, with the number of the `argument`, a call. Code cannot stand "
            "before or after a `case`, nor before a declaration."
        ),
        _mutant(_edit("function: stop", "statement: {call: quiesce}", "argument: 3", "value: 0")),
        _mutant(_edit("function: stop", "statement: {call: quiesce}", "argument: 2", "value: 0")),
    ),
    (
        "SG1067",
        "mutant or knob for another kernel",
        (
            "`for` lists the series of kernels that a mutant, a knob or an edit is for. An edit may be for fewer than "
            "its mutant; what a mutant is made of, and the knobs that it names, must be for all that it is for."
        ),
        _mutant(_edit("for: [6.12]", *_REMOVED)),
        _GOOD,
    ),
    (
        "SG1068",
        "delay out of range",
        "A knob takes from 0 to 60,000 ms: more than a minute is longer than any test waits.",
        _knob("msecs_to_jiffies($ms)", "100000"),
        _knob("msecs_to_jiffies($ms)", "100"),
    ),
)
