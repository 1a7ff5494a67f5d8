"""Expressions, types, heads and effect keys: trees, places, and what is refused."""

from __future__ import annotations

import time

import pytest

from specgen.language import declarations, parser, unparse
from specgen.language.declarations import ElseKey, ForKey, IfKey, TargetKey, WordKey
from specgen.language.source import Diagnostic, Diagnostics, Source, Span
from specgen.language.syntax import (
    Binary,
    Boolean,
    Conditional,
    Expr,
    Membership,
    Name,
    OptionalType,
    Quantifier,
    RangeType,
)
from specgen.language.yamlnodes import Scalar


def scalar(text: str, *, style: str = "", flow: bool = False, before: str = "x: ") -> Scalar:
    source = Source("spec.yaml", f"{before}{text}\n")
    lines = text.split("\n")
    start = len(before) + 1
    end = start + len(text) if len(lines) == 1 else len(lines[-1]) + 1
    span = Span(source, 1, start, len(lines), end)
    return Scalar(span, " ".join(text.split()), style, len(before), len(before) + len(text), flow)


def parsed(text: str) -> tuple[Expr, list[Diagnostic]]:
    found = Diagnostics()
    return parser.expression(scalar(text), found), found.items


def expr(text: str) -> Expr:
    result, found = parsed(text)
    assert not found, found
    return result


def grouped(node: Expr) -> str:
    """The tree, every operation in parentheses."""
    inner = parser.children(node)
    if isinstance(node, Binary):
        return f"({grouped(node.left)} {node.op} {grouped(node.right)})"
    if not inner:
        return unparse.expression_text(node)
    name = type(node).__name__
    return f"{name}[{', '.join(map(grouped, inner))}]"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a or b and c", "(a or (b and c))"),
        ("a and b or c", "((a and b) or c)"),
        ("a or b or c", "((a or b) or c)"),
        ("a - b - c", "((a - b) - c)"),
        ("a - (b - c)", "(a - (b - c))"),
        ("a implies b implies c", "(a implies (b implies c))"),
        ("a or b implies c and d", "((a or b) implies (c and d))"),
        ("not a = b", "Unary[(a = b)]"),
        ("not a and b", "(Unary[a] and b)"),
        ("not not a", "Unary[Unary[a]]"),
        ("a = b + 1", "(a = (b + 1))"),
        ("-a + b", "(Unary[a] + b)"),
        ("a + -1 = 0", "((a + Unary[1]) = 0)"),
        ("a - -b", "(a - Unary[b])"),
        ("(a = b) = c", "((a = b) = c)"),
        ("a[i, j + 1].f[k].g", "Field[Index[Field[Index[a, i, (j + 1)]], k]]"),
        ("f(a, b or c)", "Call[a, (b or c)]"),
        ("set()", "set()"),
        ("a in (b, c)", "Membership[a, b, c]"),
        ("a + 1 not in s", "Membership[(a + 1), s]"),
        ("a in union(s, u)", "Membership[a, Call[s, u]]"),
        ("if a then b else if c then d else e", "Conditional[a, b, Conditional[c, d, e]]"),
        ("a and exists t in T, p or q", "(a and Quantifier[T, (p or q)])"),
        ("(exists t in T, p) or q", "(Quantifier[T, p] or q)"),
        ("not exists t in T where p", "Unary[Quantifier[T, p]]"),
        ("count a b in 0..N - 1, r[a] = b", "Quantifier[0, (N - 1), (r[a] = b)]".replace("r[a]", "Index[r, a]")),
        ("f(exists t in T where p, q)", "Call[Quantifier[T, p, q]]"),
        ("f((exists t in T where p), q)", "Call[Quantifier[T, p], q]"),
        ("no t in T where a implies b, c", "Quantifier[T, (a implies b), c]"),
    ],
)
def test_trees(text: str, tree: str) -> None:
    assert grouped(expr(text)) == tree


def test_words_of_types_are_names_in_expressions() -> None:
    node = expr("forall b in bool, set(b) = s")
    assert isinstance(node, Quantifier)
    assert isinstance(node.domain, Name) and node.domain.name == "bool"


def test_membership_in_parentheses_is_a_list() -> None:
    node = expr("a in (s)")
    assert isinstance(node, Membership)
    assert node.values is not None and node.container is None and not node.negated


def test_every_node_knows_its_place() -> None:
    node = expr("(a  or b) and r[i].f = 10")
    assert isinstance(node, Binary)
    assert node.span[1:] == (1, 4, 1, 29)
    assert node.left.span[1:] == (1, 5, 1, 12)  # without its parentheses
    assert node.right.span[1:] == (1, 18, 1, 29)
    assert isinstance(node.right, Binary)
    assert node.right.left.span[1:] == (1, 18, 1, 24)
    assert node.right.right.span[1:] == (1, 27, 1, 29)


def test_places_in_an_expression_over_several_lines() -> None:
    node = expr("a or\n    b and\n  c")
    assert isinstance(node, Binary) and isinstance(node.right, Binary)
    assert node.span[1:] == (1, 4, 3, 4)
    assert node.right.span[1:] == (2, 5, 3, 4)
    assert node.right.right.span[1:] == (3, 3, 3, 4)


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("a < b < c", "SG303", 7),
        ("a = b in c", "SG303", 7),
        ("a in b = c", "SG303", 8),
        ("a $ b", "SG301", 3),
        ("ä", "SG301", 1),
        ("a == b", "SG305", 3),
        ("a && b", "SG305", 3),
        ("a || b", "SG305", 3),
        ("a => b", "SG305", 3),
        ("a -> b", "SG305", 3),
        ("a <> b", "SG305", 3),
        ("a <=> b", "SG305", 3),
        ("a := b", "SG305", 3),
        ("a * b", "SG305", 3),
        ("a' = b", "SG305", 2),
        ("set{a}", "SG305", 4),
        ("a /\\ b", "SG305", 3),
        ("a and", "SG302", 6),
        ("and a", "SG302", 1),
        ("a b", "SG302", 3),
        ("a and (b) c", "SG302", 11),
        ("(a", "SG302", 3),
        ("a)", "SG302", 2),
        ("r[", "SG302", 3),
        ("r[]", "SG302", 1),
        ("r[a", "SG302", 4),
        ("f(a,", "SG302", 5),
        ("f(,)", "SG302", 3),
        ("a.", "SG302", 3),
        ("a.1", "SG302", 3),
        ("a..b", "SG302", 2),
        ("a in 0..3", "SG302", 7),
        ("a not b", "SG302", 7),
        ("a in ()", "SG302", 7),
        ("--a", "SG302", 2),
        ("[a]", "SG302", 1),
        ("if a then b", "SG302", 12),
        ("if a", "SG302", 5),
        ("forall t in T", "SG302", 14),
        ("exists in T", "SG302", 8),
        ("exists t, u in T", "SG302", 9),
        ("exists t T", "SG302", 11),
        ("a + not b", "SG307", 5),
        ("a = exists t in T", "SG307", 5),
        ("a and if b then c else d", "SG307", 7),
        ("a = 1x", "SG306", 5),
        ("a = 0x10", "SG306", 5),
        ("a = 1234567890123", "SG306", 5),
    ],
)
def test_refused(text: str, code: str, column: int) -> None:
    found = Diagnostics()
    assert isinstance(parser.expression(scalar(text), found), Boolean)
    assert [(d.code, d.span and d.span.column) for d in found.items] == [(code, column + 3)]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a < b < c", "a < b and b < c"),
        ("a == b", "`=`"),
        ("a && b", "`and`"),
        ("!a", "`not`"),
        ("a ? b", "if c then a else b"),
        ("{a}", "set(a, b)"),
        ("[a]", "seq(a, b)"),
        ("exists s, t in T", "separated by spaces"),
        ("a = not b", "parentheses"),
        ("a b", "operator is missing"),
        ("a in 0..3", "0 <= x and x <= 3"),
        ("if a then b", "else"),
    ],
)
def test_advice(text: str, advice: str) -> None:
    help = parsed(text)[1][0].help
    assert help is not None and advice in help


def test_inside_braces_the_advice_is_block_form() -> None:
    found = Diagnostics()
    parser.expression(scalar("f(a", flow=True), found)
    assert found.items[0].help is not None and "block form" in found.items[0].help


@pytest.mark.parametrize("style", ["'", '"', "|", ">"])
def test_quoted_and_block_expressions_are_refused(style: str) -> None:
    found = Diagnostics()
    parser.expression(scalar("a", style=style), found)
    assert [d.code for d in found.items] == ["SG120"]


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("exists t in T where p and q", True),
        ("no t in T where p and q", True),
        ("(count t in T where p and q) = 1", True),
        ("exists t in T where (p) and q", True),
        ("exists t in T where (p and q)", False),
        ("exists t in T where p and q, r", False),
        ("exists t in T where p or q", False),
        ("exists t in T, p and q", False),
        ("(exists t in T where p) and q", False),
    ],
)
def test_an_and_behind_where_is_a_warning(text: str, warned: bool) -> None:
    found = parsed(text)[1]
    assert [(d.code, d.severity) for d in found] == ([("SG308", "warning")] if warned else [])


@pytest.mark.parametrize(
    "text",
    [
        "(" * 41 + "a" + ")" * 41,
        "not " * 200 + "a",
        "f(" * 5000 + "a" + ")" * 5000,
        "a[" * 5000 + "a" + "]" * 5000,
        "if a then " * 3000 + "a",
        "a implies " * 3000 + "a",
        "exists t in T, " * 3000 + "a",
        " and ".join(["a"] * 102),
        " + ".join(["a"] * 5000),
        "a" + ".f" * 5000,
        "a" + "[i]" * 5000,
        "a in (" + ", ".join(["b"] * 7000) + ")",  # wide, but longer than 20,000 characters
    ],
)
def test_depth_is_limited(text: str) -> None:
    assert [d.code for d in parsed(text)[1]] == ["SG304"]


@pytest.mark.parametrize("text", ["(" * 39 + "a" + ")" * 39, " and ".join(["a"] * 100)])
def test_depth_within_the_limit(text: str) -> None:
    assert not parsed(text)[1]


def test_wide_expressions_are_no_deep_ones() -> None:
    assert not parsed("a in (" + ", ".join(["b"] * 2000) + ")")[1]


def test_two_thousand_expressions_take_little_time() -> None:
    texts = ["ioucmd[g, t].queued != none implies ioucmd[g, t].state = held and not canceled[g]"] * 2000
    scalars = [scalar(text) for text in texts]
    found = Diagnostics()
    best = 1.0
    for _ in range(3):
        begun = time.process_time()
        for each in scalars:
            parser.expression(each, found)
        best = min(best, time.process_time() - begun)
    assert not found.items
    assert best < 0.4  # some 0.1 s when nothing else runs


# ---------------------------------------------------------------- types


@pytest.mark.parametrize(
    "text",
    [
        "bool",
        "0..3",
        "-1..N + 1",
        "enum a b c",
        "array Tag of bool",
        "array Server, 0..1 of array bool of Tag or null",
        "set of Tag",
        "sequence N + 1 of Tag",
        "Tag or null",
        "set of enum a b",
        "enum a b or null",
        "Tag",
    ],
)
def test_types(text: str) -> None:
    found = Diagnostics()
    written = declarations.type_expression(scalar(text), found)
    assert not found.items
    assert unparse.type_text(written) == text


@pytest.mark.parametrize(
    "text", ["bool = false", "enum a b = a", "array Tag of Slot", "Tag or null = null", "set of Tag = set(0)"]
)
def test_declarations(text: str) -> None:
    found = Diagnostics()
    written = declarations.declaration(scalar(text), found)
    assert not found.items
    assert unparse.declaration_text(written) == text
    assert written.span[1:] == (1, 4, 1, 4 + len(text))


def test_or_null_belongs_to_the_element() -> None:
    written = declarations.type_expression(scalar("array Tag of Tag or null"), Diagnostics())
    assert not isinstance(written, OptionalType)


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("enum", "SG302", 5),
        ("enum a, b", "SG302", 7),
        ("enum a no", "SG206", 8),
        ("enum a 1", "SG302", 8),
        ("array of bool", "SG302", 7),
        ("array Tag bool", "SG302", 11),
        ("set Tag", "SG302", 5),
        ("sequence of Tag", "SG302", 10),
        ("Tag or none", "SG302", 8),
        ("Tag or null or null", "SG302", 13),
        ("(bool)", "SG302", 1),
        ("1 + 2", "SG310", 1),
        ("true", "SG302", 1),
        ("bool false", "SG302", 6),
        ("0...3", "SG302", 4),
        ("bool = ", "SG302", 8),
        ("array bool of " * 60 + "bool", "SG304", None),
    ],
)
def test_refused_declarations(text: str, code: str, column: int | None) -> None:
    found = Diagnostics()
    declarations.declaration(scalar(text), found)
    assert [d.code for d in found.items] == [code]
    if column is not None:
        assert found.items[0].span is not None and found.items[0].span.column == column + 3


def test_a_type_takes_no_default() -> None:
    found = Diagnostics()
    declarations.type_expression(scalar("bool = false"), found)
    assert [d.code for d in found.items] == ["SG310"]


@pytest.mark.parametrize(("text", "typed"), [("1", False), ("-1", False), ("true", False), ("0..3 = 1", True)])
def test_constants(text: str, typed: bool) -> None:
    found = Diagnostics()
    declaration, value = declarations.constant(scalar(text), found)
    assert not found.items
    assert (declaration is not None) == typed
    assert value is not None


@pytest.mark.parametrize("text", ["0..3", "M", "M + 1", "1 1", "enum a b", "- -1", "true false"])
def test_refused_constants(text: str) -> None:
    found = Diagnostics()
    declarations.constant(scalar(text), found)
    assert next(d.code for d in found.items) in ("SG302", "SG310")
    assert len(found.items) == 1


# ---------------------------------------------------------------- heads and keys


def test_heads() -> None:
    found = Diagnostics()
    head = declarations.head(scalar("complete(g, t)"), found)
    assert head is not None and head[1] is not None
    assert (head[0].name, [name.name for name in head[1]]) == ("complete", ["g", "t"])
    assert head[1][1].span[1:] == (1, 16, 1, 17)
    plain = declarations.head(scalar("dying"), found)
    assert plain is not None and plain[1] is None
    assert not found.items


@pytest.mark.parametrize("text", ["f(", "f(a", "f(a b)", "f(1)", "f(a,)x", "if", "f(no)", "f.g", "1"])
def test_refused_heads(text: str) -> None:
    found = Diagnostics()
    assert declarations.head(scalar(text), found) is None
    assert len(found.items) == 1


def key(text: str) -> object:
    found = Diagnostics()
    result = declarations.effect_key(scalar(text, before=""), found)
    assert not found.items
    return result


def test_effect_keys() -> None:
    assert isinstance(key("if a and b"), IfKey)
    behind = key("else if a")
    assert isinstance(behind, IfKey) and behind.behind
    assert isinstance(key("else"), ElseKey)
    loop = key("for s t in 0..N - 1 where s != t")
    assert isinstance(loop, ForKey) and isinstance(loop.domain, RangeType) and loop.where is not None
    assert key("do") == WordKey("do")
    assert key("goto") == WordKey("goto")
    assert key("call") == WordKey("call")
    target = key("slot[q, t].cmd")
    assert isinstance(target, TargetKey)
    assert unparse.expression_text(target.target) == "slot[q, t].cmd"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("if", "SG302"),
        ("if a then b else c d", "SG302"),
        ("else a", "SG302"),
        ("for t in T, p", "SG302"),
        ("for t", "SG302"),
        ("a + 1", "SG309"),
        ("f(a)", "SG309"),
        ("f(a).b", "SG309"),
        ("a = b", "SG309"),
        ("do f(a)", "SG309"),
        ("goto idle", "SG309"),
        ("(a)", "SG302"),
        ("1", "SG302"),
        ("true", "SG302"),
    ],
)
def test_refused_effect_keys(text: str, code: str) -> None:
    found = Diagnostics()
    assert declarations.effect_key(scalar(text), found) is None
    assert [d.code for d in found.items] == [code]


def test_a_choice_in_a_condition_is_no_effect_key() -> None:
    meaning = key("if if a then b else c")
    assert isinstance(meaning, IfKey) and isinstance(meaning.condition, Conditional)
