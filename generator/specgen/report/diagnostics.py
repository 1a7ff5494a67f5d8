"""Diagnostics for people: what is wrong, where, the line itself with a caret, and what to do."""

from __future__ import annotations

from collections.abc import Iterable

from specgen.language.source import Diagnostic, Span
from specgen.language.wording import WIDTH, clean, columns, plural, wrap
from specgen.report.style import Style

MOST = 40


def render_diagnostics(diagnostics: Iterable[Diagnostic], style: Style) -> str:
    """All of them, errors and warnings in the order of their places, with a closing line."""
    found = sorted(diagnostics, key=_place)
    errors = [d for d in found if d.severity == "error"]
    shown = (errors + [d for d in found if d.severity != "error"])[:MOST]
    shown.sort(key=_place)
    blocks = ["\n".join(render_diagnostic(d, style)) for d in shown]
    left = len(found) - len(shown)
    counts = [plural(len(errors), "error")] if errors else []
    if len(found) > len(errors):
        counts.append(plural(len(found) - len(errors), "warning"))
    more = f" ({left:,} not shown)" if left else ""
    if shown:
        code = next((d.code for d in shown if d.severity == "error"), shown[0].code)
        blocks.append(f"{' and '.join(counts)}{more}; `specgen explain {code}` says more about the first")
    return "\n\n".join(blocks) + "\n"


def _place(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span
    return ("", 0, 0) if span is None else (span.source.path, span.line, span.column)


def render_diagnostic(diagnostic: Diagnostic, style: Style) -> list[str]:
    """One diagnostic, as lines."""
    colour = "red" if diagnostic.severity == "error" else "yellow"
    head = f"{diagnostic.severity}[{diagnostic.code}]: "
    lines = wrap(diagnostic.message, head, "  ")
    lines[0] = style.paint(head.rstrip(), colour, "bold") + lines[0][len(head) - 1 :]
    margin = _margin(diagnostic)
    if diagnostic.span is not None:
        lines += _excerpt(diagnostic.span, margin, style, colour)
    for note in diagnostic.notes:
        lines += _remark("note", note.message, margin, style)
        if note.span is not None:
            lines += _excerpt(note.span, margin, style, "cyan")
    if diagnostic.help:
        lines += _remark("help", diagnostic.help, margin, style)
    return lines


def _margin(diagnostic: Diagnostic) -> int:
    spans = [diagnostic.span, *(note.span for note in diagnostic.notes)]
    return max((len(str(span.line)) for span in spans if span is not None), default=1)


def _remark(word: str, text: str, margin: int, style: Style) -> list[str]:
    lead = " " * (margin + 1) + f"= {word}: "
    lines = wrap(text, lead, " " * len(lead))
    lines[0] = lines[0].replace(f"{word}:", style.paint(f"{word}:", "bold"), 1)
    return lines


def _excerpt(span: Span, margin: int, style: Style, colour: str) -> list[str]:
    """Where it is, the source line as written and carets below the span; long lines are cut around it."""
    line = span.source.line(span.line)
    start = max(0, min(span.column - 1, len(line)))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    end = max(start + 1, min(end, max(len(line), start + 1)))
    room = WIDTH - margin - 4
    first = 0
    if columns(line[:end]) > room:
        first = max(0, min(start - 12, end - room + 3))
    text = clean(line[first:])
    before = clean(line[first:start])
    marked = clean(line[start:end]) or " "
    if first:
        text, before = "..." + text[3:], "..." + before[3:]
    if columns(text) > room:
        text = text[: max(room - 3, 0)] + "..."
    carets = "^" * max(1, min(columns(marked), room - columns(before)))
    bar = style.paint("|", "dim")
    pad = " " * margin
    return [
        f"{pad}{style.paint('-->', 'dim')} {clean(str(span))}",
        f"{span.line:>{margin}} {bar} {text}".rstrip(),
        f"{pad} {bar} {' ' * columns(before)}{style.paint(carets, colour, 'bold')}",
    ]
