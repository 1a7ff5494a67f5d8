"""Trees to kernels.

The first build of a tree takes minutes, and what it leaves is kept. A tree that differs in some files, by a fault that
is put in or by what somebody has edited since, is built on a copy of that: only what differs is compiled. Source and
build directory stand at the same place then, since kbuild compiles anew whatever was built elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType

from specgen.kernel import commands
from specgen.kernel.cache import Broken, Cache, Identity, Kernel, Lock, full_disk, intact, no_room, seal
from specgen.kernel.commands import Output, Watch, missing, remove, said
from specgen.kernel.config import Config
from specgen.kernel.farm import Basis, Texts
from specgen.kernel.sources import Directory, Tree, harness
from specgen.language.source import Diagnostic, Note, SpecError

RECIPE = 1
MACHINES = ("uml", "qemu")

_ARCH = MappingProxyType({"uml": "um", "qemu": "x86_64"})
_TARGET = MappingProxyType({"uml": "linux", "qemu": "bzImage"})
_IMAGE = MappingProxyType({"uml": "linux", "qemu": "arch/x86/boot/bzImage"})
_PROGRAMS = ("make", "gcc", "ld", "flex", "bison", "bc")
_FILES = MappingProxyType({"libc.a": "libc6-dev"})
_MORE_FILES = MappingProxyType({"uml": {}, "qemu": {"gelf.h": "libelf-dev"}})
# Linked again whenever anything has changed, and large.
_LINKED = ("vmlinux*", "linux", ".tmp_vmlinux*", ".tmp_linux*", "arch/x86/boot/bzImage", "arch/x86/boot/*/vmlinux*")
_TOLD = re.compile(r"\berror:|undefined reference|multiple definition|\bKilled\b")
_FULL = re.compile(r"No space left on device|Disk quota exceeded")

Edit = Callable[[Mapping[str, str]], Mapping[str, str]]


def _nothing(_texts: Mapping[str, str]) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Change:
    """What is put into a tree before it is built.

    Args:
        mutant: name of a fault; empty for none.
        widened: names of windows, with milliseconds, in the order of their names.
        edit: gets the tree's texts by path, which are read when they are asked for, and gives those that change.
    """

    mutant: str = ""
    widened: tuple[tuple[str, int], ...] = ()
    edit: Edit = _nothing

    @property
    def none(self) -> bool:
        return not self.mutant and not self.widened


STOCK = Change()


def build(tree: Tree, machine: str, change: Change, cache: Cache, watch: Watch) -> Kernel:
    """The kernel of a tree with a change; from the cache if it was built before.

    Raises:
        SpecError: it cannot be built.
        Unavailable: the tree cannot be had any more.
        TimedOut: the watch has run out.
    """
    missing(("gcc", "ld"), {})
    config = Config.of(machine)
    identity = Identity(tree.source, tree.version, machine, _hash(config.text), _compiler(), RECIPE)
    if change.none:
        found = cache.kernel(identity.key)
        if found is not None:
            return found
    cache.tidy()
    basis = _basis(tree, identity, cache, watch)
    texts = Texts(basis)
    edited = {path: text for path, text in change.edit(texts).items() if text != texts.get(path)}
    hashes = tuple(sorted((path, _hash(text)) for path, text in edited.items()))
    identity = replace(identity, mutant=change.mutant, widened=change.widened, changes=hashes)
    found = cache.kernel(identity.key)
    if found is not None:
        return found
    missing(_PROGRAMS, {**_FILES, **_MORE_FILES[machine]})
    return _Builder(basis, identity, config, cache, watch).build(edited)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _compiler() -> str:
    names = [(said([name, "--version"]) or "").partition("\n")[0] for name in ("gcc", "ld")]
    return "; ".join(names)


def _basis(tree: Tree, identity: Identity, cache: Cache, watch: Watch) -> Basis:
    """The cached tree that it is built from: itself, or one that is nearly the same and was built before."""
    if isinstance(tree, Directory):
        near = [
            basis
            for top, record in cache.sources()
            if str(record["source"]).startswith("tree:")
            and (basis := Basis.between(top, record, tree)) is not None
            and _kept(cache, replace(identity, source=basis.source, version=basis.version)) is not None
        ]
        if near:
            return min(near, key=lambda basis: len(basis.different))
    name = re.sub(r"[^A-Za-z0-9.+-]", "_", tree.source)
    top = cache.top / "sources" / name
    with cache.lock(name, watch):
        with suppress(Broken):
            intact(top, thorough=False)
            return Basis(top, tree.source, tree.version, {})
        with cache.new("sources", name) as made:
            tree.fill(made, watch)
            watch.tell("recording the tree")
            seal(made, {"source": tree.source, "version": tree.version})
    return Basis(top, tree.source, tree.version, {})


def _kept(cache: Cache, identity: Identity) -> Path | None:
    """What an earlier build of an unchanged tree has left, if it is whole."""
    path = cache.top / "builds" / identity.key / "kept"
    with suppress(Broken):
        intact(path, thorough=False)
        return path
    return None


class _Builder:
    """Builds one kernel, on what was kept of the basis or from nothing."""

    def __init__(self, basis: Basis, identity: Identity, config: Config, cache: Cache, watch: Watch) -> None:
        self.basis = basis
        self.identity = identity
        self.stock = replace(
            identity, source=basis.source, version=basis.version, mutant="", widened=(), changes=()
        )
        self.config = config
        self.cache = cache
        self.watch = watch
        self.place = cache.top / "builds" / self.stock.key
        self.locks: list[Lock] = []

    def build(self, edited: Mapping[str, str]) -> Kernel:
        with ExitStack() as stack:
            # in this order everywhere; the source must not be removed meanwhile
            for name in dict.fromkeys((self.basis.top.name, self.stock.key, self.identity.key)):
                self.locks.append(stack.enter_context(self.cache.lock(name, self.watch)))
            found = self.cache.kernel(self.identity.key)
            if found is not None:
                return found  # made while this one waited
            kept = _kept(self.cache, self.stock)
            first = kept is None
            if kept is None:
                kept = self._first()
            if not first or self.identity != self.stock:
                self._next(kept, edited)
        made = self.cache.kernel(self.identity.key)
        assert made is not None
        return made

    def _first(self) -> Path:
        """Builds the basis as it is, and keeps what helps the next."""
        final = self.place / "kept"
        with self._work(replace(self.basis, different={}), {}) as work:
            remove(final)
            self._make(work, "obj", f"configuring {self.stock.version}", "allnoconfig")
            self.config.check(_configured(work), self.stock.version)
            self._make(work, "obj", f"building {self.stock.version}", _TARGET[self.stock.machine])
            self._headers(work)
            self._enter(work, self.stock)
            for pattern in _LINKED:
                for path in (work / "obj").glob(pattern):
                    path.unlink()
            kept = work / "kept"
            kept.mkdir()
            for name in ("obj", "headers"):
                (work / name).rename(kept / name)
            self.watch.tell("recording the build")
            seal(kept, {"key": self.stock.key})
            kept.rename(final)
        return final

    def _next(self, kept: Path, edited: Mapping[str, str]) -> None:
        """Builds what differs from the basis."""
        different = {*self.basis.different, *edited}
        with self._work(self.basis, edited) as work:
            shutil.copytree(kept / "obj", work / "obj", symlinks=True, dirs_exist_ok=True)
            if self.basis.different:
                self._make(work, "obj", f"configuring {self.identity.version}", "allnoconfig")
            self.config.check(_configured(work), self.identity.version)
            self._make(work, "obj", f"building {self.identity.version}", _TARGET[self.identity.machine])
            if any(_of_headers(path) for path in different):
                self._headers(work)
            else:
                shutil.copytree(kept / "headers", work / "headers")
            self._enter(work, self.identity)

    @contextmanager
    def _work(self, basis: Basis, edited: Mapping[str, str]) -> Iterator[Path]:
        """Source and build directory, at the same place in every build on this basis; gone in the end."""
        work = self.place / "work"
        with full_disk(self.cache.top):
            try:
                remove(work)
                work.mkdir(parents=True)
                for name in ("obj", "made-headers", "tmp"):
                    (work / name).mkdir()
                basis.plant(work / "src", edited)
                (work / "asked.config").write_text(self.config.text, encoding="utf-8")
                yield work
            finally:
                remove(work)
                with suppress(OSError):
                    self.place.rmdir()  # where nothing is kept

    def _make(self, work: Path, into: str, what: str, target: str, arch: str = "") -> None:
        """Runs make.

        Raises:
            SpecError: it fails.
        """
        words = ["nice", "-n", "5", "make", "-C", str(work / "src"), f"O={work / into}"]
        words += [f"ARCH={arch or _ARCH[self.identity.machine]}", f"-j{len(os.sched_getaffinity(0))}", target]
        tell, told = self.watch.tell, [0]

        def count(line: str) -> None:
            told[0] += line.startswith("  ")
            tell(f"{what}: {told[0]:,} steps")

        files = [lock.file for lock in self.locks]
        output = commands.run(words, work, _environment(work), replace(self.watch, tell=count), files)
        if output.code:
            raise self._failed(output, work, what)

    def _failed(self, output: Output, work: Path, what: str) -> SpecError:
        if any(_FULL.search(line) for line in output.lines):
            return no_room(self.cache.top)
        lines = [line.replace(f"{work / 'src'}/", "") for line in output.lines if line.strip()]
        telling = [line for line in lines if _TOLD.search(line)]
        before = list(takewhile(lambda line: "*** [" not in line, lines))
        notes = tuple(Note(line) for line in (telling[:8] or before[-5:] or lines[-5:]))
        message = f"{what} fails"
        advice = "these are the compiler's words; a tree that is built with another configuration may hide them"
        return SpecError((Diagnostic("SG1007", message, None, advice, notes),))

    def _headers(self, work: Path) -> None:
        """The headers that programs are compiled with; those of ARCH=um cannot be had, nor differ."""
        self._make(work, "made-headers", "making headers", "headers", "x86")
        made = work / "made-headers" / "usr" / "include"
        for path in made.rglob("*.h"):
            to = work / "headers" / "usr" / "include" / path.relative_to(made)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)

    def _enter(self, work: Path, identity: Identity) -> None:
        """Puts the kernel into the cache."""
        with self.cache.new("kernels", identity.key) as made:
            image = work / "obj" / _IMAGE[identity.machine]
            shutil.copyfile(image, made / image.name)
            (made / image.name).chmod(0o755)
            shutil.copyfile(work / "obj" / ".config", made / "config")
            shutil.copytree(work / "headers", made / "headers")
            (made / "kselftest").mkdir()
            for path in harness(work / "src"):
                shutil.copyfile(path, made / "kselftest" / path.name)
            seal(made, {"key": identity.key, **identity.json()})


def _configured(work: Path) -> str:
    return (work / "obj" / ".config").read_text(encoding="utf-8")


def _of_headers(path: str) -> bool:
    """Whether a file may have a part in the headers for programs."""
    return "/uapi/" in path or "/syscalls/" in path or path.startswith("scripts/") or path.endswith("Makefile")


def _environment(work: Path) -> dict[str, str]:
    """Only what a build needs: nothing of the user's settings, nor of the make that may have started this."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(work / "tmp"),
        "TMPDIR": str(work / "tmp"),
        "LC_ALL": "C",
        "KCONFIG_ALLCONFIG": str(work / "asked.config"),
        "KBUILD_BUILD_TIMESTAMP": "2000-01-01",
        "KBUILD_BUILD_USER": "specgen",
        "KBUILD_BUILD_HOST": "specgen",
        "KBUILD_BUILD_VERSION": "1",
    }
