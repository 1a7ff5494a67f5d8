"""Where kernels come from: a directory of somebody's, which is only read, or a release of Debian's.

Most of a kernel tree is for machines and devices that no test here has. What :func:`matters` leaves out is neither
hashed nor copied, so it cannot matter: a build that needed it would fail.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from specgen.kernel.commands import Watch, said
from specgen.language.source import Diagnostic, SpecError

DRIVER = "drivers/block/ublk_drv.c"
_OLDEST = (6, 0)  # has the driver
_MAKEFILE = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)\s*=[ \t]*(\S*)", re.MULTILINE)

# Of these only what the configuration and the build read whatever is configured: Kconfig, Makefile and Kbuild.
_OUTLINE = frozenset(
    [
        *("Documentation", "sound", "samples", "tools/perf", "tools/testing"),
        *(
            f"drivers/{name}"
            for name in (
                *("clk", "crypto", "gpu", "hwmon", "iio", "infiniband", "input", "media", "misc", "mtd", "net"),
                *("pinctrl", "scsi", "staging", "usb", "video"),
            )
        ),
    ]
)
_WHOLE = frozenset({"arch/um", "arch/x86"})  # of the architectures
_SELFTESTS = "tools/testing/selftests"
HARNESS = ("kselftest.h", "kselftest_harness.h", "lib.mk")  # of _SELFTESTS: what test programs are built with
_HARNESS = frozenset(f"{_SELFTESTS}/{name}" for name in HARNESS)
_NAMES = ("Kconfig", "Makefile", "Kbuild")
# Where these are, somebody has built or configured inside the tree, and out-of-tree builds are refused by its Makefile.
_BUILT = (".config", "include/config", "include/generated", "arch/x86/include/generated", "arch/um/include/generated")


class Tree(Protocol):
    """A kernel tree that can be built from."""

    @property
    def source(self) -> str:
        """What it is, exactly: equal for trees whose files are equal, as far as they matter."""

    @property
    def version(self) -> str:
        """As in ``6.1.192`` or ``6.17.0-rc3``."""

    def fill(self, directory: Path, watch: Watch) -> None:
        """Writes all files that matter into an empty directory.

        Raises:
            SpecError: they cannot be had.
        """

    def files(self) -> Mapping[str, str] | None:
        """A digest of each file that matters, by path; None where :attr:`source` tells all there is to tell."""


def matters(path: str) -> bool:
    """Whether a file of a kernel tree, named from its top, can have a part in what is built here."""
    parts = path.split("/")
    two = "/".join(parts[:2])
    foreign = parts[0] == "arch" and len(parts) > 2 and two not in _WHOLE
    if foreign or parts[0] in _OUTLINE or two in _OUTLINE:
        return parts[-1].startswith(_NAMES) or path in _HARNESS
    return parts[0] != ".git"


def harness(top: Path) -> Iterator[Path]:
    """The files that test programs are built with, as far as the tree has them."""
    for name in HARNESS:
        path = top / _SELFTESTS / name
        if path.is_file():
            yield path


def version_of(top: Path, shown: str) -> str:
    """The version that a tree says it is.

    Raises:
        SpecError: it is none, or too old for a driver that can be tested.
    """
    try:
        text = (top / "Makefile").read_text(encoding="utf-8", errors="replace")[:2000]
    except OSError:
        text = ""
    found: dict[str, str] = {match[1]: match[2] for match in _MAKEFILE.finditer(text)}
    numbers = [found.get(name, "") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    if not all(number.isdigit() for number in numbers):
        message = f"{shown} is not the top of a kernel tree"
        raise SpecError((Diagnostic("SG1004", message, None, "it has no Makefile with VERSION and PATCHLEVEL"),))
    version = ".".join(numbers) + found.get("EXTRAVERSION", "")
    if (int(numbers[0]), int(numbers[1])) < _OLDEST or not (top / DRIVER).is_file():
        message = f"{shown} is Linux {version} and has no {DRIVER}"
        raise SpecError((Diagnostic("SG1004", message, None, "the driver came with Linux 6.0"),))
    return version


@dataclass(frozen=True, slots=True)
class Directory:
    """A kernel tree in a directory. Nothing is ever written there."""

    top: Path
    version: str
    digests: Mapping[str, str]

    @classmethod
    def read(cls, path: str, watch: Watch) -> Directory:
        """Reads all files that matter, once.

        Raises:
            SpecError: it is no kernel tree, or one that something was built in.
        """
        top = Path(os.path.abspath(path))  # noqa: PTH100  # a link as the user's own directory is left as it is
        version = version_of(top, path)
        digests: dict[str, str] = {}
        for name in sorted(_listed(top, path)):
            if len(digests) % 500 == 0:
                watch.left()
                watch.tell(f"reading {path}: {len(digests):,} files")
            digest = digested(top / name)
            if digest:
                digests[name] = digest
        return cls(top, version, digests)

    @property
    def source(self) -> str:
        text = json.dumps(sorted(self.digests.items()))
        return f"tree:{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    def files(self) -> Mapping[str, str] | None:
        return self.digests

    def fill(self, directory: Path, watch: Watch) -> None:
        for count, (name, digest) in enumerate(self.digests.items()):
            if count % 500 == 0:
                watch.left()
                watch.tell(f"copying {self.top}: {count:,} of {len(self.digests):,} files")
            self.copy(name, digest, directory / name)

    def copy(self, name: str, digest: str, to: Path) -> None:
        """Copies one file.

        Raises:
            SpecError: it is not what it was when the tree was read.
        """
        to.parent.mkdir(parents=True, exist_ok=True)
        path = self.top / name
        try:
            if path.is_symlink():
                to.symlink_to(path.readlink())
            else:
                to.write_bytes(path.read_bytes())
                to.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        except FileNotFoundError:
            pass  # told below, as what else has changed
        if digested(to) != digest:
            message = f"{self.top}: {name} was changed while the tree was read"
            raise SpecError((Diagnostic("SG1005", message, None, "try again when nothing writes there"),))


def digested(path: Path) -> str:
    """The hash of a file's content and kind; empty for what is not there or no file."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return "link " + hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
        if not stat.S_ISREG(status.st_mode):
            return ""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
    return ("x " if status.st_mode & stat.S_IXUSR else "") + digest


def _listed(top: Path, shown: str) -> Iterator[str]:
    """The files of a tree that matter; in a git tree, those that git does not ignore: it may have been built in."""
    names: str | None = None
    if (top / ".git").exists():
        names = said(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], top)
    if names is not None:
        yield from {name for name in names.split("\0") if name and matters(name)}
        return
    for built in _BUILT:
        if (top / built).exists():
            message = f"something was built inside {shown}: there is {built}"
            advice = (
                "run `make mrproper` there, or name a clean copy, as of `git worktree add`; in a git tree what git "
                "ignores is left out by itself"
            )
            raise SpecError((Diagnostic("SG1005", message, None, advice),))
    for directory, names_below, files in os.walk(top):
        here = os.path.relpath(directory, top)
        prefix = "" if here == "." else here + "/"
        if not prefix:
            names_below[:] = [name for name in names_below if name != ".git"]
        links = [name for name in names_below if os.path.islink(os.path.join(directory, name))]  # noqa: PTH114, PTH118  # strings, many of them
        yield from (prefix + name for name in (*files, *links) if matters(prefix + name))
