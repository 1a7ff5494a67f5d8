"""What the project's documents are made of: fenced blocks, links, headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = "```"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the words behind the opening fence, and the lines up to the closing one.

    Args:
        document: relative to the root of the project.
        number: its place among the document's blocks, from 0.
        line: of the first line inside, from 1.
    """

    document: str
    number: int
    line: int
    info: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def language(self) -> str:
        return self.info[0] if self.info else ""

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[str]:
    """Every document of the project, relative to its root."""
    return sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(document: str, content: str | None = None) -> list[Block]:
    """The fenced blocks of a document, in order; a fence that is not closed is an error."""
    found: list[Block] = []
    opened: tuple[int, tuple[str, ...]] | None = None
    lines = (text(document) if content is None else content).split("\n")
    for number, line in enumerate(lines):
        if not line.startswith(FENCE):
            continue
        if opened is None:
            opened = (number + 1, tuple(line.removeprefix(FENCE).split()))
        else:
            start, info = opened
            found.append(Block(document, len(found), start + 1, info, tuple(lines[start:number])))
            opened = None
    assert opened is None, f"{document}:{opened and opened[0]}: this block is not closed"
    return found


def prose(document: str) -> list[str]:
    """The lines outside of blocks; those inside are empty."""
    lines = text(document).split("\n")
    for block in blocks(document):
        start = block.line - 2
        lines[start : start + len(block.lines) + 2] = [""] * (len(block.lines) + 2)
    return lines


def links(document: str) -> list[str]:
    """The targets of all links."""
    return re.findall(r"\]\(([^()\s]+)\)", "\n".join(prose(document)))


def headings(document: str) -> set[str]:
    """What links to a heading have behind the ``#``, as the common code hosts make it."""
    found = (re.match(r"#+ +(.*)", line) for line in prose(document))
    titles = (re.sub(r"[^\w\- ]", "", match[1].lower()) for match in found if match)
    return {title.replace(" ", "-") for title in titles}


def replaced(content: str, block: Block, lines: list[str]) -> str:
    """A document's text with other lines in one block."""
    every = content.split("\n")
    start = block.line - 1
    every[start : start + len(block.lines)] = lines
    return "\n".join(every)
