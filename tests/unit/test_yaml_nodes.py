"""YAML to nodes: positions, text as written, and every trap a diagnostic."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from specgen.language import yamlnodes
from specgen.language.source import Diagnostic, Diagnostics, Source
from specgen.language.yamlnodes import MAX_DEPTH, MAX_NODES, Mapping, Scalar, Sequence, decode, parse
from tests.unit.frontend import HEAD, places, reported


def read(text: str) -> tuple[Mapping | None, list[Diagnostic]]:
    found = Diagnostics()
    return parse(Source("spec.yaml", text), found), found.items


def tree(text: str) -> Mapping:
    root, found = read(text)
    assert root is not None and not found
    return root


def test_scalars_stay_text() -> None:
    words = ("no", "on", "010", "1e3", "12:30", "2022-08-29", "null", "~", "0x1", ".inf")
    root = tree("".join(f"k{n}: {word}\n" for n, word in enumerate(words)))
    assert [value.value for _, value in root.entries if isinstance(value, Scalar)] == list(words)


def test_positions_count_from_one_and_end_behind_the_last_character() -> None:
    root = tree("a:\n  bé: x[i, j] = 1\n")
    key, value = root.entries[0]
    assert key.span[1:] == (1, 1, 1, 2)
    assert isinstance(value, Mapping)
    inner, text = value.entries[0]
    assert inner.span[1:] == (2, 3, 2, 5)
    assert text.span[1:] == (2, 7, 2, 18)
    assert isinstance(text, Scalar)
    assert text.span.source.text[text.start : text.end] == "x[i, j] = 1"


def test_a_block_mapping_ends_with_its_last_entry() -> None:
    root = tree("a:\n  b: c\n\n\n# far below\nd: e\n")
    assert root.entries[0][1].span[1:] == (2, 3, 2, 7)


def test_a_plain_scalar_over_several_lines_keeps_its_text_as_written() -> None:
    value = tree("a: b and\n  c\n").entries[0][1]
    assert isinstance(value, Scalar)
    assert value.value == "b and c"
    assert value.span.source.text[value.start : value.end] == "b and\n  c"
    assert value.span[1:] == (1, 4, 2, 4)


def test_styles_and_flow_are_known() -> None:
    root = tree("a: 'x'\nb: \"x\"\nc: |\n  x\nd: >\n  x\ne: [x]\nf: {k: x}\n")
    values = [value for _, value in root.entries]
    assert [value.style for value in values if isinstance(value, Scalar)] == ["'", '"', "|", ">"]
    assert isinstance(values[4], Sequence) and values[4].flow
    assert isinstance(values[5], Mapping) and values[5].entries[0][1].flow


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\na: 2\n", ("SG109", 2, 1)),
        ("a: {b: 1, b: 2}\n", ("SG109", 1, 11)),
        ("if a:  b\nif  a: c\n", ("SG109", 2, 1)),
        ("a: &x y\n", ("SG110", 1, 4)),
        ("&x a: y\n", ("SG110", 1, 1)),
        ("a: &x {b: c}\n", ("SG110", 1, 4)),
        ("a: *x\n", ("SG111", 1, 4)),
        ("*x : a\n", ("SG111", 1, 1)),
        ("a: !done\n", ("SG112", 1, 4)),
        ("a: !!str 1\n", ("SG112", 1, 4)),
        ("a: ! b\n", ("SG112", 1, 4)),
        ("<<: {a: b}\n", ("SG113", 1, 1)),
        ("a: b\n---\nc: d\n", ("SG108", 2, 1)),
        ("a: b # c\n", ("SG114", 1, 6)),
        ("a: b\t# c\n", ("SG114", 1, 6)),
        ("a:\n  b\n  c # d\n", ("SG114", 3, 5)),
        ("a: {b: c # d\n  }\n", ("SG114", 1, 10)),
        ("a: {x: f(a, b)}\n", ("SG115", 1, 13)),
        ("a: {x: r[a, b]}\n", ("SG115", 1, 4)),
        ("a: {x: r[a]}\n", ("SG115", 1, 4)),
        ("a: {b: c, d}\n", ("SG115", 1, 11)),
        ("? [a]\n: b\n", ("SG116", 1, 3)),
        ("{a: b}: c\n", ("SG116", 1, 1)),
        ("%YAML 1.1\n---\na: b\n", ("SG117", 1, 1)),
        ("a: [b, c] = b\n", ("SG121", 1, 4)),
        ("r:\n  state: [b, c] = b\n  next: bool\n", ("SG121", 2, 10)),
        ("a: b: c\n", ("SG106", 1, 5)),
        ("a: @x\n", ("SG106", 1, 4)),
        ("a: `x`\n", ("SG106", 1, 4)),
        ('a: "x\n', ("SG106", 1, 4)),
        ('a: "x" and b\n', ("SG106", 1, 8)),
        ("a: {x: y} z\n", ("SG106", 1, 11)),
        ("a:\n  b: 1\n c: 2\n", ("SG106", 3, 2)),
        ("a:\n  - 1\n  b: 2\n", ("SG106", 3, 3)),
        ("a: b\nword\nc: d\n", ("SG106", 2, 1)),
        ("a: b\nc", ("SG106", 2, 1)),
        ("a: & b\n", ("SG106", 1, 5)),
        ("a:\n  ]b: c\n", ("SG106", 2, 3)),
        ("word\na: b\n", ("SG106", 2, 2)),
        ("'word'\na: b\n", ("SG106", 2, 1)),
        ("a: > 3\n", ("SG106", 1, 6)),
        ("\ta: b\n", ("SG107", 1, 1)),
        ("a:\n\tb: c\n", ("SG107", 2, 1)),
        ("a:\n  \tb: c\n", ("SG107", 2, 3)),
        ("a: b\n\tc\n", ("SG107", 2, 1)),
        ("a: b\n\t\n", ("SG107", 2, 1)),  # libyaml reads no further than this
        ("a: >\n\tb\n", ("SG107", 2, 1)),
        ("", ("SG105", 1, 1)),
        ("# nothing\n", ("SG105", 1, 1)),
        ("---\n", ("SG105", 1, 1)),
        ("- a\n", ("SG105", 1, 1)),
        ("text\n", ("SG105", 1, 1)),
        ("[" * (MAX_DEPTH + 1), ("SG104", 1, MAX_DEPTH + 1)),
    ],
)
def test_traps(text: str, place: tuple[str, int, int]) -> None:
    assert places(read(text)[1]) == [place]


@pytest.mark.parametrize(
    "text",
    [
        "a: b  # c\n",
        "# c\na: b\n",
        "a:  # c\n  b: d\n",
        "a:\n  b  # c\n",
        "a: b\n  # c\n",
        "'a' : 'b' # c\n",
        "a: {b: c} # d\n",
        "a: b#c\n",
        "a: |\n  b # c\n",
        "a: 'b # c'\n",
        "---\na: b\n...\n",
        "a: |\n  text\n  \twith a tab\n",
        "a: b\t\n",
        "a:\tb\n",
        "a: {}\nb: []\n",
    ],
)
def test_what_is_no_trap(text: str) -> None:
    assert not read(text)[1]


def test_a_duplicate_shows_the_first_place() -> None:
    (found,) = read("a: 1\nb: 2\na: 3\n")[1]
    assert found.notes[0].span is not None and found.notes[0].span.line == 1


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("e:\n  else: a\n  else: b\n", "if not"),
        ("e:\n  do: a\n  do: b\n", "list of calls"),
        ("a: [b, c] = b\n", "`enum b c = b`"),
        ("a: {x: f(a, b)}\n", "block form"),
        ("a: {x: r[a, b]}\n", "block form"),
        ("a: b # c\n", "two spaces"),
        ("a: !b\n", "not"),
        ("t: Re: x\n", "quotes"),
        ("a:\n\tb: c\n", "spaces"),
    ],
)
def test_advice(text: str, advice: str) -> None:
    help = read(text)[1][0].help
    assert help is not None and advice in help


def test_several_traps_are_shown_at_once() -> None:
    assert places(read("a: b # c\nd: &x e\na: 1\nf: !g\n")[1]) == [
        ("SG114", 1, 6),
        ("SG110", 2, 4),
        ("SG112", 4, 4),
        ("SG109", 3, 1),
    ]


def test_too_many_nodes() -> None:
    assert [d.code for d in read("a: [" + "b," * MAX_NODES + "]")[1]] == ["SG104"]


def test_without_libyaml_the_pure_parser_does(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: b # c\nd: {e: f(g, h)}\n"
    fast = read(text)
    monkeypatch.setattr(yamlnodes, "_LOADER", yaml.Loader)
    assert read(text) == fast
    assert tree("a: b\n  c\nd: |\n  e\n") is not None


# ---------------------------------------------------------------- bytes


def decoded(data: bytes) -> tuple[Source | None, list[Diagnostic]]:
    found = Diagnostics()
    return decode("spec.yaml", data, found), found.items


def test_line_ends_cr_lf_are_read_with_one_warning() -> None:
    source, found = decoded(b"a: b\r\nc: d\r\n")
    assert source is not None and source.text == "a: b\nc: d\n"
    assert places(found) == [("SG118", 1, 5)]
    assert found[0].severity == "warning"


def test_cr_lf_does_not_shift_positions(tmp_path: Path) -> None:
    found = reported(tmp_path, (HEAD + "covers:\n  c: a +\n").replace("\n", "\r\n").encode())
    assert places(found) == [("SG118", 1, 6), ("SG302", 4, 9)]


def test_a_byte_order_mark_is_skipped_with_a_warning() -> None:
    source, found = decoded(b"\xef\xbb\xbfa: b\n")
    assert source is not None and source.text == "a: b\n"
    assert [(d.code, d.severity) for d in found] == [("SG119", "warning")]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a: \xff\n", ("SG102", 1, 4)),
        (b"a: b\r\nc: caf\xe9\n", ("SG102", 2, 7)),
        ("a: b\n".encode("utf-16"), ("SG102", 1, 1)),
        (b"a: \xc0\x80\n", ("SG102", 1, 4)),
        (b"a: \xed\xa0\x80\n", ("SG102", 1, 4)),
        (b"a: \0\n", ("SG103", 1, 4)),
        (b"a: b\rc: d\n", ("SG103", 1, 5)),
        ("a: b\x85c: d\n".encode(), ("SG103", 1, 5)),
        ("a: b\u2028c\n".encode(), ("SG103", 1, 5)),
        ("a: b\u202ec\n".encode(), ("SG103", 1, 5)),
        ("a: \ufeff\n".encode(), ("SG103", 1, 4)),
        (b"a: \x1b[31m\n", ("SG103", 1, 4)),
    ],
)
def test_bytes_that_are_no_text(data: bytes, place: tuple[str, int, int]) -> None:
    source, found = decoded(data)
    assert source is None
    assert places(found) == [place]


def test_too_many_bytes() -> None:
    source, found = decoded(b"#" * (yamlnodes.MAX_BYTES + 1))
    assert source is None
    assert [d.code for d in found] == ["SG104"]
    assert decoded(b"#" * yamlnodes.MAX_BYTES)[0] is not None
