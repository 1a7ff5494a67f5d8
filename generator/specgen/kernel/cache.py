"""What was made once is kept: sources, build trees to build on, and kernels.

Below one directory:

- ``kernels/KEY``: a kernel with what tests need of it. The key is a hash of all it was made from.
- ``sources/NAME``: the files of a tree that matter. ``builds/KEY/kept``: what the build of an unchanged tree has left
  for later ones, which then compile what differs.
- ``locks/NAME``: who works on what. They stay, and take no room.

An entry is made under another name and renamed when it is whole. It has a record of its files; where the record and
the files disagree, it counts as not there. So whatever is interrupted, or written by half, is done again.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specgen import __version__
from specgen.kernel.commands import Watch, remove
from specgen.kernel.sources import digested
from specgen.language.names import did_you_mean
from specgen.language.source import Diagnostic, SpecError

RECORD = "kernel.json"
FORMAT = 1
_NEW = ".new-"
_TAG = """Signature: 8a477f597d28d172789f06886806bc55
# A cache of specgen: all of it can be made again. `specgen kernel cache` lists and removes.
"""
_IMAGES = {"uml": "linux", "qemu": "bzImage"}


class Broken(Exception):
    """An entry is not what its record says; the message says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """All that a kernel is made from. Equal identities make kernels that are alike (images also hold paths).

    Args:
        source: of the tree, as :attr:`specgen.kernel.sources.Tree.source`.
        config: hash of what is asked for.
        recipe: grows when kernels are made in another way.
        mutant: name of the fault that was put in; empty for none.
        widened: names of windows, with their milliseconds.
        changes: hashes of the texts that differ from the tree's, by path.
    """

    source: str
    version: str
    machine: str
    config: str
    compiler: str
    recipe: int
    mutant: str = ""
    widened: tuple[tuple[str, int], ...] = ()
    changes: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        text = json.dumps({"format": FORMAT, **self.json()}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def json(self) -> dict[str, Any]:
        """As it stands in a record."""
        return {
            "version": self.version,
            "machine": self.machine,
            "source": self.source,
            "config": self.config,
            "compiler": self.compiler,
            "recipe": self.recipe,
            "mutant": self.mutant,
            "widened": dict(self.widened),
            "changes": dict(self.changes),
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Identity:
        """Of a record; a KeyError, TypeError or ValueError if it has no such thing."""
        text = {name: str(data[name]) for name in ("source", "version", "machine", "config", "compiler", "mutant")}
        widened = tuple(sorted((str(k), int(v)) for k, v in data["widened"].items()))
        changes = tuple(sorted((str(k), str(v)) for k, v in data["changes"].items()))
        return cls(recipe=int(data["recipe"]), widened=widened, changes=changes, **text)


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel that can be booted: a directory with ``linux`` or ``bzImage``, ``config``, headers, the harness.

    Args:
        sha256: of the image.
        created_by: the version of specgen that made it.
    """

    directory: Path
    identity: Identity
    sha256: str
    created_by: str

    @property
    def key(self) -> str:
        return self.identity.key

    @property
    def version(self) -> str:
        return self.identity.version

    @property
    def machine(self) -> str:
        return self.identity.machine

    @property
    def source(self) -> str:
        return self.identity.source

    @property
    def compiler(self) -> str:
        return self.identity.compiler

    @property
    def mutant(self) -> str:
        return self.identity.mutant

    @property
    def widened(self) -> tuple[tuple[str, int], ...]:
        return self.identity.widened

    @property
    def image(self) -> Path:
        return self.directory / _IMAGES[self.machine]

    @property
    def config(self) -> Path:
        return self.directory / "config"

    @property
    def headers(self) -> Path:
        """``usr/include`` of the kernel is below it."""
        return self.directory / "headers"

    @property
    def kselftest(self) -> Path:
        """``kselftest_harness.h`` of the tree and what it needs are in it."""
        return self.directory / "kselftest"

    @property
    def title(self) -> str:
        """As people call it: ``6.1.192 uml +mutant window=100``."""
        wide = [f"{name}={value}" for name, value in self.widened]
        return " ".join([self.version, self.machine, *([f"+{self.mutant}"] if self.mutant else []), *wide])

    @classmethod
    def read(cls, directory: Path) -> Kernel:
        """A kernel's directory, checked to the last byte.

        Raises:
            SpecError: it has none, or not as it was made.
        """
        try:
            return cls.checked(directory)
        except Broken as error:
            message = f"{directory} is not a kernel that specgen has built: {error}"
            advice = "`specgen kernel list` has those there are; `specgen kernel build` makes one"
            raise SpecError((Diagnostic("SG1010", message, None, advice),)) from error

    @classmethod
    def checked(cls, directory: Path) -> Kernel:
        """As :meth:`read`.

        Raises:
            Broken: it has none, or not as it was made.
        """
        record = intact(directory, thorough=True)
        try:
            identity = Identity.of(record)
            image = str(record["files"][_IMAGES[identity.machine]][1]).removeprefix("x ")
            made = cls(directory, identity, image, str(record["created_by"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Broken(f"{RECORD} lacks {error}") from error
        if record.get("key") != identity.key:
            raise Broken(f"{RECORD} was changed")
        return made


def seal(directory: Path, facts: Mapping[str, Any]) -> None:
    """Writes the record of an entry that is whole: facts about it, and size and hash of each of its files."""
    found: dict[str, tuple[int, str]] = {}
    for path in sorted(_files(directory)):
        found[os.path.relpath(path, directory)] = (path.lstat().st_size, digested(path))
    text = json.dumps({"format": FORMAT, "created_by": __version__, **facts, "files": found}, indent=0)
    (directory / RECORD).write_text(text + "\n", encoding="utf-8")


def intact(directory: Path, *, thorough: bool) -> dict[str, Any]:
    """The record of an entry, if the files are as it says.

    Args:
        thorough: whether they are read, or only their sizes.

    Raises:
        Broken: they are not.
    """
    try:
        record: dict[str, Any] = json.loads((directory / RECORD).read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise Broken("it was made by another version of specgen")
        for name, (size, digest) in record["files"].items():
            path = directory / name
            if path.lstat().st_size != size or (thorough and digested(path) != digest):
                raise Broken(f"{name} was changed")
    except FileNotFoundError as error:
        raise Broken(f"there is no {os.path.relpath(error.filename, directory)}") from error
    except OSError as error:
        raise Broken(f"{error.strerror}: {error.filename}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Broken(f"{RECORD} cannot be read") from error
    return record


def _files(directory: Path) -> Iterator[Path]:
    for above, below, names in os.walk(directory):
        links = [name for name in below if os.path.islink(os.path.join(above, name))]  # noqa: PTH114, PTH118  # strings, many of them
        yield from (Path(above) / name for name in (*names, *links) if (Path(above) / name).name != RECORD)


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held, as an open file: it may be handed to programs, and is held until the last has ended."""

    file: int


@dataclass(frozen=True, slots=True)
class Cache:
    """The directory."""

    top: Path

    @classmethod
    def at(cls, path: str | None) -> Cache:
        """The one that is named, or the user's own; made if it is not there.

        Raises:
            SpecError: it cannot be used.
        """
        own = os.environ.get("XDG_CACHE_HOME", "")
        base = Path(own) if own.startswith("/") else Path("~/.cache").expanduser()
        top = Path(os.path.abspath(path)) if path else base / "specgen"  # noqa: PTH100  # not through links
        if any(character in str(top) for character in " :\t\n"):
            raise _unusable(top, "make cannot work below a path with spaces or colons")
        try:
            for name in ("kernels", "sources", "builds", "locks"):
                (top / name).mkdir(parents=True, exist_ok=True)
            if not (top / "CACHEDIR.TAG").exists():
                (top / "CACHEDIR.TAG").write_text(_TAG, encoding="utf-8")
        except OSError as error:
            raise _unusable(top, error.strerror or str(error)) from error
        if not os.access(top / "kernels", os.W_OK):
            raise _unusable(top, "it is not writable")
        return cls(top)

    def kernel(self, key: str) -> Kernel | None:
        """The kernel of a key, if there is one and it is whole."""
        try:
            made = Kernel.checked(self.top / "kernels" / key)
        except Broken:
            return None
        return made if made.key == key else None

    def kernels(self) -> list[Kernel]:
        """All that are whole, the newest versions first."""
        found = [self.kernel(path.name) for path in (self.top / "kernels").iterdir() if path.name[:1] != "."]
        whole = [kernel for kernel in found if kernel is not None]
        return sorted(whole, key=lambda k: (_numbers(k.version), k.machine, k.mutant, k.widened, k.key))

    def find(self, text: str) -> Kernel:
        """The kernel of a path, or of a key or its beginning.

        Raises:
            SpecError: there is none, or several.
        """
        if "/" in text:
            return Kernel.read(Path(text))
        names = [path.name for path in (self.top / "kernels").iterdir() if path.name[:1] != "."]
        found = [name for name in names if text and name.startswith(text)]
        if len(found) == 1:
            return Kernel.read(self.top / "kernels" / found[0])
        message = f"no kernel of the cache has the key {text}"
        advice = did_you_mean(text, names) or "`specgen kernel list` has those there are"
        if found:
            message, advice = f"{len(found)} kernels have a key that begins with {text}", "give some more of it"
        raise SpecError((Diagnostic("SG1010", message, None, advice),))

    def sources(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Trees that are whole, as far as sizes tell, with their records."""
        for path in sorted((self.top / "sources").iterdir()):
            if path.name[:1] != ".":
                with suppress(Broken):
                    yield path, intact(path, thorough=False)

    def releases(self) -> list[str]:
        """The versions of Debian's whose sources are there; whether they are whole is seen when one is needed."""
        names = [path.name for path in (self.top / "sources").glob("debian_*")]
        return sorted(name.removeprefix("debian_").replace("_", "~") for name in names)

    @contextmanager
    def lock(self, name: str, watch: Watch) -> Iterator[Lock]:
        """Held by one process at a time; whoever comes later waits."""
        file = os.open(self.top / "locks" / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            while not _taken(file):
                watch.left()
                watch.tell("waiting for another specgen that works on the same")
                time.sleep(0.1)
            yield Lock(file)
        finally:
            os.close(file)

    @contextmanager
    def new(self, kind: str, name: str) -> Iterator[Path]:
        """An empty directory that becomes the entry, in place of an old one, if the block succeeds; else it is gone.

        Raises:
            SpecError: the disk is full.
        """
        made = self.top / kind / (_NEW + name)
        with full_disk(self.top):
            remove(made)
            made.mkdir(parents=True)
            try:
                yield made
                final = self.top / kind / name
                remove(final)
                made.rename(final)
            finally:
                remove(made)

    def remove(self, kernel: Kernel, watch: Watch) -> None:
        """Removes a kernel."""
        with self.lock(kernel.key, watch):
            remove(self.top / "kernels" / kernel.key)

    def clear(self, watch: Watch) -> None:
        """Removes all sources and build trees; kernels stay."""
        for kind in ("builds", "sources"):
            for path in (self.top / kind).iterdir():
                with self.lock(path.name.removeprefix(_NEW), watch):
                    remove(path)

    def tidy(self) -> None:
        """Removes what a killed build has left, where nobody works."""
        for kind in ("kernels", "sources", "builds"):
            for path in (self.top / kind).iterdir():
                new = path.name.startswith(_NEW)
                if new or kind == "builds":
                    self._tidy(path, path.name.removeprefix(_NEW), new=new)

    def _tidy(self, path: Path, name: str, *, new: bool) -> None:
        file = os.open(self.top / "locks" / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            if not _taken(file):
                return
            for left in [path] if new else [p for p in path.iterdir() if p.name != "kept"]:
                remove(left)
            if not new and not any(path.iterdir()):
                path.rmdir()
        finally:
            os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def full_disk(top: Path) -> Iterator[None]:
    """Says what is to be done where there is no room.

    Raises:
        SpecError: there is none.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise no_room(top) from error


def no_room(top: Path) -> SpecError:
    """The error for a full disk."""
    message = f"no room is left on the disk of {top}"
    advice = (
        "a source takes 400 MB, a first build 200 MB more: `specgen kernel cache --clear` removes those of old "
        "kernels, and --cache names another directory; what was begun has been removed"
    )
    return SpecError((Diagnostic("SG1009", message, None, advice),))


def _unusable(top: Path, why: str) -> SpecError:
    message = f"{top} cannot be the cache: {why}"
    advice = "--cache DIR names another directory, as does XDG_CACHE_HOME for its parent"
    return SpecError((Diagnostic("SG1008", message, None, advice),))


def _numbers(version: str) -> list[int]:
    digits = "".join(c if c.isdigit() else " " for c in version).split()
    return [-int(number) for number in digits]
