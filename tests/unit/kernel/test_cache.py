"""What is kept is as it was made, or counts as not there."""

from __future__ import annotations

import errno
import json
import threading
import time
from dataclasses import replace

import pytest

from specgen.kernel.cache import RECORD, Cache, Identity, Kernel, full_disk, seal
from specgen.kernel.commands import TimedOut, Watch
from specgen.language.source import SpecError

WATCH = Watch()
IDENTITY = Identity("debian:6.1.8-1", "6.1.8", "uml", "c" * 64, "gcc 1.0", 1)


def enter(cache, identity=IDENTITY):
    with cache.new("kernels", identity.key) as made:
        (made / "linux").write_text("image")
        (made / "config").write_text("CONFIG_A=y\n")
        (made / "headers").mkdir()
        (made / "headers" / "a.h").write_text("")
        seal(made, {"key": identity.key, **identity.json()})
    return cache.top / "kernels" / identity.key


def code(caught):
    return caught.value.diagnostics[0].code


def test_a_kernel_comes_back_as_it_was_entered(cache):
    identity = replace(IDENTITY, mutant="m", widened=(("a", 1), ("b", 2)), changes=(("x.c", "0" * 64),))
    directory = enter(cache, identity)
    made = cache.kernel(identity.key)
    assert made is not None
    assert made.identity == identity
    assert made == Kernel.read(directory)
    assert made.image.read_text() == "image"
    assert made.title == "6.1.8 uml +m a=1 b=2"
    assert cache.kernels() == [made]


def test_whatever_it_is_made_from_is_in_the_key():
    others = [
        replace(IDENTITY, source="x"),
        replace(IDENTITY, version="6.1.9"),
        replace(IDENTITY, machine="qemu"),
        replace(IDENTITY, config="x"),
        replace(IDENTITY, compiler="x"),
        replace(IDENTITY, recipe=2),
        replace(IDENTITY, mutant="x"),
        replace(IDENTITY, widened=(("x", 1),)),
        replace(IDENTITY, changes=(("x", "y"),)),
    ]
    assert len({IDENTITY.key, *(other.key for other in others)}) == 1 + len(others)


def shorter(directory):
    (directory / "linux").write_text("")


def other(directory):
    (directory / "linux").write_text("egami")


def gone(directory):
    (directory / "headers" / "a.h").unlink()


def record_gone(directory):
    (directory / RECORD).unlink()


def record_short(directory):
    text = (directory / RECORD).read_text()
    (directory / RECORD).write_text(text[: len(text) // 2])


def record_empty(directory):
    (directory / RECORD).write_text("")


def record_other_kind(directory):
    (directory / RECORD).write_text("[]")


def record_edited(directory):
    data = json.loads((directory / RECORD).read_text())
    (directory / RECORD).write_text(json.dumps(data | {"mutant": "other"}))


def record_of_another_format(directory):
    data = json.loads((directory / RECORD).read_text())
    (directory / RECORD).write_text(json.dumps(data | {"format": 2}))


def record_without_files(directory):
    data = json.loads((directory / RECORD).read_text())
    (directory / RECORD).write_text(json.dumps(data | {"files": {}}))


def renamed(directory):
    directory.rename(directory.with_name("0" * 16))


@pytest.mark.parametrize("spoil", [
    shorter, other, gone, record_gone, record_short, record_empty, record_other_kind, record_edited,
    record_of_another_format, record_without_files, renamed,
])  # fmt: skip
def test_what_is_not_as_it_was_made_is_not_there_and_is_made_again(cache, spoil):
    directory = enter(cache)
    spoil(directory)
    assert cache.kernel(IDENTITY.key) is None
    assert cache.kernels() == []
    if directory.exists():
        with pytest.raises(SpecError) as caught:
            Kernel.read(directory)
        assert code(caught) == "SG1010"
    enter(cache)
    assert cache.kernel(IDENTITY.key) is not None


def test_what_is_interrupted_leaves_nothing(cache):
    def work():
        with cache.new("kernels", "k") as made:
            (made / "linux").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert list((cache.top / "kernels").iterdir()) == []


def test_what_a_killed_process_has_left_is_removed_unless_it_is_being_made(cache):
    for kind in ("kernels", "sources"):
        (cache.top / kind / ".new-left").mkdir()
        (cache.top / kind / ".new-busy").mkdir()
    (cache.top / "builds" / "left" / "work").mkdir(parents=True)
    (cache.top / "builds" / "both" / "work").mkdir(parents=True)
    (cache.top / "builds" / "both" / "kept").mkdir()
    with cache.lock("busy", WATCH):
        cache.tidy()
    names = sorted(str(path.relative_to(cache.top)) for kind in ("kernels", "sources", "builds")
                   for path in (cache.top / kind).rglob("*"))  # fmt: skip
    assert names == ["builds/both", "builds/both/kept", "kernels/.new-busy", "sources/.new-busy"]
    cache.tidy()
    assert list((cache.top / "kernels").iterdir()) == []


def test_a_full_disk_is_told_and_other_errors_are_not_hidden(cache):
    with pytest.raises(SpecError) as caught, cache.new("kernels", "k"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert code(caught) == "SG1009"
    assert list((cache.top / "kernels").iterdir()) == []
    with pytest.raises(PermissionError), full_disk(cache.top):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_two_do_not_work_on_the_same(cache):
    inside = []

    def work(number):
        with Cache(cache.top).lock("one", WATCH):
            inside.append(number)
            time.sleep(0.05)
            inside.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside[0::2] == inside[1::2]


def test_waiting_for_another_ends_with_the_time(cache):
    short = Watch.of(0.2, lambda _text: None)
    with cache.lock("one", WATCH), pytest.raises(TimedOut), Cache(cache.top).lock("one", short):
        pass


def test_a_kernel_is_named_by_the_beginning_of_its_key_or_a_path(cache, tmp_path):
    directory = enter(cache)
    for text in (IDENTITY.key, IDENTITY.key[:4], str(directory)):
        assert cache.find(text).key == IDENTITY.key
    for text in ("", "zz", "0" * 16, str(tmp_path), f"{tmp_path}/nowhere"):
        with pytest.raises(SpecError) as caught:
            cache.find(text)
        assert code(caught) == "SG1010"
    for number in range(17):  # one more than there are first letters
        enter(cache, replace(IDENTITY, recipe=number + 2))
    keys = [kernel.key for kernel in cache.kernels()]
    twice = next(key[0] for key in keys if sum(k[0] == key[0] for k in keys) > 1)
    with pytest.raises(SpecError, match="begins with"):
        cache.find(twice)


def test_kernels_and_sources_are_removed_apart(cache):
    enter(cache)
    for kind in ("sources", "builds"):
        (cache.top / kind / "one").mkdir()
        (cache.top / kind / "one" / "file").write_text("")
    cache.clear(WATCH)
    assert [list((cache.top / kind).iterdir()) for kind in ("sources", "builds")] == [[], []]
    (kernel,) = cache.kernels()
    cache.remove(kernel, WATCH)
    assert cache.kernels() == []


def test_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert Cache.at(None).top == tmp_path / "xdg" / "specgen"
    for useless in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", useless)
        assert Cache.at(None).top == tmp_path / "home" / ".cache" / "specgen"
    assert Cache.at(str(tmp_path / "own")).top == tmp_path / "own"
    assert (tmp_path / "own" / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


@pytest.mark.parametrize("name", ["with space", "with:colon"])
def test_where_make_cannot_work_there_is_no_cache(tmp_path, name):
    with pytest.raises(SpecError) as caught:
        Cache.at(str(tmp_path / name))
    assert code(caught) == "SG1008"
    assert not (tmp_path / name).exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecError) as caught:
        Cache.at(str(tmp_path / "file"))
    assert code(caught) == "SG1008"


def test_the_newest_come_first(cache):
    versions = ["6.1.192", "6.12.9", "6.12.117", "6.1.8"]
    for version in versions:
        enter(cache, replace(IDENTITY, version=version))
    assert [kernel.version for kernel in cache.kernels()] == ["6.12.117", "6.12.9", "6.1.192", "6.1.8"]
