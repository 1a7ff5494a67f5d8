"""The mutation of a driver, on a small one."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from specgen.testgen.pytest_target import PytestTarget
from tests.quality.python_mutants import enums_of, mutants
from tests.unit.testgen.suites import PLACE, made

ROOT = Path(__file__).parents[2]

SPEC = """\
spec:
  name: lamp
variables:
  lamp: enum off dim full = off
  uses: 0..3 = 0
actions:
  press:
    guard:
      works: uses < 3
    effect:
      lamp: if lamp = off then dim else if lamp = dim then full else off
      uses: uses + 1
  mend:
    guard:
      broken: uses = 3
    effect:
      uses: 0
observations:
  lamp: lamp
revisions:
  old:
    title: an old lamp
"""

DRIVER = {
    "__init__.py": "",
    "states.py": '''
        """What a lamp shows."""
        import enum

        class Light(enum.Enum):
            OFF = "off"
            DIM = "dim"
            FULL = "full"
        ''',
    "lamp.py": '''
        """A lamp."""
        from lampdriver.states import Light

        class Broken(Exception):
            def __init__(self, why):
                super().__init__(why)
                self.why = why

        class Lamp:
            most = 3

            def __init__(self):
                self.light = Light.OFF
                self.uses = 0
                self.log = []

            def press(self):
                """On, brighter, off."""
                if self.uses >= self.most:
                    raise Broken("three times is enough")
                self.uses += 1
                if self.light is Light.OFF:
                    self.light = Light.DIM
                elif self.light is Light.DIM:
                    self.light = Light.FULL
                else:
                    self.light = Light.OFF

            def mend(self):
                if not self.uses == self.most or False:
                    raise Broken("it works")
                self.uses = 0

            def throw(self):
                self.uses = 9
                return 1 < 2

            def __repr__(self):
                return "lamp" if self.uses > 5 else "Lamp"

        class BigLamp(Lamp):
            most = 30
        ''',
}

ADAPTER = """
    from lampdriver.lamp import Broken, Lamp
    from specgen.testgen.harness import Refused

    class System:
        def __init__(self, revision, constants):
            self.lamp = Lamp()

        def _try(self, what):
            try:
                what()
            except Broken as error:
                raise Refused(str(error)) from error

        def press(self):
            self._try(self.lamp.press)

        def mend(self):
            self._try(self.lamp.mend)

        def observe(self):
            return {"lamp": self.lamp.light.value}
    """


@pytest.fixture
def bench(tmp_path):
    """A driver with generated tests and an adapter."""
    package = tmp_path / "lampdriver"
    package.mkdir()
    for name, text in DRIVER.items():
        (package / name).write_text(textwrap.dedent(text), encoding="utf-8")
    built, words = made(tmp_path, SPEC, "old", ("transitions", "waits"))
    tests = tmp_path / "tests"
    (tests / "adapters").mkdir(parents=True)
    target = PytestTarget()
    files = [file for suite in built.values() if suite.cases for file in target.suite(suite, PLACE)]
    for file in [*files, *target.common([words], PLACE)]:
        (tests / file.path).write_text(file.text, encoding="utf-8")
    (tests / "adapters" / "mine.py").write_text(textwrap.dedent(ADAPTER), encoding="utf-8")
    return tmp_path


def score(bench, *more):
    run = subprocess.run(
        [
            *(sys.executable, "-m", "tests.quality.driver_mutants", "old"),
            *("--package", bench / "lampdriver", "--tests", bench / "tests", "--adapter", "mine", *more),
        ],
        cwd=ROOT,
        env={"PYTHONPATH": "generator", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return run.returncode, run.stdout.splitlines(), run.stderr


def test_what_is_noticed_what_is_not_and_what_never_runs(bench):
    code, lines, err = score(bench, "--not-reached")
    assert (code, err) == (0, "")
    assert lines[0] == "lampdriver, old, in code that the tests run: 31 mutants, 27 noticed (87.0 %)"
    assert lines[1] == "  in code that they do not run: 6 mutants"
    survivors = [line for line in lines if line.startswith("  not noticed: ")]
    told = sorted(line.split("lamp.py:")[1] for line in survivors)
    assert told == [
        "16: self.log = []  ->  (nothing)",
        "33: 0  ->  1",  # it breaks once more later: no test waits for that
        "7: super().__init__(why)  ->  (nothing)",
        "8: self.why = why  ->  (nothing)",
    ]
    unreached = [line for line in lines if line.startswith("  not reached")]
    assert {line.split(": ", 2)[2] for line in unreached} == {
        "self.uses = 9  ->  (nothing)",
        "9  ->  10",
        "1 < 2  ->  1 <= 2",
        "1  ->  2",
        "2  ->  3",
        "30  ->  31",
    }


def test_what_only_watches_is_told_apart(bench):
    _, lines, _ = score(bench, "--watching", "states")
    assert re.match(r"  what it does: \d+ mutants, \d+ noticed \(8", lines[1])
    assert lines[2] == "  what watches it (states): 0 mutants, 0 noticed (none)"


def test_tests_that_fail_on_the_driver_itself_are_told(bench):
    path = bench / "lampdriver" / "lamp.py"
    path.write_text(path.read_text(encoding="utf-8").replace("most = 3\n", "most = 4\n"), encoding="utf-8")
    code, lines, err = score(bench)
    assert (code, lines) == (1, [])
    assert "on the driver as it is, this test fails: transitions: test_" in err


def test_a_mutant_that_never_ends_is_noticed(bench):
    path = bench / "lampdriver" / "lamp.py"
    text = path.read_text(encoding="utf-8")
    loop = "self.uses += 1\n        while self.uses == 77:\n            pass\n"
    path.write_text(text.replace("self.uses += 1\n", loop), encoding="utf-8")
    code, lines, _ = score(bench, "--killed", "--seconds", "2")
    assert code == 0
    stuck = [line for line in lines if "self.uses == 77  ->  self.uses != 77" in line]
    assert len(stuck) == 1
    assert "more than " in stuck[0]


def changed(text, enums=None):
    tree = ast.parse(textwrap.dedent(text))
    return [(m.lines.start, m.before, m.after) for m in mutants("m", "m.py", tree, enums or enums_of(tree))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a):\n    if a: g()", [("a", "not a"), ("g()", "(nothing)")]),
        ("def f(a):\n    if not a: g()", [("not a", "a"), ("g()", "(nothing)")]),
        ("def f(a, b):\n    return a < b", [("a < b", "a <= b")]),
        ("def f(a, b):\n    return a and not b", [("a and (not b)", "a or not b"), ("not b", "b")]),
        ("def f():\n    return [x for x in y if x]", [("x", "not x")]),
        ("def f():\n    return 3 if g else True", [("g", "not g"), ("3", "4"), ("True", "False")]),
        ("def f(a):\n    'text'\n    return lambda: a", [("a", "not a"), ("a", "True")]),
        ("def f(a: int = 1) -> bool: ...", [("1", "2")]),
        ("def f(a):\n    del a", []),
        ("def f(a):\n    yield a", [("yield a", "(nothing)")]),
        ("X = 1\nclass C:\n    y: int = 2\n    z = g()", [("1", "2"), ("2", "3")]),
        ("class C:\n    def __repr__(self):\n        return g(1)", []),
    ],
)
def test_the_operators(text, expected):
    assert sorted(pair[1:] for pair in changed(text)) == sorted(expected)


def test_members_of_an_enum_take_each_others_places():
    text = "class E(enum.Enum):\n    A = 'a'\n    B = 'b'\ndef f():\n    return E.B"
    assert changed(text) == [(5, "E.B", "E.A")]


def test_each_mutant_is_the_tree_with_one_place_changed():
    tree = ast.parse("def f(a, b):\n    if a < 3:\n        g(a, 1)\n    return b\n")
    for mutant in mutants("m", "m.py", tree, {}):
        before, after = ast.unparse(tree).splitlines(), ast.unparse(mutant.tree()).splitlines()
        unlike = [k for k, (x, y) in enumerate(zip(before, after, strict=True), 1) if x != y]
        assert unlike == [mutant.lines.start]
