"""What the YAML parser has to say, in words that help."""

from __future__ import annotations

import re
from typing import Any

import yaml

from specgen.language.source import Diagnostics, Source, Span

_LIST_EQUALS = re.compile(r"[:\-]\s+\[([^\]]*)\]\s*=\s*(\S*)")
_AFTER_QUOTE = re.compile(r""":\s+(["']).*\1\s*[^\s#,\]}]""")
_AFTER_FLOW = re.compile(r":\s+[\[{].*[\]}]\s*[^\s#,\]}]")
_SEEN = 400  # characters of a line; the patterns may look at each of them from each other
_BLOCK_ADVICE = "write this mapping in block form: one `key: value` a line, indented, without { } or [ ]"


def report(source: Source, error: yaml.YAMLError, diagnostics: Diagnostics) -> None:
    """Adds the diagnostic for an error of the YAML parser."""
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or "the file is not YAML")
    context = str(getattr(error, "context", None) or "")
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    opened: Any = getattr(error, "context_mark", None)
    if opened is not None and ("simple key" in context or "quoted" in context):
        line, column = opened.line + 1, opened.column + 1
    text = source.line(line)
    if re.match(r" *\t", text):
        tab(source, _offset(source, line) + text.index("\t"), diagnostics)
        return
    if _shape_of_line(source, line, diagnostics):
        return
    span = Span(source, line, column, line, column + 1)
    if "flow" in context:
        if opened is not None:
            span = Span(source, opened.line + 1, opened.column + 1, opened.line + 1, opened.column + 2)
        message = "YAML cannot read what stands between these brackets"
        diagnostics.add("SG115", message, span, help=_BLOCK_ADVICE)
        return
    message, advice = _kind(problem, context, text, column)
    diagnostics.add("SG106", message, span, help=advice)


def tab(source: Source, offset: int, diagnostics: Diagnostics) -> None:
    """A tab that indents; YAML indents with spaces only."""
    line = source.text.count("\n", 0, offset) + 1
    column = offset - source.text.rfind("\n", 0, offset)
    span = Span(source, line, column, line, column + 1)
    diagnostics.add("SG107", "a tab in the indentation of this line", span, help="indent with spaces")


def flow_cut(span: Span, diagnostics: Diagnostics) -> None:
    """A key without a value between braces: most likely half an expression, cut at its comma."""
    diagnostics.add(
        "SG115", "YAML cuts at the commas inside { }, and this part has no value", span, help=_BLOCK_ADVICE
    )


def _offset(source: Source, line: int) -> int:
    return sum(len(text) + 1 for text in source.text.split("\n")[: line - 1])


def _shape_of_line(source: Source, line: int, diagnostics: Diagnostics) -> bool:
    """Mistakes that the line itself shows; the parser's mark may be on the line behind it."""
    for number in (line, line - 1):
        text = source.line(number)[:_SEEN]
        found = _LIST_EQUALS.search(text)
        if found is not None:
            values = " ".join(found[1].replace(",", " ").split())
            span = Span(source, number, found.start(1), number, found.end(1) + 2)
            diagnostics.add(
                "SG121",
                "YAML takes the brackets for a list",
                span,
                help=f"write `enum {values} = {found[2]}`" if values else "write `set()` or `seq()`",
            )
            return True
        found = _AFTER_QUOTE.search(text) or _AFTER_FLOW.search(text)
        if found is not None:
            span = Span(source, number, found.end(), number, found.end() + 1)
            what = "quote" if found.re is _AFTER_QUOTE else "bracket"
            advice = "quote all of a prose value or nothing; expressions need no quotes"
            if what == "bracket":
                advice = "an expression may not begin with a bracket"
            diagnostics.add("SG106", f"text goes on behind the closing {what}", span, help=advice)
            return True
    return False


def _kind(problem: str, context: str, text: str, column: int) -> tuple[str, str | None]:
    """A sentence and advice for a message of libyaml or of PyYAML's own parser."""
    where = " ".join(context.split())
    if "mapping values are not allowed" in problem:
        return "a `:` where no key may stand", (
            "put prose with `: ` in it in quotes; expressions have no `:`; check the line's indentation"
        )
    if "could not find expected ':'" in problem:
        return "a key without its `:` on the same line", (
            "each line is `key: value`; a long value goes on below, indented deeper; a key stays on one line"
        )
    if "cannot start any token" in problem:
        return f"a text may not begin with '{text[column - 1 : column]}'", "put it in quotes if it is prose"
    if "node content" in problem:
        return f"'{text[column - 1 : column]}' where a key or a value begins", "remove it, or put prose in quotes"
    if "<document start>" in problem:
        return "the text above this line is not part of any section", "a spec begins with `spec:`"
    if "block scalar" in where:
        return "`>` and `|` begin a block of prose", "an expression may not begin with either"
    if "expected alphabetic or numeric character" in problem:
        return "`&` and `*` have a meaning of their own in YAML", "expressions have neither: write `and`"
    if "end of stream" in problem and "quoted" in where:
        return "a quote is never closed", "close it, or write the value without quotes"
    if "did not find expected key" in problem or "expected <block end>" in problem:
        return "this line does not fit the indentation around it", (
            "entries of one mapping begin in the same column; lists begin with `- `"
        )
    if "did not find expected '-' indicator" in problem:
        return "this line does not fit the list above it", "each item begins with `- ` in the same column"
    return f"not YAML: {' '.join(f'{where}, {problem}'.strip(', ').split())}", None
