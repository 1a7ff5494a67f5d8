"""Suites for people: each test with what it is there for and its steps, and the goals that nothing meets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from specgen.language.wording import plural, wrap
from specgen.report.style import Style
from specgen.testgen.suite import Case, Suite, Unmet


def render_suites(suites: Sequence[Suite], style: Style) -> list[str]:
    """The suites of one revision."""
    lines: list[str] = []
    for suite in suites:
        lines += [*_head(suite, style), *(line for case in suite.cases for line in _case(suite, case, style))]
        lines += [*_unmet(suite.unmet, style), ""]
    return lines


def why_none(suite: Suite) -> str:
    """In brackets, why a criterion has no goals, where a newcomer would wonder."""
    system = suite.system
    if suite.criterion == "refusals" and all(action.actor not in system.controllable for action in system.actions):
        return " (no actor is controllable; see waits)"
    return ""


def _head(suite: Suite, style: Style) -> list[str]:
    steps = sum(len(case.steps) for case in suite.cases)
    goals = f"{suite.met:,} of {plural(suite.met + len(suite.unmet), 'goal')}"
    if not suite.met and not suite.unmet:
        told = f"no goals{why_none(suite)}"
    else:
        told = f"{goals}, {plural(len(suite.cases), 'test')}, {plural(steps, 'step')}"
    title = f"{suite.revision} {suite.criterion}"
    lines = wrap(f"{title}: {told}", "", "  ")
    return [lines[0].replace(title, style.paint(title, "bold"), 1), *lines[1:]]


def _case(suite: Suite, case: Case, style: Style) -> Iterator[str]:
    yield from wrap(f"test_{case.name}, {plural(len(case.steps), 'step')}", "  ", "    ")
    for goal in case.goals:
        yield from wrap(goal.text, "    - ", "      ")
    labels = [suite.system.actions[step.action].label for step in case.steps]
    ending = {"stuck": "nothing more happens", "breaks": "it is violated there"}
    end = [ending[case.ending.kind]] if case.ending is not None and case.ending.kind in ending else []
    for line in wrap("; ".join([*labels, *end]) or "only the initial state", "      ", "      "):
        yield style.paint(line, "dim")


def _unmet(unmet: Sequence[Unmet], style: Style) -> Iterator[str]:
    if not unmet:
        return
    yield style.paint("  no test, as nothing meets it:", "yellow")
    for item in unmet:
        yield from wrap(item.goal.text, "    - ", "      ")
        for reason in item.reasons:
            yield from wrap(reason, "        ", "        ")
