"""Programs are compiled for their kernel, or refused with a reason."""

from __future__ import annotations

import subprocess

import pytest

from specgen.kernel.commands import Watch
from specgen.kernel.ktap import listed
from specgen.kernel.programs import init, programs
from specgen.language.source import SpecError

from .fake import HARNESS, kernel, sources

WATCH = Watch()
TRUE = "int main(void) { return 0; }\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Kernel, directory of tests, the program compiled."""
    top = tmp_path_factory.mktemp("programs")
    fake, directory = kernel(top / "kernel"), sources(top / "tests")
    return fake, directory, programs([str(directory)], fake, WATCH)


def told(paths, fake):
    with pytest.raises(SpecError) as caught:
        programs([str(path) for path in paths], fake, WATCH)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, diagnostic.message


@pytest.fixture
def binary(made, tmp_path):
    path = tmp_path / "demo"
    path.write_bytes(made[2][0].data)
    path.chmod(0o755)
    return path


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)


def test_a_directory_is_its_programs(made):
    _, directory, found = made
    assert [(program.name, program.origin) for program in found] == [("demo", str(directory / "demo.c"))]
    assert len(found[0].sha256) == 64
    assert not list(directory.glob("*.o")) and len(list(directory.iterdir())) == 3


def test_a_file_is_one_program_with_the_same_parts(made):
    fake, directory, found = made
    (program,) = programs([str(directory / "demo.c")], fake, WATCH)
    assert program.data == found[0].data


def test_a_harness_without_options_gets_them(binary):
    run = said(str(binary), "-l")
    assert run.returncode == 4
    names = ["first.one.a", "first.one.b", "first.two.a", "first.two.b", "second.b"]
    assert listed(run.stderr.split("\n")) == names
    for name in names:
        assert said(str(binary), "-r", name).stdout == f"ok 1 {name}\n1..1\n"
    assert said(str(binary)).stdout.endswith("1..5\n")
    absent = said(str(binary), "-r", "first.three.a")
    assert (absent.returncode, absent.stderr) == (1, "# no test is called first.three.a\n")


def test_a_harness_with_options_is_left_alone(tmp_path, made):
    own = HARNESS + "\n/* test_harness_argv_check */\n"
    fake = kernel(tmp_path / "kernel", harness=own)
    (program,) = programs([str(made[1])], fake, WATCH)
    path = tmp_path / "demo"
    path.write_bytes(program.data)
    path.chmod(0o755)
    assert said(str(path), "-l").stdout.endswith("1..5\n")


def test_a_static_binary_is_taken_as_it_is(made, binary):
    (program,) = programs([str(binary)], made[0], WATCH)
    assert (program.name, program.data) == ("demo", made[2][0].data)


def test_a_binary_beside_its_source_is_not_taken_twice(made, tmp_path, binary):
    directory = sources(tmp_path / "tests")
    (directory / "demo").write_bytes(binary.read_bytes())
    (directory / "other").write_bytes(binary.read_bytes())
    (directory / "notes").write_text("no program")
    assert [program.name for program in programs([str(directory)], made[0], WATCH)] == ["demo", "other"]


def test_what_is_no_program(made, tmp_path):
    fake = made[0]
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "part.c").write_text("int part;\n")
    assert told([empty], fake) == ("SG1042", f"there is no test program in {empty}")
    assert told([empty / "part.c"], fake) == ("SG1042", f"{empty / 'part.c'} is no program")
    assert told([tmp_path / "none"], fake) == ("SG1042", f"there is no {tmp_path / 'none'}")
    (empty / "text").write_text("hello")
    assert told([empty / "text"], fake) == ("SG1042", f"{empty / 'text'} is no test program")
    (empty / "a b.c").write_text(TRUE)
    assert told([empty / "a b.c"], fake)[0] == "SG1042"


def test_two_of_one_name(made, tmp_path):
    directory = sources(tmp_path / "tests")
    assert told([made[1], directory], made[0]) == ("SG1043", "several test programs are called demo")


def test_a_binary_that_needs_a_system_around_it(made):
    code, message = told(["/bin/true"], made[0])
    assert (code, message) == ("SG1044", "/bin/true cannot be run in a guest: it needs shared libraries")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data[:4] + b"\1" + data[5:], "it is for another machine"),
        (lambda data: data[:18] + b"\xb7\0" + data[20:], "it is for another machine"),
        (lambda data: data[:60], "it is not whole"),
        (lambda data: data[:32] + b"\xff" * 8 + data[40:], "it is not whole"),
    ],
)
def test_a_binary_that_is_not_right(made, tmp_path, change, why):
    path = tmp_path / "odd"
    path.write_bytes(change(made[2][0].data))
    assert told([path], made[0]) == ("SG1044", f"{path} cannot be run in a guest: {why}")


def test_the_compiler_is_heard(made, tmp_path):
    directory = sources(tmp_path / "tests")
    (directory / "demo.c").write_text("#include <linux/fake.h>\nint main(void) { int unused; return UNKNOWN; }\n")
    with pytest.raises(SpecError) as caught:
        programs([str(directory)], made[0], WATCH)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("SG1046", f"{directory / 'demo.c'} cannot be compiled")
    notes = [note.message for note in diagnostic.notes]
    assert any("demo.c:2:" in note and "UNKNOWN" in note for note in notes)
    assert any("unused" in note for note in notes)


def test_the_first_process_of_a_guest():
    data = init(WATCH)
    assert data[:4] == b"\x7fELF" and b"begin kasan=%s" in data
