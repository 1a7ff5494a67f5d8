from __future__ import annotations

import pytest

from specgen.kernel.cache import Cache

from .laboratory import archive, programs, tree


@pytest.fixture
def linux(tmp_path):
    """A kernel tree."""
    return tree(tmp_path / "linux")


@pytest.fixture
def cache(tmp_path):
    return Cache.at(str(tmp_path / "cache"))


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The programs that a build needs, and no others."""
    path = programs(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setenv("ARCHIVE", str(archive(tmp_path / "archive.tar.xz")))
    return path
