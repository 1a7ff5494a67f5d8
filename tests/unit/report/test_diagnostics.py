"""How a diagnostic looks: code, place, line, caret, notes, help."""

from __future__ import annotations

from specgen.language.source import Diagnostic, Note, Source, Span
from specgen.language.wording import WIDTH, columns
from specgen.report.diagnostics import MOST, render_diagnostic, render_diagnostics
from specgen.report.style import Style

PLAIN = Style(False)
SOURCE = Source("spec/a.yaml", "first: line\n    guard: tsk = alive\nlast: one\n")


def span(line=2, column=12, end_line=2, end_column=15, source=SOURCE):
    return Span(source, line, column, end_line, end_column)


def rendered(diagnostic):
    return render_diagnostic(diagnostic, PLAIN)


def test_all_parts():
    diagnostic = Diagnostic(
        "SG401",
        "nothing is called 'tsk'",
        span(),
        "did you mean 'task'?",
        (Note("declared here", span(1, 1, 1, 6)), Note("no place for this")),
    )
    assert rendered(diagnostic) == [
        "error[SG401]: nothing is called 'tsk'",
        " --> spec/a.yaml:2:12",
        "2 |     guard: tsk = alive",
        "  |            ^^^",
        "  = note: declared here",
        " --> spec/a.yaml:1:1",
        "1 | first: line",
        "  | ^^^^^",
        "  = note: no place for this",
        "  = help: did you mean 'task'?",
    ]


def test_without_a_place():
    assert rendered(Diagnostic("SG101", "x.yaml: no such file", None)) == [
        "error[SG101]: x.yaml: no such file"
    ]


def test_a_span_over_several_lines_is_marked_to_the_end_of_the_first():
    assert rendered(Diagnostic("SG1", "m", span(2, 5, 3, 4)))[-1] == "  |     ^^^^^^^^^^^^^^^^^^"


def test_a_place_behind_the_end_of_a_line_has_a_caret():
    assert rendered(Diagnostic("SG1", "m", span(2, 23, 2, 23)))[-1] == "  |" + " " * 23 + "^"


def test_a_place_behind_the_end_of_the_file_has_a_caret():
    assert rendered(Diagnostic("SG1", "m", span(9, 4, 9, 5)))[-2:] == ["9 |", "  | ^"]


def test_long_lines_are_cut_around_the_place():
    text = "x" * 500 + "HERE" + "y" * 500
    lines = rendered(Diagnostic("SG1", "m", span(1, 501, 1, 505, Source("long.yaml", text))))
    assert all(columns(line) <= WIDTH for line in lines)
    line, carets = lines[-2:]
    start = carets.index("^")
    assert line[start : start + 4] == "HERE"
    assert carets.count("^") == 4


def test_wide_characters_keep_the_caret_under_its_word():
    text = "終了: tsk"
    lines = rendered(Diagnostic("SG1", "m", span(1, 5, 1, 8, Source("wide.yaml", text))))
    assert lines[-1] == "  | " + " " * 6 + "^^^"


def test_nothing_in_a_source_reaches_the_terminal_as_a_command():
    text = "a\x1b[2J: b"
    lines = rendered(Diagnostic("SG1", "bad \x1b[31mword", span(1, 2, 1, 3, Source("evil\x1b.yaml", text))))
    assert "\x1b" not in "".join(lines)


def test_long_messages_are_wrapped():
    lines = rendered(Diagnostic("SG1", "word " * 60, None, "help " * 60))
    assert max(map(len, lines)) <= WIDTH


def test_all_in_the_order_of_places_with_a_closing_line():
    text = render_diagnostics(
        [
            Diagnostic("SG2", "second", span(3, 1, 3, 5)),
            Diagnostic("SG1", "first", span(1, 1, 1, 6)),
            Diagnostic("SG3", "third", span(3, 7, 3, 8), severity="warning"),
        ],
        PLAIN,
    )
    heads = [line for line in text.splitlines() if "[" in line]
    assert heads == ["error[SG1]: first", "error[SG2]: second", "warning[SG3]: third"]
    assert text.endswith("\n\n2 errors and 1 warning; `specgen explain SG1` says more about the first\n")


def test_many_are_cut_and_counted():
    many = [Diagnostic("SG1", f"number {n}", span(1, n + 1, 1, n + 2)) for n in range(MOST + 5)]
    text = render_diagnostics(many, PLAIN)
    assert text.count("error[SG1]") == MOST
    assert f"{MOST + 5} errors (5 not shown)" in text


def test_colour():
    assert "\x1b[31;1merror[SG1]:\x1b[0m m" in "\n".join(
        render_diagnostic(Diagnostic("SG1", "m", span()), Style(True))
    )
