"""Kernel sources of Debian releases: found by version, fetched without installing, unpacked as far as they matter."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from specgen.kernel.commands import Output, Watch, missing, remove, run, said
from specgen.kernel.sources import matters
from specgen.language.source import Diagnostic, Note, SpecError

_WANTED = re.compile(r"(\d+\.\d+)(?:\.\d+)*(?:-[A-Za-z0-9.+~-]+)?")
_INSTALLED = Path("/usr/src")  # where the packages put the archives


class Unavailable(SpecError):
    """A release is in no archive that apt knows (any more): no fault of the input, and nothing to be built."""


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a Debian package with a kernel's source.

    Args:
        debian: the package's version, as in ``6.12.113-1~deb12u1``.
    """

    debian: str

    @property
    def package(self) -> str:
        return _package(self.debian)

    @property
    def version(self) -> str:
        return self.debian.partition("-")[0]

    @property
    def source(self) -> str:
        return f"debian:{self.debian}"

    def files(self) -> Mapping[str, str] | None:
        return None

    def fill(self, directory: Path, watch: Watch) -> None:
        """Writes the files that matter, from the installed package or a downloaded one.

        Raises:
            Unavailable: it is in no archive any more.
            SpecError: it cannot be fetched or unpacked.
        """
        missing(["xz"], {})
        installed = _INSTALLED / f"{self.package}.tar.xz"
        if _installed(self.package) == self.debian and installed.is_file():
            _unpack(installed, directory, watch)
            return
        missing(["apt-get", "dpkg-deb"], {})
        work = directory / ".package"
        work.mkdir()
        self._download(work, watch)
        (package,) = work.glob("*.deb")
        watch.tell(f"unpacking {package.name}")
        words = ["dpkg-deb", "-x", str(package), str(work / "package")]
        output = run(words, work, _environment(), watch)
        if output.code:
            raise _failed(f"{package.name} cannot be unpacked", output)
        package.unlink()
        (archive,) = (work / "package").glob("usr/src/linux-source-*.tar.xz")
        _unpack(archive, directory, watch)
        remove(work)

    def _download(self, work: Path, watch: Watch) -> None:
        words = ["apt-get", "download", "-q", f"{self.package}={self.debian}"]
        what = f"fetching {self.package} {self.debian}"
        watch.tell(what)
        output = run(words, work, _environment(), replace(watch, tell=lambda line: watch.tell(f"{what}: {line}")))
        if output.code == 0:
            return
        gone = re.search(r"404 +Not Found|was not found|Unable to locate|no longer", output.text)
        told = "is not in the archive any more" if gone else "cannot be fetched"
        message = f"{self.package} {self.debian} {told}"
        notes = tuple(Note(line) for line in output.lines if line.startswith("E: "))[:3]
        advice = "`apt-get update` and try again, or take another release: `apt-cache madison " + self.package + "`"
        raise Unavailable((Diagnostic("SG1003", message, None, advice, notes),))


def find(wanted: str, cached: Sequence[str]) -> Release:
    """The newest release that a version stands for.

    Args:
        wanted: ``6.1``, ``6.1.192`` or, exactly, ``6.1.192-2``.
        cached: versions that need not be fetched; of an exact one apt is not asked.

    Raises:
        Unavailable: apt knows none.
        SpecError: it is no version.
    """
    match = _WANTED.fullmatch(wanted)
    if match is None:
        message = f"'{wanted}' is not a version of a Debian kernel"
        advice = "as in 6.1 (the newest of it), 6.1.192, or exactly 6.1.192-2"
        raise SpecError((Diagnostic("SG1002", message, None, advice),))
    if wanted in cached:
        return Release(wanted)
    package = _package(wanted)
    known = _known(package)
    for version in (*known, *cached):
        if version == wanted or version.startswith((wanted + ".", wanted + "-")):
            return Release(version)
    raise _unknown(wanted, package, known)


def _unknown(wanted: str, package: str, known: Sequence[str]) -> Unavailable:
    if known:
        message = f"{package} {wanted} is in no archive that apt knows"
        advice = f"there are {', '.join(known)}; archives drop old releases"
        return Unavailable((Diagnostic("SG1003", message, None, advice),))
    message = f"apt knows no package {package}"
    if said(["apt-cache", "--version"]) is None:
        advice = "this needs Debian's apt; elsewhere give a kernel tree with --tree"
    else:
        names = (said(["apt-cache", "pkgnames", "linux-source-"]) or "").split()
        advice = f"there are {', '.join(sorted(names))}" if names else "perhaps `apt-get update` was never run"
    return Unavailable((Diagnostic("SG1003", message, None, advice),))


def _package(version: str) -> str:
    match = _WANTED.fullmatch(version)
    assert match is not None
    return f"linux-source-{match[1]}"


def _known(package: str) -> list[str]:
    """The versions that apt knows, newest first."""
    lines = (said(["apt-cache", "madison", package]) or "").splitlines()
    fields = [[part.strip() for part in line.split("|")] for line in lines]
    return list(dict.fromkeys(f[1] for f in fields if len(f) == 3 and f[0] == package))


def _installed(package: str) -> str | None:
    return said(["dpkg-query", "-W", "-f", "${Version}", package])


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _failed(message: str, output: Output) -> SpecError:
    notes = tuple(Note(line) for line in output.lines if line.strip())[-3:]
    advice = "a download that is broken is fetched again the next time; see that there is room"
    return SpecError((Diagnostic("SG1012", message, None, advice, notes),))


def _unpack(archive: Path, directory: Path, watch: Watch) -> None:
    """Writes the members that matter; their top directory is left away."""
    count = 0
    words = ["xz", "--decompress", "--stdout", str(archive)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet) as process:  # noqa: S603  # no shell
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as members:
                for count, member in enumerate(members):
                    if count % 500 == 0:
                        watch.left()
                        watch.tell(f"unpacking {archive.name}: {count:,} files")
                    _member(members, member, directory)
            assert process.stdout is not None
            while process.stdout.read(1 << 20):
                pass  # behind the end of the archive
            if process.wait():
                raise EOFError("xz has found it broken")  # noqa: TRY301  # told as the other ways to be broken
        except (tarfile.TarError, EOFError) as error:
            message = f"{archive.name} cannot be unpacked: {error}"
            advice = "the file is broken or cut off: remove it, or install its package again"
            raise SpecError((Diagnostic("SG1012", message, None, advice),)) from error
        finally:
            process.kill()


def _member(members: tarfile.TarFile, member: tarfile.TarInfo, directory: Path) -> None:
    name = member.name.removeprefix("./").partition("/")[2]
    if not name or ".." in name.split("/") or not matters(name):
        return
    to = directory / name
    if member.issym():
        to.parent.mkdir(parents=True, exist_ok=True)
        to.symlink_to(member.linkname)
    elif member.isreg():
        to.parent.mkdir(parents=True, exist_ok=True)
        data = members.extractfile(member)
        assert data is not None
        to.write_bytes(data.read())
        to.chmod(0o755 if member.mode & 0o100 else 0o644)
