"""A source tree that differs from another in some files: links to all that is the same, so that it costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from specgen.kernel.sources import Directory

RECORD_AT_TOP = "kernel.json"  # of the cache, not of the tree
_MOST = 200  # files that may differ; of more, a copy of the whole tree is the better basis


@dataclass(frozen=True, slots=True)
class Basis:
    """A tree of the cache, and what another has in another way.

    Args:
        top: its directory.
        source: what it is, as :attr:`specgen.kernel.sources.Tree.source`.
        different: paths of the other tree's files that differ, with their digests; empty for those it has not.
        tree: the other tree, where there is one.
    """

    top: Path
    source: str
    version: str
    different: Mapping[str, str]
    tree: Directory | None = None

    @classmethod
    def between(cls, top: Path, record: Mapping[str, object], tree: Directory) -> Basis | None:
        """A cached tree as the basis for another one; None where they have too little in common."""
        files = record["files"]
        assert isinstance(files, dict)
        mine = {name: digest for name, (_, digest) in files.items()}
        names = {name for name, _ in mine.items() ^ tree.digests.items()}
        if len(names) > _MOST:
            return None
        different = {name: tree.digests.get(name, "") for name in sorted(names)}
        return cls(top, str(record["source"]), str(record["version"]), different, tree)

    def plant(self, directory: Path, texts: Mapping[str, str]) -> None:
        """Makes the tree in a directory, with some texts in place of what it has."""
        writers: dict[str, Callable[[Path], None]] = {
            name: self._copier(name, digest) for name, digest in self.different.items()
        }
        writers |= {name: _writer(text) for name, text in texts.items()}
        _plant(self.top, directory, "", writers)

    def _copier(self, name: str, digest: str) -> Callable[[Path], None]:
        tree = self.tree
        if not digest or tree is None:
            return lambda _to: None
        return lambda to: tree.copy(name, digest, to)


class Texts(Mapping[str, str]):
    """The texts of a tree by path, read when they are asked for."""

    def __init__(self, basis: Basis) -> None:
        self._basis = basis

    def __getitem__(self, path: str) -> str:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts:
            raise KeyError(path)
        basis = self._basis
        top = basis.tree.top if basis.tree is not None and path in basis.different else basis.top
        try:
            return (top / path).read_text(encoding="utf-8", errors="surrogateescape")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise KeyError(path) from None

    def __iter__(self) -> Iterator[str]:
        found: Iterable[str] = (
            path.relative_to(self._basis.top).as_posix() for path in self._basis.top.rglob("*") if path.is_file()
        )
        return iter({*found, *self._basis.different} - {RECORD_AT_TOP})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _writer(text: str) -> Callable[[Path], None]:
    def write(to: Path) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8", errors="surrogateescape")

    return write


def _plant(source: Path, to: Path, at: str, writers: Mapping[str, Callable[[Path], None]]) -> None:
    """Links, but for directories on the way to a file that differs, which are made."""
    to.mkdir()
    entries = {path.name: path for path in source.iterdir()} if source.is_dir() else {}
    below = {name.removeprefix(at).split("/")[0] for name in writers if name.startswith(at)}
    for name, path in sorted(entries.items()):
        if name not in below and (at or name != RECORD_AT_TOP):
            (to / name).symlink_to(path)
    for name in sorted(below):
        if at + name in writers:
            writers[at + name](to / name)
        else:
            _plant(source / name, to / name, f"{at}{name}/", writers)
