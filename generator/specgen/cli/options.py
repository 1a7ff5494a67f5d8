"""The options of every verb. Nothing else is imported for them: a slip of the finger is answered at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from specgen.cli.arguments import Parser, constant, count, seconds, size

BASE = "base"

_CHECK = """\
Names may be globs, as 'v6.*'; a property's name stands for all below it.
Exit code 0: all as expected; 1: a property is not; 2: the spec is wrong;
3: usage; 4: a verdict is open (a bound, a timeout, memory); 130: Ctrl-C, with
what was found until then."""

_TRACE = """\
FILE is in the Informal Trace Format (ITF), written by `specgen check --itf` or
by another tool. Where a step names no action, one that explains it is found.
Exit code 0: a behaviour of the spec; 1: none, and at which step and why; 2: the
file is no trace, or the spec is wrong."""


_GENERATE = """\
Without options: all that the spec's `generate:` section names. Without such a
section: tests for pytest, of every revision, in generated_tests/pytest below
the working directory, for covers, violations, transitions, repeats, refusals
and waits.
Criteria:
{criteria}
Tests and interface.py are overwritten; adapters/NAME.py, through which the
tests drive an implementation, is written once and then yours. What specgen has
not written is left alone. Then:
  pytest DIR                            runs the tests on the spec itself
  pytest DIR --specgen-system NAME      on the implementation behind the adapter
Exit code 0: done; 1: --check found a difference; 2: the spec is wrong, or a
file is in the way; 3: usage; 4: a revision is too large for the limits."""

CRITERIA = {
    "covers": "each cover of the spec is reached",
    "violations": "each violation that a revision is expected to have",
    "actions": "each action with each value of its parameters",
    "transitions": "each action with each combination of what its guards read",
    "pairs": "each two actions that can follow one another",
    "repeats": "each action taken again, and what has to do with it",
    "refusals": "each action of controllable actors where it must be refused",
    "waits": "each action of the other actors where it must not happen",
    "ends": "each state that no action leaves",
    "guards": "each guard that an assert depends on",
}


_MUTATE = """\
A mutant differs from the spec in one place: a guard is dropped or negated, an
assignment is missing, another value stands there, a range is off by one. What
is no spec any more is stillborn; what is the same system as another mutant is a
duplicate. All others are explored completely. Those that no sequence of actions
and refusals tells from the spec are set aside as equivalent. Of the rest: does
a test of the suite fail on them, and does `specgen check` end otherwise?
Exit code 0: all are judged; 2: the spec is wrong; 3: usage; 4: a limit was
reached; 130: Ctrl-C, with what was found until then."""

_COVERAGE = """\
Reads the generated test modules of one revision, without running them, and
follows their steps on the spec, with the constants that the modules name: which
actions, guards (both ways), transitions, pairs of actions, repeated actions and
observed values they come upon, and which they do not.
Exit code 0: done; 2: the spec is wrong, or a test module is not as generated;
3: usage; 4: the revision is too large for the limits."""


def parse(verb: str, arguments: Sequence[str]) -> argparse.Namespace:
    """The options of one verb.

    Raises:
        UsageError: they cannot be understood.
    """
    makers = {
        "check": _check,
        "show": _show,
        "trace": _trace,
        "generate": _generate,
        "mutate": _mutate,
        "coverage": _coverage,
        "explain": _explain,
        "schema": _schema,
    }
    return makers[verb]().parse_args(arguments)


def _check() -> Parser:
    parser = Parser("check", "Check a spec: every revision, every property.", _CHECK)
    add = parser.add_argument
    add("spec", metavar="SPEC", help="the spec's file")
    add("-r", "--revision", dest="revisions", metavar="REV", action="append", default=[],
        help="only this revision; repeatable")  # fmt: skip
    add("-p", "--property", dest="properties", metavar="PROP", action="append", default=[],
        help="only this property; repeatable")  # fmt: skip
    _constants(parser)
    add("--engine", choices=("auto", "z3", "explicit"), default="auto", help="which engines (default: both)")
    add("--depth", metavar="N", type=count(0), help="look only so many steps ahead")
    add("--timeout", metavar="TIME", type=seconds, help="limit of the whole run: seconds, or 5m, 1h")
    add("--memory", metavar="SIZE", type=size,
        help="limit of the whole run, as 2G (default: 3/4 of what is free)")  # fmt: skip
    add("--jobs", metavar="N", type=count(1), help="revisions at a time (default: one a processor)")
    add("--trace", action="store_true", help="show every trace, not only the unexpected ones")
    add("--format", choices=("text", "json"), default="text", help="text for people, or one JSON object")
    add("--itf", metavar="DIR", help="write one ITF file a trace there")
    return parser


def _show() -> Parser:
    parser = Parser("show", "Print a revision as one spec, in the language itself.")
    parser.add_argument("spec", metavar="SPEC", help="the spec's file")
    parser.add_argument(
        "-r", "--revision", metavar="REV", default=BASE, help="which revision (default: base)"
    )
    parser.add_argument("--core", action="store_true", help="the flat system that engines see, instead")
    parser.add_argument("--diff", metavar="OTHER", help="a unified diff from revision OTHER to this one")
    _constants(parser)
    return parser


def _trace() -> Parser:
    parser = Parser("trace", "Say whether a trace file is a behaviour of a spec.", _TRACE)
    parser.add_argument("file", metavar="FILE", help="the trace, in ITF")
    parser.add_argument("--spec", metavar="SPEC", required=True, help="the spec's file")
    parser.add_argument(
        "-r", "--revision", metavar="REV", help="which revision (default: the one the file names, or base)"
    )
    _constants(parser)
    return parser


def _generate() -> Parser:
    criteria = "\n".join(f"  {name:12}{what}" for name, what in CRITERIA.items())
    parser = Parser("generate", "Make tests from a spec.", _GENERATE.format(criteria=criteria))
    add = parser.add_argument
    add("spec", metavar="SPEC", nargs="?", help="the spec's file (default: the one in spec/)")
    add("-r", "--revision", dest="revisions", metavar="REV", action="append", default=[],
        help="only this revision, or glob; repeatable")  # fmt: skip
    add("--target", metavar="NAME", help="what to make the tests for (default: pytest)")
    add("-o", dest="directory", metavar="DIR", help="write into this directory")
    add("--criterion", dest="criteria", metavar="NAME", action="append", default=[], choices=tuple(CRITERIA),
        help="only for this criterion; repeatable")  # fmt: skip
    add("--list", action="store_true", help="print the tests, what each is there for, and what no test can meet")
    add("--check", action="store_true", help="write nothing; exit code 1 if a file is not as it would be written")
    add("--diff", action="store_true", help="write nothing; print what would change")
    add("--force", action="store_true", help="overwrite files that specgen did not write, adapters excepted")
    _constants(parser)
    add("--timeout", metavar="TIME", type=seconds, help="limit of the whole run: seconds, or 5m, 1h")
    add("--memory", metavar="SIZE", type=size,
        help="limit of the whole run, as 2G (default: 3/4 of what is free)")  # fmt: skip
    add("--jobs", metavar="N", type=count(1), help="revisions at a time (default: one a processor)")
    return parser


def _mutate() -> Parser:
    parser = Parser("mutate", "Say how strong a revision's tests and properties are.", _MUTATE)
    add = parser.add_argument
    _revision(parser)
    add("--criterion", dest="criteria", metavar="NAME", action="append", default=[], choices=tuple(CRITERIA),
        help="the suite for this criterion; repeatable (default: what the spec names)")  # fmt: skip
    add("--timeout", metavar="TIME", type=seconds, help="limit of the whole run: seconds, or 5m, 1h")
    add("--memory", metavar="SIZE", type=size,
        help="limit of the whole run, as 2G (default: 3/4 of what is free)")  # fmt: skip
    add("--jobs", metavar="N", type=count(1), help="processes at a time (default: one a processor)")
    add("--format", choices=("text", "json"), default="text", help="text for people, or one JSON object")
    return parser


def _coverage() -> Parser:
    parser = Parser("coverage", "Say what a revision's generated tests exercise, and what not.", _COVERAGE)
    _revision(parser)
    add = parser.add_argument
    add("-o", dest="directory", metavar="DIR", help="where the tests are (default: where the spec says)")
    add("--memory", metavar="SIZE", type=size, help="limit, as 2G (default: 3/4 of what is free)")
    add("--format", choices=("text", "json"), default="text", help="text for people, or one JSON object")
    return parser


def _revision(parser: Parser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="the spec's file")
    parser.add_argument("-r", "--revision", metavar="REV", help="which revision (needed where there are several)")
    _constants(parser)


def _explain() -> Parser:
    parser = Parser("explain", "Explain the code of a diagnostic or finding.")
    parser.add_argument("code", metavar="SG###", nargs="?", help="which; without it all codes are listed")
    return parser


def _schema() -> Parser:
    description = "Print the JSON Schema (draft 2020-12) of specs; yaml-language-server completes with it."
    return Parser("schema", description)


def _constants(parser: Parser) -> None:
    add = parser.add_argument
    add("-D", dest="constants", metavar="NAME=VALUE", type=constant, action="append", default=[],
        help="give a constant another value for this run; repeatable")  # fmt: skip
