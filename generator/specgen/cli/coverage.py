"""``specgen coverage``: what the generated tests of a revision exercise, and what not."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from specgen import __version__
from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.instance import instance
from specgen.cli.resources import memory
from specgen.core.system import System
from specgen.engines.verdict import Limits
from specgen.language.source import Diagnostic, Diagnostics, SpecError
from specgen.report.coverage import as_json, text
from specgen.report.diagnostics import render_diagnostics
from specgen.testgen.coverage import coverage
from specgen.testgen.graph import Graph, TooLarge
from specgen.testgen.pytest_interface import module
from specgen.testgen.reading import Module, read_module
from specgen.testgen.suite import CRITERIA, core_digest
from specgen.trace.values import Json


def run(options: argparse.Namespace, console: Console) -> int:
    """Reads the tests, follows them, and tells."""
    tested = instance(options, console)
    directory = tested.directory if options.directory is None else Path(options.directory)
    modules = _modules(directory, tested.revision)
    system = tested.system()
    found = Diagnostics()
    _stale(modules, system, found)
    limits = Limits(bytes=memory(options.memory))
    try:
        graph = Graph(system, limits)
    except TooLarge as error:
        span = tested.spec.document.revision.span
        message = f"the graph of {tested.revision} is too large for this: {error}"
        stop = Diagnostic("SG912", message, span, "choose smaller constants, or give it more with --memory")
        console.error(render_diagnostics([stop], console.error_style).rstrip("\n"))
        return errors.UNKNOWN
    followed = coverage(graph, modules, found)
    if found.items:
        console.error(render_diagnostics(found.items, console.error_style).rstrip("\n"))
    if options.format == "json":
        paths: list[Json] = [made.path for made in modules]
        head = {"specgen": __version__, **tested.head(system), "modules": paths}
        console.print(json.dumps({**head, **as_json(followed)}, indent=1, ensure_ascii=False))
    else:
        console.print(*text(tested.heading, directory, modules, followed, console.style))
    return errors.UNEXPECTED if any(item.code == "SG953" for item in found.items) else errors.OK


def _modules(directory: Path, revision: str) -> list[Module]:
    """The test modules of a revision, in the order of the criteria.

    Raises:
        SpecError: there are none, or one of them has another shape.
    """
    paths = [directory / f"test_{module(revision)}_{criterion}.py" for criterion in CRITERIA]
    there = [path for path in paths if path.is_file()]
    if not there:
        advice = "`specgen generate` makes them; another directory is named with -o DIR"
        message = f"there are no generated tests of {revision} in {directory}"
        raise SpecError((Diagnostic("SG954", message, None, advice),))
    found: list[Module] = []
    wrong: list[Diagnostic] = []
    for path in there:
        try:
            made = read_module(path)
        except SpecError as error:
            wrong += error.diagnostics
            continue
        if made.revision == revision:
            found.append(made)
        else:
            message = f"these are tests of {made.revision}, not of {revision}"
            wrong.append(Diagnostic("SG952", message, made.span, "`specgen generate` writes them again"))
    if wrong:
        raise SpecError(tuple(wrong))
    return found


def _stale(modules: Sequence[Module], system: System, found: Diagnostics) -> None:
    core = core_digest(system)
    for made in modules:
        if made.sha256 != core:
            message = "these tests were made from another state of the spec, or with other constants"
            advice = "`specgen generate` writes them again"
            found.add("SG955", message, made.span, help=advice, severity="warning")
