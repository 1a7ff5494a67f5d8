"""Generated tests under pytest itself, as a user runs them: in a process of its own."""

from __future__ import annotations

import os
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


def pytest_(suite, *arguments, plugins=()):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment = {**kept, "PYTHONPATH": str(ROOT / "generator"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    loaded = [word for name in (PLUGIN, "no:cacheprovider", *plugins) for word in ("-p", name)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *loaded, "-q", "-W", "error", "--strict-markers", *map(str, arguments)],
        cwd=suite.parent,
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


def test_the_interpreter_is_the_only_one_that_reads_yaml(suite):
    """Nor does anybody load the solver or the templates; an adapter with a failing test reads the spec for its report."""
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
    assert loaded("--specgen-system", "token", "-k", "covers") == "[]"
    assert loaded("-k", "covers") == "['specgen.language', 'yaml']"


def test_an_implementation_of_ones_own(suite):
    run = pytest_(suite, "out", "--specgen-system", "token")
    assert run.returncode == 0, run.stdout


def test_the_scaffold_fails_and_says_what_is_missing(suite):
    run = pytest_(suite, "out", "--specgen-system", "mine", "--tb=short")
    assert run.returncode == 1
    assert "NotImplementedError" in run.stdout
    assert " passed" not in counts(run)


def test_the_report_of_a_failure(suite):
    change(suite, "self.worn += 1", "self.worn += 1 if self.worn == 0 else 0")
    run = pytest_(suite, "out/test_v1_0_covers.py", "--specgen-system", "token")
    assert run.returncode == 1
    told = [line[1:].strip() for line in run.stdout.splitlines() if line.startswith("E ")]
    line = next(n for n, text in enumerate((suite.parent / "spec/spec.yaml").read_text().splitlines(), 1) if "  drop:" in text)
    assert told == [
        "specgen.testgen.harness.errors.Mismatch: step 4, drop looks otherwise than the spec says",
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
    run = pytest_(suite, "out/test_v1_0_covers.py")
    assert run.returncode == 1
    assert "must happen, and is refused: by not_lost" in run.stdout
    assert "the spec has changed since this test was generated from it: specgen generate" in run.stdout


def test_an_adapter_needs_no_spec(suite):
    (suite.parent / "spec" / "spec.yaml").unlink()
    assert pytest_(suite, "out", "--specgen-system", "token", "-k", "covers").returncode == 0
    change(suite, "self.worn += 1", "self.worn += 2")
    run = pytest_(suite, "out", "--specgen-system", "token", "-k", "covers")
    assert "again     pytest out/test_v1_0_covers.py::test_worn_out --specgen-system token" in run.stdout
    assert "spec  " not in run.stdout
    # the interpreter does need it
    assert "SG101" in pytest_(suite, "out", "-k", "covers").stdout


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
    assert "knows no revision v1.0; generate it again" in run.stdout


def test_the_fixture_is_for_generated_tests(suite):
    (suite / "test_own.py").write_text("def test_own(system):\n    pass\n", encoding="utf-8")
    assert "this one names no revision" in pytest_(suite, "out/test_own.py").stdout
