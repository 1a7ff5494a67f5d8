"""``specgen coverage``: what the generated tests of a revision exercise, and what not."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from specgen import __version__
from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.instance import Instance, instance
from specgen.cli.resources import memory
from specgen.core.system import System
from specgen.engines.verdict import Limits
from specgen.language.source import Diagnostic, Diagnostics, SpecError
from specgen.report.coverage import as_json, text
from specgen.report.diagnostics import render_diagnostics
from specgen.testgen.coverage import coverage
from specgen.testgen.criteria import TooMany
from specgen.testgen.graph import Graph, TooLarge
from specgen.testgen.limits import told
from specgen.testgen.pytest_interface import module
from specgen.testgen.reading import Module, read_module
from specgen.testgen.suite import CRITERIA, core_digest, worded
from specgen.trace.values import Json


def run(options: argparse.Namespace, console: Console) -> int:
    """Reads the tests, follows them, and tells."""
    tested = instance(options, console)
    directory = tested.directory if options.directory is None else Path(options.directory)
    modules = _modules(directory, tested.revision)
    found = Diagnostics()
    tested = _as_made(tested, modules, dict(options.constants), found)
    system = tested.system()
    _stale(modules, tested, system, found)
    try:
        followed = coverage(Graph(system, Limits(bytes=memory(options.memory))), modules, found)
    except (TooLarge, TooMany) as error:
        stop = told(error, tested.revision, tested.spec.document.revision.span, "--memory")
        console.error(render_diagnostics([stop], console.error_style).rstrip("\n"))
        return errors.UNKNOWN
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


def _as_made(
    tested: Instance, modules: Sequence[Module], given: Mapping[str, str], found: Diagnostics
) -> Instance:
    """The instance that the tests were made for, as the first module tells; ``-D`` counts more.

    Where the section ``generate`` says otherwise, that is told.
    """
    used = tested.having({**_recorded(modules[0]), **given})
    named = [name for name in tested.constants if name not in given]
    made, said = _unlike(used.values, tested.values, named)
    if made:
        message = f"these tests were made with {made}, and the section `generate` says {said}"
        advice = f"what is told here is of {made}; `specgen generate` writes them again"
        found.add("SG955", message, modules[0].span, help=advice, severity="warning")
    return used


def _stale(modules: Sequence[Module], used: Instance, system: System, found: Diagnostics) -> None:
    core = core_digest(system)
    for module_ in modules:
        if module_.sha256 == core:
            continue
        made, now = _unlike(used.having(_recorded(module_)).values, used.values, list(used.values))
        message = "these tests were made from another state of the spec"
        if made:
            message = f"these tests were made with {made}, and are held against a system with {now}"
        advice = "`specgen generate` writes them again"
        found.add("SG955", message, module_.span, help=advice, severity="warning")


def _recorded(module_: Module) -> dict[str, str]:
    """The constants that a module names, as a spec writes them."""
    return {name: worded(value) for name, value in module_.constants.items()}


def _unlike(ours: Mapping[str, str], theirs: Mapping[str, str], names: Sequence[str]) -> tuple[str, str]:
    """The constants whose values differ, on either side."""
    names = [name for name in names if ours.get(name) != theirs.get(name)]
    return (
        ", ".join(f"{name} = {ours[name]}" for name in names),
        ", ".join(f"{name} = {theirs[name]}" for name in names),
    )
