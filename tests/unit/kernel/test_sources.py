"""Trees: what of them matters, what they are, and where they come from."""

from __future__ import annotations

import os
import subprocess

import pytest

from specgen.kernel import debian
from specgen.kernel.commands import TimedOut, Watch
from specgen.kernel.debian import Release, Unavailable
from specgen.kernel.sources import Directory, matters
from specgen.language.source import SpecError

from .laboratory import MAKEFILE, snapshot, tree

WATCH = Watch()


def code(caught):
    return caught.value.diagnostics[0].code


@pytest.mark.parametrize("path", [
    "Makefile", "drivers/block/ublk_drv.c", "drivers/gpu/Kconfig", "drivers/gpu/drm/Makefile", "arch/um/kernel/um_arch.c",
    "arch/x86/include/asm/io.h", "arch/Kconfig", "arch/arm/crypto/Kconfig", "io_uring/io_uring.c", "Documentation/Kconfig",
    "tools/testing/selftests/kselftest_harness.h", "tools/testing/selftests/lib.mk", "tools/objtool/check.c",
    "drivers/of/Kbuild", "include/drm/drm.h",
])  # fmt: skip
def test_what_can_have_a_part_matters(path):
    assert matters(path)


@pytest.mark.parametrize("path", [
    "drivers/gpu/drm/a.c", "arch/arm/mm/fault.c", "Documentation/index.rst", "sound/core/pcm.c", ".git/HEAD",
    "tools/testing/selftests/net/a.c", "tools/testing/selftests/net/lib.mk", "tools/perf/perf.c",
])  # fmt: skip
def test_what_cannot_does_not(path):
    assert not matters(path)


def test_a_tree_is_read_and_copied_and_never_written_to(linux, tmp_path):
    before = snapshot(linux)
    made = Directory.read(str(linux), WATCH)
    made.fill(tmp_path / "copy", WATCH)
    assert snapshot(linux) == before
    assert made.version == "6.1.8"
    copied = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    assert copied == set(made.digests)
    assert "drivers/gpu/Makefile" in copied
    assert "drivers/gpu/gpu.c" not in copied


def test_trees_are_the_same_if_what_matters_is(linux, tmp_path):
    source = Directory.read(str(linux), WATCH).source
    other = tree(tmp_path / "other")
    assert Directory.read(str(other), WATCH).source == source
    (other / "drivers/gpu/gpu.c").write_text("int other;\n")
    assert Directory.read(str(other), WATCH).source == source
    (other / "kernel/slow.c").write_text("int other;\n")
    assert Directory.read(str(other), WATCH).source != source


@pytest.mark.parametrize("change", ["content", "mode", "new", "gone", "link"])
def test_whatever_changes_is_seen(linux, change):
    source = Directory.read(str(linux), WATCH).source
    path = linux / "kernel/slow.c"
    if change == "content":
        path.write_text("int slow; \n")
    elif change == "mode":
        path.chmod(0o755)
    elif change == "new":
        (linux / "kernel/new.c").write_text("")
    elif change == "gone":
        path.unlink()
    else:
        (linux / "kernel/link.c").symlink_to("slow.c")
    assert Directory.read(str(linux), WATCH).source != source


def test_links_are_copied_as_links(linux, tmp_path):
    (linux / "kernel/link.c").symlink_to("slow.c")
    (linux / "kernel/directory").symlink_to("../include")
    Directory.read(str(linux), WATCH).fill(tmp_path / "copy", WATCH)
    assert (tmp_path / "copy/kernel/link.c").readlink().name == "slow.c"
    assert (tmp_path / "copy/kernel/directory").is_symlink()


def test_a_file_that_changes_while_it_is_read_is_told(linux, tmp_path):
    made = Directory.read(str(linux), WATCH)
    (linux / "kernel/slow.c").write_text("int other;\n")
    with pytest.raises(SpecError) as caught:
        made.fill(tmp_path / "copy", WATCH)
    assert code(caught) == "SG1005"
    (linux / "kernel/slow.c").unlink()
    with pytest.raises(SpecError):
        made.fill(tmp_path / "copy2", WATCH)


def test_what_is_no_tree_is_told(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SpecError) as caught:
            Directory.read(str(path), WATCH)
        assert code(caught) == "SG1004"


def test_a_tree_without_the_driver_is_told(linux):
    old = MAKEFILE.replace("VERSION = 6", "VERSION = 5", 1).replace("PATCHLEVEL = 1", "PATCHLEVEL = 19")
    (linux / "Makefile").write_text(old)
    with pytest.raises(SpecError, match=r"5\.19\.8"):
        Directory.read(str(linux), WATCH)
    (linux / "Makefile").write_text(MAKEFILE)
    (linux / "drivers/block/ublk_drv.c").unlink()
    with pytest.raises(SpecError, match="SG1004"):
        Directory.read(str(linux), WATCH)


def test_a_candidate_has_its_whole_version(linux):
    (linux / "Makefile").write_text(MAKEFILE.replace("EXTRAVERSION =", "EXTRAVERSION = -rc3"))
    assert Directory.read(str(linux), WATCH).version == "6.1.8-rc3"


def test_a_tree_that_was_built_in_is_refused(linux):
    (linux / ".config").write_text("")
    with pytest.raises(SpecError) as caught:
        Directory.read(str(linux), WATCH)
    assert code(caught) == "SG1005"
    assert "mrproper" in str(caught.value.diagnostics[0].help)


def test_in_a_git_tree_what_git_ignores_is_left_out(linux):
    clean = Directory.read(str(linux), WATCH).source
    (linux / ".gitignore").write_text("*.o\n.config\n.gitignore\n")
    subprocess.run(["git", "init", "-q", str(linux)], check=True)
    (linux / ".config").write_text("")
    (linux / "kernel/slow.o").write_text("")
    assert Directory.read(str(linux), WATCH).source == clean
    (linux / "kernel/new.c").write_text("")  # not yet added
    assert Directory.read(str(linux), WATCH).source != clean


def test_reading_ends_with_the_time(linux):
    with pytest.raises(TimedOut):
        Directory.read(str(linux), Watch(deadline=0.0, limit=1.0))


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("wanted", "found"), [
    ("6.1", "6.1.9-1"), ("6.1.8", "6.1.8-2"), ("6.1.8-1", "6.1.8-1"), ("6.1.9-1", "6.1.9-1"),
])  # fmt: skip
def test_a_release_is_found(wanted, found):
    assert debian.find(wanted, []).debian == found


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("wanted", "told"), [("6.1.80", "6.1.9-1, 6.1.8-2"), ("6.2", "linux-source-6.1")])
def test_a_release_that_is_gone_is_told_with_those_there_are(wanted, told):
    with pytest.raises(Unavailable) as caught:
        debian.find(wanted, [])
    assert code(caught) == "SG1003"
    assert told in str(caught.value.diagnostics[0].help)


@pytest.mark.usefixtures("installed")
def test_a_release_of_the_cache_needs_no_archive():
    assert debian.find("6.1.80-1", ["6.1.80-1"]).debian == "6.1.80-1"
    assert debian.find("6.1.80", ["6.1.80-1"]).debian == "6.1.80-1"
    assert debian.find("6.1", ["6.1.8-1"]).debian == "6.1.9-1"


@pytest.mark.parametrize("wanted", ["", "6", "six", "6.1.8 ", "6.1.8-1;rm", "../6.1", "6.1.8-"])
def test_what_is_no_version_is_told(wanted):
    with pytest.raises(SpecError) as caught:
        debian.find(wanted, [])
    assert code(caught) == "SG1002"


def test_where_there_is_no_apt_a_tree_is_asked_for(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable) as caught:
        debian.find("6.1", [])
    assert "--tree" in str(caught.value.diagnostics[0].help)


@pytest.mark.usefixtures("installed")
def test_a_release_is_fetched_and_unpacked_as_far_as_it_matters(linux, tmp_path):
    to = tmp_path / "to"
    to.mkdir()
    Release("6.1.8-2").fill(to, WATCH)
    names = {os.path.relpath(path, to) for path in to.rglob("*") if path.is_file()}
    assert names == set(Directory.read(str(linux), WATCH).digests)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("version", "kind", "told"), [
    ("6.1.8-1", Unavailable, "SG1003"), ("6.1.7-1", SpecError, "SG1012"),
])  # fmt: skip
def test_what_cannot_be_fetched_or_unpacked_is_told(tmp_path, version, kind, told):
    to = tmp_path / "to"
    to.mkdir()
    with pytest.raises(kind) as caught:
        Release(version).fill(to, WATCH)
    assert code(caught) == told
