"""What generated tests exercise of a revision, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from specgen.language.wording import clean, number, percent, place, plural, wrap
from specgen.report.style import Style
from specgen.testgen.coverage import Coverage, Part, Tally
from specgen.testgen.reading import Module
from specgen.trace.values import Json

_KINDS = ("actions", "guards", "transitions", "pairs", "repeats", "observed")
_WORDS = {
    "guards": "guards, each way",
    "pairs": "pairs of actions",
    "repeats": "actions repeated",
    "observed": "observed values",
}
_MOST_MISSING = 40  # of one kind, in the text


def _tallies(followed: Coverage) -> Iterator[tuple[str, Tally]]:
    for kind in _KINDS:
        yield kind, getattr(followed, kind)


def text(
    title: str, directory: Path, modules: Sequence[Module], followed: Coverage, style: Style
) -> Iterator[str]:
    yield style.paint(clean(title), "bold")
    counts = ", ".join(
        plural(count, noun)
        for count, noun in (
            (len(modules), "module"),
            (followed.tests, "test"),
            (followed.steps, "step"),
            (followed.refusals, "refusal"),
        )
    )
    yield from wrap(f"{directory}: {counts}", "", "  ")
    yield ""
    for kind, tally in _tallies(followed):
        share = percent(len(tally.exercised), tally.possible)
        more = f"({number(len(tally.impossible))} impossible)" if tally.impossible else ""
        words = _WORDS.get(kind, kind)
        count = f"{number(len(tally.exercised)):>6} of {number(tally.possible):>6}"
        yield f"  {words:18}{count}  {share:>7}  {more}".rstrip()
    for kind, tally in _tallies(followed):
        if tally.missing:
            yield ""
            yield f"Not exercised, {kind}:"
            for part in tally.missing[:_MOST_MISSING]:
                where = "" if part.span is None else f"{place(part.span)} "
                yield from wrap(f"{where}{part.text}", "  ", "      ")
            if len(tally.missing) > _MOST_MISSING:
                yield f"  and {number(len(tally.missing) - _MOST_MISSING)} more, which --format json lists"


def as_json(followed: Coverage) -> dict[str, Json]:
    found: dict[str, Json] = {
        "tests": followed.tests,
        "steps": followed.steps,
        "refusals": followed.refusals,
    }
    for kind, tally in _tallies(followed):
        found[kind] = {
            "exercised": len(tally.exercised),
            "possible": tally.possible,
            "missing": [_part(part) for part in tally.missing],
            "impossible": [_part(part) for part in tally.impossible],
        }
    return found


def _part(part: Part) -> Json:
    where: dict[str, Json] = {}
    if part.span is not None:
        where = {"file": part.span.source.path, "line": part.span.line}
    return {**dict(part.names), **where}
