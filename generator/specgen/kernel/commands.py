"""Programs that others have written: which are missing, and how one is run so that nothing of it is left behind."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from specgen.language.source import Diagnostic, SpecError

_LINES = 400  # of output that are kept
_LONGEST = 4096  # bytes of a line
_PATIENCE = 3.0  # seconds that a program gets between being asked and being made to end
_GONE = 10.0  # seconds for all its processes to be gone then

# What has the program, on Debian.
_PACKAGES = {
    "apt-cache": "apt",
    "apt-get": "apt",
    "bc": "bc",
    "bison": "bison",
    "dpkg-deb": "dpkg",
    "flex": "flex",
    "gcc": "gcc",
    "ld": "binutils",
    "make": "make",
    "xz": "xz-utils",
}


class TimedOut(SpecError):
    """A limit on time was reached: nothing is known about the input."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who waits, and for how long.

    Args:
        tell: gets a word on what is being done, often; it may be shown and overwritten.
        deadline: as of ``time.monotonic``; None for ever.
        limit: the seconds that led to the deadline, for the message.
    """

    tell: Callable[[str], None] = lambda _text: None
    deadline: float | None = None
    limit: float = 0.0

    @classmethod
    def of(cls, limit: float | None, tell: Callable[[str], None]) -> Watch:
        """One that begins now."""
        if limit is None:
            return cls(tell)
        return cls(tell, time.monotonic() + limit, limit)

    def left(self) -> float | None:
        """Seconds until the deadline.

        Raises:
            TimedOut: there are none.
        """
        if self.deadline is None:
            return None
        left = self.deadline - time.monotonic()
        if left <= 0:
            message = f"stopped after {self.limit:g} s, the limit of --timeout"
            advice = "a first build takes some minutes of two processors; what was begun has been removed"
            raise TimedOut((Diagnostic("SG1011", message, None, advice),))
        return left


@dataclass(slots=True)
class Output:
    """What a program has said: its last lines, and how it ended."""

    code: int = 0
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def missing(programs: Iterable[str], files: Mapping[str, str]) -> None:
    """Sees to it that programs are installed, and files that the compiler must find.

    Args:
        files: names, as of ``gelf.h`` or ``libc.a``, with the Debian package that has each.

    Raises:
        SpecError: with all that are not, and the command that installs them.
    """
    lacking = {name: _PACKAGES[name] for name in programs if shutil.which(name) is None}
    if "gcc" not in lacking:
        lacking |= {name: package for name, package in files.items() if not _found(name)}
    if lacking:
        names = ", ".join(sorted(lacking))
        packages = " ".join(sorted(set(lacking.values())))
        message = f"needed to build a kernel and not installed: {names}"
        raise SpecError((Diagnostic("SG1001", message, None, f"on Debian: apt-get install {packages}"),))


def _found(name: str) -> bool:
    """Whether the compiler finds a header or a library."""
    if name.endswith(".h"):
        words = ["gcc", "-fsyntax-only", "-x", "c", "-include", name, os.devnull]
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0  # noqa: S603
    words = ["gcc", f"-print-file-name={name}"]
    run = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    return Path(run.stdout.strip()).is_absolute()


def said(words: Sequence[str], directory: Path | None = None) -> str | None:
    """What a quick program prints; None where it is not installed or fails."""
    try:
        run = subprocess.run(  # noqa: S603  # a list of words, no shell
            words,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
            check=False,
        )
    except FileNotFoundError:
        return None
    return os.fsdecode(run.stdout) if run.returncode == 0 else None


def run(
    words: Sequence[str], directory: Path, environment: Mapping[str, str], watch: Watch, kept: Sequence[int] = ()
) -> Output:
    """Runs a program to its end. However this function is left, no process of it is.

    Args:
        kept: files that stay open in it, such as locks: held until the last process is gone, even if this one dies.

    Raises:
        TimedOut: the watch has run out.
    """
    watch.left()
    # asked to end when this process is gone, however it went
    leash = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    process = subprocess.Popen(  # noqa: S603  # a list of words, no shell
        [*leash, *words],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=tuple(kept),
    )
    output = Output()
    try:
        _read(process, output, watch)
        output.code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()
    return output


def _read(process: subprocess.Popen[bytes], output: Output, watch: Watch) -> None:
    assert process.stdout is not None
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(watch.left()):
                continue  # the watch says so
            piece = os.read(process.stdout.fileno(), 65536)
            *lines, pending = (pending + piece).split(b"\n")
            if not piece and pending:
                lines.append(pending)
            for line in lines:
                output.lines.append(os.fsdecode(line[:_LONGEST]))
                watch.tell(output.lines[-1])
            if not piece:
                return
            pending = pending[-_LONGEST:]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a program and whatever it has started: asks first, then does not ask."""
    _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    ended = False
    while not ended and time.monotonic() < deadline:
        # not reaped yet: its number, which is that of the group, cannot become another's
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
        time.sleep(0.02)
    _signal(process, signal.SIGKILL)
    process.wait()
    _drain(process)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _drain(process: subprocess.Popen[bytes]) -> None:
    """Until nobody can write any more: then all are gone, and none writes a file into what is removed next."""
    assert process.stdout is not None
    deadline = time.monotonic() + _GONE
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if selector.select(left) and not os.read(process.stdout.fileno(), 65536):
                return


def remove(path: Path) -> None:
    """Removes a file or a directory with all that is in it, if it is there."""
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        pass
    except NotADirectoryError:
        path.unlink()
