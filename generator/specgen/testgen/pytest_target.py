"""The target ``pytest``: a module a suite, an interface that they share, and an adapter to begin with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import jinja2

from specgen.language.wording import plural
from specgen.testgen import pytest_interface as interface
from specgen.testgen import pytest_text as text
from specgen.testgen.files import File, Place
from specgen.testgen.harness.names import Value, shown
from specgen.testgen.suite import CRITERIA, Case, Seen, Suite, literal
from specgen.testgen.vocabulary import Vocabulary

_ALONE = ("covers", "violations")  # criteria whose tests have one goal, which is their name
_SAID = ("refusals", "waits")  # criteria whose goals are lines of the test


@dataclass(frozen=True, slots=True)
class _Test:
    name: str
    marker: list[str]
    docstring: list[str]
    body: list[str]


class PytestTarget:
    """Made by specgen for itself; any other target does what this one does."""

    about = "modules of tests in Python, for pytest"

    @cached_property
    def _templates(self) -> jinja2.Environment:
        return jinja2.Environment(
            loader=jinja2.PackageLoader("specgen.testgen"),
            autoescape=False,  # noqa: S701  # Python, not HTML; what must be quoted is quoted before
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def suite(self, suite: Suite, place: Place) -> Sequence[File]:
        module = f"{interface.module(suite.revision)}_{suite.criterion}"
        usual = min(suite.cases, key=lambda case: case.initial).start
        more = f" -r {suite.revision} --criterion {suite.criterion}"
        overrides: list[tuple[str, Value]] = [(name, literal(value)) for name, value in place.overrides]
        made = self._templates.get_template("test_module.py.jinja").render(
            header=place.generated(suite.revision, suite.sha256, more),
            docstring=text.docstring(
                text.prose(f"{suite.system.name}, {suite.revision}: {CRITERIA[suite.criterion]}."), 0
            ),
            revision=shown(suite.revision),
            spec=shown(place.up),
            constants=text.table(overrides) if overrides else "",
            sha256=shown(suite.sha256),
            start=text.broken_table("START = ", usual, 0),
            tests=[_test(suite, case, usual) for case in suite.cases],
        )
        return [File(f"test_{module}.py", made)]

    def common(self, words: Sequence[Vocabulary], place: Place) -> Sequence[File]:
        methods = interface.methods(words)
        about = interface.about(words)
        literals = any("Literal[" in line for method in methods for line in method.head)
        made = self._templates.get_template("interface.py.jinja").render(
            header=place.generated(),
            docstring=text.docstring([f"What the tests in this directory need of an implementation of {about}."], 0),
            literals=literals,
            optional=interface.optional(words),
            observables=interface.observables(words),
            methods=methods,
            constants=interface.grouped("CONSTANTS", words, interface.constants),
            actions=interface.grouped("ACTIONS", words, interface.actions),
        )
        adapter = self._templates.get_template("adapter.py.jinja").render(
            header=place.scaffolded(),
            docstring=text.docstring(
                [f"An implementation of {about}, as the tests beside drive it; see interface.py for what each is."], 0
            ),
            literals=literals,
            methods=methods,
        )
        return [File("interface.py", made), File(f"adapters/{place.adapter}.py", adapter, scaffold=True)]

    def lacks(self, text: str, words: Sequence[Vocabulary]) -> Sequence[str]:
        have = methods_of(text)
        if have is None:
            return ()
        return [name for name in ("observe", *(m.name for m in interface.methods(words))) if name not in have]

    def hints(self, place: Place) -> Sequence[str]:
        where = place.directory
        return [
            f"the tests run on the spec itself with: pytest {where}",
            f"to run them on an implementation, fill in {where}/adapters/{place.adapter}.py, then:",
            f"pytest {where} --specgen-system {place.adapter}",
        ]


def _test(suite: Suite, case: Case, usual: Seen) -> _Test:
    goal = case.goals[0]
    marker = f"@pytest.mark.specgen_goal({shown(goal.criterion)}, {shown(goal.text)})"
    lines = [marker]
    if len(marker) > text.WIDTH:
        lines = [
            "@pytest.mark.specgen_goal(",
            f"    {shown(goal.criterion)},",
            f"    {shown(goal.text)},",
            ")",
        ]
    return _Test(case.name, lines, text.docstring(list(_docstring(suite, case)), 4), list(_body(suite, case, usual)))


def _body(suite: Suite, case: Case, usual: Seen) -> Iterator[str]:
    system = suite.system
    yield from text.start(case, usual)
    for refusal in case.refusals:
        yield from text.refusal(system, refusal)
    violates = case.ending is not None and case.ending.kind == "violates"
    for step in case.steps[:-1] if violates else case.steps:
        yield from text.step(system, step)
        for refusal in step.refusals:
            yield from text.refusal(system, refusal)
    if case.ending is not None:
        yield from text.ending(system, case.ending, case.steps[-1] if case.steps else None)


def _docstring(suite: Suite, case: Case) -> Iterator[str]:
    """What the test is there for; of a test with a goal of its own also the story that it tells."""
    if suite.criterion in _SAID:
        yield f"{plural(len(case.goals), 'refusal')}."
        return
    if len(case.goals) > 1:
        yield f"For {plural(len(case.goals), 'goal')}:"
        yield ""
        shown_ = case.goals if len(case.goals) <= text.MOST_GOALS + 1 else case.goals[: text.MOST_GOALS]
        for goal in shown_:
            yield from text.prose(goal.text, "- ", "  ")
        if len(shown_) < len(case.goals):
            yield f"and {len(case.goals) - len(shown_)} more."
        return
    alone = suite.criterion in _ALONE
    yield from text.prose(case.goals[0].text + (f" in {plural(len(case.steps), 'step')}." if alone else "."))
    cited = _cited(suite, case) if alone else []
    if cited:
        yield ""
        for number, sentence in cited:
            yield from text.prose(sentence, f"({number}) ", "    ")


def _cited(suite: Suite, case: Case) -> list[tuple[str, str]]:
    """The sentences of the source that the revision shows, in its order, as far as the steps cite them."""
    system = suite.system
    source = system.shown_citations
    if source is None:
        return []
    used = {number for step in case.steps for name, number in system.actions[step.action].cites if name == source}
    return [(number, sentence) for number, sentence in system.cited.get(source, {}).items() if number in used]


def methods_of(source: str) -> set[str] | None:
    """The methods of the class ``System`` of an adapter; None where they cannot be told without running it."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return _methods("System", classes, set())


def _methods(name: str, classes: Mapping[str, ast.ClassDef], seen: set[str]) -> set[str] | None:
    if name not in classes or name in seen:
        return None
    node, found = classes[name], set[str]()
    for item in node.body:
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(item.name)
        elif isinstance(item, ast.Assign):
            found |= {target.id for target in item.targets if isinstance(target, ast.Name)}
    if found & {"__getattr__", "__getattribute__"}:
        return None
    for base in node.bases:
        written = ast.unparse(base)
        if re.fullmatch(r"(\w+\.)?(Interface|object)", written):
            continue
        inherited = _methods(written, classes, {*seen, name})
        if inherited is None:
            return None
        found |= inherited
    return found
