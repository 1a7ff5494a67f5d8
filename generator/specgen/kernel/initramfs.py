"""The file system that a guest starts with: a cpio archive ("newc"), compressed, written byte by byte.

The same files give the same bytes: no times, owners or inode numbers of this machine are in it.
"""

from __future__ import annotations

import gzip
import stat
from collections.abc import Mapping

from specgen.language.source import Diagnostic, SpecError

_LIMIT = 64 * 2**20  # bytes of an archive: all of it is in the guest's memory, twice while it is unpacked
_TRAILER = "TRAILER!!!"
_DIRECTORIES = ("dev", "proc", "sys", "tmp", "tests")


def initramfs(programs: Mapping[str, bytes], init: bytes) -> bytes:
    """An archive with ``/init`` and ``/tests/NAME`` for each program.

    Raises:
        SpecError: it would take more than a guest has.
    """
    size = len(init) + sum(map(len, programs.values()))
    if size > _LIMIT:
        message = f"the test programs take {size >> 20} MB, and a guest has room for {_LIMIT >> 20} MB"
        raise SpecError((Diagnostic("SG1045", message, None, "strip them, or run some at a time"),))
    entries = [(name, stat.S_IFDIR | 0o755, b"") for name in _DIRECTORIES]
    entries += [("init", stat.S_IFREG | 0o755, init)]
    entries += [(f"tests/{name}", stat.S_IFREG | 0o755, programs[name]) for name in sorted(programs)]
    body = b"".join(_entry(number, *entry) for number, entry in enumerate(entries, 1))
    return gzip.compress(body + _entry(0, _TRAILER, 0, b""), compresslevel=1, mtime=0)


def _entry(number: int, name: str, mode: int, data: bytes) -> bytes:
    """One file: a header of hexadecimal fields, the name, the content; both end on a multiple of four."""
    path = name.encode() + b"\0"
    # inode, mode, owner, group, links, time, size, device, device of a device file, length of the name, checksum
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(header + path) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
