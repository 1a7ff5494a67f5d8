"""``specgen generate``: tests from a spec."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.errors import UsageError
from specgen.cli.inputs import Loaded, open_spec, retyped
from specgen.testgen.files import Place
from specgen.testgen.settings import DIRECTORY, TARGET, Entry, read, usual
from specgen.testgen.targets import Targets


def run(options: argparse.Namespace, console: Console) -> int:
    """Generates what the spec names, or a part of it."""
    started = time.monotonic()
    path = options.spec or _only_spec()
    loaded = open_spec(path, options.constants, console)
    targets = Targets.installed()
    section = read(loaded.workspace, list(targets))
    entries = _entries(options, loaded, targets, section)
    # the engines: a wrong spec is told without them
    from specgen.cli.generation import Generation  # noqa: PLC0415

    code = errors.OK
    for entry in entries:
        chosen = _restricted(entry, options, loaded)
        overrides = {**dict(entry.constants), **dict(options.constants)}
        typed = retyped(loaded, overrides) if entry.constants else loaded
        directory = _directory(entry, options, path)
        place = _place(entry, options, path, directory, several=len(section) > 1)
        job = Generation(options, typed, entry, chosen, targets[entry.target], directory, place, console, started)
        code = max(code, job.run())
    return code


def _only_spec() -> str:
    """The spec of a tree that has one.

    Raises:
        UsageError: it has none, or several.
    """
    found = sorted(str(path) for path in Path("spec").glob("*.yaml"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError("generate: which spec?", "there is none in spec/; as in: specgen generate my_spec.yaml")
    raise UsageError("generate: which spec?", f"there are {', '.join(found)}")


def _entries(
    options: argparse.Namespace, loaded: Loaded, targets: Targets, section: Sequence[Entry]
) -> Sequence[Entry]:
    names = list(targets)
    target = options.target
    if target is not None and target not in names:
        raise UsageError(f"there is no target '{target}', the targets are {', '.join(names)}")
    entries = [entry for entry in section if target in (None, entry.target)]
    if not entries:
        entries = [usual(loaded.workspace, target or TARGET)]
    if options.directory is not None and len(entries) > 1:
        both = ", ".join(entry.name for entry in entries)
        raise UsageError("-o: several generators cannot write into one directory", f"the spec has {both}")
    return entries


def _restricted(entry: Entry, options: argparse.Namespace, loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """The criteria of each revision that is asked for.

    Raises:
        UsageError: the spec's own directory is to get what the spec does not name.
    """
    named = dict(entry.chosen)
    revisions = loaded.select(options.revisions) if options.revisions else list(named)
    criteria = tuple(options.criteria)
    if not entry.name or options.directory is not None:
        return {name: criteria or named.get(name) or _any(entry) for name in revisions}
    chosen = {
        name: tuple(c for c in named.get(name, ()) if not criteria or c in criteria) for name in revisions
    }
    for name in revisions if options.revisions else ():
        if not chosen[name]:
            what = f"for {', '.join(criteria)}" if criteria else "at all"
            raise UsageError(
                f"the spec's `generate:` section has no suite of {name} {what}",
                "add it to `suites:` there, or write elsewhere with -o DIR",
            )
    if not any(chosen.values()):
        raise UsageError(
            f"the spec's `generate:` section has no suite for {', '.join(criteria)}",
            "add it to `suites:` there, or write elsewhere with -o DIR",
        )
    return {name: own for name, own in chosen.items() if own}


def _any(entry: Entry) -> tuple[str, ...]:
    """Criteria for a revision that the entry does not name: those of all others."""
    return tuple(dict.fromkeys(c for _, own in entry.chosen for c in own))


def _directory(entry: Entry, options: argparse.Namespace, path: str) -> Path:
    if options.directory is not None:
        return Path(options.directory)
    if entry.directory:
        return Path(os.path.normpath(Path(path).parent / entry.directory))
    return Path(DIRECTORY)


def _place(entry: Entry, options: argparse.Namespace, path: str, directory: Path, *, several: bool) -> Place:
    """Paths as headers have them: from the nearest directory that has both the spec and the output."""
    spec = os.path.join(os.path.realpath(os.path.dirname(path) or "."), os.path.basename(path))  # noqa: PTH118, PTH119, PTH120  # strings
    out = os.path.realpath(directory)
    common = os.path.commonpath([os.path.dirname(spec), out])  # noqa: PTH120
    if common == os.path.sep:
        # nothing in common: what lies above is this machine's own business
        here, there = os.path.basename(spec), os.path.basename(out)  # noqa: PTH119
    else:
        here, there = os.path.relpath(spec, common), os.path.relpath(out, common)
    command = f"specgen generate {here}"
    command += f" --target {entry.target}" if several else ""
    command += f" -o {there}" if options.directory is not None or not entry.directory else ""
    command += "".join(f" -D {name}={value}" for name, value in options.constants)
    overrides = {**dict(entry.constants), **dict(options.constants)}
    return Place(here, os.path.relpath(spec, out), there, command, entry.adapter, tuple(overrides.items()))
