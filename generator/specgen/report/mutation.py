"""What became of all mutants of a revision, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from specgen import __version__
from specgen.language.wording import clean, number, percent, place, plural, wrap
from specgen.report.style import Style
from specgen.testgen.mutation.judging import DIFFERENT, EQUIVALENT, SAME_CORE, STILLBORN, UNFINISHED, Judged
from specgen.testgen.mutation.mutants import Mutant
from specgen.testgen.mutation.scores import Scores
from specgen.trace.values import Json


def text(title: str, scores: Scores, tests: str, style: Style) -> Iterator[str]:
    """For people.

    Args:
        title: of the revision.
        tests: what the suite is, in words.
    """
    stillborn, core = len(scores.of_kind(STILLBORN)), len(scores.of_kind(SAME_CORE))
    yield style.paint(clean(title), "bold")
    yield from wrap(f"against {tests}", "", "  ")
    yield ""
    apart = f"{plural(scores.duplicates, 'duplicate')}, {number(stillborn)} stillborn"
    yield _row("mutants", scores.distinct, f"(besides {apart})")
    walked = scores.equivalent - core
    yield _row("equivalent", scores.equivalent, f"({number(core)} the same system, {number(walked)} by comparison)")
    yield _row("others", scores.alive)
    for words, count in (
        ("killed by the suite", scores.by_suite),
        ("killed by the properties", scores.by_properties),
        ("by both", scores.by_both),
        ("by neither", scores.by_neither),
    ):
        yield _row(f"  {words}", count, percent(count, scores.alive))
    unfinished = scores.of_kind(UNFINISHED)
    if unfinished:
        yield _row("  not decided", len(unfinished), percent(len(unfinished), scores.alive))
    if scores.not_judged:
        yield _row("not judged", scores.not_judged)
    different = scores.of_kind(DIFFERENT)
    yield from _listed("Not noticed by the suite", [p for p in different if p[1].test is None])
    yield from _listed("Not noticed by the properties", [p for p in different if not p[1].properties])
    yield from _listed("Not decided", unfinished)


def _row(words: str, count: int, more: str = "") -> str:
    return f"  {words:28}{number(count):>6}  {more}".rstrip()


def _listed(head: str, found: Sequence[tuple[Mutant, Judged]]) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield f"{head}:"
    for mutant, it in found:
        yield ""
        yield from wrap(f"{place(mutant.span)} {mutant.name}", "  ", "      ")
        yield from wrap(mutant.before, "    - ", "      ")
        yield from wrap(mutant.after, "    + ", "      ") if mutant.after else ()
        if it.reason:
            yield from wrap(it.reason, "    ", "    ")
        if it.difference is not None:
            steps = it.difference.steps
            where = f"in {plural(len(steps), 'step')}: {', '.join(steps)}" if steps else "at the start"
            yield from wrap(f"told apart {where}", "    ", "      ")
            yield from wrap(f"the spec: {it.difference.original}; the mutant: {it.difference.mutant}", "    ", "      ")


def as_json(scores: Scores, head: Mapping[str, Json]) -> Json:
    """One object.

    Args:
        head: what stands before the counts: the spec, its revision.
    """
    survivors: list[Json] = []
    for mutant, it in scores.of_kind(DIFFERENT, UNFINISHED):
        if it.kind == UNFINISHED or it.test is None or not it.properties:
            survivors.append(_survivor(mutant, it))
    return {
        "specgen": __version__,
        **head,
        "mutants": scores.distinct,
        "stillborn": len(scores.of_kind(STILLBORN)),
        "duplicates": scores.duplicates,
        "equivalent": scores.equivalent,
        "equivalent_by_comparison": len(scores.of_kind(EQUIVALENT)),
        "killed_by_suite": scores.by_suite,
        "killed_by_properties": scores.by_properties,
        "killed_by_both": scores.by_both,
        "killed_by_neither": scores.by_neither,
        "unfinished": len(scores.of_kind(UNFINISHED)),
        "not_judged": scores.not_judged,
        "survivors": survivors,
    }


def _survivor(mutant: Mutant, it: Judged) -> Json:
    steps: list[Json] = list(it.difference.steps) if it.difference is not None else []
    properties: list[Json] = list(it.properties)
    return {
        "mutant": mutant.name,
        "operator": mutant.operator,
        "file": mutant.span.source.path,
        "line": mutant.span.line,
        "before": mutant.before,
        "after": mutant.after or None,
        "killed_by_suite": it.test is not None,
        "killed_by_properties": bool(it.properties),
        "test": it.test,
        "properties": properties,
        "unfinished": it.reason or None,
        "steps": steps,
        "original": None if it.difference is None else it.difference.original,
        "mutated": None if it.difference is None else it.difference.mutant,
    }
