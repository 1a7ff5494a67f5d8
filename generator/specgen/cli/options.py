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


def parse(verb: str, arguments: Sequence[str]) -> argparse.Namespace:
    """The options of one verb.

    Raises:
        UsageError: they cannot be understood.
    """
    makers = {"check": _check, "show": _show, "trace": _trace, "explain": _explain, "schema": _schema}
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
