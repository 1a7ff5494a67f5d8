"""Specs from text for tests of the language's front end."""

from __future__ import annotations

from pathlib import Path

from specgen.language.document import Document, Workspace
from specgen.language.load import load
from specgen.language.source import Diagnostic, Diagnostics, SpecError

HEAD = "spec:\n  name: example\n"


def workspace(directory: Path, text: str | bytes) -> Workspace:
    """The workspace of a spec; a spec with mistakes raises."""
    file = directory / "spec.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(str(file))


def document(directory: Path, text: str) -> Document:
    """The document without overlays of a spec whose section ``spec`` is put in front."""
    return workspace(directory, HEAD + text).base


def reported(directory: Path, text: str | bytes) -> list[Diagnostic]:
    """Everything that loading a text reports, errors and warnings."""
    file = directory / "spec.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = Diagnostics()
    try:
        load(str(file), diagnostics=found)
    except SpecError as error:
        return list(error.diagnostics)
    return found.items


def places(found: list[Diagnostic]) -> list[tuple[str, int, int]]:
    """Code, line and column of each."""
    return [(d.code, d.span.line, d.span.column) if d.span else (d.code, 0, 0) for d in found]
