"""Specs as verbs need them: loaded, every revision typed, names given on the command line resolved."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from specgen.cli.console import Console
from specgen.cli.errors import UsageError
from specgen.cli.options import BASE
from specgen.language.document import Document, Workspace
from specgen.language.load import load
from specgen.language.names import did_you_mean
from specgen.language.scope import Memo
from specgen.language.source import Diagnostics, Note, SpecError
from specgen.language.typecheck import check
from specgen.language.typed import Spec
from specgen.language.unused import report_unused


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec file with every revision typed."""

    workspace: Workspace
    specs: dict[str, Spec]

    def revision(self, name: str) -> Spec:
        """One revision.

        Raises:
            UsageError: there is none of that name.
        """
        if name not in self.specs:
            advice = did_you_mean(name, list(self.specs))
            known = f"the revisions are {', '.join(self.workspace.documents)}"
            known += f"; {BASE} is what they change" if BASE not in self.workspace.documents else ""
            raise UsageError(f"{self.workspace.path} has no revision '{name}'", advice or known)
        return self.specs[name]

    def select(self, patterns: Sequence[str]) -> list[str]:
        """The revisions that names or globs mean, in the spec's order; without patterns all it declares.

        Raises:
            UsageError: a pattern means none.
        """
        declared = list(self.workspace.documents)
        if not patterns:
            return declared
        chosen: set[str] = set()
        for pattern in patterns:
            if pattern in self.specs:
                chosen.add(pattern)
                continue
            found = [name for name in declared if fnmatchcase(name, pattern)]
            if not found:
                self.revision(pattern)
            chosen.update(found)
        return [name for name in self.specs if name in chosen]


def open_spec(
    path: str,
    constants: Iterable[tuple[str, str]],
    console: Console,
    hints: Mapping[str, str] | None = None,
) -> Loaded:
    """Loads a spec and types all its revisions; warnings go to standard error.

    Args:
        constants: as given with ``-D``.
        hints: values that count for constants which the spec has and ``-D`` does not give.

    Raises:
        SpecError: with everything that is wrong in any revision.
        UsageError: a constant is given that no revision has.
    """
    gc.disable()  # loading makes many objects and drops few
    try:
        return _open(path, constants, console, hints)
    finally:
        gc.enable()


def _open(
    path: str, constants: Iterable[tuple[str, str]], console: Console, hints: Mapping[str, str] | None
) -> Loaded:
    found = Diagnostics()
    workspace = load(path, diagnostics=found)
    documents = dict(workspace.documents)
    documents.setdefault(BASE, workspace.base)
    overrides = dict(constants)
    _check_constants(overrides, documents.values())
    memo = Memo()
    specs = _typed(documents, {**(hints or {}), **overrides}, found, memo)
    if not found.failed:
        report_unused(documents.values(), memo, found)
    if found.failed:
        raise SpecError(tuple(found.items))
    if found.items:
        from specgen.report.diagnostics import render_diagnostics  # noqa: PLC0415  # most specs have none

        console.error(render_diagnostics(found.items, console.error_style).rstrip("\n"), "")
    return Loaded(workspace, specs)


def retyped(loaded: Loaded, overrides: Mapping[str, str]) -> Loaded:
    """The same spec with other values of constants; its warnings have been told.

    Raises:
        SpecError: with everything that is wrong then.
    """
    found = Diagnostics()
    documents = {name: spec.document for name, spec in loaded.specs.items()}
    specs = _typed(documents, overrides, found, Memo())
    if found.failed:
        raise SpecError(tuple(found.items))
    return Loaded(loaded.workspace, specs)


def _typed(
    documents: Mapping[str, Document], overrides: Mapping[str, str], found: Diagnostics, memo: Memo
) -> dict[str, Spec]:
    specs = {}
    for name, document in documents.items():
        mine = {n: v for n, v in overrides.items() if n in document.constants}
        of_revision = Diagnostics()
        specs[name] = check(document, mine, of_revision, memo)
        for item in of_revision.items:
            # what is wrong in the first is mostly wrong in all of them; later ones say which they are
            where = () if name == next(iter(documents)) else (Note(f"in revision {name}"),)
            notes = (*item.notes, *where)
            found.add(item.code, item.message, item.span, help=item.help, notes=notes, severity=item.severity)
    return specs


def _check_constants(overrides: dict[str, str], documents: Iterable[Document]) -> None:
    known = {name: None for document in documents for name in document.constants}
    for name in overrides:
        if name not in known:
            advice = did_you_mean(name, list(known))
            has = f"its constants are {', '.join(known)}" if known else "it has no constants"
            raise UsageError(f"the spec has no constant '{name}'", advice or has)
