"""A place for machines that run: whatever becomes of this process, neither they nor their files are left behind.

A shell of a few lines waits for the end of a pipe that only this process can write to. It comes when this process
leaves the place, and also when it is killed. Then the shell ends every group of processes that is noted in the place,
and removes the place.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from specgen.kernel.commands import remove
from specgen.language.source import Diagnostic, SpecError

_GUARD = """
trap '' INT TERM HUP
read -r _
for group in "$1"/*/.group; do
  [ -s "$group" ] && kill -KILL "-$(cat "$group")"
done
for _ in 1 2 3 4 5; do
  rm -rf -- "$1" && break
  sleep 0.2
done
"""

# Notes its own number, which is that of its group, and becomes the machine; no file shows its memory if it crashes.
_GUEST = 'ulimit -c 0; echo $$ >.group; exec "$@"'
_PATIENCE = 10.0  # seconds for what was killed to be gone


@dataclass(frozen=True, slots=True)
class Guests:
    """The place, a directory."""

    place: Path

    @classmethod
    @contextmanager
    def housed(cls) -> Iterator[Guests]:
        """Makes the place, and sees to its end."""
        place = Path(tempfile.mkdtemp(prefix="specgen-guests-"))
        try:
            guard = subprocess.Popen(  # noqa: S603  # a text of ours
                ["/bin/sh", "-c", _GUARD, "guard", str(place)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        except BaseException:
            remove(place)
            raise
        try:
            yield cls(place)
        finally:
            assert guard.stdin is not None
            guard.stdin.close()
            guard.wait()

    @contextmanager
    def guest(self, words: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        """Runs a machine, in a directory of its own. When the block is left, all its processes are gone."""
        home = Path(tempfile.mkdtemp(prefix="guest-", dir=self.place))
        process: subprocess.Popen[bytes] | None = None
        try:
            process = subprocess.Popen(  # noqa: S603  # a list of words, no shell reads them
                ["/bin/sh", "-c", _GUEST, "guest", *words],
                cwd=home,
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            yield process
        finally:
            if process is not None:
                _end(process, home)
            remove(home)


def _end(process: subprocess.Popen[bytes], home: Path) -> None:
    """Ends the group. The first of it is waited for last: until then its number cannot become another's."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # whom the first had begun to start
    with suppress(FileNotFoundError):
        (home / ".group").unlink()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def room() -> Iterator[None]:
    """Says what is to be done where the disk for passing files is full.

    Raises:
        SpecError: it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise no_room() from error


def no_room() -> SpecError:
    """The error for a full disk."""
    message = f"no room is left on the disk of {tempfile.gettempdir()}"
    advice = "a boot takes some megabytes there, or 256 where shared memory is short; TMPDIR names another directory"
    return SpecError((Diagnostic("SG1047", message, None, advice),))
