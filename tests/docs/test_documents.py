"""The documents tell the truth: commands print what is shown, quotations stand in the specs, links lead on.

A document's blocks are, by the word behind the fence:

    console                         commands behind `$ `, and what they print; `...` stands for any lines
    yaml FILE, python FILE, ...     a file that the reader writes; the console blocks after it find it
    yaml FILE PATH                  quoted: the entry PATH (keys, with `/` between) of a spec of the tree
    yaml                            in the language reference only: see test_reference.py
    sh                              set-up, not run; of `make TARGET` the target exists
    text                            anything else

With SPECGEN_DOCS=write outputs and quotations are brought up to date in place instead of compared.
"""

from __future__ import annotations

import fcntl
import math
import os
import re
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.docs import sandbox
from tests.docs.elision import NotFoundAgain, matches, refreshed
from tests.docs.markdown import ROOT, Block, blocks, documents, headings, links, prose, replaced, text

WRITE = os.environ.get("SPECGEN_DOCS") == "write"
BLOCKS = [block for document in documents() for block in blocks(document)]
CONSOLES = [block for block in BLOCKS if block.language == "console"]
QUOTES = [block for block in BLOCKS if block.language == "yaml" and len(block.info) == 3]


def name(block: Block) -> str:
    return f"{block.document}-{block.number}"


@pytest.mark.parametrize("block", CONSOLES, ids=name)
def test_commands_print_what_is_shown(block: Block, tmp_path: Path) -> None:
    directory = sandbox.clone(tmp_path)
    sandbox.place_files(directory, [b for b in blocks(block.document) if b.number < block.number])
    asked = sandbox.commands(block)
    printed = sandbox.run([command for command, _ in asked], directory)
    told: list[str] = []
    for (command, shown), output in zip(asked, printed, strict=True):
        told += ["$ " + command, *agreed(block, _trimmed(shown), output)]
        told += [""] if shown and not shown[-1] else []
    if WRITE:
        write(block, "\n".join(told).split("\n"))


@pytest.mark.parametrize("block", QUOTES, ids=name)
def test_quotations_stand_in_the_spec(block: Block) -> None:
    _, file, path = block.info
    told = agreed(block, list(block.lines), entry(file, path))
    if WRITE:
        write(block, told)


def agreed(block: Block, shown: list[str], true: list[str]) -> list[str]:
    """What the document should show; fails if it shows something else and may not be written."""
    if matches(shown, true):
        return shown
    if not WRITE:
        diff = "\n".join(unified_diff(shown, true, "shown", "true", lineterm=""))
        pytest.fail(f"{block} is out of date; SPECGEN_DOCS=write mends it (see CONTRIBUTING.md)\n{diff}")
    if shown and failed(true) and not failed(shown):
        pytest.fail("\n".join([f"{block}: this fails now, and is left as it was:", *true]))
    try:
        return refreshed(shown, true)
    except NotFoundAgain as error:
        pytest.fail(f"{block}: nothing like this is there any more; choose other lines by hand:\n{error}")


def failed(output: list[str]) -> bool:
    return any(line.startswith(("error[", "specgen: ")) for line in output)


def write(block: Block, lines: list[str]) -> None:
    """Puts other lines into a block; tests of the same document may run at the same time."""
    path = ROOT / block.document
    with path.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = file.read()
        current = blocks(block.document, content)[block.number]
        file.seek(0)
        file.write(replaced(content, current, lines))
        file.truncate()


def _trimmed(lines: list[str]) -> list[str]:
    return "\n".join(lines).rstrip("\n").split("\n") if any(lines) else []


def entry(file: str, path: str) -> list[str]:
    """The lines of an entry of a spec, by its keys (with `/` between), without their common indentation."""
    lines = ["", *text(file).split("\n")]
    for key in path.split("/"):
        lines = _member(lines[1:], key)
        assert lines, f"{file} has no {path}: nothing called {key}"
    return lines


def _member(lines: list[str], key: str) -> list[str]:
    """One key of a mapping, with the lines below it."""
    written = re.compile(rf" *{re.escape(key)}(\(.*?\))?:(\s|$)")
    depth = min(map(_depth, lines), default=0)
    start = next((i for i, line in enumerate(lines) if _depth(line) == depth and written.match(line)), None)
    if start is None:
        return []
    end = next((i for i in range(start + 1, len(lines)) if _depth(lines[i]) <= depth), len(lines))
    return [line[depth:] for line in "\n".join(lines[start:end]).rstrip().split("\n")]


def _depth(line: str) -> float:
    """How far a line is indented; an empty one belongs to whatever it stands in."""
    return len(line) - len(line.lstrip(" ")) if line.strip() else math.inf


def test_every_block_says_what_it_is() -> None:
    kinds = {("console", 1), ("sh", 1), ("text", 1), ("text", 2), ("python", 2), ("yaml", 2), ("yaml", 3)}
    for block in BLOCKS:
        own = {("yaml", 1)} if block.document == "docs/language.md" else set()
        assert (block.language, len(block.info)) in kinds | own, f"{block}: the fence does not say what this is"


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    for document in documents():
        code = [line for b in blocks(document) if b.language == "sh" for line in b.lines]
        spans = re.findall(r"`([^`]+)`", "\n".join(prose(document)))
        named = {target for piece in [*code, *spans] for target in re.findall(r"^\s*make ([a-z]+)", piece)}
        assert named <= targets, document


@pytest.mark.parametrize("document", documents())
def test_links_lead_to_something(document: str) -> None:
    for target in links(document):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), f"{document}: there is no {target}"
        if heading:
            known = headings(str(file.resolve().relative_to(ROOT)))
            assert heading in known, f"{document}: there is no {target}"


@pytest.mark.parametrize("document", documents())
def test_files_that_are_named_exist(document: str) -> None:
    spans = re.findall(r"`([^`\s]+)`", "\n".join(prose(document)))
    for span in spans:
        if re.fullmatch(r"(docs|spec|tests|generator)/[\w./-]*", span):
            assert (ROOT / span).exists(), f"{document}: there is no {span}"
