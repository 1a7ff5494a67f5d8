"""Which verbs there are; only the one that is asked for is imported."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from specgen import __version__
from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.errors import UsageError
from specgen.cli.options import parse
from specgen.language.names import did_you_mean

VERBS = {
    "check": "check a spec: every revision, every property",
    "show": "print a revision as one spec, or what differs between two",
    "trace": "say whether a trace file is a behaviour of a spec",
    "generate": "make tests from a spec",
    "mutate": "say how many faults a revision's tests and properties notice",
    "coverage": "say what a revision's generated tests exercise, and what not",
    "kernel": "build kernels, boot them, and run generated tests on them",
    "explain": "explain the code of a diagnostic or finding",
    "schema": "print the JSON Schema of specs, for editors",
}


def dispatch(arguments: Sequence[str], console: Console) -> int:
    """Runs one verb and returns its exit code.

    Raises:
        UsageError: there is no such verb or option.
        SpecError: the spec or another input is wrong.
    """
    if not arguments:
        raise UsageError(
            "say what to do", "as in: specgen check spec/ublk.yaml; `specgen --help` lists the verbs"
        )
    first, rest = arguments[0], arguments[1:]
    if first in ("-h", "--help", "help"):
        console.print(*_help())
        return errors.OK
    if first == "--version":
        console.print(f"specgen {__version__}")
        return errors.OK
    if first not in VERBS:
        kind = "option" if first.startswith("-") else "verb"
        advice = did_you_mean(first, list(VERBS))
        raise UsageError(f"there is no {kind} '{first}'", advice or f"the verbs are {', '.join(VERBS)}")
    if first == "kernel":  # has verbs of its own
        from specgen.cli import kernel  # noqa: PLC0415  # as the module of any other verb

        return kernel.dispatch(rest, console)
    options = parse(first, rest)
    module = import_module(f"specgen.cli.{first}")
    code: int = module.run(options, console)
    return code


def _help() -> list[str]:
    verbs = [f"  specgen {verb:9}{what}" for verb, what in VERBS.items()]
    return [
        "specgen checks protocol specifications written once, as YAML.",
        "",
        *verbs,
        "",
        "`specgen VERB --help` tells the options of one; `specgen --version` the version.",
        "Exit codes: 0 all as expected; 1 a property is not; 2 the input is wrong;",
        "3 usage; 4 a verdict is open (a bound, a timeout, memory); 70 internal error;",
        "130 Ctrl-C, with what was found until then.",
    ]
