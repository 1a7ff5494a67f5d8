"""Generated tests under pytest itself, as a user runs them: in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from specgen.testgen.files import Place
from specgen.testgen.pytest_target import PytestTarget

from .suites import made

ROOT = Path(__file__).parents[3]
PLUGIN = "specgen.testgen.harness.plugin"

# Does what the token spec says, in plain Python.
ADAPTER = """\
from specgen.testgen.harness import Refused

from ..interface import Interface


class Worn(Exception):
    pass


class System(Interface):
    def __init__(self, revision, constants):
        super().__init__(revision, constants)
        self.places = constants["N"]
        self.at, self.hand, self.worn, self.warned = 0, None, 0, []
        self.gone = False

    def start(self, seen):
        self.at = seen["at"]

    def observe(self):
        return {"at": self.at, "hand": self.hand, "worn": self.worn}

    def start_(self, class_, by_):
        self.warned = []
        if self.hand or self.at != class_:
            raise Refused
        self.hand = by_

    def drop(self):
        self.warned = []
        if not self.hand or self.worn == 2:
            raise Refused
        if self.hand != "left":
            self.warned = ["careful"]
        self.hand = None
        self.worn += 1

    def wear_out(self):
        self.warned = []
        if self.worn != 2 or self.gone:
            raise Refused
        self.gone = True

    def warnings(self):
        return self.warned

    def judge(self, name):
        assert name == "new"
        if self.worn == 2:
            raise Worn
"""

@pytest.fixture
def suite(tmp_path):
    """A directory with a spec, and beside it the tests of one revision with an adapter."""
    (tmp_path / "spec").mkdir()
    suites, words = made(tmp_path / "spec")
    place = Place("spec/spec.yaml", "../spec/spec.yaml", "out", "specgen generate spec/spec.yaml -o out", "mine", ())
    target = PytestTarget()
    files = [file for it in suites.values() if it.cases for file in target.suite(it, place)]
    out = tmp_path / "out"
    (out / "adapters").mkdir(parents=True)
    for file in [*files, *target.common([words], place)]:
        (out / file.path).write_text(file.text, encoding="utf-8")
    (out / "adapters" / "token.py").write_text(ADAPTER, encoding="utf-8")
    (out / "adapters" / "_private.py").write_text("", encoding="utf-8")
    return out


def pytest_(suite, *arguments, plugins=(), cwd=None, **environ):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment = {**kept, "PYTHONPATH": str(ROOT / "generator"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environ}
    loaded = [word for name in (PLUGIN, "no:cacheprovider", *plugins) for word in ("-p", name)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *loaded, "-q", "-W", "error", "--strict-markers", *map(str, arguments)],
        cwd=cwd or suite.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def counts(run):
    return run.stdout.strip().splitlines()[-1]


def change(suite, old, new, name="token"):
    file = suite / "adapters" / f"{name}.py"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_all_tests_pass_on_the_interpreter(suite):
    run = pytest_(suite, "out")
    assert run.returncode == 0, run.stdout
    assert " passed in " in counts(run)


def test_nobody_loads_the_solver_or_the_templates(suite):
    """The spec is read by the interpreter, and to see whether it has changed; not to collect."""
    code = (
        "import sys, pytest; code = pytest.main(sys.argv[1:]); "
        "print(sorted(m for m in ('yaml', 'z3', 'jinja2', 'specgen.language') if m in sys.modules)); sys.exit(code)"
    )

    def loaded(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "generator"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        words = [sys.executable, "-c", code, "-p", PLUGIN, "-p", "no:cacheprovider", "-q", "out", *arguments]
        run = subprocess.run(words, cwd=suite.parent, env=environment, capture_output=True, text=True, check=False)
        return run.stdout.splitlines()[-1]

    assert loaded("--collect-only") == "[]"
    assert loaded("--collect-only", "--specgen-system", "token", "--specgen-walks", "2") == "[]"
    assert loaded("--specgen-system", "token", "-k", "covers") == "['specgen.language', 'yaml']"
    assert loaded("-k", "covers") == "['specgen.language', 'yaml']"


def test_an_implementation_of_ones_own(suite):
    run = pytest_(suite, "out", "--specgen-system", "token")
    assert run.returncode == 0, run.stdout


def test_the_scaffold_fails_and_says_what_is_missing(suite):
    run = pytest_(suite, "out", "--specgen-system", "mine")
    assert run.returncode == 1
    assert "E       Incomplete: the adapter has no `observe` yet: add it to out/adapters/mine.py\n" in run.stdout
    assert ">       system.start(START)" in run.stdout
    assert "NotImplementedError" not in run.stdout
    assert " passed" not in counts(run)


def test_a_method_that_is_missing_is_named(suite):
    change(suite, "    def drop(self):", "    def let_fall(self):")
    run = pytest_(suite, "out/test_v1_0_covers.py", "--specgen-system", "token")
    assert "E       Incomplete: the adapter has no `drop` yet: add it to out/adapters/token.py\n" in run.stdout
    assert "so far" not in run.stdout


def test_what_an_implementation_has_not_got_is_its_own_error(suite):
    change(suite, "self.hand = by_", "raise NotImplementedError('only one hand')")
    run = pytest_(suite, "out/test_v1_0_covers.py", "--specgen-system", "token")
    assert "must happen, and fails: NotImplementedError: only one hand" in run.stdout
    change(suite, "raise NotImplementedError('only one hand')", "self.deeper()\n\n    def deeper(self):\n        raise NotImplementedError")
    run = pytest_(suite, "out/test_v1_0_covers.py", "--specgen-system", "token")
    assert "must happen, and fails: NotImplementedError\n" in run.stdout


def test_the_report_of_a_failure(suite):
    change(suite, "self.worn += 1", "self.worn += 1 if self.worn == 0 else 0")
    run = pytest_(suite, "out/test_v1_0_covers.py", "--specgen-system", "token")
    assert run.returncode == 1
    told = [line[1:].strip() for line in run.stdout.splitlines() if line.startswith("E ")]
    line = next(n for n, text in enumerate((suite.parent / "spec/spec.yaml").read_text().splitlines(), 1) if "  drop:" in text)
    assert told == [
        "Mismatch: step 4, drop looks otherwise than the spec says",
        "worn      expected 2, observed 1",
        f"spec      spec/spec.yaml:{line}",
        "revision  v1.0",
        "again     pytest out/test_v1_0_covers.py::test_worn_out --specgen-system token",
        "so far:",
        '1  start(by_="left", class_=0)  (mail 1)',
        "2  drop  (mail 2)",
        '3  start(by_="left", class_=0)  (mail 1)',
        "4  drop  (mail 2)",
    ]
    # the line of the test is there, the harness is not
    assert '>       system.step("drop", then={"hand": None, "worn": 2})  # mail 2' in run.stdout
    assert "story.py" not in run.stdout
    assert re.search(r"^FAILED out/test_v1_0_covers.py::test_worn_out - Mismatch: step 4", run.stdout, re.MULTILINE)


def test_the_report_of_an_error_has_the_systems_own_lines(suite):
    change(suite, "self.hand = by_", "self.hand = by_ + self.at")
    run = pytest_(suite, "out/test_v1_0_covers.py", "--specgen-system", "token")
    assert ">       self.hand = by_ + self.at" in run.stdout
    assert "must happen, and fails: TypeError" in run.stdout
    assert "attach.py" not in run.stdout
    assert "story.py" not in run.stdout


def test_a_spec_that_has_changed_is_told(suite):
    spec = suite.parent / "spec" / "spec.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("worn < 2", "worn < 1"), encoding="utf-8")
    run = pytest_(suite, "out", "-k", "covers or ends", "-W", "always::UserWarning")
    assert run.returncode == 1
    assert "must happen, and is refused: by not_lost" in run.stdout
    assert "above exception" not in run.stdout  # where the interpreter raised it is nobody's business
    mend = "`specgen generate spec/spec.yaml -o out -r v1.0` writes the tests again"
    assert f"the spec has changed since this test was generated from it; {mend}\n" in run.stdout
    # once, for all modules of the revision
    assert run.stdout.count(f"StaleTests: out: the tests of v1.0 were generated from another state of the spec; {mend}\n") == 1


def test_tests_that_pass_all_the_same_are_told_to_be_stale(suite):
    spec = suite.parent / "spec" / "spec.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("worn < 2", "worn <= 1"), encoding="utf-8")
    run = pytest_(suite, "out", "--specgen-system", "token", "-W", "always::UserWarning")
    assert run.returncode == 0, run.stdout
    assert counts(run).split(" in ")[0].endswith(" passed, 1 warning")
    run = pytest_(suite, ".", "--specgen-system", "token", "-W", "always::UserWarning", cwd=suite)
    assert "`specgen generate spec/spec.yaml -o out -r v1.0`, in .., writes the tests again" in run.stdout
    # who has warnings for errors has this one, too
    run = pytest_(suite, "out/test_v1_0_covers.py", "--specgen-system", "token")
    assert counts(run).startswith("1 error")


def test_an_adapter_needs_no_spec(suite):
    (suite.parent / "spec" / "spec.yaml").unlink()
    assert pytest_(suite, "out", "--specgen-system", "token", "-k", "covers").returncode == 0
    change(suite, "self.worn += 1", "self.worn += 2")
    run = pytest_(suite, "out", "--specgen-system", "token", "-k", "covers")
    assert "again     pytest out/test_v1_0_covers.py::test_worn_out --specgen-system token" in run.stdout
    assert "spec  " not in run.stdout
    # the interpreter does need it
    told = pytest_(suite, "out", "-k", "covers").stdout
    assert "the spec cannot be read: SG101 cannot read" in told
    assert "`specgen check spec/spec.yaml` tells more" in told
    assert "plugin.py" not in told


@pytest.mark.parametrize("name", ["nobody", "_private", "../adapters/token", "token.py"])
def test_a_system_that_is_not_there_is_a_usage_error(suite, name):
    run = pytest_(suite, "out", "--specgen-system", name)
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"--specgen-system {name}: there is no " in run.stderr
    assert "there are: interpreter, mine, token" in run.stderr


def test_an_adapter_without_a_system_is_told(suite):
    (suite / "adapters" / "empty.py").write_text("", encoding="utf-8")
    run = pytest_(suite, "out", "--specgen-system", "empty", "-k", "covers")
    assert "empty.py has no class System" in run.stdout


def test_with_xdist_and_by_name(suite):
    run = pytest_(suite, "out", "-n", "2", "-k", "violations or covers", plugins=("xdist",))
    assert run.returncode == 0, run.stdout
    assert counts(run).startswith("3 passed")
    run = pytest_(suite, "out", "-n", "1", "-k", "covers", "--specgen-system", "nobody", plugins=("xdist",))
    assert run.returncode != 0
    assert "there are: interpreter, mine, token" in run.stdout


def test_junit_and_stopping_at_the_first(suite):
    change(suite, "self.worn += 1", "self.worn += 2")
    run = pytest_(suite, "out", "--specgen-system", "token", "-x", "-k", "violations", "--junit-xml", "out/junit.xml")
    assert run.returncode == 1
    root = ET.parse(suite / "junit.xml").getroot()
    (failure,) = root.iter("failure")
    assert "looks otherwise than the spec says" in failure.get("message", "")
    assert len(list(root.iter("testcase"))) == 1


def test_two_suites_in_one_run_keep_to_themselves(suite):
    other = suite.parent / "other"
    (other / "adapters").mkdir(parents=True)
    (other / "test_other_covers.py").write_bytes((suite / "test_v1_0_covers.py").read_bytes())
    (other / "adapters" / "token.py").write_bytes((suite / "adapters" / "token.py").read_bytes())
    text = (suite / "interface.py").read_text(encoding="utf-8")
    (other / "interface.py").write_text(text.replace('"v1.0"', '"v0.9"'), encoding="utf-8")
    run = pytest_(suite, "out/test_v1_0_covers.py", "other", "--specgen-system", "token")
    assert counts(run).startswith("1 failed, 1 passed")
    assert "other/interface.py knows no revision v1.0; `specgen generate` writes it again" in run.stdout


def test_the_fixture_is_for_generated_tests(suite):
    (suite / "test_own.py").write_text("def test_own(system):\n    pass\n", encoding="utf-8")
    assert "this one names no revision" in pytest_(suite, "out/test_own.py").stdout


# ------------------------------------------------------------ what an adapter imports


@pytest.fixture
def own_module(suite):
    """The adapter imports a module of the implementation, which is nowhere yet."""
    change(suite, "from ..interface", "import hands\nfrom ..interface")
    return "hands.py"


@pytest.mark.parametrize("place", [".", "spec"])
def test_modules_beside_the_spec_and_where_pytest_is_called_are_found(suite, own_module, place):
    (suite.parent / place / own_module).touch()
    run = pytest_(suite, "out", "--specgen-system", "token", "-k", "covers")
    assert run.returncode == 0, run.stdout
    inside = suite.parent / "elsewhere"
    inside.mkdir()
    run = pytest_(suite, "../out", "--specgen-system", "token", "-k", "covers", cwd=inside)
    assert run.returncode == (pytest.ExitCode.USAGE_ERROR if place == "." else 0)


def test_nothing_of_pythons_own_is_shadowed(suite):
    (suite.parent / "spec" / "statistics.py").write_text("raise SystemExit\n", encoding="utf-8")
    change(suite, "from ..interface", "import statistics\nfrom ..interface")
    assert pytest_(suite, "out", "--specgen-system", "token", "-k", "covers").returncode == 0


def test_a_module_that_is_not_found_is_told_once(suite, own_module):
    run = pytest_(suite, "out", "--specgen-system", "token")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert run.stderr.splitlines() == [
        "ERROR: out/adapters/token.py cannot be imported: No module named 'hands'",
        "Modules are found beside the spec, where pytest is called, and where PYTHONPATH says, as in:",
        "PYTHONPATH=src pytest out --specgen-system token",
        "",
    ]
    assert pytest_(suite, "out", "--specgen-system", "token", "--collect-only").returncode == 0
    run = pytest_(suite, "out", "-n", "1", "-k", "covers", "--specgen-system", "token", plugins=("xdist",))
    assert "out/adapters/token.py cannot be imported: No module named 'hands'" in run.stdout
    assert "plugin.py" not in run.stdout
    (suite / "interface.py").unlink()
    run = pytest_(suite, "out", "--specgen-system", "token")
    assert "there is no out/interface.py: `specgen generate` writes it" in run.stderr


def test_an_error_of_the_adapters_module_has_its_traceback(suite):
    change(suite, "class Worn(Exception):", "places = 1 / 0\n\n\nclass Worn(Exception):")
    run = pytest_(suite, "out", "--specgen-system", "token", "-k", "covers")
    assert run.returncode == 1
    assert "places = 1 / 0" in run.stdout
    assert "E   ZeroDivisionError" in run.stdout


# ------------------------------------------------------------ walks

# Remembers how often it was asked, and gives in.
REFUSES = "        if self.hand or self.at != class_:\n"
GIVES_IN = """\
        self.asked = getattr(self, "asked", 0) + 1
        if self.asked < 25 and (self.hand or self.at != class_):
"""


def walks(run):
    """The walks of a verbose run."""
    return [line.split(" ")[0] for line in run.stdout.splitlines() if "::walk_" in line and "%]" in line]


def test_walks_are_tests_of_the_first_module_of_a_revision(suite):
    run = pytest_(suite, "out", "--specgen-system", "token", "--specgen-walks", "3", "-vv")
    assert run.returncode == 0, run.stdout
    modules = sorted(path.name for path in suite.glob("test_*.py"))
    assert len(modules) > 3
    assert walks(run) == [f"out/{modules[0]}::walk_{seed}" for seed in (1, 2, 3)]
    run = pytest_(suite, "out/test_v1_0_refusals.py", "--specgen-system", "token", "--specgen-walks", "1", "-vv")
    assert walks(run) == ["out/test_v1_0_refusals.py::walk_1"]


@pytest.mark.parametrize(
    ("options", "seeds"),
    [
        (["--specgen-walks", "2", "--specgen-seed", "7"], [7, 8]),
        (["--specgen-seed", "7"], [7]),
        (["--specgen-walks", "0", "--specgen-seed", "7"], []),
        (["--specgen-walks", "12", "-k", "walk_1"], [1, 10, 11, 12]),
        (["--specgen-walks", "4", "-k", "not walk_"], []),
        (["--specgen-walks", "3", "-n", "2"], [1, 2, 3]),
        ([], []),
    ],
)
def test_which_walks_are_taken(suite, options, seeds):
    run = pytest_(suite, "out/test_v1_0_covers.py", "--specgen-system", "token", "-vv", *options, plugins=("xdist",))
    assert run.returncode in (0, pytest.ExitCode.NO_TESTS_COLLECTED), run.stdout
    assert sorted({int(n) for n in re.findall(r"::walk_(\d+)", run.stdout)}) == seeds


def test_a_walk_finds_what_shows_late_and_the_command_of_its_report_takes_it_again(suite):
    change(suite, REFUSES, GIVES_IN)
    module = ("out/test_v1_0_covers.py", "--specgen-system", "token")
    run = pytest_(suite, *module, "--specgen-walks", "3", "-x", PYTHONHASHSEED="1")
    assert counts(run).startswith("1 failed, 1 passed")
    report = re.search(r"^E +(Mismatch: start.* must be refused, and happens\n(?:.*\n)+?)^=+ short", run.stdout, re.MULTILINE)
    assert report is not None, run.stdout
    assert "All traceback entries" not in run.stdout
    assert "plugin.py" not in run.stdout
    again = re.search(r"again +pytest (.*)\n", report[1])
    assert again is not None
    assert again[1].endswith("::walk_1 --specgen-system token --specgen-seed 1")
    once_more = pytest_(suite, *again[1].split(), PYTHONHASHSEED="2")
    assert report[1] in once_more.stdout
    # a short walk does not come so far, and the command says how long it was
    few = ("--specgen-seed", "1", "--specgen-walk-steps")
    assert pytest_(suite, *module, *few, "2").returncode == 0
    run = pytest_(suite, *module, *few, "99")
    assert "--specgen-seed 1 --specgen-walk-steps 99\n" in run.stdout


def test_a_walk_names_the_error_of_the_system(suite):
    change(suite, "self.hand = by_", "self.hand = by_ + self.at")
    run = pytest_(suite, "out", "--specgen-system", "token", "--specgen-seed", "1", "-k", "walk_")
    assert ">       self.hand = by_ + self.at" in run.stdout
    assert "E   Mismatch: step 1, start(" in run.stdout


def test_walks_need_an_implementation(suite):
    for option in ("--specgen-walks", "--specgen-seed"):
        run = pytest_(suite, "out", option, "3")
        assert run.returncode == pytest.ExitCode.USAGE_ERROR
        assert "name an implementation with --specgen-system" in run.stderr
    run = pytest_(suite, "out", "--specgen-system", "token", "--specgen-walks", "some")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "'some' is not a number" in run.stderr


def test_walks_need_the_spec_and_say_so(suite):
    (suite.parent / "spec" / "spec.yaml").unlink()
    run = pytest_(suite, "out/test_v1_0_covers.py", "--specgen-system", "token", "--specgen-walks", "1")
    assert counts(run).startswith("1 failed, 1 passed")
    assert "a walk goes by the spec: the spec cannot be read: SG101 cannot read" in run.stdout
    assert "plugin.py" not in run.stdout
