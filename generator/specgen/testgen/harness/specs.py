"""The spec behind a generated test, read when it is needed: to interpret it, or to say where an action stands.

The only part of the harness that reads YAML.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from specgen.core.lower import lower
from specgen.core.system import System
from specgen.language.document import Workspace
from specgen.language.load import load
from specgen.language.source import Diagnostics, Span, SpecError
from specgen.language.typecheck import check
from specgen.testgen.harness.errors import Unknown
from specgen.testgen.harness.names import Value
from specgen.testgen.suite import core_digest


class Known:
    """One revision of a spec, for given constants."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._actions = dict(system.action_names)
        self._cites = {
            a.name: ", ".join(f"{source} {step}" for source, step in a.cites) for a in system.actions if a.cites
        }
        self._guards = {(a.name, g.name): g.span for a in system.actions for g in a.guards}

    @property
    def sha256(self) -> str:
        """Of the core, as the header of a test has it."""
        return core_digest(self.system)

    def place(self, action: str) -> str:
        """``file:line`` of an action; empty for one that the spec does not have."""
        return _place(self._actions.get(action))

    def cites(self, action: str) -> str:
        """What an action cites, as in ``mail 5, mail 6``."""
        return self._cites.get(action, "")

    def guard(self, action: str, guard: str) -> str:
        """``file:line`` of a guard; empty for one that nobody wrote."""
        return _place(self._guards.get((action, guard)))


class Specs:
    """Specs read so far; one for a whole run of pytest."""

    def __init__(self) -> None:
        self._workspaces: dict[str, Workspace] = {}
        self._known: dict[tuple[str, str, tuple[tuple[str, Value], ...]], Known] = {}

    def revision(self, path: str, revision: str, constants: Mapping[str, Value]) -> Known:
        """One revision.

        Raises:
            SpecError: the spec is wrong or cannot be read.
            Unknown: it has no such revision.
        """
        key = (path, revision, tuple(constants.items()))
        if key not in self._known:
            self._known[key] = Known(self._system(path, revision, constants))
        return self._known[key]

    def _system(self, path: str, revision: str, constants: Mapping[str, Value]) -> System:
        if path not in self._workspaces:
            self._workspaces[path] = load(path)
        document = self._workspaces[path].documents.get(revision)
        if document is None:
            raise Unknown(f"{path} has no revision '{revision}' any more")
        found = Diagnostics()
        spec = check(document, {name: written(value) for name, value in constants.items()}, found)
        if found.failed:
            raise SpecError(tuple(found.items))
        return lower(spec)


def written(value: Value) -> str:
    """A value as a spec writes it."""
    words = {"True": "true", "False": "false", "None": "null"}
    return words.get(str(value), str(value)) if not isinstance(value, str) else value


def _place(span: Span | None) -> str:
    return "" if span is None else f"{os.path.relpath(span.source.path)}:{span.line}"
