"""Trees to kernels, with a tree that make has done with at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import specgen
from specgen.kernel import build as building
from specgen.kernel.build import STOCK, Change, build
from specgen.kernel.cache import Cache
from specgen.kernel.commands import TimedOut, Watch, run
from specgen.kernel.debian import Release
from specgen.kernel.sources import Directory
from specgen.language.source import SpecError

from .laboratory import MAKEFILE, programs, snapshot

DRIVER = "drivers/block/ublk_drv.c"
WATCH = Watch()


def stages():
    said = []
    return said, Watch(lambda text: said.append(text.partition(":")[0]))


def code(caught):
    return caught.value.diagnostics[0].code


def fault(text, name="fault", **widened):
    return Change(name, tuple(sorted(widened.items())), lambda texts: {DRIVER: texts[DRIVER] + text})


def made(linux, cache, change=STOCK, machine="uml", watch=WATCH):
    return build(Directory.read(str(linux), WATCH), machine, change, cache, watch)


def left(cache):
    """What should not be there when nobody works."""
    new = [path for kind in ("kernels", "sources") for path in (cache.top / kind).glob(".*")]
    empty = [path for path in (cache.top / "builds").iterdir() if not any(path.iterdir())]
    return [*new, *empty, *(cache.top / "builds").glob("*/work")]


def slow(kernel):
    """When the part that never changes was compiled."""
    return kernel.image.read_text().splitlines()[-1]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("machine", ["uml", "qemu"])
def test_a_tree_becomes_a_kernel_once(linux, cache, machine):
    before = snapshot(linux)
    said, watch = stages()
    kernel = made(linux, cache, machine=machine, watch=watch)
    assert snapshot(linux) == before
    assert any(stage.startswith("building") for stage in said)
    assert kernel.image.name == {"uml": "linux", "qemu": "bzImage"}[machine]
    assert "int ublk" in kernel.image.read_text()
    assert (kernel.headers / "usr/include/linux/ublk_cmd.h").is_file()
    assert {path.name for path in kernel.kselftest.iterdir()} == {"kselftest.h", "kselftest_harness.h", "lib.mk"}
    assert "CONFIG_KASAN=y" in kernel.config.read_text()
    assert (kernel.version, kernel.machine, kernel.mutant) == ("6.1.8", machine, "")
    assert left(cache) == []
    said, watch = stages()
    assert made(linux, cache, machine=machine, watch=watch) == kernel
    assert said == []


@pytest.mark.usefixtures("installed")
def test_the_same_release_is_built_from_an_archive(cache):
    kernel = build(Release("6.1.8-2"), "uml", STOCK, cache, WATCH)
    assert (kernel.source, kernel.version) == ("debian:6.1.8-2", "6.1.8")
    assert cache.releases() == ["6.1.8-2"]


@pytest.mark.usefixtures("installed")
def test_a_fault_is_built_on_what_is_there(linux, cache):
    before = snapshot(linux)
    stock = made(linux, cache)
    kernel = made(linux, cache, fault("int wrong;\n", window=100))
    assert snapshot(linux) == before
    assert "int wrong;" in kernel.image.read_text()
    assert "int wrong;" not in stock.image.read_text()
    assert slow(kernel) == slow(stock)  # not compiled anew
    assert (kernel.mutant, kernel.widened) == ("fault", (("window", 100),))
    assert kernel.key != stock.key
    assert made(linux, cache) == stock
    assert left(cache) == []
    # the next one has nothing of this one
    third = made(linux, cache, fault("int other;\n", "other"))
    assert "int wrong;" not in third.image.read_text()


@pytest.mark.usefixtures("installed")
def test_a_fault_alone_is_enough_to_ask_for(linux, cache):
    kernel = made(linux, cache, fault("int wrong;\n"))
    assert "int wrong;" in kernel.image.read_text()
    assert sorted(k.mutant for k in cache.kernels()) == ["", "fault"]


@pytest.mark.usefixtures("installed")
def test_an_edited_tree_is_built_on_what_it_was(linux, cache):
    stock = made(linux, cache)
    (linux / DRIVER).write_text("int edited;\n")
    (linux / "new").mkdir()
    (linux / "new/new.c").write_text("int new;\n")
    (linux / "broken.config").unlink()
    (linux / "Makefile").write_text(MAKEFILE.replace("grep -v -x -F -f broken.config", "cat"))
    kernel = made(linux, cache)
    assert "int edited;" in kernel.image.read_text()
    assert slow(kernel) == slow(stock)
    assert len(list((cache.top / "sources").iterdir())) == 1
    faulty = made(linux, cache, fault("int wrong;\n"))
    assert "int edited;\nint wrong;" in faulty.image.read_text()
    (linux / "include/linux/slow.h").write_text("extern int other;\n")
    assert slow(made(linux, cache)) != slow(stock)
    (linux / "include/uapi/linux/ublk_cmd.h").write_text("#define UBLK 2\n")
    kernel = made(linux, cache)
    assert (kernel.headers / "usr/include/linux/ublk_cmd.h").read_text() == "#define UBLK 2\n"


@pytest.mark.usefixtures("installed")
def test_a_tree_with_little_in_common_is_copied(linux, cache, monkeypatch):
    stock = made(linux, cache)
    monkeypatch.setattr("specgen.kernel.farm._MOST", 0)
    (linux / DRIVER).write_text("int edited;\n")
    assert slow(made(linux, cache)) != slow(stock)
    assert len(list((cache.top / "sources").iterdir())) == 2


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("spoiled", ["builds/*/kept/obj/slow.o", "sources/*/kernel/slow.c", "kernels/*/linux"])
def test_what_is_broken_is_made_again(linux, cache, spoiled):
    made(linux, cache)
    (path,) = cache.top.glob(spoiled)
    path.write_text("")
    kernel = made(linux, cache, fault("int wrong;\n"))
    assert "int slow;" in kernel.image.read_text()
    assert "int slow;" in made(linux, cache).image.read_text()


@pytest.mark.usefixtures("installed")
def test_other_compilers_and_configurations_make_other_kernels(linux, cache, installed, monkeypatch):
    keys = {made(linux, cache).key, made(linux, cache, machine="qemu").key}
    (installed / "gcc").write_text((installed / "gcc").read_text().replace("1.0", "1.1"))
    keys.add(made(linux, cache).key)
    monkeypatch.setattr(building, "RECIPE", 2)
    keys.add(made(linux, cache).key)
    assert len(keys) == 4


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("text", "told"), [("int;;)\n", "SG1007"), ("fill_the_disk\n", "SG1009")])
def test_what_does_not_compile_is_told_and_leaves_nothing(linux, cache, text, told):
    with pytest.raises(SpecError) as caught:
        made(linux, cache, fault(text))
    assert code(caught) == told
    assert left(cache) == []
    assert [kernel.mutant for kernel in cache.kernels()] == [""]
    if told == "SG1007":
        (note,) = caught.value.diagnostics[0].notes
        assert note.message == f"{DRIVER}:1:4: error: expected a name"


@pytest.mark.usefixtures("installed")
def test_a_configuration_that_is_not_as_asked_is_no_kernel(linux, cache):
    (linux / "broken.config").write_text("CONFIG_KASAN=y\n")
    with pytest.raises(SpecError) as caught:
        made(linux, cache)
    assert code(caught) == "SG1006"
    assert cache.kernels() == []


def test_what_is_not_installed_is_told_at_once(linux, cache, tmp_path, monkeypatch):
    path = programs(tmp_path / "bin", without="flex")
    (path / "bc").unlink()
    monkeypatch.setenv("PATH", str(path))
    with pytest.raises(SpecError) as caught:
        made(linux, cache)
    (found,) = caught.value.diagnostics
    assert (found.code, found.help) == ("SG1001", "on Debian: apt-get install bc flex")
    assert left(cache) == []


@pytest.mark.usefixtures("installed")
def test_the_settings_of_the_user_do_not_matter(linux, cache, monkeypatch):
    for name, value in {"MAKEFLAGS": "-n", "ARCH": "arm", "O": "/nowhere", "KCONFIG_ALLCONFIG": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    assert "int ublk" in made(linux, cache).image.read_text()


@pytest.mark.usefixtures("installed")
def test_the_time_ends_a_build_and_leaves_nothing(linux, cache):
    made(linux, cache)
    started = time.monotonic()
    with pytest.raises(TimedOut) as caught:
        made(linux, cache, fault("wait_for_ever\n"), watch=Watch.of(1.0, lambda _text: None))
    assert code(caught) == "SG1011"
    assert time.monotonic() - started < 20
    assert left(cache) == []


@pytest.mark.usefixtures("installed")
def test_two_builds_of_the_same_do_it_once(linux, cache):
    kernels = []

    def work():
        kernels.append(made(linux, Cache(cache.top)))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kernels) == 3
    assert len({slow(kernel) for kernel in kernels}) == 1
    assert left(cache) == []


def group(number):
    """The live processes whose working directory or command names something."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(number) in words:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_leaves_nothing(linux, cache, installed, tmp_path, number):
    (linux / DRIVER).write_text("wait_for_ever\n")
    process = command(linux, cache, installed)
    wait_until(lambda: list(cache.top.glob("builds/*/work/obj/.config")))
    time.sleep(0.3)
    process.send_signal(number)
    assert process.wait(20) == 128 + number
    assert left(cache) == []
    assert group(str(cache.top)) == []
    assert cache.kernels() == []


def test_what_a_killed_command_leaves_is_gone_after_the_next(linux, cache, installed):
    (linux / DRIVER).write_text("wait_for_ever\n")
    process = command(linux, cache, installed)
    wait_until(lambda: list(cache.top.glob("builds/*/work/obj/.config")))
    time.sleep(0.3)
    process.kill()
    process.wait()
    assert left(cache) != []
    wait_until(lambda: cache.tidy() or not left(cache))  # its programs end by themselves, and hold the lock until then
    (linux / DRIVER).write_text("int mended;\n")
    process = command(linux, cache, installed)
    assert process.wait(30) == 0
    assert left(cache) == []
    assert group(str(cache.top)) == []


def command(linux, cache, installed):
    words = [sys.executable, "-m", "specgen", "kernel", "build", "--tree", str(linux), "--cache", str(cache.top)]
    environment = {
        "PATH": str(installed),
        "PYTHONPATH": str(Path(specgen.__file__).parents[1]),
        "ARCHIVE": "",
    }
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until(true):
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_program_that_does_not_want_to_end_is_ended(tmp_path):
    script = "trap '' TERM; sleep 61.5 & trap '' TERM; echo ready; while :; do sleep 1; done"
    ready = []
    watch = Watch.of(1.0, ready.append)
    with pytest.raises(TimedOut):
        run(["sh", "-c", script], tmp_path, {**os.environ}, watch)
    assert ready == ["ready"]
    assert group("sleep\x0061.5") == []


def test_output_is_bounded(tmp_path):
    script = "i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i+1)); done; head -c 100000 /dev/zero; exit 3"
    output = run(["sh", "-c", script], tmp_path, {**os.environ}, WATCH)
    assert output.code == 3
    assert len(output.lines) == 400
    assert output.lines[-2] == "line 999"
    assert len(output.lines[-1]) == 4096
