"""What the target `pytest` makes of a suite."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from specgen.language.source import SpecError
from specgen.testgen import pytest_text
from specgen.testgen.catalog import SPEC
from specgen.testgen.files import Place
from specgen.testgen.pytest_target import PytestTarget, methods_of
from specgen.testgen.suite import Goal, Unmet

from .suites import PLACE, TOKEN, made

ROOT = Path(__file__).parents[3]
TARGET = PytestTarget()


def module(path, criterion, revision="v1.0", place=PLACE, text=TOKEN):
    suites, _ = made(path, text, revision, (criterion,))
    (file,) = TARGET.suite(suites[criterion], place)
    return file


def body_of(text, name):
    """One test of a module, as text."""
    start = text.index(f"def test_{name}(system):")
    return text[start:].split("\n\n\n")[0].rstrip("\n")


@pytest.fixture
def common(tmp_path):
    words = [made(tmp_path, revision=revision, criteria=("covers",))[1] for revision in ("v1.0", "v1.1-careless")]
    return {file.path: file.text for file in TARGET.common(words, PLACE)}, words


def test_a_module_is_named_after_revision_and_criterion(tmp_path):
    assert module(tmp_path, "covers", "v1.1-careless").path == "test_v1_1_careless_covers.py"


def test_the_head_of_a_module(tmp_path):
    text = module(tmp_path, "covers").text
    suites, _ = made(tmp_path, criteria=("covers",))
    sha256 = suites["covers"].sha256
    assert text.splitlines()[1:13] == [
        f"# sha256 of `specgen show spec.yaml -r v1.0 --core`: {sha256}",
        "# Made by: specgen generate spec.yaml -r v1.0 --criterion covers",
        '"""token, v1.0: each cover of the spec is reached."""',
        "",
        "import pytest",
        "",
        "pytestmark = [",
        "    pytest.mark.specgen_revision(",
        '        "v1.0",',
        '        spec="../spec.yaml",',
        f'        sha256="{sha256}",',
        "    ),",
    ]
    assert 'START = {"at": 0, "hand": None, "worn": 0}' in text


def test_a_test_tells_its_story(tmp_path):
    text = module(tmp_path, "violations").text
    assert '@pytest.mark.specgen_goal("violations", "new is violated")\ndef test_new(system):' in text
    assert body_of(text, "new") == '''def test_new(system):
    """new is violated in 4 steps.

    (1) One takes the "token", or \\\\ not
    (2) It is dropped
    """
    system.start(START)
    system.step("start", by_="left", class_=0, then={"hand": "left"})  # mail 1
    system.step("drop", then={"hand": None, "worn": 1})  # mail 2
    system.step("start", by_="left", class_=0, then={"hand": "left"})  # mail 1
    system.step("drop", then={"hand": None, "worn": 2})  # mail 2
    system.breaks("new")'''
    assert body_of(text, "careful").endswith('    system.violates("careful", "drop")')


def test_a_revision_that_shows_no_source_has_no_sentences(tmp_path):
    text = module(tmp_path, "violations", "v1.1-careless").text
    assert '"""whole is violated in 6 steps."""' in text
    assert '    system.step("drop", warns=["careful"], then={"hand": None, "worn": 1})  # mail 2\n' in text


def test_many_goals_are_counted_and_the_first_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(pytest_text, "MOST_GOALS", 1)
    text = module(tmp_path, "pairs").text
    counted = [test for test in text.split("def test_")[1:] if " more." in test]
    assert counted
    for test in counted:
        lines = test.splitlines()
        assert len([line for line in lines if line.startswith("    - ")]) == 1
        assert int(lines[1].split()[1]) == 1 + int(test.split("    and ")[1].split()[0])


def test_refusals_are_told_by_their_lines(tmp_path):
    text = module(tmp_path, "refusals").text
    first = text[text.index("def test_") :].split("\n\n\n")[0].splitlines()
    assert first[1] == '    """18 refusals."""'
    assert len([line for line in first if line.startswith("    system.refuses(")]) == 18
    assert '    system.refuses("start", by_="left", class_=1, by=["free", "there"])' in first


def test_another_initial_state_is_told_by_what_differs(tmp_path):
    text = module(tmp_path, "ends").text
    assert '    system.start({**START, "at": 2})' in text
    assert text.count("    system.stuck()\n") == 6


def test_what_a_guard_prevents(tmp_path):
    text = module(tmp_path, "guards").text
    assert '    system.prevents("whole", by="not_lost", steps=[("drop", {})])' in text


def test_constants_that_are_not_the_declared_ones_are_named(tmp_path):
    place = replace(PLACE, overrides=(("N", "2"), ("FAST", "true"), ("MODE", "slow")))
    text = module(tmp_path, "covers", place=place).text
    assert '        constants={"N": 2, "FAST": True, "MODE": "slow"},' in text
    assert "`specgen show spec.yaml -r v1.0 -D N=2 -D FAST=true -D MODE=slow --core`" in text


def test_long_lines_are_broken_in_one_way(tmp_path):
    names = [f"a_rather_long_name_of_a_variable_{k}" for k in range(6)]
    text = (
        "spec:\n  name: long\nvariables:\n"
        + "".join(f"  {n}: bool = false\n" for n in names)
        + "actions:\n  all_of_them_at_once:\n    guard:\n      one: not "
        + names[0]
        + "\n    effect:\n"
        + "".join(f"      {n}: true\n" for n in names)
        + f"covers:\n  done: {names[5]}\nrevisions:\n  v1.0: {{title: one}}\n"
    )
    lines = module(tmp_path, "covers", text=text).text.splitlines()
    at = lines.index("    system.step(")
    assert lines[at + 1 : at + 3] == ['        "all_of_them_at_once",', "        then={"]
    assert lines[at + 3] == f'            "{names[0]}": True,'
    assert lines[at + 9 : at + 11] == ["        },", "    )"]
    assert max(map(len, lines)) <= 120


def test_a_text_cannot_leave_its_docstring(tmp_path):
    nasty = TOKEN.replace('One takes the "token", or \\ not', 'ends """ here \\')
    assert nasty != TOKEN
    tree = ast.parse(module(tmp_path, "violations", text=nasty).text)
    (test,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "test_new")
    assert 'ends """ here \\' in (ast.get_docstring(test) or "")
    suites, _ = made(tmp_path, criteria=("covers",))
    (case,) = suites["covers"].cases
    odd = replace(case, goals=(Goal("covers", 'a "quoted\\'),))
    (file,) = TARGET.suite(replace(suites["covers"], cases=(odd,), unmet=(Unmet(odd.goals[0], ()),)), PLACE)
    tree = ast.parse(file.text)
    (test,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    assert (ast.get_docstring(test) or "").startswith('a "quoted\\ in 4 steps.\n')


def test_the_interface_has_every_action_of_every_revision(common):
    text = common[0]["interface.py"]
    # a name that the harness needs itself and two that Python or a test's lines need
    assert '    def start_(self, class_: int, by_: Literal["left", "right"] | None = None) -> None:' in text
    assert "        start, by user: take_it, really.\n\n        Somebody takes it.\n" in text.replace('"""', "")
    assert "    def wear_out(self) -> None:" in text
    assert '        "hand": None, "left", "right"\n' in text
    assert "are careful" in " ".join(text.split())
    space: dict[str, object] = {}
    exec(compile(text, "interface.py", "exec"), space)
    assert space["CONSTANTS"] == {"v1.0": {"N": 3}, "v1.1-careless": {"N": 3}}
    actions = space["ACTIONS"]
    assert isinstance(actions, dict)
    assert len(actions["v1.0"]["start"]) == 6
    assert actions["v1.1-careless"]["start"] == ({"class": 0}, {"class": 1}, {"class": 2})
    # a guard that is never true leaves no ground action
    assert list(actions["v1.0"]) == ["start", "drop", "wear.out"]


def test_the_adapter_has_a_stub_for_each(common):
    files, words = common
    have = methods_of(files["adapters/mine.py"])
    assert have == {"__init__", "observe", "start_", "drop", "wear_out"}
    assert TARGET.lacks(files["adapters/mine.py"], words) == []


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("class System:\n    def observe(self): ...\n    def drop(self): ...\n", ["start_", "wear_out"]),
        ("class Half:\n    def drop(self): ...\nclass System(Half, Interface):\n    observe = start_ = None\n", ["wear_out"]),
        # what only running it could tell is not told
        ("class System(base.Half):\n    pass\n", []),
        ("class System:\n    def __getattr__(self, name): ...\n", []),
        ("class System(System):\n    pass\n", []),
        ("from other import System\n", []),
        ("this is no Python", []),
    ],
)
def test_what_an_adapter_lacks_is_read_not_run(common, source, missing):
    assert list(TARGET.lacks(source, common[1])) == missing


def test_names_that_become_one_are_told(tmp_path):
    def collisions(*revisions, text):
        words = [made(tmp_path, text, revision, ("covers",))[1] for revision in revisions]
        with pytest.raises(SpecError) as caught:
            TARGET.common(words, PLACE)
        return [d.message for d in caught.value.diagnostics]

    actions = SPEC.replace("  drop:", "  b_c:") + "processes:\n  b:\n    steps:\n      c: {effect: {}}\n"
    assert collisions("base", text=actions) == ["the actions 'b_c' and 'b.c' would both be the method b_c"]
    revisions = SPEC + "revisions:\n  v1.1: {title: one}\n  v1-1: {title: other}\n"
    assert collisions("v1.1", "v1-1", text=revisions) == ["the revisions 'v1.1' and 'v1-1' would both be the module v1_1"]
    params = SPEC.replace("  drop:\n", "  drop:\n    params: {by: bool, by_: bool}\n")
    assert collisions("base", text=params) == ["the parameters of drop 'by' and 'by_' would both be the argument by_"]


def test_everything_that_is_made_is_clean(tmp_path, common):
    suites, _ = made(tmp_path)
    files = [file for suite in suites.values() if suite.cases for file in TARGET.suite(suite, PLACE)]
    out = tmp_path / "generated_tests"
    (out / "adapters").mkdir(parents=True)
    for name, text in [*((file.path, file.text) for file in files), *common[0].items()]:
        (out / name).write_text(text, encoding="utf-8")
        assert text.endswith("\n") and not text.endswith("\n\n")
        assert all(line == line.rstrip() for line in text.splitlines())
    config = ROOT / "pyproject.toml"
    ignored = "ANN001,ANN201,D403,E501,TID252"  # as for generated_tests there
    run = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--config", config, "--extend-ignore", ignored, "--no-cache", out],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_paths_of_a_header_are_as_the_place_says(tmp_path):
    place = Place("a/spec.yaml", "../../a/spec.yaml", "b/out", "specgen generate a/spec.yaml -o b/out", "mine", ())
    text = module(tmp_path, "covers", place=place).text
    assert str(tmp_path) not in text
    assert "# Made by: specgen generate a/spec.yaml -o b/out -r v1.0 --criterion covers" in text
    assert 'spec="../../a/spec.yaml"' in text
