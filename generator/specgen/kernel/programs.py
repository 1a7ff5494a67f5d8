"""Test programs: compiled against the headers and the harness of the kernel that they are for, or given compiled.

Nothing of them is ever run here, only in a guest.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import struct
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from specgen.kernel import commands
from specgen.kernel.cache import Kernel
from specgen.kernel.commands import Output, Watch, missing
from specgen.kernel.guests import no_room
from specgen.language.source import Diagnostic, Note, SpecError

_FLAGS = ("-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE=")
_OF_THE_HARNESS = ("-Wno-unused-parameter", "-Wno-clobbered")  # its macros are not clean with -Wextra
_HARNESS = "kselftest_harness.h"
_HARNESS_MAIN = "TEST_HARNESS_MAIN"
_OPTIONS = "harness_options.h"
_ITS_OPTIONS = "test_harness_argv_check"  # in later harnesses
_MAIN = re.compile(rf"^\s*(?:{_HARNESS_MAIN}\b|(?:int\s+)?main\s*\()", re.MULTILINE)
_NAME = re.compile(r"[\w.+-]{1,64}")
_LARGEST = 32 * 2**20  # bytes of a program
_SOURCES = ("*.c", "*.h")

_X86_64 = 62
_INTERPRETER = 3  # the kind of an ELF segment that names a dynamic linker


@dataclass(frozen=True, slots=True)
class Program:
    """A static binary.

    Args:
        name: of the file, without an ending.
        origin: as the user named it.
    """

    name: str
    origin: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def programs(paths: Sequence[str], kernel: Kernel, watch: Watch) -> tuple[Program, ...]:
    """The programs that paths name: binaries, files of C, or directories with some of either.

    A file of C with a ``main`` or ``TEST_HARNESS_MAIN`` is a program; all others beside it are part of each.

    Raises:
        SpecError: there are none, or one cannot be compiled or run in a guest.
        TimedOut: the watch has run out.
    """
    found: list[Program] = []
    for path in paths:
        found += _at(Path(path), path, kernel, watch)
    names = [program.name for program in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        origins = [Note(program.origin) for program in found if program.name == twice[0]]
        raise _error("SG1043", f"several test programs are called {twice[0]}", "name each only once", origins)
    return tuple(found)


def init(watch: Watch) -> bytes:
    """The first process of a guest, compiled."""
    missing(("gcc",), {"libc.a": "libc6-dev"})
    with tempfile.TemporaryDirectory(prefix="specgen-build-") as place:
        source = Path(place) / "init.c"
        source.write_bytes(files("specgen.kernel").joinpath("init.c").read_bytes())
        return _Compiler(Path(place), Path(place), (), watch).made("init.c", [source.name], "-static")


def _at(path: Path, shown: str, kernel: Kernel, watch: Watch) -> list[Program]:
    if path.is_dir():
        sources = sorted(path.glob("*.c"))
        binaries = sorted(each for each in path.iterdir() if each.suffix != ".c" and _is_binary(each))
        mains = [each for each in sources if _has_main(each)]
        if not mains and not binaries:
            advice = "a program has TEST_HARNESS_MAIN or main() in a file of C"
            raise _error("SG1042", f"there is no test program in {shown}", advice)
        made = [Program(each.stem, str(each), data) for each, data in _build(path, mains, kernel, watch)]
        # a binary that was built there by the tree's own Makefile has the source's name
        return made + [_binary(each, str(each)) for each in binaries if each.stem not in {m.stem for m in mains}]
    if not path.exists():
        raise _error("SG1042", f"there is no {shown}", "name a directory, a file of C or a static binary")
    if path.suffix == ".c":
        if not _has_main(path):
            raise _error("SG1042", f"{shown} is no program", "it has neither TEST_HARNESS_MAIN nor main()")
        return [Program(path.stem, shown, data) for _, data in _build(path.parent, [path], kernel, watch)]
    return [_binary(path, shown)]


def _has_main(path: Path) -> bool:
    return bool(_MAIN.search(_text(path)))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _is_binary(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(18)
    # relocatable files, as .o, are of no use
    return start[:4] == b"\x7fELF" and len(start) == 18 and struct.unpack_from("<H", start, 16)[0] in (2, 3)


def _binary(path: Path, shown: str) -> Program:
    """A program that is there already.

    Raises:
        SpecError: it cannot be run in a guest.
    """
    if not _is_binary(path):
        raise _error("SG1042", f"{shown} is no test program", "name a directory, a file of C or a static binary")
    if path.stat().st_size > _LARGEST:
        raise _error("SG1045", f"{shown} is larger than {_LARGEST >> 20} MB", "strip it: all of it is in memory")
    data = path.read_bytes()
    why = _unfit(data)
    if why:
        raise _error("SG1044", f"{shown} cannot be run in a guest: {why}", "compile it with gcc -static")
    if not _NAME.fullmatch(path.name):
        raise _error("SG1042", f"{shown} has a name that a guest cannot be told", "use letters, digits, - and _")
    return Program(path.name, shown, data)


def _unfit(data: bytes) -> str:
    """Why a binary cannot be run where there is nothing else; empty if it can."""
    try:
        machine = struct.unpack_from("<H", data, 18)[0]
        if data[4] != 2 or machine != _X86_64:
            return "it is for another machine"
        start = struct.unpack_from("<Q", data, 32)[0]
        size, count = struct.unpack_from("<HH", data, 54)
        kinds = [struct.unpack_from("<I", data, start + index * size)[0] for index in range(count)]
    except (struct.error, IndexError, OverflowError):
        return "it is not whole"
    return "it needs shared libraries" if _INTERPRETER in kinds else ""


def _build(directory: Path, mains: Sequence[Path], kernel: Kernel, watch: Watch) -> Iterator[tuple[Path, bytes]]:
    """Compiles programs of a directory, in a copy that lies as in a kernel tree: beside the harness."""
    for main in mains:
        if not _NAME.fullmatch(main.stem):
            raise _error("SG1042", f"{main} has a name that a guest cannot be told", "use letters, digits, - and _")
    if not mains:
        return
    missing(("gcc",), {"libc.a": "libc6-dev"})
    with tempfile.TemporaryDirectory(prefix="specgen-build-") as place:
        top = Path(place)
        copy = top / "tests"
        copy.mkdir()
        for pattern in _SOURCES:
            for source in directory.glob(pattern):
                shutil.copyfile(source, copy / source.name)
        for header in kernel.kselftest.glob("*.h"):
            shutil.copyfile(header, top / header.name)
        compiler = _Compiler(top, copy, tuple(_for_kernel(kernel, top)), watch)
        parts = []
        for part in sorted(each for each in copy.glob("*.c") if not _has_main(each)):
            compiled = compiler.made(os.path.normpath(directory / part.name), [part.name], "-c")
            part.with_suffix(".o").write_bytes(compiled)
            parts.append(f"{part.stem}.o")
        for number, main in enumerate(mains, 1):
            watch.tell(f"compiling tests for {kernel.title}: {number} of {len(mains)}")
            shown = os.path.normpath(directory / main.name)
            yield main, compiler.made(shown, [*_options(main, top), main.name, *parts], "-static")


def _for_kernel(kernel: Kernel, top: Path) -> Iterable[str]:
    yield from _OF_THE_HARNESS
    yield from ("-isystem", str(kernel.headers.absolute() / "usr" / "include"), "-I", str(top))


def _options(main: Path, top: Path) -> Sequence[str]:
    """What gives the harness of a program options; nothing for one that has its own, or a program without."""
    harness = top / _HARNESS
    if _HARNESS_MAIN not in _text(main) or not harness.is_file() or _ITS_OPTIONS in _text(harness):
        return ()
    options = top / _OPTIONS
    options.write_bytes(files("specgen.kernel").joinpath(_OPTIONS).read_bytes())
    return ("-include", str(options))


@dataclass(frozen=True, slots=True)
class _Compiler:
    """gcc.

    Args:
        top: where what is made is put.
        directory: of the sources.
    """

    top: Path
    directory: Path
    flags: tuple[str, ...]
    watch: Watch

    def made(self, shown: str, words: Sequence[str], kind: str) -> bytes:
        """A program (``-static``) or a part of one (``-c``).

        Raises:
            SpecError: with what the compiler says.
        """
        made = self.top / "made"
        command = ["gcc", kind, *_FLAGS, *self.flags, "-o", str(made), *words]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "TMPDIR": str(self.top), "LC_ALL": "C"}
        output = commands.run(command, self.directory, environment, replace(self.watch, tell=lambda _line: None))
        if output.code or not made.is_file():
            raise _failed(shown, output, [self.directory, self.top])
        data = made.read_bytes()
        made.unlink()
        return data


def _failed(shown: str, output: Output, places: Sequence[Path]) -> SpecError:
    if "No space left on device" in output.text:
        return no_room()
    lines = list(output.lines)
    for place in places:
        lines = [line.replace(f"{place}/", "") for line in lines]
    errors = [line for line in lines if re.search(r"\b(?:fatal )?error\b:|undefined reference", line)] or lines[-5:]
    advice = "tests are compiled with -Wall -Wextra -Werror, and the kernel's own headers"
    return _error("SG1046", f"{shown} cannot be compiled", advice, [Note(line) for line in errors[:8]])


def _error(code: str, message: str, advice: str, notes: Sequence[Note] = ()) -> SpecError:
    return SpecError((Diagnostic(code, message, None, advice, tuple(notes)),))
