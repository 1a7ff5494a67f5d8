"""C as kernels have it: what macros, configurations and old habits do to a parser must not hide a function."""

from __future__ import annotations

import random
from textwrap import dedent

import pytest

from specgen.kernel import csource
from specgen.kernel.csource import Range, ancestors, parse


def source(text):
    return parse(dedent(text), "a.c")


def names(text):
    return [f.name for f in source(text).functions]


def body(statements, head="void f(void)"):
    found = source(f"{head}\n{{\n{statements}\n}}\n")
    (function,) = found.functions
    return found, function.body


def shown(found, places):
    return [found.shown(Range(p.start, p.end)) for p in places]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("int f(void) { return 1; }", ["f"]),
        ("int f(void);\nstatic struct x *g(struct x *a) { }", ["g"]),
        ("static __cold void f(struct work *w)\n{ }", ["f"]),
        ("void f(void) __acquires(&lock)\n{ }", ["f"]),
        ("void f(void) __held_by_nobody(&lock)\n{ }", ["f"]),
        ("static inline void __must_hold(&c->l) f(void) { }", ["f"]),
        ("int __init __attribute__((noinline)) f(int a[static 2]) { }", ["f"]),
        ("static int (*handler(int n))(void)\n{ }", ["handler"]),
        ("int old(a, b)\n\tint a;\n\tchar *b;\n{ return a; }\nint next(void) { }", ["old", "next"]),
        ("main()\n{ }", ["main"]),
        ("int PUT(int c) { }", ["PUT"]),
        ("EXPORT_SYMBOL(a)\nint f(void)\n{ }", ["f"]),
        ("SYSCALL_DEFINE2(f, int, a, struct x __user *, b)\n{ }", ["SYSCALL_DEFINE2(f)"]),
        ("static int f(int a) { }\nSYSCALL_DEFINE1(f, int, a) { return f(a); }", ["f", "SYSCALL_DEFINE1(f)"]),
        ("TEST_F(recovery, kill)\n{ }\nTEST_HARNESS_MAIN\n", ["TEST_F(recovery, kill)"]),
        ("#ifdef A\nint f(void) { return 1; }\n#else\nint f(void) { return 0; }\n#endif\n", ["f", "f"]),
        ("#define each(x) for (;;) {\nint f(void) { }", ["f"]),
        ("#define M(a) \\\n\tint a(void) \\\n\t{ return 1; }\nM(x)\nint f(void) { }", ["f"]),
        ("struct x { int (*open)(void); } y = { .open = f, };\nint f(void) { }", ["f"]),
        ("struct x {\n\tint a;\n} __aligned(8);\nint f(void) { }", ["f"]),
        ("static const struct ops o = {\n\t.f = f(1),\n};\nint f(void) { }", ["f"]),
        ("enum a { B = F(1), };\nunion u { int a; };\nint f(void) { }", ["f"]),
        ('char *s = "{ int no(void) {";\n/* int no(void) { */\n// int no(void) {\nint f(void) { }', ["f"]),
        ("int f(void)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t}\n}\nint g(void) { }", ["f", "g"]),
        ("int f(void)\n{\n#ifdef A\n\tg(1,\n#else\n\tg(2,\n#endif\n\t  3);\n}\nint h(void) { }", ["f", "h"]),
        ("#ifdef A\nint f(int a)\n#else\nint f(long a)\n#endif\n{ }\nint g(void) { }", ["f", "g"]),
        ("#if A\nstruct a\n#endif\n{ int b; };\nint f(void) { }", ["f"]),
        ("int f(int a) /* { */ // {\n{ char c = '{', d = '\\''; }\nint g(void) { }", ["f", "g"]),
        ("#if A /* begins\nint no(void) { */\n#endif\nint f(void) { }", ["f"]),
        ("", []),
        ("{{{", []),
        ("}}}} int f(void) { }", ["f"]),
        ("int f(void) {", []),
        ("int f(void) { ((( }\nint g(void) { }", ["f", "g"]),
    ],
)
def test_functions(text, found):
    assert names(text) == found


def test_what_one_function_hides_does_not_hide_the_next():
    found = source("void f(void) { if ( ] while }\nint g(int a)\n{\n\treturn a;\n}\n")
    broken, good = found.functions
    assert broken.body.errors
    assert not good.body.errors
    assert [s.kind for s in good.body.statements] == ["block", "return"]
    assert good.line == 2
    assert found.text[good.range.start : good.range.end] == "int g(int a)\n{\n\treturn a;\n}"


def test_stubs_are_two_definitions_of_one_name():
    text = "#ifdef A\nint f(void) { return g(); }\n#else\nint f(void) { return 0; }\n#endif\nint h(void) { }\n"
    assert [f.line for f in source(text).named("f")] == [2, 4]
    assert source(text).named("nobody") == ()


def test_streams_know_no_comments_and_no_layout():
    one = "static int f(int a)\n{\n\treturn a->b + 0x1F; /* why */\n}\n"
    two = "static int\nf(int a) // who\n{ return a -> b\n+ 0x1F; }"
    other = one.replace("0x1F", "0x1E")
    streams = [source(text).functions[0].stream for text in (one, two, other)]
    assert streams[0] == streams[1] != streams[2]
    assert streams[0] == tuple("static int f ( int a ) { return a -> b + 0x1F ; }".split())


def test_a_directive_is_one_token_of_the_stream():
    (function,) = source("int f(void)\n{\n#ifdef  A \\\n  B\n\ta();\n#endif\n}\n").functions
    assert "#ifdef A \\ B" in function.stream


def test_a_comment_before_a_hash_does_not_hide_a_directive():
    assert names("/* a */ #define X {\nint f(void) { }") == ["f"]


def test_statements_and_what_they_stand_in():
    found, read = body(
        """
        if (unlikely(a)) {
            b();
            return -EIO;
        } else
            c = 1;
        while (d) ;
        do { e(); } while (f);
        for (int i = 0; i < 3; i++) g(i);
        switch (h) {
        case A: i(); break;
        default: goto out;
        }
        int z = 0;
    out:
        j();
        return;
        """
    )
    assert [s.kind for s in read.statements] == (
        "block if block expression return expression while expression do block expression for expression switch block "
        "case expression break case goto declaration label expression return"
    ).split()
    heads = {s.kind: found.shown(s.head) for s in read.statements if s.head and s.kind not in ("expression", "return")}
    assert heads == {
        "if": "unlikely(a)", "while": "d", "do": "f", "for": "int i = 0; i < 3; i++", "switch": "h", "case": "A",
        "goto": "out", "label": "out",
    }  # fmt: skip
    call = next(s for s in read.statements if s.kind == "expression")
    assert [s.kind for s in ancestors(read, call)] == ["block", "if", "block"]
    assert call.line == found.text[: call.start].count("\n") + 1
    assert [found.shown(c) for c in read.conditions] == ["unlikely(a)", "d", "f", "i < 3", "h"]


def test_expressions():
    found, read = body("a->state |= f(b, g(c, (d, e))) ? 1 : 2; x++; int y = ops->open(z); (*fn)(1); WRITE_ONCE(p, q);")
    assert [(c.name, [found.shown(a) for a in c.arguments]) for c in read.calls] == [
        ("f", ["b", "g(c, (d, e))"]), ("g", ["c", "(d, e)"]), ("open", ["z"]), ("WRITE_ONCE", ["p", "q"]),
    ]  # fmt: skip
    assert [(found.shown(w.target), w.operator, w.value and found.shown(w.value), w.declares) for w in read.writes] == [
        ("a->state", "|=", "f(b, g(c, (d, e))) ? 1 : 2", False),
        ("x", "++", None, False),
        ("y", "=", "ops->open(z)", True),
    ]
    assert shown(found, read.conditions) == ["f(b, g(c, (d, e)))"]


def test_operands_know_the_other_side():
    found, read = body("if (a && (b || c(d))) ;")
    assert [(found.shown(Range(o.start, o.end)), found.shown(o.other)) for o in read.operands] == [
        ("a", "(b || c(d))"), ("(b || c(d))", "a"), ("b", "c(d)"), ("c(d)", "b"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("for_each_cpu(i)\n{ a(); }", ["macro", "block", "expression"]),
        ("for_each_cpu(i) a();", ["macro", "expression"]),
        ("list_for_each_entry_safe(a, b, &c->list, node) if (a) return;", ["macro", "if", "return"]),
        ("if (x) for_each_cpu(i) a(); else b();", ["if", "macro", "expression", "expression"]),
        ("scoped_guard(mutex, &m->lock) { a(); }", ["macro", "block", "expression"]),
        ("guard(rcu)();\na();", ["expression", "expression"]),
        ("fallthrough;", ["expression"]),
        ("struct x *a = container_of(w, struct x, work);", ["declaration"]),
        ("const unsigned n = min_t(unsigned int, a, b);", ["declaration"]),
        ("x = list_entry(a, const struct y *, z);", ["expression"]),
        ("void __user *argp = (void __user *)(unsigned long)h->addr;", ["declaration"]),
        ("a = sizeof(struct x); b = offsetof(struct x, y);", ["expression", "expression"]),
    ],
)
def test_macros_that_no_parser_knows(text, kinds):
    _, read = body(text)
    assert [s.kind for s in read.statements[1:]] == kinds
    assert not read.errors


def test_what_is_covered_up_for_the_parser_is_shown_as_it_is():
    found, read = body(
        'for_each_rq(struct x *, r) { a(container_of(w, struct y, z)); /* \u00e9\u4e2d */ b("\u00e9"); }'
    )
    assert read.statements[1].name == "for_each_rq"
    assert [found.shown(a) for c in read.calls for a in c.arguments] == [
        "container_of(w, struct y, z)", "w", "struct y", "z", '"\u00e9"',
    ]  # fmt: skip


def test_macros_with_a_value():
    found = source("#define A 1 /* one */\n#define F(x) 2\n# define B \\\n  (A + 1)\n#define EMPTY\n#undef A\n")
    assert [(d.name, found.text[d.start : d.end]) for d in found.defines] == [
        ("A", "1"),
        ("B", "(A + 1)"),
        ("EMPTY", ""),
    ]


def test_brackets_without_end_are_bounded():
    _, read = body("a = " + "(" * 5000 + "1" + ")" * 5000 + ";")
    assert read.errors


def test_a_text_too_large_is_refused():
    with pytest.raises(ValueError, match="more than 8 MiB"):
        parse("x" * (csource.LARGEST + 1), "big.c")


WHOLE = """\
#ifdef CONFIG_A
static int f(struct a *a, int b)
{
	struct x *x = container_of(a, struct x, a);	/* why */

	if (b && x->c("s\\n", '"'))
		goto out;
	for_each_thing(x)
		x->d |= b ? 1 : 2;
out:
	return g(x);
}
#else
static inline int f(struct a *a) { return 0; }
#endif
SYSCALL_DEFINE1(g, int, a) { switch (a) { case 1: return 2; } }
"""


def test_no_text_is_an_error():
    random.seed(7)
    pieces = [
        "{",
        "}",
        "(",
        ")",
        '"',
        "'",
        "/*",
        "*/",
        "\\\n",
        "#if\n",
        "#else\n",
        "\n#endif\n",
        ";",
        "\0",
        "\u4e2d",
        "if",
    ]
    for _ in range(400):
        text = WHOLE
        for _ in range(random.randint(1, 6)):
            at = random.randrange(len(text))
            text = text[:at] + random.choice(pieces) * random.randint(0, 3) + text[at + random.randint(0, 9) :]
        found = parse(text)
        for function in found.functions:
            read = function.body
            assert all(function.range.holds(s) for s in read.statements)
            assert function.stream
        assert all(text[t.start : t.end].rstrip() == t.text for t in found.tokens)
