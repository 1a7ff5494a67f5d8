"""The revision that a verb is about, as it is tested: with the constants and criteria of the section ``generate``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from specgen.cli.console import Console
from specgen.cli.errors import UsageError
from specgen.cli.inputs import Loaded, open_spec, retyped
from specgen.core.lower import lower
from specgen.core.system import System
from specgen.language.source import Diagnostics, SpecError
from specgen.language.typecheck import check
from specgen.language.typed import Spec
from specgen.language.types import text
from specgen.report.json import plain
from specgen.testgen.settings import DIRECTORY, TARGET, USUAL, Entry, read
from specgen.testgen.targets import Targets
from specgen.trace.values import Json


@dataclass(frozen=True, slots=True)
class Instance:
    """One revision of a spec for the constants that tests use.

    Args:
        constants: values that count instead of the declared ones, as written.
        criteria: of the suite, if none are asked for.
        directory: of the generated tests.
    """

    loaded: Loaded
    revision: str
    spec: Spec
    constants: Mapping[str, str]
    criteria: tuple[str, ...]
    directory: Path

    @property
    def heading(self) -> str:
        """The revision with its title, for people."""
        return f"{self.revision}  {self.spec.document.revision.title}".rstrip()

    def head(self, system: System) -> dict[str, Json]:
        """What JSON says first: of which spec, revision and constants it speaks."""
        workspace = self.loaded.workspace
        constants: dict[str, Json] = {name: plain(value) for name, value in system.constants}
        return {
            "spec": workspace.path,
            "sha256": workspace.sha256,
            "revision": self.revision,
            "constants": constants,
        }

    @property
    def values(self) -> dict[str, str]:
        """The constants that the revision has, as text."""
        return {name: text(kind, value) for name, (kind, value) in self.spec.constants.items()}

    def having(self, constants: Mapping[str, str]) -> Instance:
        """The revision with other constants, declared values where none is given.

        Raises:
            SpecError: it cannot have them.
        """
        document, found = self.spec.document, Diagnostics()
        mine = {name: value for name, value in constants.items() if name in document.constants}
        spec = check(document, mine, found)
        if found.failed:
            raise SpecError(tuple(found.items))
        return replace(self, spec=spec, constants=mine)

    def system(self) -> System:
        return lower(self.spec)


def instance(options: argparse.Namespace, console: Console) -> Instance:
    """The revision named by ``-r``, from a spec.

    Raises:
        SpecError: the spec is wrong.
        UsageError: there is no such revision, or several and none is named.
    """
    loaded = open_spec(options.spec, options.constants, console)
    declared = list(loaded.workspace.documents)
    name = options.revision
    if name is None and len(declared) > 1:
        raise UsageError("say which revision, with -r REV", f"there are {', '.join(declared)}")
    revision = declared[0] if name is None else name
    loaded.revision(revision)
    entry = _entry(loaded, revision)
    constants = {**dict(entry.constants if entry else ()), **dict(options.constants)}
    typed = retyped(loaded, constants) if entry is not None and entry.constants else loaded
    spec = typed.revision(revision)
    mine = {n: v for n, v in constants.items() if n in spec.document.constants}
    criteria = dict(entry.chosen).get(revision, USUAL) if entry is not None else USUAL
    directory = Path(DIRECTORY)
    if entry is not None:
        directory = Path(os.path.normpath(Path(options.spec).parent / entry.directory))
    return Instance(typed, revision, spec, mine, criteria, directory)


def _entry(loaded: Loaded, revision: str) -> Entry | None:
    """The generator of tests for pytest, one that names the revision if there is such a one."""
    entries = [e for e in read(loaded.workspace, list(Targets.installed())) if e.target == TARGET]
    naming = [entry for entry in entries if revision in dict(entry.chosen)]
    return next(iter([*naming, *entries]), None)
