"""An archive has what it should, in the form that kernels read, and always the same bytes."""

from __future__ import annotations

import gzip

import pytest

from specgen.kernel.initramfs import initramfs
from specgen.language.source import SpecError


def entries(archive):
    """An independent reader: name, mode and content of each entry."""
    data = gzip.decompress(archive)
    assert len(data) % 4 == 0
    at, found = 0, []
    while True:
        assert data[at : at + 6] == b"070701" and at % 4 == 0
        fields = [int(data[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        name = data[at + 110 : at + 110 + fields[11] - 1].decode()
        assert data[at + 110 + fields[11] - 1] == 0
        start = at + 110 + fields[11]
        start += -start % 4
        if name == "TRAILER!!!":
            assert start == len(data)
            return found
        found.append((name, fields[1], data[start : start + fields[6]]))
        at = start + fields[6]
        at += -at % 4


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 1000])
def test_what_goes_in_comes_out(length):
    program = bytes(range(256)) * 4
    archive = initramfs({"b": program[:length], "a_test": program}, b"init")
    directories = [(name, 0o040755, b"") for name in ("dev", "proc", "sys", "tmp", "tests")]
    files = [("init", b"init"), ("tests/a_test", program), ("tests/b", program[:length])]
    assert entries(archive) == [*directories, *((name, 0o100755, data) for name, data in files)]


def test_equal_files_give_equal_bytes():
    first = initramfs({"a": b"1", "b": b"2"}, b"init")
    assert initramfs({"b": b"2", "a": b"1"}, b"init") == first
    assert initramfs({"b": b"2", "a": b"3"}, b"init") != first


def test_too_much():
    with pytest.raises(SpecError) as caught:
        initramfs({"a": bytes(65 * 2**20)}, b"init")
    assert caught.value.diagnostics[0].code == "SG1045"
