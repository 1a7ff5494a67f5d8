"""Mutants: what a file of them may say, which statement an edit means, and what it makes of it."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent, indent

import pytest

import specgen
from specgen.kernel import catalog_mutants, csource, edits, mutants
from specgen.language.catalog import Entry
from specgen.language.load import load as load_spec
from specgen.language.source import Source, SpecError

ROOT = Path(__file__).parents[3]
SPEC = ROOT / "spec" / "ublk.yaml"
PATH = "drivers/block/ublk_drv.c"
ENTRIES = [Entry(*row) for row in catalog_mutants.ENTRIES]

DRIVER = """\
#define PERIOD (5 * HZ)	/* how often */

static int start(struct device *dev)
{
	int ret = -EINVAL;

	lock(dev);
	if (test_bit(OPEN, &dev->state) ||
		dev->info.state != QUIESCED) {
		ret = -EBUSY;
		goto out;
	}
	for_each_queue(dev, q)
		q->flags = 0;
	dev->pid = 0;
	if (dev->old)
		put(dev->old, 1);
	switch (dev->mode) {
	case FETCH:
		if (dev->owned)
			goto out;
		break;
	case COMMIT:
		if (dev->owned)
			goto out;
		break;
	}
	ret = 0;
 out:
	unlock(dev);
	return ret;
}
"""


def document(edit, knobs="", mutant=""):
    """A file with one mutant, `m`, of one edit, in YAML."""
    head = "file: drivers/block/ublk_drv.c\n" + knobs + "mutants:\n"
    keys = "title: t\nfor: [6.1, 6.12]\ncorresponds: {property: p}\nvisible: {by: io, about: a}\n" + mutant
    listed = "- " + indent(dedent(edit).strip(), "  ").lstrip() + "\n"
    return head + "  m:\n" + indent(keys + "edits:\n" + listed, "    ")


def read(text):
    return mutants.read(Source("mutants.yaml", text))


def changed(edit, text=DRIVER, version="6.1"):
    return read(document(edit)).change(version, "m").apply({PATH: text})[PATH]


def difference(edit, text=DRIVER):
    """The lines that go and come, without indentation."""
    before, after = ([line.strip() for line in t.split("\n")] for t in (text, changed(edit, text)))
    while before and after and before[0] == after[0]:
        before, after = before[1:], after[1:]
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return before, after


def refused(text, version="6.1", widened=None):
    """What is said of the first thing that is wrong: code, message, help, notes."""
    with pytest.raises(SpecError) as caught:
        read(text).change(version, "m", widened).apply({PATH: DRIVER})
    first = caught.value.diagnostics[0]
    return first.code, first.message, first.help, [n.message for n in first.notes]


# ---------------------------------------------------------------- edits


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        ("{function: start, statement: {call: unlock}, remove: true}", ["unlock(dev);"], [";"]),
        ("{function: start, statement: {label: out}, remove: true}", ["unlock(dev);"], [";"]),
        ("{function: start, statement: {set: pid}, remove: true}", ["dev->pid = 0;"], [";"]),
        ("{function: start, statement: {set: ret, to: 0}, value: 1}", ["ret = 0;"], ["ret = 1;"]),
        ("{function: start, statement: {set: ret, to: EINVAL}, value: 1}", ["int ret = -EINVAL;"], ["int ret = 1;"]),
        ("{function: start, statement: {return: ret}, value: $old + 1}", ["return ret;"], ["return ret + 1;"]),
        ("{function: start, statement: {if: old}, condition: 'false'}", ["if (dev->old)"], ["if (false)"]),
        ("{function: start, statement: {if: old}, condition: '!($old)'}", ["if (dev->old)"], ["if (!(dev->old))"]),
        (
            "{function: start, statement: {if: OPEN}, without: OPEN}",
            ["if (test_bit(OPEN, &dev->state) ||", "dev->info.state != QUIESCED) {"],
            ["if (dev->info.state != QUIESCED) {"],
        ),
        (
            "{function: start, statement: {if: OPEN}, without: [dev, QUIESCED]}",
            ["if (test_bit(OPEN, &dev->state) ||", "dev->info.state != QUIESCED) {"],
            ["if (test_bit(OPEN, &dev->state)) {"],
        ),
        (
            "{function: start, statement: {call: put, with: old}, argument: 2, value: $old + 1}",
            ["put(dev->old, 1);"],
            ["put(dev->old, 1 + 1);"],
        ),
        ("{function: start, statement: {call: lock}, before: 'a();'}", [], ["a();"]),
        ("{function: start, statement: {call: lock}, after: 'a();'}", [], ["a();"]),
        ("{function: start, statement: {call: lock}, replace: 'a();'}", ["lock(dev);"], ["a();"]),
        ("{function: start, statement: {call: put}, before: 'a();'}", ["put(dev->old, 1);"], ["{ a();", "put(dev->old, 1); }"]),
        ("{function: start, statement: {call: unlock}, before: 'a();'}", [], ["a();"]),
        ("{function: start, statement: {each: for_each_queue, with: q}, remove: true}",
         ["for_each_queue(dev, q)", "q->flags = 0;"], [";"]),
        ("{function: start, statement: {goto: out, in: {case: COMMIT}}, replace: 'break;'}", ["goto out;"], ["break;"]),
        ("{function: start, statement: {if: owned, in: {case: FETCH}}, condition: 0}", ["if (dev->owned)"], ["if (0)"]),
        ("{function: start, statement: {switch: mode}, condition: 1}", ["switch (dev->mode) {"], ["switch (1) {"]),
        ("{define: PERIOD, value: $old / 2}", ["#define PERIOD (5 * HZ)\t/* how often */"],
         ["#define PERIOD (5 * HZ) / 2\t/* how often */"]),
    ],
)  # fmt: skip
def test_an_edit_changes_what_it_names_and_nothing_else(edit, before, after):
    assert difference(edit) == (before, after)


def test_a_line_that_moves_and_another_layout_do_not_matter():
    edit = "{function: start, statement: {if: OPEN}, without: OPEN}"
    moved = "\n\n/* more */\n" + DRIVER.replace("||\n\t\tdev", "|| /* or */ dev").replace(
        "start(struct", "start( struct"
    )
    assert "test_bit" in moved
    assert "if (dev->info.state != QUIESCED) {" in changed(edit, moved)


def test_code_of_several_lines_is_indented():
    edit = "function: start\nstatement: {call: put}\nafter: |\n  if (a)\n  \tb();\n"
    assert "\t\t{ put(dev->old, 1);\n\t\tif (a)\n\t\t\tb(); }\n" in changed(edit)


def test_edits_are_made_one_after_another():
    first = "{function: start, statement: {call: lock}, after: 'a();'}"
    second = "{function: start, statement: {call: a}, after: 'b();'}"
    text = document(first) + f"    - {second}\n"
    assert "\tlock(dev);\n\ta();\n\tb();\n" in read(text).change("6.1", "m").apply({PATH: DRIVER})[PATH]


def test_stubs_are_told_apart_by_what_is_in_them():
    stub = "#ifdef NO\nstatic int start(struct device *dev) { return 0; }\n#else\n" + DRIVER + "#endif\n"
    assert "\tnone(dev);\n" in changed("{function: start, statement: {call: lock}, replace: 'none(dev);'}", stub)


MISSING = [
    ("{file: fs/none.c, function: f, statement: {if: a}, remove: true}", "SG1063", "no fs/none.c"),
    ("{function: strat, statement: {if: a}, remove: true}", "SG1063", "no function strat"),
    ("{define: PERIODS, value: 1}", "SG1063", "no macro PERIODS"),
    ("{function: start, statement: {while: a}, remove: true}", "SG1064", "no statement"),
    ("{function: start, statement: {if: owned, in: {case: NONE}}, remove: true}", "SG1064", "no statement"),
    ("{function: start, statement: {set: ret}, remove: true}", "SG1065", "3 statements"),
    ("{function: start, statement: {if: old}, without: old}", "SG1066", "no operand"),
    ("{function: start, statement: {set: pid}, condition: 1}", "SG1066", "only `if`"),
    ("{function: start, statement: {call: put}, value: 1}", "SG1066", "2 arguments"),
    ("{function: start, statement: {call: put}, argument: 3, value: 1}", "SG1066", "2 arguments"),
    ("{function: start, statement: {goto: out, in: {case: FETCH}}, value: 1}", "SG1066", "no value"),
    ("{function: start, statement: {case: FETCH}, before: 'a();'}", "SG1066", "before a case"),
    ("{function: start, statement: {goto: out, in: {case: FETCH}}, without: a}", "SG1066", "has a"),
]


@pytest.mark.parametrize(("edit", "code", "said"), MISSING)
def test_an_edit_that_does_not_fit(edit, code, said):
    found, message, _, _ = refused(document(edit))
    assert (found, said in message) == (code, True)


def test_what_was_found_instead_is_listed():
    _, message, help, notes = refused(document("{function: start, statement: {call: [free]}, remove: true}"))
    assert message == f"no statement of start of {PATH} is `call free`"
    assert help == "it has 3 statements of the kind `call`"
    assert notes == ["line 7: lock(dev);", "line 17: put(dev->old, 1);", "line 30: unlock(dev);"]
    _, message, help, notes = refused(document("{function: start, statement: {if: owned}, remove: true}"))
    assert message == f"2 statements of start of {PATH} are `if owned`"
    assert "`in`" in help
    assert notes == ["line 20: if (dev->owned) goto out;", "line 24: if (dev->owned) goto out;"]
    assert refused(document("{function: strat, statement: {if: a}, remove: true}"))[2] == "did you mean 'start'?"


def test_a_long_list_is_cut():
    calls = "static void many(void)\n{\n" + "".join(f"\tf{n}({'x' * 90});\n" for n in range(9)) + "}\n"
    with pytest.raises(SpecError) as caught:
        changed("{function: many, statement: {call: f}, remove: true}", calls)
    notes = [n.message for n in caught.value.diagnostics[0].notes]
    assert len(notes) == edits.SHOWN + 1
    assert notes[-1] == "and 3 more"
    assert notes[0].endswith("...")


def test_a_macro_defined_twice_is_ambiguous():
    twice = "#ifdef A\n#define P 1\n#else\n#define P 2\n#endif\n"
    with pytest.raises(SpecError, match=r"SG1065 .* 2 times: lines 2, 4"):
        changed("{define: P, value: 3}", twice)


# ---------------------------------------------------------------- the file


KNOB = """\
widen:
  wait_ms:
    title: t
    for: [6.1]
    default: 20
    edits:
      - function: start
        statement: {call: lock}
        before: msleep($ms);
"""
EDIT = "{function: start, statement: {call: unlock}, remove: true}"


def test_a_knob_is_turned_apart_from_a_fault():
    found = read(document(EDIT, KNOB))
    stock = found.change("6.1", widened={"wait_ms": 7}).apply({PATH: DRIVER})[PATH]
    assert stock == DRIVER.replace("\tlock(dev);", "\tmsleep(7);\n\tlock(dev);")
    both = found.change("6.1", "m", {"wait_ms": 7}).apply({PATH: DRIVER})[PATH]
    assert both == stock.replace("unlock(dev)", "")
    assert found.change("6.1", "m").key != found.change("6.1", "m", {"wait_ms": 7}).key
    assert found.change("6.1", "m", {"wait_ms": 8}).key != found.change("6.1", "m", {"wait_ms": 7}).key
    assert found.change("6.1") == found.change("6.1", "", {})
    assert found.change("6.1").files == ()
    assert found.change("6.1", "m").files == (PATH,)


def test_the_key_does_not_know_where_an_edit_is_written():
    assert read(document(EDIT)).change("6.1", "m").key == read("\n\n" + document(EDIT)).change("6.12.3", "m").key


def test_a_mutant_of_mutants_has_their_edits():
    more = """\
  n:
    title: t
    for: [6.1]
    of: m
    corresponds: {revision: r}
    visible: {by: [kasan, io], about: a}
    widen: {wait_ms: 30}
    edits:
      - {function: start, statement: {set: pid}, remove: true}
"""
    found = read(document(EDIT, KNOB) + more)
    assert list(found) == ["m", "n"]
    both = found["n"]
    assert (both.parts, both.revision, both.property, both.signs) == (("m",), "r", "", ("kasan", "io"))
    assert dict(both.widen) == {"wait_ms": 30}
    assert [str(e) for e in both.edits] == ["remove call unlock", "remove set pid"]
    assert len(found.change("6.1", "n").edits) == 2  # knobs are not turned by themselves


def test_an_edit_for_one_version():
    edit = "{for: [6.12], function: start, statement: {call: unlock}, remove: true}"
    text = document(edit) + "    - {for: [6.1], function: start, statement: {set: pid}, remove: true}\n"
    found = read(text)
    assert [str(e) for e in found.change("6.12.117-1", "m").edits] == ["remove call unlock"]
    assert [str(e) for e in found.change("6.1.192", "m").edits] == ["remove set pid"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (document(EDIT).replace("mutants:", "mutant:"), "SG202", "no key 'mutant'"),
        ("[]", "SG105", "mapping"),
        ("mutants: []", "SG204", "mutants by name"),
        ("mutants:\n  m: {}\n", "SG203", "`title:`"),
        (document(EDIT).replace("  m:", "  M m:"), "SG205", "'M m'"),
        (document(EDIT).replace("[6.1, 6.12]", "[six]"), "SG1061", "'six'"),
        (document(EDIT).replace("by: io", "by: smell"), "SG1061", "'smell'"),
        (document(EDIT).replace("drivers/block", "../drivers"), "SG1061", "path"),
        (document(EDIT).replace("file: drivers/block/ublk_drv.c\n", ""), "SG203", "`file:`"),
        (document(EDIT, mutant="of: [n]\n"), "SG1062", "'n'"),
        (document(EDIT, mutant="widen: {wait_ms: 1}\n"), "SG1062", "'wait_ms'"),
        (document(EDIT, KNOB, "widen: {wait_ms: 1}\n"), "SG1067", "6.12"),
        (document(EDIT, KNOB.replace("msleep($ms)", "msleep(1)")), "SG1061", "value"),
        (document(EDIT, KNOB.replace("20", "60001")), "SG1068", "60,001"),
        (document("{function: f, statement: {call: a}, before: 'm($ms);'}"), "SG1061", "only a knob"),
        (document("{function: f, statement: {call: a}}"), "SG1061", "what it does"),
        (document("{function: f, statement: {call: a}, remove: true, value: 1}"), "SG1061", "`remove` and `value`"),
        (document("{function: f, statement: {call: a}, remove: false}"), "SG1061", "`true`"),
        (document("{function: f, statement: {call: a, if: b}, remove: true}"), "SG1061", "`if` and `call`"),
        (document("{function: f, statement: {with: a}, remove: true}"), "SG1061", "what kind"),
        (document("{function: f, statement: {if: a, to: b}, remove: true}"), "SG1061", "goes with `set`"),
        (document("{function: f, statement: {if: a->b}, remove: true}"), "SG1061", "identifier"),
        (document("{function: f, remove: true}"), "SG1061", "names a `statement:`"),
        (document("{define: F, statement: {if: a}, value: 1}"), "SG1061", "has no `statement:`"),
        (document("{define: F, remove: true}"), "SG1061", "a macro has no"),
        (document("{statement: {if: a}, remove: true}"), "SG1061", "where"),
        (document("{function: f, define: G, statement: {if: a}, value: 1}"), "SG1061", "`function` and `define`"),
        (document("{function: f, statement: {call: a}, argument: 1, remove: true}"), "SG1061", "argument"),
        (document("{function: f, statement: {call: a}, argument: x, value: 1}"), "SG1061", "'x'"),
        (document("{for: [5.4], function: f, statement: {call: a}, remove: true}"), "SG1067", "5.4"),
        (document("x"), "SG204", "edit"),
        (document(EDIT).split("    edits:")[0], "SG1061", "changes nothing"),
    ],
)
def test_a_file_that_is_wrong(text, code, said):
    found, message, _, _ = refused(text)
    assert (found, said in message) == (code, True)


def test_what_is_asked_for_must_be_there():
    found = read(document(EDIT, KNOB))
    for arguments, code in [
        (("6.1", "n"), "SG1062"),
        (("5.4", "m"), "SG1067"),
        (("6.1", "m", {"wait": 1}), "SG1062"),
        (("6.12", "m", {"wait_ms": 1}), "SG1067"),
        (("6.1", "m", {"wait_ms": -1}), "SG1068"),
        (("6.1", "m", {"wait_ms": 60_001}), "SG1068"),
    ]:
        with pytest.raises(SpecError, match=code):
            found.change(*arguments)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(SpecError, match="SG101"):
        mutants.load(tmp_path / "none.yaml")
    (tmp_path / "m.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(SpecError):
        mutants.load(tmp_path / "m.yaml")
    (tmp_path / "m.yaml").write_text(document(EDIT), encoding="utf-8")
    assert list(mutants.load(tmp_path / "m.yaml")) == ["m"]


# ---------------------------------------------------------------- codes


def by_code(test):
    return pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)(test)


def test_every_code_has_a_text_and_every_text_a_code():
    package = Path(specgen.__file__).parent / "kernel"
    files = [package / "edits.py", package / "mutants.py"]
    used = {code for path in files for code in re.findall(r'"(SG10\d\d)"', path.read_text(encoding="utf-8"))}
    assert sorted(used) == [entry.code for entry in ENTRIES]


def codes(text):
    try:
        found = read(text)
        for name in found:
            found.change("6.1", name, {k: found.knobs[k].default for k in found.knobs}).apply(
                {PATH: catalog_mutants.SOURCE}
            )
    except SpecError as error:
        return {d.code for d in error.diagnostics}
    return set()


@by_code
def test_examples(entry):
    assert codes(entry.mistake) == {entry.code}
    assert codes(entry.mend) == set()
    assert entry.text.endswith(".")


# ---------------------------------------------------------------- the mutants of ublk


@pytest.fixture(scope="module")
def ublk():
    return mutants.load(ROOT / "spec" / "ublk" / "mutants.yaml")


def test_the_mutants_of_ublk_say_what_they_correspond_to(ublk):
    documents = load_spec(str(SPEC)).documents
    text = "".join(p.read_text(encoding="utf-8") for p in (SPEC, *SPEC.with_suffix("").glob("v*.yaml")))
    text += (SPEC.with_suffix("") / "2022-08.yaml").read_text(encoding="utf-8")
    for mutant in ublk.values():
        assert bool(mutant.revision) != bool(mutant.property), mutant.name
        assert not mutant.revision or mutant.revision in documents, mutant.name
        assert not mutant.property or re.search(rf"^\s+{re.escape(mutant.property)}:", text, re.MULTILINE), mutant.name
        assert mutant.signs and mutant.visible
        assert mutant.signs == ("nothing",) or "nothing" not in mutant.signs


def test_no_two_mutants_of_ublk_are_the_same(ublk):
    for version in ("6.1", "6.12"):
        keys = [ublk.change(version, name).key for name, m in ublk.items() if version in m.versions]
        assert len(set(keys)) == len(keys) > 20
    assert all(ublk.change(v, name).edits for name, m in ublk.items() for v in m.versions)
    assert all(ublk.change(v, "", {name: 1}).edits for name, k in ublk.knobs.items() for v in k.versions)


def test_no_text_of_the_kernel_is_copied(ublk):
    """Statements are told by words; code that is put in is short, and our own."""
    code = [e.code for m in ublk.values() for e in m.edits]
    assert all(len(csource.parse(c).tokens) < 70 for c in code)
