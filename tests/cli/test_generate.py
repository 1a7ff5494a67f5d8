"""`specgen generate` as it is typed, up to an implementation of one's own."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest

from specgen.cli.options import CRITERIA as SHORT
from specgen.testgen.suite import CRITERIA, digest

from .conftest import ROOT, command, environment

TWO_PHASE = ROOT / "spec" / "examples" / "two_phase.yaml"
OWN = ROOT / "tests" / "unit" / "testgen" / "two_phase"
SECTION = """\
generate:
  pytest:
    directory: ../tests
    adapter: lock
    suites:
      - revisions: [good, racy]
        criteria: [covers, violations]
      - revisions: [good]
        criteria: [pairs]
"""


def files(directory):
    return {str(p.relative_to(directory)): p.read_text(encoding="utf-8") for p in sorted(directory.rglob("*.py"))}


@pytest.fixture
def tree(folder):
    """A tree with one spec, which says what is to be generated."""
    (folder / "spec").mkdir()
    text = (folder / "lock.yaml").read_text(encoding="utf-8")
    (folder / "spec" / "lock.yaml").write_text(text + SECTION, encoding="utf-8")
    (folder / "lock.yaml").unlink()
    return folder


def test_without_options_all_that_the_section_names_is_made(specgen, tree):
    run = specgen("generate")
    assert (run.returncode, run.stderr) == (0, "")
    made = files(tree / "tests")
    assert list(made) == [
        "adapters/lock.py",
        "interface.py",
        "test_good_covers.py",
        "test_good_pairs.py",
        "test_racy_covers.py",
        "test_racy_violations.py",
    ]
    lines = run.stdout.splitlines()
    assert lines[0].startswith("good: ") and lines[0].endswith("; no goals for violations")
    assert "tests: 6 new" in lines
    assert "  new      test_racy_violations.py" in lines
    assert "an implementation is one revision: -r REV makes the tests of that one alone" in lines
    assert lines[-1] == "pytest tests --specgen-system lock"
    assert "# Made by: specgen generate spec/lock.yaml -r good --criterion pairs" in made["test_good_pairs.py"]
    assert specgen("generate", "--check").returncode == 0


def test_a_second_run_changes_nothing_and_says_so(specgen, tree):
    specgen("generate")
    stamps = {p: p.stat().st_mtime_ns for p in (tree / "tests").rglob("*.py")}
    run = specgen("generate")
    assert "tests: 5 as before" in run.stdout.splitlines()
    assert "  kept     adapters/lock.py" in run.stdout.splitlines()
    assert {p: p.stat().st_mtime_ns for p in (tree / "tests").rglob("*.py")} == stamps


def test_check_names_each_file_that_is_not_as_it_would_be_written(specgen, tree):
    specgen("generate")
    spec, tests = tree / "spec" / "lock.yaml", tree / "tests"
    (tests / "test_good_covers.py").unlink()
    with (tests / "interface.py").open("a", encoding="utf-8") as file:
        file.write("# by hand\n")
    spec.write_text(spec.read_text(encoding="utf-8").replace("[good]\n        criteria: [pairs]", "[good]\n        criteria: [covers]"), encoding="utf-8")
    before = files(tests)
    run = specgen("generate", "--check")
    assert run.returncode == 1
    assert run.stdout.splitlines() == [
        "tests/interface.py: differs",
        "tests/test_good_covers.py: missing",
        "tests/test_good_pairs.py: is not made from the spec any more",
    ]
    assert "`specgen generate` writes what the spec gives" in run.stderr
    assert files(tests) == before
    made = specgen("generate")
    assert "  removed  test_good_pairs.py" in made.stdout.splitlines()
    assert specgen("generate", "--check").returncode == 0


def test_check_advises_the_command_that_it_has_looked_at(specgen, tree):
    asked = "specgen generate spec/lock.yaml -r good -r 's*' --target pytest -o out --criterion covers -D N=3"
    run = specgen(*shlex.split(asked)[1:], "--check", "--jobs", "1")
    assert run.returncode == 1
    assert run.stderr == f"`{asked}` writes what the spec gives\n"
    assert specgen(*shlex.split(asked)[1:]).returncode == 0
    assert specgen(*shlex.split(asked)[1:], "--check").returncode == 0


def test_diff_shows_what_would_change(specgen, tree):
    specgen("generate")
    assert specgen("generate", "--diff").stdout == ""
    file = tree / "tests" / "test_good_covers.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("reached in 1 step", "reached some day"), encoding="utf-8")
    run = specgen("generate", "--diff")
    assert run.returncode == 0
    assert run.stdout.splitlines()[:2] == ["--- a/test_good_covers.py", "+++ b/test_good_covers.py"]
    assert '-    """taken is reached some day.' in run.stdout
    assert '+    """taken is reached in 1 step.' in run.stdout
    assert "reached some day" in file.read_text(encoding="utf-8")
    assert specgen("generate", "--diff", "--check").returncode == 1


def test_a_restricted_run_makes_the_same_files_and_removes_none(specgen, tree):
    specgen("generate")
    whole = files(tree / "tests")
    (tree / "tests" / "test_good_pairs.py").unlink()
    (tree / "tests" / "test_racy_covers.py").unlink()
    run = specgen("generate", "-r", "good")
    assert run.returncode == 0
    assert "  left     1 file from before, not asked for now: test_racy_violations.py" in run.stdout.splitlines()
    assert files(tree / "tests") == {n: t for n, t in whole.items() if n != "test_racy_covers.py"}
    assert specgen("generate", "--criterion", "covers").returncode == 0
    assert files(tree / "tests") == whole


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "kselftest"], "there is no target 'kselftest', the targets are pytest"),
        (["-r", "surprising"], "has no suite of surprising at all"),
        (["-r", "racy", "--criterion", "pairs"], "has no suite of racy for pairs"),
        (["--criterion", "ends"], "has no suite for ends"),
        (["--criterion", "ends"], "write elsewhere with -o DIR"),
        (["--criterion", "branches"], "invalid choice: 'branches'"),
        (["-r", "rcy"], "did you mean 'racy'?"),
        (["-r", "nope"], "the revisions are good, racy, surprising; base is what they change"),
        (["-D", "M=2"], "the spec has no constant 'M'"),
        (["--chekc"], "did you mean '--check'?"),
    ],
)
def test_usage_errors(specgen, tree, arguments, words):
    run = specgen("generate", "spec/lock.yaml", *arguments)
    assert (run.returncode, run.stdout) == (3, "")
    assert words in " ".join(run.stderr.split())
    assert not (tree / "tests").exists()


def test_the_spec_is_found_or_asked_for(specgen, folder):
    run = specgen("generate")
    assert run.returncode == 3
    assert "there is none in spec/" in run.stderr
    (folder / "spec").mkdir()
    for name in ("a.yaml", "b.yaml"):
        shutil.copy(folder / "lock.yaml", folder / "spec" / name)
    run = specgen("generate")
    assert run.returncode == 3
    assert "there are spec/a.yaml, spec/b.yaml" in run.stderr


def test_elsewhere_anything_may_be_made(specgen, tree):
    run = specgen("generate", "spec/lock.yaml", "-o", "out", "-r", "surprising", "--criterion", "actions", "-D", "N=3")
    assert run.returncode == 0
    assert sorted(files(tree / "out")) == ["adapters/lock.py", "interface.py", "test_surprising_actions.py"]
    text = (tree / "out" / "test_surprising_actions.py").read_text(encoding="utf-8")
    assert "Made by: specgen generate spec/lock.yaml -o out -D N=3 -r surprising --criterion actions" in text
    assert '        constants={"N": 3},' in text
    shown = specgen("show", "spec/lock.yaml", "-r", "surprising", "-D", "N=3", "--core").stdout
    assert f'sha256="{digest(shown)}"' in text


def test_constants_of_the_section(specgen, tree):
    spec = tree / "spec" / "lock.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("    adapter: lock\n", "    constants: {N: 3}\n"), encoding="utf-8")
    assert specgen("generate").returncode == 0
    text = files(tree / "tests")
    assert '        constants={"N": 3},' in text["test_good_covers.py"]
    assert '{"N": 3}' in text["interface.py"]
    assert run_tests(tree, "tests").returncode == 0


def test_constants_are_named_where_a_revision_has_them_and_they_differ(specgen, tree):
    spec = tree / "spec" / "lock.yaml"
    text = spec.read_text(encoding="utf-8").replace("    adapter: lock\n", "    constants: {N: 2, MORE: 1}\n")
    more = "    constants:\n      MORE: 0..1 = 0\n    change:\n      work.take:\n        drop_guard: [lock_free]\n        add_guard:\n          more: MORE = 1\n"
    text = text.replace("    change:\n      work.take:\n        drop_guard: [lock_free]\n", more, 1)
    spec.write_text(text, encoding="utf-8")
    run = specgen("generate")
    assert run.returncode == 0, run.stderr
    made = files(tree / "tests")
    assert "constants=" not in made["test_good_covers.py"]
    assert '        constants={"N": 2, "MORE": 1},' in made["test_racy_covers.py"]
    assert run_tests(tree, "tests").returncode == 0


def test_the_list_tells_goals_tests_and_what_cannot_be(specgen, tree):
    run = specgen("generate", "--list", "-r", "good")
    assert run.returncode == 0
    assert not (tree / "tests").exists()
    lines = run.stdout.splitlines()
    assert lines[:4] == [
        "good covers: 1 of 1 goal, 1 test, 1 step",
        "  test_taken, 1 step",
        "    - taken is reached",
        "      work.take(p=0)",
    ]
    assert "good violations: no goals" in lines
    spec = tree / "spec" / "lock.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("taken: exists p in Proc, held[p]", "taken: held[0] and held[1]"), encoding="utf-8")
    lines = specgen("generate", "--list", "-r", "good", "--criterion", "covers").stdout.splitlines()
    assert lines[0] == "good covers: 0 of 1 goal, 0 tests, 0 steps"
    assert lines[1:4] == ["  no test, as nothing meets it:", "    - taken is reached", lines[3]]
    assert "reachable states" in lines[3]


def test_refusals_of_nobody_are_explained(specgen, two_phase):
    _, told = two_phase
    assert "refusals (no actor is controllable; see waits)" in " ".join(told.split())
    run = specgen("generate", "two_phase.yaml", "--list", "--criterion", "refusals")
    assert "hasty refusals: no goals (no actor is controllable; see waits)" in run.stdout.splitlines()


def test_one_revision_alone_is_no_choice(specgen, folder):
    run = specgen("generate", "lock.yaml", "-r", "good", "-o", "out")
    assert "an implementation" in run.stdout
    assert "one revision" not in run.stdout


def test_a_file_in_the_way_stops_everything(specgen, tree):
    (tree / "tests").mkdir()
    (tree / "tests" / "interface.py").write_text("mine = 1\n", encoding="utf-8")
    run = specgen("generate")
    assert run.returncode == 2
    assert "error[SG910]" in run.stderr
    assert list(files(tree / "tests")) == ["interface.py"]
    assert specgen("generate", "--force").returncode == 0
    assert "mine = 1" not in files(tree / "tests")["interface.py"]


def test_an_adapter_is_kept_and_what_it_lacks_is_told(specgen, tree):
    specgen("generate")
    adapter = tree / "tests" / "adapters" / "lock.py"
    adapter.write_text("class System:\n    def observe(self): ...\n    def work_take(self, p): ...\n", encoding="utf-8")
    for more in ([], ["--force"]):
        run = specgen("generate", *more)
        assert "  kept     adapters/lock.py, which lacks work_use, work_drop" in run.stdout.splitlines()
    assert "work_take(self, p): ..." in adapter.read_text(encoding="utf-8")


def test_the_same_bytes_from_anywhere(specgen, tree, tmp_path_factory):
    """Another directory, another hash seed, another number of processes."""
    specgen("generate", "--jobs", "1", PYTHONHASHSEED="1")
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(tree / "spec", other / "spec")
    run = subprocess.run(
        command("generate", "../spec/lock.yaml", "--jobs", "2"),
        cwd=other / "spec",
        env=environment(PYTHONHASHSEED="2"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert files(other / "tests") == files(tree / "tests")


def test_a_wrong_section_is_told_with_its_place(specgen, tree):
    spec = tree / "spec" / "lock.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("[pairs]", "[pears]"), encoding="utf-8")
    run = specgen("generate")
    assert (run.returncode, run.stdout) == (2, "")
    assert "error[SG902]: there is no criterion 'pears'" in run.stderr
    assert "did you mean 'pairs'?" in run.stderr
    assert specgen("check", "spec/lock.yaml", "-r", "good").returncode == 0


def test_a_graph_that_is_too_large_is_told_soon(specgen, folder):
    started = time.monotonic()
    run = specgen("generate", "big.yaml")
    assert run.returncode == 4
    assert "error[SG912]: the graph of big is too large for tests: more than 300,000 states" in run.stderr
    assert "choose smaller constants" in run.stderr
    assert not (folder / "generated_tests").exists()
    assert time.monotonic() - started < 30
    assert specgen("generate", "big.yaml", "--timeout", "0.01").returncode == 4


def test_an_interrupted_run_leaves_nothing(folder):
    shutil.copytree(ROOT / "spec", folder / "spec")
    process = subprocess.Popen(
        command("generate", "spec/ublk.yaml"), cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(1.5)  # of some ten seconds
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert error == "specgen: interrupted\n"
    assert not (folder / "generated_tests").exists()


def test_initial_states_that_look_alike_are_told(specgen, folder):
    text = (folder / "lock.yaml").read_text(encoding="utf-8").replace("bool = false", "bool")
    (folder / "alike.yaml").write_text(text + "observations:\n  first: held[0]\n", encoding="utf-8")
    run = specgen("generate", "alike.yaml", "-r", "good")
    assert run.returncode == 2
    assert "error[SG913]" in run.stderr


def test_the_help_names_every_criterion(specgen):
    assert list(SHORT) == list(CRITERIA)
    text = specgen("generate", "--help").stdout
    assert all(f"\n  {name} " in text for name in CRITERIA)


def run_tests(folder, *arguments):
    kept = {k: v for k, v in environment().items() if not k.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "specgen.testgen.harness.plugin", "-p", "no:cacheprovider", "-q", *arguments],
        cwd=folder,
        env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def two_phase(specgen, folder):
    """A user's directory: a spec, and what `generate` says about it."""
    shutil.copy(TWO_PHASE, folder / "two_phase.yaml")
    run = specgen("generate", "two_phase.yaml", *(w for c in CRITERIA for w in ("--criterion", c)))
    assert run.returncode == 0, run.stderr
    shutil.copy(OWN / "commit.py", folder)
    return folder, run.stdout


def hint(stdout, start):
    """The command of a line that the output ends with."""
    (line,) = (line for line in stdout.splitlines() if start in line)
    return line[line.index("pytest ") :].split()[1:]


def test_from_a_spec_to_tests_of_ones_own_implementation(two_phase):
    """What the output tells is done, and nothing else."""
    folder, told = two_phase
    run = run_tests(folder, *hint(told, "on the spec itself"))
    assert run.returncode == 0, run.stdout
    scaffold = folder / "generated_tests" / "pytest" / "adapters" / "mine.py"
    assert str(scaffold.relative_to(folder)) in told
    shutil.copy(OWN / "adapter.py", scaffold)
    run = run_tests(folder, *hint(told, "--specgen-system"))
    assert run.returncode == 0, run.stdout
    assert " passed in " in run.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('self._must_be("working")\n        self.state = "aborted"', 'self.state = "aborted"'),
        ("self.board.prepared.add(self.number)", "pass"),
        ("len(self.heard) < self.enough", "len(self.heard) < self.enough - 1"),
        ("number not in self.board.prepared", "False"),
        ('if self.state != "undecided" or (', "if ("),
        ("if self.board.verdict is None:", 'if self.board.verdict != "committed":'),
        ('before not in ("prepared", "committed")', 'before != "prepared"'),
        ("self.heard.add(number)", "self.heard = {number}"),
    ],
)
def test_a_fault_of_the_implementation_is_found(two_phase, right, wrong):
    folder, _ = two_phase
    shutil.copy(OWN / "adapter.py", folder / "generated_tests" / "pytest" / "adapters" / "mine.py")
    text = (folder / "commit.py").read_text(encoding="utf-8")
    assert right in text
    (folder / "commit.py").write_text(text.replace(right, wrong), encoding="utf-8")
    run = run_tests(folder, "generated_tests", "--specgen-system", "mine", "-x")
    assert run.returncode == 1, run.stdout


@pytest.fixture
def counting(specgen, folder):
    """Tests that take shortest ways, and a coordinator that counts votes, not voters."""
    shutil.copy(TWO_PHASE, folder / "two_phase.yaml")
    short = [word for name in ("covers", "transitions", "waits") for word in ("--criterion", name)]
    run = specgen("generate", "two_phase.yaml", "-r", "two-phase", "-o", "out", *short)
    assert run.returncode == 0, run.stderr
    shutil.copy(OWN / "adapter.py", folder / "out" / "adapters" / "mine.py")
    text = (OWN / "commit.py").read_text(encoding="utf-8")
    for old, new in (
        ("        self.heard.add(number)\n", "        self.heard.add(number)\n        self.votes += 1\n"),
        ("len(self.heard) < self.enough", "self.votes < self.enough"),
        ("    enough: int\n", "    enough: int\n    votes: int = 0\n"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "commit.py").write_text(text, encoding="utf-8")
    return folder


def test_walks_find_a_memory_that_short_tests_do_not_reach(counting):
    assert run_tests(counting, "out", "--specgen-system", "mine").returncode == 0
    run = run_tests(counting, "out", "--specgen-system", "mine", "--specgen-walks", "20", "-k", "walk_", "-x")
    assert run.returncode == 1, run.stdout
    report = re.search(r"E +Mismatch: decide_commit .*must be refused, and happens\n(?:.*\n)+?(?===)", run.stdout)
    assert report is not None, run.stdout
    heard = re.findall(r"hear_prepared\(m=(\d)\)", report[0])
    assert len(heard) > len(set(heard)) < 3  # some voter was heard twice, and another one never
    again = re.search(r"again +pytest (.*)", report[0])
    assert again is not None
    assert report[0] in run_tests(counting, *again[1].split()).stdout
    shutil.copy(OWN / "commit.py", counting)
    run = run_tests(counting, "out", "--specgen-system", "mine", "--specgen-walks", "20", "-k", "walk_")
    assert run.returncode == 0, run.stdout


def test_the_scaffold_is_what_the_adapter_was_made_from(two_phase):
    """The example keeps to the signatures of the scaffold."""
    folder, _ = two_phase
    scaffold = (folder / "generated_tests" / "pytest" / "adapters" / "mine.py").read_text(encoding="utf-8")
    heads = [line for line in scaffold.splitlines() if line.startswith("    def ")]
    assert len(heads) == 9
    assert set(heads) <= set((OWN / "adapter.py").read_text(encoding="utf-8").splitlines())
