"""Generated modules read back, and what their tests exercise."""

from __future__ import annotations

import ast

import pytest

from specgen.core.dump import dump
from specgen.core.lower import lower
from specgen.engines.verdict import Limits
from specgen.language.catalog import content
from specgen.language.source import Diagnostics, Source, SpecError
from specgen.testgen import catalog_coverage as catalog
from specgen.testgen.catalog import SPEC
from specgen.testgen.coverage import coverage
from specgen.testgen.graph import Graph
from specgen.testgen.mutation.behaviour import Interface
from specgen.testgen.mutation.running import scripts
from specgen.testgen.pytest_target import PytestTarget
from specgen.testgen.reading import parse_module, read_module
from specgen.testgen.suite import CRITERIA, arguments, digest

from ..specs import typed
from .mutated import GATE
from .suites import PLACE, TOKEN, made


def parsed(text):
    return parse_module(Source("test_x.py", text))


def wrong(text):
    """Codes with the texts at their places."""
    with pytest.raises(SpecError) as caught:
        parsed(text)
    return [(d.code, d.span.line, d.message) for d in caught.value.diagnostics]


# ------------------------------------------------------------ reading


def test_a_module_is_read_as_it_says():
    module = parsed(catalog.MODULE)
    assert (module.revision, module.sha256, dict(module.constants)) == ("base", catalog.SHA256, {})
    (test,) = module.tests
    assert test.name == "test_taken"
    start, refusal, step = test.lines
    assert (start.kind, dict(start.seen)) == ("start", {"held": False})
    assert (refusal.kind, refusal.action, refusal.names) == ("refuses", "drop", ("taken",))
    assert (step.kind, step.action, dict(step.given), dict(step.seen)) == ("step", "take", {}, {"held": True})
    line = catalog.MODULE.splitlines()[step.span.line - 1]
    assert line[step.span.column - 1 : step.span.end_column - 1] == 'system.step("take", then={"held": True})'


@pytest.mark.parametrize(
    ("revision", "criterion"),
    [
        *(("v1.0", criterion) for criterion in CRITERIA),
        *(("v1.1-careless", criterion) for criterion in CRITERIA if criterion not in ("ends", "guards")),
    ],
)
def test_what_the_target_writes_is_read_back(tmp_path, criterion, revision):
    built, _ = made(tmp_path, TOKEN, revision, (criterion,))
    suite = built[criterion]
    assert suite.cases
    (file,) = PytestTarget().suite(suite, PLACE)
    module = parsed(file.text)
    assert (module.revision, module.sha256) == (revision, suite.sha256)
    assert [test.name for test in module.tests] == [f"test_{case.name}" for case in suite.cases]
    for test, case in zip(module.tests, suite.cases, strict=True):
        assert dict(test.lines[0].seen) == dict(case.start)
        steps = [line for line in test.lines if line.kind in ("step", "violates")]
        actions = [suite.system.actions[step.action] for step in case.steps]
        assert [line.action for line in steps] == [action.name for action in actions]
        for line, action in zip(steps, actions, strict=True):
            assert list(line.given.values()) == list(arguments(action).values())
        refused = [line for line in test.lines if line.kind == "refuses"]
        wanted = [*case.refusals, *(r for step in case.steps for r in step.refusals)]
        assert [line.names for line in refused] == [r.by for r in wanted]
        endings = [line.kind for line in test.lines if line.kind in ("violates", "breaks", "stuck", "prevents")]
        assert endings == ([] if case.ending is None else [case.ending.kind])


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("import pytest", "import os", 3),
        ("import pytest", "import pytest as p", 3),
        ("import pytest", "import pytest\nprint()", 4),
        ('START = {"held": False}', "START = dict(held=False)", 13),
        ('START = {"held": False}', 'START = {"held": f()}', 13),
        ('START = {"held": False}', 'START = {"held": 1.5}', 13),
        ("def test_taken(system):", "def test_taken(system, more):", 17),
        ("def test_taken(system):", "def test_taken(system=1):", 17),
        ("def test_taken(system):", "async def test_taken(system):", 17),
        ("def test_taken(system):", "def taken(system):", 17),
        ("@pytest.mark.specgen_goal(", "@pytest.mark.skip(", 16),
        ("system.start(START)", "pass", 19),
        ("system.start(START)", "system.start(START, 1)", 19),
        ("system.start(START)", "system.begin(START)", 19),
        ("system.start(START)", "system.step('take')", 17),
        ('by="taken"', 'by=["taken", 3]', 20),
        (', by="taken"', "", 20),
        ('system.step("take"', 'system.step("take", **given', 21),
        ('system.step("take"', "system.step(take", 21),
        ('system.step("take"', "x = system.step('take'", 21),
        ("then={", "then={3: 4, ", 21),
        ('        "base",\n', "", 6),
        ('        spec="lock.yaml",\n', "", 6),
        ('        spec="lock.yaml",\n', '        spec="lock.yaml", more=1,\n', 8),
    ],
)
def test_anything_else_is_told_with_its_place(old, new, line):
    assert old in catalog.MODULE
    found = wrong(catalog.MODULE.replace(old, new, 1))
    assert [(code, at) for code, at, _ in found] == [("SG952", line)]


def test_a_module_without_its_marker_is_none():
    text = catalog.MODULE
    cut = text[: text.index("pytestmark")] + text[text.index("START") :]
    assert [(code, at) for code, at, _ in wrong(cut)] == [("SG952", 1)]


def test_nothing_of_a_module_is_run(tmp_path):
    mark = tmp_path / "ran"
    text = catalog.MODULE.replace("import pytest", f"import pytest\nopen({str(mark)!r}, 'w')")
    assert wrong(text)[0][0] == "SG952"
    assert not mark.exists()


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"def f(:\n", b"x = '\0'\n", b"(" * 5000])
def test_what_is_no_python_is_told(tmp_path, raw):
    path = tmp_path / "test_x.py"
    path.write_bytes(raw)
    with pytest.raises(SpecError) as caught:
        read_module(path)
    assert [d.code for d in caught.value.diagnostics] == ["SG951"]


def test_columns_count_characters():
    text = catalog.MODULE.replace('by="taken"', 'by="größer", bad=f()')
    with pytest.raises(SpecError) as caught:
        parsed(text)
    (found,) = caught.value.diagnostics
    line = text.splitlines()[found.span.line - 1]
    assert line[found.span.column - 1 : found.span.end_column - 1] == "f()"


# ------------------------------------------------------------ coverage


def covered(path, text, revision, module_texts):
    spec, _ = typed(path / "spec.yaml", text, revision)
    found = Diagnostics()
    graph = Graph(lower(spec), Limits())
    return coverage(graph, [parsed(t) for t in module_texts], found), found


def texts(parts):
    return [part.text for part in parts]


def test_what_one_test_exercises(tmp_path):
    text = content("\n" + SPEC.split("\n", 2)[2]).decode()
    seen, found = covered(tmp_path, text, "base", [catalog.MODULE])
    assert not found.items
    assert (seen.tests, seen.steps, seen.refusals) == (1, 1, 1)
    assert (texts(seen.actions.exercised), texts(seen.actions.missing)) == (["take"], ["drop"])
    assert texts(seen.guards.exercised) == ["take: free holds", "drop: taken refuses"]
    assert texts(seen.guards.missing) == ["take: free refuses", "drop: taken holds"]
    assert texts(seen.transitions.missing) == ["drop where held = true"]
    assert texts(seen.observed.exercised) == ["held = false", "held = true"]
    assert seen.observed.missing == ()


def test_the_suites_exercise_all_that_their_criteria_promise(tmp_path):
    built, _ = made(tmp_path, TOKEN, "v1.0", ("actions", "transitions", "refusals", "waits"))
    modules = [PytestTarget().suite(suite, PLACE)[0].text for suite in built.values() if suite.cases]
    seen, found = covered(tmp_path, TOKEN, "v1.0", modules)
    assert not found.items
    assert seen.tests == sum(len(suite.cases) for suite in built.values())
    assert seen.actions.missing == seen.transitions.missing == ()
    assert texts(seen.guards.missing) == []
    assert "wear.out: old refuses" in texts(seen.guards.exercised)
    assert texts(seen.observed.impossible) == []


def test_a_test_that_is_no_behaviour_is_told_and_not_counted(tmp_path):
    text = content("\n" + SPEC.split("\n", 2)[2]).decode()
    (tmp_path / "x").mkdir()
    for old, new, said in [
        ('system.refuses("drop", by="taken")', 'system.step("drop")', "drop does not happen here"),
        ('system.refuses("drop", by="taken")', 'system.refuses("take", by="free")', "take is not refused here"),
        ('then={"held": True}', "then={}", "other things change"),
        ('"take"', '"grab"', "there is no action grab"),
        ('START = {"held": False}', 'START = {"held": True}', "no initial state looks like this"),
        ('"take", then', '"take", warns=["x"], then', "it warns of nothing"),
    ]:
        seen, found = covered(tmp_path / "x", text, "base", [catalog.MODULE.replace(old, new)])
        assert [(d.code, d.severity) for d in found.items] == [("SG953", "warning")]
        assert said in found.items[0].message
        assert (seen.steps, seen.refusals, seen.actions.exercised) == (0, 0, ())


def test_the_suite_read_back_is_the_suite(tmp_path):
    """What `mutate` runs and what `coverage` reads are the same tests."""
    spec, _ = typed(tmp_path / "spec.yaml", GATE, "today")
    built, _ = made(tmp_path, GATE, "today", ("transitions", "waits"))
    modules = [parsed(PytestTarget().suite(suite, PLACE)[0].text) for suite in built.values() if suite.cases]
    run = scripts(built.values(), Interface.of(lower(spec)))
    assert sum(len(m.tests) for m in modules) == len(run)
    assert {f"test_{s.name.split(': ')[1]}" for s in run} == {t.name for m in modules for t in m.tests}


# ------------------------------------------------------------ the catalog


def test_the_examples_of_the_catalog_are_true(tmp_path):
    text = content("\n" + SPEC.split("\n", 2)[2]).decode()
    spec, _ = typed(tmp_path / "spec.yaml", text)
    assert digest(dump(lower(spec))) == catalog.SHA256
    _, found = covered(tmp_path, text, "base", [catalog.MODULE])
    assert not found.items
    for code, title, long, mistake, mend in catalog.ENTRIES:
        assert title and long.endswith(".")
        if code in ("SG951", "SG952"):
            assert [c for c, _, _ in wrong(mistake)] == [code]
        elif code == "SG953":
            assert [d.code for d in covered(tmp_path, text, "base", [mistake])[1].items] == [code]
        elif code == "SG955":
            assert parsed(mistake).sha256 != parsed(mend).sha256
        if code != "SG954":
            ast.parse(mend)
            assert mend == catalog.MODULE
