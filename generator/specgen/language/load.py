"""From a path to a workspace: files, sections, revisions; every diagnostic at once."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from specgen.language import overlay, reader, yamlnodes
from specgen.language.document import Workspace
from specgen.language.source import Diagnostic, Diagnostics, Note, Source, Span, SpecError
from specgen.language.yamlnodes import Mapping, Node, Scalar, Sequence

MAX_FILES = 64


def load(path: str, *, diagnostics: Diagnostics | None = None) -> Workspace:
    """Reads a spec with all its revisions.

    Args:
        path: of the main file, as the user typed it; positions show it so.
        diagnostics: receives the warnings of a spec without errors.

    Raises:
        SpecError: if anything is wrong; carries all diagnostics, in the order of files and lines.
    """
    found = Diagnostics()
    files = _Files(path, found)
    try:
        workspace = _workspace(files, found)
    except SpecError as error:  # too many errors to go on
        raise SpecError(_ordered(error.diagnostics, files.sources)) from None
    ordered = _ordered(found.items, files.sources)
    if workspace is None or found.failed:
        raise SpecError(ordered)
    if diagnostics is not None:
        for item in ordered:
            diagnostics.add(
                item.code, item.message, item.span, help=item.help, notes=item.notes, severity=item.severity
            )
    return workspace


def _workspace(files: _Files, found: Diagnostics) -> Workspace | None:
    """What the files hold; None if one of them cannot be read, since the others would seem full of gaps."""
    files.read()
    roots = [root for root in files.roots if root is not None]
    if len(roots) < len(files.roots):
        return None
    content = reader.read(files.sources[0], roots, found)
    documents = overlay.build(content, found)
    return Workspace(
        path=files.path,
        sha256=files.digest.hexdigest(),
        sources=tuple(files.sources),
        documents=documents or {reader.BASE: content.base},
        base=content.base,
    )


def _ordered(items: Iterable[Diagnostic], sources: list[Source]) -> tuple[Diagnostic, ...]:
    """By file and line; what has no place first, and that there is more last."""
    order = {source.path: number for number, source in enumerate(sources)}

    def place(item: Diagnostic) -> tuple[int, int, int]:
        if item.span is None:
            return (len(order) + 1 if item.code == "SG100" else -1, 0, 0)
        return (order.get(item.span.source.path, len(order)), item.span.line, item.span.column)

    return tuple(sorted(items, key=place))


@dataclass(slots=True)
class _Files:
    """The main file and what it includes, each read once."""

    path: str
    diagnostics: Diagnostics
    sources: list[Source] = field(default_factory=list)
    roots: list[Mapping | None] = field(default_factory=list)
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    places: dict[str, Span | None] = field(default_factory=dict)

    def read(self) -> None:
        if "\0" not in self.path:
            self.places[os.path.realpath(self.path)] = None
        self._file(self.path, None)

    def _file(self, path: str, asked: Span | None) -> None:
        """Reads one file and then what it includes; the depth is bounded by the number of files."""
        data = _bytes(path, asked, self.diagnostics)
        if data is None:
            self.roots.append(None)
            return
        self.digest.update(data)
        source = yamlnodes.decode(path, data, self.diagnostics)
        root = None
        if source is not None:
            self.sources.append(source)
            root = yamlnodes.parse(source, self.diagnostics)
        self.roots.append(root)
        if root is not None:
            for key, value in root.entries:
                if key.value == "include":
                    self._include(path, value)

    def _include(self, path: str, node: Node) -> None:
        if not isinstance(node, Sequence):
            message = "expected a list of files"
            self.diagnostics.add("SG204", message, node.span, help="one a line, each behind `- `")
            return
        for item in node.items:
            if not isinstance(item, Scalar) or not item.value or "\0" in item.value:
                self.diagnostics.add("SG204", "expected the path of a file", item.span)
            elif self._allowed(path, item):
                self._file(str(Path(path).parent / item.value), item.span)

    def _allowed(self, path: str, item: Scalar) -> bool:
        top = os.path.realpath(Path(self.path).parent)
        real = os.path.realpath(Path(path).parent / item.value)
        if Path(item.value).is_absolute() or not Path(real).is_relative_to(top):
            message = f"'{item.value}' is not below the directory of the spec"
            advice = "paths are relative to the including file, and stay below the directory of the main file"
            self.diagnostics.add("SG122", message, item.span, help=advice)
            return False
        if real in self.places:
            first = self.places[real]
            note = Note("this is the main file" if first is None else "first included here", first)
            message = f"'{item.value}' is included twice"
            self.diagnostics.add("SG123", message, item.span, help="each file is read once", notes=(note,))
            return False
        if len(self.places) >= MAX_FILES:
            self.diagnostics.add("SG104", f"the spec has more than {MAX_FILES} files", item.span)
            return False
        self.places[real] = item.span
        return True


def _bytes(path: str, asked: Span | None, diagnostics: Diagnostics) -> bytes | None:
    """The content of a regular file, up to one byte more than is allowed. Never waits for a writer."""
    try:
        # Without O_NONBLOCK, opening a FIFO would wait for its other end.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        _unreadable(path, reason.lower(), asked, diagnostics)
        return None
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        kind = "a directory" if stat.S_ISDIR(mode) else "no regular file"
        _unreadable(path, f"it is {kind}", asked, diagnostics)
        return None
    with os.fdopen(handle, "rb") as file:
        try:
            return file.read(yamlnodes.MAX_BYTES + 1)
        except OSError as error:
            _unreadable(path, str(error.strerror).lower(), asked, diagnostics)
            return None


def _unreadable(path: str, reason: str, asked: Span | None, diagnostics: Diagnostics) -> None:
    advice = "give the path of a spec, a file in YAML" if asked is None else None
    diagnostics.add("SG101", f"cannot read '{path}': {reason}", asked, help=advice)
