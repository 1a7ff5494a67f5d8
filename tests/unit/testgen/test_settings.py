"""The section `generate` of a spec, and what is wrong with it."""

from __future__ import annotations

import pytest

from specgen.language.source import SpecError
from specgen.testgen.catalog import SPEC
from specgen.testgen.settings import USUAL, read, usual

from ..frontend import workspace

BODY = SPEC.split("\n", 2)[2]
HEAD = "spec:\n  name: lock\n"
REVISIONS = "revisions:\n  v1: {title: one}\n  v2: {title: two}\n  other: {title: three}\n"


def entries(path, section, more=REVISIONS):
    return read(workspace(path, HEAD + BODY + more + section), ("pytest", "other"))


def wrong(path, section, more=REVISIONS):
    with pytest.raises(SpecError) as caught:
        entries(path, section, more)
    return [(d.code, d.span.source.line(d.span.line)[d.span.column - 1 :], d.help or "") for d in caught.value.diagnostics]


def test_without_a_section_there_is_no_entry_but_a_usual_one(tmp_path):
    assert entries(tmp_path, "") == ()
    made = usual(workspace(tmp_path, HEAD + BODY + REVISIONS), "pytest")
    assert (made.name, made.target, made.directory, made.adapter) == ("", "pytest", "", "mine")
    assert made.chosen == tuple((name, USUAL) for name in ("v1", "v2", "other"))
    assert usual(workspace(tmp_path, HEAD + BODY), "pytest").chosen == (("base", USUAL),)


def test_an_entry_with_everything(tmp_path):
    section = """\
generate:
  nightly:
    target: other
    directory: ../out
    adapter: driver
    constants: {N: 2}
    suites:
      - revisions: ["v*"]
        criteria: [pairs, covers]
      - revisions: v2
        criteria: [ends, covers]
"""
    (entry,) = entries(tmp_path, section, "constants:\n  N: 1..3 = 1\n" + REVISIONS)
    assert (entry.name, entry.target, entry.directory, entry.adapter) == ("nightly", "other", "../out", "driver")
    assert entry.constants == (("N", "2"),)
    # in the order of the spec and of the criteria, a revision's lists united
    assert entry.chosen == (("v1", ("covers", "pairs")), ("v2", ("covers", "pairs", "ends")))


def test_what_is_left_out_has_its_usual_value(tmp_path):
    (entry,) = entries(tmp_path, "generate:\n  pytest:\n    directory: out\n")
    assert (entry.target, entry.adapter, entry.constants) == ("pytest", "mine", ())
    assert entry.chosen == tuple((name, USUAL) for name in ("v1", "v2", "other"))
    section = "generate:\n  pytest:\n    directory: out\n    suites:\n      - criteria: covers\n"
    assert entries(tmp_path, section)[0].chosen == tuple((name, ("covers",)) for name in ("v1", "v2", "other"))


@pytest.mark.parametrize(
    ("section", "code", "at", "advice"),
    [
        ("  pytset: {directory: a}\n", "SG901", "pytset: {directory: a}", "did you mean 'pytest'?"),
        ("  a:\n    target: pytset\n    directory: a\n", "SG901", "pytset", "did you mean 'pytest'?"),
        ("  pytest: {adapter: a}\n", "SG203", "pytest: {adapter: a}", "directory: ../generated_tests"),
        ("  pytest: {directory: a, adaptor: b}\n", "SG202", "adaptor: b}", "did you mean 'adapter'?"),
        ("  pytest: 5\n", "SG204", "5", ""),
        ("  pytest:\n", "SG208", "", ""),
        ("  pytest: {directory: /a}\n", "SG903", "/a}", "directory: ../"),
        ("  pytest: {directory: ~/a}\n", "SG903", "~/a}", ""),
        ("  pytest: {directory: [a]}\n", "SG204", "[a]}", ""),
        ("  pytest: {directory: a, adapter: my-driver}\n", "SG904", "my-driver}", "Python module"),
        ("  pytest: {directory: a, adapter: class}\n", "SG904", "class}", ""),
        ("  pytest: {directory: a, adapter: interpreter}\n", "SG904", "interpreter}", ""),
        ("  pytest: {directory: a, adapter: ../x}\n", "SG904", "../x}", ""),
        ("  pytest: {directory: a, constants: {M: 2}}\n", "SG906", "M: 2}}", "its constants are N"),
        ("  pytest: {directory: a, constants: {N: 9}}\n", "SG906", "9}}", ""),
        ("  pytest: {directory: a, constants: {N: two}}\n", "SG906", "two}}", ""),
        ("  pytest:\n    directory: a\n    suites:\n      - revisions: [otter]\n", "SG905", "otter]", "did you mean"),
        ("  pytest:\n    directory: a\n    suites:\n      - revisions: ['w*']\n", "SG905", "'w*']", "v1, v2, other"),
        ("  pytest:\n    directory: a\n    suites:\n      - criteria: [cover]\n", "SG902", "cover]", "did you mean"),
        ("  pytest:\n    directory: a\n    suites:\n      - criterion: [pairs]\n", "SG202", "criterion: [pairs]", "did you mean 'criteria'?"),
        ("  pytest: {directory: a}\n  other: {directory: b/../a}\n", "SG907", "other: {directory: b/../a}", "of its own"),
    ],
)
def test_mistakes_are_told_where_they_are(tmp_path, section, code, at, advice):
    found = wrong(tmp_path, "generate:\n" + section, "constants:\n  N: 1..3 = 1\n" + REVISIONS)
    assert len(found) == 1
    assert (found[0][0], found[0][1]) == (code, at)
    assert advice in found[0][2]


def test_mistakes_come_all_at_once(tmp_path):
    section = "generate:\n  pytest: {directory: /a, adapter: b-c, colour: red}\n  spam: {directory: d}\n"
    assert [code for code, _, _ in wrong(tmp_path, section)] == ["SG202", "SG903", "SG904", "SG901"]


def test_a_revision_cannot_change_the_section(tmp_path):
    more = "revisions:\n  v1: {title: one}\n  v2:\n    change:\n      generate.pytest: {directory: b}\n"
    ((code, at, advice),) = wrong(tmp_path, "generate:\n  pytest: {directory: a}\n", more)
    assert (code, at) == ("SG908", "v2:")
    assert "suites" in advice


def test_an_included_file_may_have_the_section(tmp_path):
    (tmp_path / "more.yaml").write_text("generate:\n  pytest: {directory: a, colour: red}\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        entries(tmp_path, "include:\n  - more.yaml\n")
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == ("SG202", 2)
    assert found.span.source.path.endswith("more.yaml")
