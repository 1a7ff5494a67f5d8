"""The table of revisions by properties: a block a revision while results come, an overview at the end.

A block names every verdict that is not simply the good one; those that are alike share a line. Bounded and
complete verdicts never share one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from specgen.engines.verdict import Result
from specgen.engines.words import engines_text, result_text
from specgen.language.wording import WIDTH, clean, columns, plural, wrap
from specgen.report.style import Style

_VERDICT = 26  # column where verdicts begin in a block
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SPARE = 3  # revisions from which on an overview says more than the blocks


def block(revision: str, title: str, results: Sequence[Result], style: Style, *, full: bool) -> list[str]:
    """One revision's verdicts.

    Args:
        full: a line for each property; else those that are good and alike are counted together.
    """
    name = clean(revision)
    heading = wrap(title, f"{name}  " if title else name, " " * (columns(name) + 2))
    lines = [heading[0].replace(name, style.paint(name, "bold"), 1), *heading[1:]]
    for group in _groups(results, full=full):
        lines += _row(group, style)
    masked = sorted({name for result in results for name in result.masked})
    if masked:
        lines += wrap(f"paths end at: {', '.join(masked)}", "  ", "    ")
    return lines


def _groups(results: Sequence[Result], *, full: bool) -> list[list[Result]]:
    """Single results that deserve a line of their own, then groups of good ones, by their first."""
    single: list[list[Result]] = []
    alike: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        if full or _noteworthy(result):
            single.append([result])
        else:
            alike.setdefault(_likeness(result), []).append(result)
    return [*single, *alike.values()]


def _noteworthy(result: Result) -> bool:
    good = {"cover": "reached"}.get(result.kind, "holds")
    return result.as_expected is False or result.verdict != good


def _likeness(result: Result) -> tuple[object, ...]:
    """What members of a group have in common. Reached covers are one group, whichever engine got how far."""
    if result.verdict == "reached":
        return ("reached",)
    return (result.kind == "possible", result.complete, result_text(result), engines_text(result.engines))


def _who(group: Sequence[Result]) -> str:
    """The engines of a group: of each, the least that it said of any member."""
    least: dict[str, int | None] = {}
    for result in group:
        for engine, depth in result.engines.items():
            known = least.setdefault(engine, depth)
            if depth is not None and (known is None or depth < known):
                least[engine] = depth
    return engines_text(least)


def _row(group: Sequence[Result], style: Style) -> list[str]:
    first = group[0]
    name = clean(first.name if len(group) == 1 else _together(group))
    verdict = result_text(first) if len(group) == 1 else _span_of(group)
    left = "  " + name
    pad = max(1, _VERDICT - columns(left))
    lines = wrap(f"{verdict} {_who(group)}", left + " " * pad, " " * _VERDICT)
    if any(columns(line) > WIDTH for line in lines) or columns(left) >= _VERDICT + 8:
        lines = [left, *wrap(f"{verdict} {_who(group)}", " " * _VERDICT, " " * _VERDICT)]
    colour = _colour(first)
    if colour:
        lines[0] = lines[0].replace(name, style.paint(name, colour, "bold"), 1)
    if first.as_expected is False:
        note = wrap(f"expected: {first.expected}", " " * _VERDICT, " " * _VERDICT)
        lines += [style.paint(line, "red") for line in note]
    return lines


def _together(group: Sequence[Result]) -> str:
    if group[0].kind == "cover":
        return plural(len(group), "cover")
    return plural(len(group), "property" if group[0].kind != "possible" else "possibility")


def _span_of(group: Sequence[Result]) -> str:
    """``reached in 5 to 20 steps``: the depths of a group of covers; else the verdict all of them have."""
    depths = [result.depth for result in group if result.depth is not None]
    if group[0].verdict != "reached" or not depths:
        return result_text(group[0])
    low, high = min(depths), max(depths)
    return (
        f"reached in {plural(low, 'step')}" if low == high else f"reached in {low} to {plural(high, 'step')}"
    )


def _colour(result: Result) -> str:
    if result.as_expected is False:
        return "red"
    if result.as_expected is None:
        return "yellow"
    return "cyan" if _noteworthy(result) else ""


def overview(table: Mapping[str, Sequence[Result]], style: Style) -> list[str]:
    """Revisions by the properties that are not good everywhere; empty where it would say nothing new."""
    shown = _columns(table)
    if len(table) < _SPARE or not shown:
        return []
    margin = min(max(columns(clean(name)) for name in table), 30) + 1
    rows = {clean(name): _cells(results) for name, results in table.items()}
    width = 1 + max(len(_cell(cell)[0]) for row in rows.values() for cell in row.values())
    width = max(width, 3)
    room = max(1, (WIDTH - margin) // width)
    lines: list[str] = []
    for start in range(0, len(shown), room):
        part = shown[start : start + room]
        letters = "".join(f"{_letter(start + i):>{width}}" for i in range(len(part)))
        lines += ["", " " * margin + letters]
        for revision, row in rows.items():
            line = revision.ljust(margin) + "".join(_painted(row.get(name), width, style) for name in part)
            lines.append(line.rstrip())
    return [*lines, "", *_letters_told(shown), "", *_legend()]


def _cells(results: Sequence[Result]) -> dict[str, Result]:
    """Per column the result to show: of several dead actions one that is not as expected, if there is one."""
    found: dict[str, Result] = {}
    for result in sorted(results, key=lambda r: (_noteworthy(r), r.as_expected is False)):
        found[_column(result)] = result
    return found


def _letters_told(shown: Sequence[str]) -> list[str]:
    """Which letter stands for which property, in two columns."""
    told = [f"{_letter(i):>3}  {clean(name)}" for i, name in enumerate(shown)]
    half = (len(told) + 1) // 2
    widest = max(columns(entry) for entry in told[:half])
    if widest + 2 > WIDTH // 2:
        return told
    right = [*told[half:], ""]
    return [f"{left.ljust(WIDTH // 2)}{right[i]}".rstrip() for i, left in enumerate(told[:half])]


def _columns(table: Mapping[str, Sequence[Result]]) -> list[str]:
    """The properties that are not good in some revision, in the order of the table."""
    every = [r for results in table.values() for r in results]
    bad = {_column(r) for r in every if _noteworthy(r)}
    return [name for name in dict.fromkeys(_column(r) for r in every) if name in bad]


def _column(result: Result) -> str:
    """All dead actions share a column: their names differ from revision to revision."""
    return "dead_action" if result.kind == "dead_action" else result.name


def _letter(index: int) -> str:
    return _LETTERS[index] if index < 26 else _LETTERS[index // 26 - 1] + _LETTERS[index % 26]


def _cell(result: Result | None) -> tuple[str, str]:
    """The text of a cell and its colour."""
    if result is None:
        return ("-", "dim")
    if result.verdict == "unknown":
        text, colour = "?", "yellow"
    elif not result.complete:
        text, colour = "~", "yellow"
    elif not _noteworthy(result):
        text, colour = ".", ""
    elif result.depth is None or result.verdict == "unreachable":
        text, colour = "x", "cyan"
    else:
        text, colour = str(result.depth), "cyan"
    if result.as_expected is False:
        # the good verdict where the spec expects another is noteworthy too, but has no steps
        good = result.verdict in ("holds", "reached")
        return (("." if good else text) + "!", "red")
    return (text, colour)


def _painted(result: Result | None, width: int, style: Style) -> str:
    text, colour = _cell(result)
    padding = " " * (width - len(text))
    return padding + (style.paint(text, colour) if colour else text)


def _legend() -> list[str]:
    return [
        "  a number: violated (or impossible from some state on) after so many steps",
        "  .  as it should be    x  unreachable, or never happens    -  not there",
        "  ~  nothing found down to a bound    ?  unknown    !  not as expected",
    ]


def _why(result: Result) -> str:
    if result.reason in ("", "depth"):
        return "a bound" if result.depth is None else f"depth {result.depth}"
    return result.reason


def closing(table: Mapping[str, Sequence[Result]], seconds: float, style: Style) -> list[str]:
    """What it comes to, in one sentence, and the verdicts that are not as expected or open."""
    results = [(revision, r) for revision, found in table.items() for r in found]
    wrong = [(revision, r) for revision, r in results if r.as_expected is False]
    still_open = [(revision, r) for revision, r in results if r.as_expected is None]
    head = f"{plural(len(table), 'revision')}, {plural(len(results), 'verdict')}, {seconds:.1f} s"
    if not wrong and not still_open:
        known = sum(_noteworthy(r) for _, r in results)
        told = f", {known:,} of them known defects" if known else ""
        return [style.paint(line, "green") for line in wrap(f"{head}: all as expected{told}", "", "  ")]
    lines = []
    if wrong:
        lines += [style.paint(f"{head}: {len(wrong):,} not as expected", "red", "bold")]
        for revision, r in wrong:
            lines += wrap(f"{revision} {r.name}: {result_text(r)}, expected {r.expected}", "  ", "      ")
    if still_open:
        lead = f"{len(still_open):,} still open" if wrong else f"{head}: {len(still_open):,} open"
        why = sorted({_why(r) for _, r in still_open})
        because = f" ({', '.join(why)})" if why else ""
        lines += wrap(f"{lead}: neither as expected nor against it{because}", "", "  ")
    return lines
