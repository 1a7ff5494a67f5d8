"""Files: what can be read, what is included, and what is refused before a word of it is read."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from specgen.language.load import MAX_FILES, load
from specgen.language.source import Diagnostics, SpecError
from tests.unit.frontend import HEAD, places, reported


def codes(path: str | Path) -> list[str]:
    with pytest.raises(SpecError) as raised:
        load(str(path))
    return [d.code for d in raised.value.diagnostics]


def write(directory: Path, **files: str) -> Path:
    """Files by name, ``__`` for a slash; returns the main one, ``spec``."""
    for name, text in files.items():
        file = directory / f"{name.replace('__', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return directory / "spec.yaml"


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    main = write(tmp_path, spec=HEAD)
    found = load(str(main))
    assert found.sha256 == hashlib.sha256(main.read_bytes()).hexdigest()
    assert found.path == str(main)
    assert [source.path for source in found.sources] == [str(main)]


def test_paths_are_shown_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, spec=HEAD + "include: [part/a.yaml]\n", part__a="include: [b.yaml]\n", part__b="types: {}\n")
    monkeypatch.chdir(tmp_path)
    assert [s.path for s in load("spec.yaml").sources] == ["spec.yaml", "part/a.yaml", "part/b.yaml"]
    monkeypatch.chdir(tmp_path / "part")
    assert load("../spec.yaml").sources[2].path == "../part/b.yaml"


def test_include_merges_sections_by_key(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        spec=HEAD + "include:\n  - a.yaml\n  - sub/b.yaml\nvariables:\n  a: bool\n",
        a="variables:\n  b: bool\ncode: {x: y}\nrevisions:\n  r: {remove: [variables.b]}\n",
        sub__b="variables:\n  c: bool\ninclude: [../c.yaml]\n",
        c="variables:\n  d: bool\n",
    )
    found = load(str(main))
    assert list(found.base.variables) == ["a", "b", "c", "d"]
    assert list(found.documents["r"].variables) == ["a", "c", "d"]
    assert found.base.variables["c"].span.source.path.endswith("sub/b.yaml")
    whole = b"".join((tmp_path / f).read_bytes() for f in ("spec.yaml", "a.yaml", "sub/b.yaml", "c.yaml"))
    assert found.sha256 == hashlib.sha256(whole).hexdigest()


def test_mistakes_in_included_files_name_them(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        spec=HEAD + "include: [a.yaml]\ncovers:\n  c: 1 +\n",
        a="variables:\n  v: bool =\n",
    )
    with pytest.raises(SpecError) as raised:
        load(str(main))
    found = [str(d.span) for d in raised.value.diagnostics]
    assert found == [f"{main}:5:9", f"{tmp_path / 'a.yaml'}:2:12"]


def test_a_key_in_two_files_is_an_error_with_both_places(tmp_path: Path) -> None:
    write(tmp_path, a="variables:\n  v: bool\n")
    (found,) = reported(tmp_path, HEAD + "include: [a.yaml]\nvariables:\n  v: bool\n")
    assert found.code == "SG207" and str(found.span).endswith("a.yaml:2:3")
    assert found.notes[0].span is not None and str(found.notes[0].span).endswith("spec.yaml:5:3")


def test_one_file_has_spec(tmp_path: Path) -> None:
    write(tmp_path, a="spec: {name: b}\n")
    (found,) = reported(tmp_path, HEAD + "include: [a.yaml]\n")
    assert found.code == "SG207" and str(found.span).endswith("a.yaml:1:1")
    assert found.notes[0].span is not None and str(found.notes[0].span).endswith("spec.yaml:2:3")


def test_a_file_adds_to_the_spec_that_it_includes(tmp_path: Path) -> None:
    more = "include: [a.yaml]\nrevisions:\n  later:\n    base: first\n    remove: [covers.c]\n"
    covers = "covers:\n  c: v\n  d: v\n"
    a = HEAD + "variables:\n  v: bool\n" + covers + "revisions:\n  first: {title: as it is}\n"
    main = write(tmp_path, spec=more, a=a)
    found = load(str(main))
    assert found.base.name == "example"
    assert list(found.documents) == ["later", "first"]
    assert list(found.documents["later"].covers) == ["d"]


@pytest.mark.parametrize("name", ["../out.yaml", "a/../../out.yaml", "/etc/hostname", "link.yaml", "dir/out.yaml"])
def test_nothing_outside_of_the_directory_is_read(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "out.yaml").write_text("types: {}\n")
    (inside / "link.yaml").symlink_to(tmp_path / "out.yaml")
    (inside / "dir").symlink_to(tmp_path)
    (found,) = reported(inside, HEAD + f"include:\n  - {name}\n")
    assert found.code == "SG122"
    assert found.span is not None and found.span[1:3] == (4, 5)


def test_links_inside_of_the_directory_are_read(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("types: {T: bool}\n")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    assert reported(tmp_path, HEAD + "include: [link.yaml]\n") == []


def test_a_directory_whose_name_begins_alike_is_outside(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec2").mkdir()
    (tmp_path / "spec2" / "a.yaml").write_text("types: {}\n")
    (found,) = reported(tmp_path / "spec", HEAD + "include: [../spec2/a.yaml]\n")
    assert found.code == "SG122"


def test_each_file_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, a="include: [spec.yaml]\n", b="include: [b.yaml]\n", c="include: [./a.yaml]\n")
    found = reported(tmp_path, HEAD + "include: [a.yaml, b.yaml, c.yaml]\n")
    assert [d.code for d in found] == ["SG123"] * 3
    assert found[0].notes[0].message == "this is the main file"


def test_too_many_files(tmp_path: Path) -> None:
    for number in range(MAX_FILES):
        (tmp_path / f"f{number}.yaml").write_text(f"include: [f{number + 1}.yaml]\n")
    found = reported(tmp_path, HEAD + "include: [f0.yaml]\n")
    assert [d.code for d in found] == ["SG104"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("include: a.yaml\n", "SG204"),
        ("include: {a: b}\n", "SG204"),
        ("include: [[a]]\n", "SG204"),
        ("include: ['']\n", "SG204"),
        ('include: ["a\\0b"]\n', "SG204"),
        ("include: [gone.yaml]\n", "SG101"),
        ("include: [sub]\n", "SG101"),
    ],
)
def test_refused_includes(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "sub").mkdir()
    found = reported(tmp_path, HEAD + text)
    assert [d.code for d in found] == [code]
    assert found[0].span is not None and found[0].span.line == 3


def test_a_broken_included_file_hides_no_other(tmp_path: Path) -> None:
    write(tmp_path, a="x: [\n", b="y: *z\n")
    found = reported(tmp_path, HEAD + "include: [a.yaml, b.yaml]\n")
    assert [d.code for d in found] == ["SG115", "SG111"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert codes(tmp_path / "gone.yaml") == ["SG101"]
    assert codes(tmp_path) == ["SG101"]
    assert codes("") == ["SG101"]
    assert codes("a\0b") == ["SG101"]
    assert codes(tmp_path / ("x" * 5000)) == ["SG101"]
    assert codes("/dev/null") == ["SG101"]
    assert codes("/dev/zero") == ["SG101"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert codes(tmp_path / "pipe") == ["SG101"]


def test_a_socket_is_no_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert codes("socket") == ["SG101"]


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SpecError) as raised:
        load(str(tmp_path / "spec.yaml"))
    (found,) = raised.value.diagnostics
    assert found.code == "SG101" and "permission denied" in found.message


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_bytes(b"#" * (3 * 1024 * 1024))
    assert codes(tmp_path / "spec.yaml") == ["SG104"]


def test_warnings_go_to_the_collector(tmp_path: Path) -> None:
    text = HEAD + "types: {T: bool}\ncovers:\n  c: exists t in T where t and t\n"
    (tmp_path / "spec.yaml").write_text(text)
    found = Diagnostics()
    load(str(tmp_path / "spec.yaml"), diagnostics=found)
    assert places(found.items) == [("SG308", 5, 26)]
    load(str(tmp_path / "spec.yaml"))  # without one they are dropped


def test_an_error_carries_the_warnings_too(tmp_path: Path) -> None:
    text = HEAD + "types: {T: bool}\ncovers:\n  c: exists t in T where t and t\n  d: 1 +\n"
    assert [d.code for d in reported(tmp_path, text)] == ["SG308", "SG302"]


def test_after_a_hundred_errors_reading_stops(tmp_path: Path) -> None:
    text = HEAD + "covers:\n" + "".join(f"  c{n}: 1 +\n" for n in range(200))
    found = reported(tmp_path, text)
    assert [d.code for d in found] == ["SG302"] * 101 + ["SG100"]
    assert found[-1].span is None
