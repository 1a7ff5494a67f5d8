"""The table of revisions by properties: a block a revision while results come, an overview at the end.

A block names every verdict that is not simply the good one; those that are alike share a line. Bounded and
complete verdicts never share one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from specgen.engines.verdict import Result
from specgen.engines.words import engines_text, result_text
from specgen.report.style import WIDTH, Style, clean, columns, plural, wrap

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
    """Single results that deserve a line of their own, then groups of good ones in the order of their first."""
    single: list[list[Result]] = []
    alike: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        if full or _noteworthy(result):
            single.append([result])
        else:
            key = (result.kind == "cover", result.kind == "possible", result.complete, _phrase(result))
            alike.setdefault((*key, engines_text(result.engines)), []).append(result)
    return [*single, *alike.values()]


def _noteworthy(result: Result) -> bool:
    good = {"cover": "reached"}.get(result.kind, "holds")
    return result.as_expected is False or result.verdict != good


def _phrase(result: Result) -> str:
    """What members of a group have in common: of reached covers only that."""
    return "reached" if result.verdict == "reached" else result_text(result)


def _row(group: Sequence[Result], style: Style) -> list[str]:
    first = group[0]
    name = clean(first.name if len(group) == 1 else _together(group))
    verdict = result_text(first) if len(group) == 1 else _span_of(group)
    left = "  " + name
    pad = max(1, _VERDICT - columns(left))
    lines = wrap(f"{verdict} {engines_text(first.engines)}", left + " " * pad, " " * _VERDICT)
    if any(columns(line) > WIDTH for line in lines) or columns(left) >= _VERDICT + 8:
        lines = [left, *wrap(f"{verdict} {engines_text(first.engines)}", " " * _VERDICT, " " * _VERDICT)]
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
    return f"reached in {plural(low, 'step')}" if low == high else f"reached in {low} to {plural(high, 'step')}"


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
    lines: list[str] = []
    names = [clean(name) for name in table]
    margin = min(max(columns(name) for name in names), 30) + 2
    room = max(1, (WIDTH - margin) // 5)
    for start in range(0, len(shown), room):
        part = shown[start : start + room]
        letters = [_letter(start + i) for i in range(len(part))]
        lines += ["", " " * margin + "".join(f"{letter:>5}" for letter in letters)]
        for revision, results in table.items():
            cells = {(r.kind == "dead_action", _column(r)): r for r in _worst_last(results)}
            row = clean(revision).ljust(margin)
            row += "".join(_cell(cells.get(column), style) for column in part)
            lines.append(row.rstrip())
    lines.append("")
    lines += [f"  {_letter(i):>2}  {clean(name)}" for i, (_, name) in enumerate(shown)]
    return [*lines, "", *_legend()]


def _columns(table: Mapping[str, Sequence[Result]]) -> list[tuple[bool, str]]:
    found: dict[tuple[bool, str], None] = {}
    order = {_key(r): None for results in table.values() for r in results}
    bad = {_key(r) for results in table.values() for r in results if _noteworthy(r)}
    for key in order:
        if key in bad:
            found[key] = None
    return list(found)


def _key(result: Result) -> tuple[bool, str]:
    return (result.kind == "dead_action", _column(result))


def _column(result: Result) -> str:
    """All dead actions share a column: their names differ from revision to revision."""
    return "dead_action" if result.kind == "dead_action" else result.name


def _worst_last(results: Sequence[Result]) -> list[Result]:
    return sorted(results, key=lambda r: (_noteworthy(r), r.as_expected is False))


def _letter(index: int) -> str:
    return _LETTERS[index] if index < 26 else _LETTERS[index // 26 - 1] + _LETTERS[index % 26]


def _cell(result: Result | None, style: Style) -> str:
    text, colour = "-", "dim"
    if result is not None:
        if result.verdict == "unknown":
            text, colour = "?", "yellow"
        elif not _noteworthy(result):
            text, colour = (".", "") if result.complete else ("~", "yellow")
        elif not result.complete:
            text, colour = "~", "yellow"
        else:
            text, colour = ("x" if result.depth is None or result.verdict == "unreachable" else str(result.depth)), "cyan"
        if result.as_expected is False:
            text, colour = text + "!", "red"
    padded = f"{text:>5}"
    return padded.replace(text, style.paint(text, colour), 1) if colour else padded


def _legend() -> list[str]:
    return [
        "  15  violated (or impossible from some state on), in so many steps    .  good",
        "   x  unreachable, or never happens    ~  nothing found down to a bound",
        "   ?  unknown    -  no such property there    !  not as expected",
    ]


def closing(table: Mapping[str, Sequence[Result]], seconds: float, style: Style) -> list[str]:
    """What it comes to, in one sentence, and the verdicts that are not as expected or open."""
    results = [(revision, r) for revision, found in table.items() for r in found]
    wrong = [(revision, r) for revision, r in results if r.as_expected is False]
    still_open = [(revision, r) for revision, r in results if r.as_expected is None]
    head = f"{plural(len(table), 'revision')}, {plural(len(results), 'verdict')}, {seconds:.1f} s"
    if not wrong and not still_open:
        known = sum(_noteworthy(r) for _, r in results)
        told = f" ({known:,} of them not the good one, and the spec says so)" if known else ""
        return [style.paint(line, "green") for line in wrap(f"{head}: all as expected{told}", "", "  ")]
    lines = []
    if wrong:
        lines += [style.paint(f"{head}: {len(wrong):,} not as expected", "red", "bold")]
        for revision, r in wrong:
            lines += wrap(f"{revision} {r.name}: {result_text(r)}, expected {r.expected}", "  ", "      ")
    if still_open:
        lead = f"{len(still_open):,} still open" if wrong else f"{head}: {len(still_open):,} open"
        why = sorted({r.reason for _, r in still_open if r.reason})
        because = f" ({', '.join(why)})" if why else ""
        lines += wrap(f"{lead}: neither as expected nor against it{because}", "", "  ")
    return lines
