"""The tests of the documents can fail, and bringing documents up to date keeps what it should."""

from __future__ import annotations

import pytest

from tests.docs import test_documents
from tests.docs.elision import NotFoundAgain, matches, refreshed
from tests.docs.markdown import Block, blocks, replaced
from tests.docs.sandbox import clone, commands, run
from tests.docs.test_documents import agreed, entry, write

PRINTED = ["head", "step 1  a.yaml:3", "step 2  a.yaml:5", "step 3  a.yaml:9", "", "3 verdicts, 0.4 s"]


@pytest.mark.parametrize(
    "shown",
    [
        PRINTED,
        [*PRINTED[:-1], "3 verdicts, 17.0 s"],
        ["...", *PRINTED],
        ["head", "...", "3 verdicts, 0.4 s"],
        ["...", "step 2  a.yaml:5", "...", "", "3 verdicts, 0.4 s"],
        ["head", "..."],
        ["..."],
    ],
)
def test_what_agrees(shown: list[str]) -> None:
    assert matches(shown, PRINTED)
    assert refreshed(shown, PRINTED) == shown


@pytest.mark.parametrize(
    "shown",
    [
        [],
        PRINTED[:-1],
        PRINTED[1:],
        [*PRINTED, ""],
        ["head", "...", "3 verdicts, 4 s"],
        ["step 1  a.yaml:3", "..."],
        ["...", "step 2  a.yaml:5"],
        ["...", "step 2  a.yaml:5", "...", "step 1  a.yaml:3", "..."],
        ["head", "step 1  a.yaml:3", "...", "step 1  a.yaml:3", "..."],
        ["...", "step 4  a.yaml:3", "..."],
    ],
)
def test_what_does_not_agree(shown: list[str]) -> None:
    assert not matches(shown, PRINTED)


def test_elisions_are_kept() -> None:
    now = ["head", "step 1  a.yaml:4", "step 2  b.yaml:1", "step 3  a.yaml:10", "", "12 verdicts, 0.9 s"]
    shown = ["head", "...", "step 3  a.yaml:9", "", "3 verdicts, 0.4 s"]
    assert refreshed(shown, now) == ["head", "...", *now[3:]]
    assert refreshed(["...", "step 1  a.yaml:3", "..."], now) == ["...", "step 1  a.yaml:4", "..."]
    assert refreshed(["head", "..."], now) == ["head", "..."]
    assert refreshed(PRINTED, now) == now


def test_times_alone_are_left_as_they_are() -> None:
    assert refreshed(PRINTED, ["other", *PRINTED[1:-1], "3 verdicts, 9.9 s"]) == ["other", *PRINTED[1:]]


def test_what_is_gone_is_not_guessed() -> None:
    with pytest.raises(NotFoundAgain):
        refreshed(["head", "...", "nothing like it", "...", "3 verdicts, 0.4 s"], PRINTED)


def test_blocks() -> None:
    content = "a\n```console\n$ x\ny\n```\nb\n```yaml f.yaml\nk: v\n```\n"
    first, second = blocks("a.md", content)
    assert first == Block("a.md", 0, 3, ("console",), ("$ x", "y"))
    assert second.info == ("yaml", "f.yaml")
    assert replaced(content, first, ["$ x", "z", "z"]) == content.replace("y\n`", "z\nz\n`")
    with pytest.raises(AssertionError, match="not closed"):
        blocks("a.md", "```text\n")


def test_an_error_is_not_written_over_a_result(monkeypatch) -> None:
    monkeypatch.setattr(test_documents, "WRITE", True)
    block = Block("a.md", 0, 3, ("console",), ())
    assert agreed(block, ["fine"], ["finer"]) == ["finer"]
    assert agreed(block, ["error[SG101]: no"], ["error[SG102]: no"]) == ["error[SG102]: no"]
    assert agreed(block, [], ["error[SG101]: no"]) == ["error[SG101]: no"]
    with pytest.raises(pytest.fail.Exception, match="left as it was"):
        agreed(block, ["fine"], ["error[SG101]: no"])


def test_a_difference_fails(monkeypatch) -> None:
    monkeypatch.setattr(test_documents, "WRITE", False)
    block = Block("a.md", 0, 3, ("console",), ())
    with pytest.raises(pytest.fail.Exception, match="is out of date"):
        agreed(block, ["fine"], ["finer"])


def test_a_block_is_written_where_it_is_by_then(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(test_documents, "ROOT", tmp_path)
    document = tmp_path / "a.md"
    document.write_text("```console\n$ x\n```\nmore\n```console\n$ y\nold\n```\n", encoding="utf-8")
    first, second = blocks("a.md", document.read_text(encoding="utf-8"))
    write(first, ["$ x", "one", "two"])
    write(second, ["$ y"])
    told = "```console\n$ x\none\ntwo\n```\nmore\n```console\n$ y\n```\n"
    assert document.read_text(encoding="utf-8") == told


def test_a_reader_gets_status_and_order(tmp_path) -> None:
    lines = ("$ echo a; echo b >&2; false", "$ echo $?", "$ specgen nothing \\", "    more", "$ echo $?")
    asked = [command for command, _ in commands(Block("a.md", 0, 1, ("console",), lines))]
    (both, status, wrong, code) = run(asked, clone(tmp_path))
    assert both == ["a", "b"]
    assert status == ["1"]
    assert wrong[0] == "specgen: there is no verb 'nothing'"
    assert code == ["3"]


def test_entries_of_a_spec() -> None:
    assert entry("tests/golden/revisions.yaml", "spec")[0] == "spec:"
    lines = entry("spec/examples/peterson.yaml", "processes/lock/steps/wait/guard")
    assert lines[0] == "guard:"
    assert lines[1].startswith("  my_turn: ")
    assert len(lines) == 2
    with pytest.raises(AssertionError, match="nothing called nowhere"):
        entry("spec/examples/peterson.yaml", "processes/nowhere")
