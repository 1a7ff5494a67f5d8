"""Small specs from text, for tests."""

from __future__ import annotations

from pathlib import Path

from specgen.core.lower import lower
from specgen.core.system import System
from specgen.language.load import load
from specgen.language.source import Diagnostic, Diagnostics, SpecError
from specgen.language.typecheck import check
from specgen.language.typed import Spec


def typed(path: Path, text: str, revision: str = "base", **constants: object) -> tuple[Spec, Diagnostics]:
    """The typed spec of one revision and everything reported on the way."""
    path.write_text(text, encoding="utf-8")
    return typed_file(path, revision, **constants)


def typed_file(path: Path, revision: str = "base", **constants: object) -> tuple[Spec, Diagnostics]:
    """As :func:`typed`, for a file that exists."""
    found = Diagnostics()
    workspace = load(str(path), diagnostics=found)
    document = workspace.documents.get(revision, workspace.base)
    return check(document, {k: str(v) for k, v in constants.items()}, found), found


def system(path: Path, text: str, revision: str = "base", **constants: object) -> System:
    """The system of one revision of a spec without mistakes."""
    spec, found = typed(path, text, revision, **constants)
    assert not found.failed, found.items
    return lower(spec)


def reported(path: Path, text: str, **constants: object) -> list[Diagnostic]:
    """Everything that loading and typing the text reports."""
    try:
        return typed(path, text, **constants)[1].items
    except SpecError as error:
        return list(error.diagnostics)
