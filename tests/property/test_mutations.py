"""Broken specs: whatever is done to a spec, loading it ends soon, and with a spec or with diagnostics."""

from __future__ import annotations

import os
import random
import re
import shutil
import time
from pathlib import Path

import pytest

from specgen.language.canonical import render
from specgen.language.document import Document
from specgen.language.load import load
from specgen.language.source import Diagnostic, SpecError

COUNT = int(os.environ.get("SPECGEN_FUZZ", "300"))
SECONDS = 5.0  # of CPU, for one spec of some hundred lines; a tenth of a second is usual
SPECS = Path(__file__).parents[2] / "spec"

WORDS = [
    *"if then else for do goto call exists forall no count where in and or not implies null true false enum array set "
    "of sequence bool 0..3 = != < ( ) [ ] , . + - { } : # & * ! | > % @ ` ' \" --- ... << ? \\ remove add change order "
    "base expect guard effect steps revisions 99999999999999999999 \0 é \u2028 ((((((((( [[[[[[[[[ {{{{{{".split(" "),
    *("\n", "\t", " ", "  ", "\n  ", "\n\n", "\r\n", " # x", '" ', "' ", ": ", "- - "),
]


class Mutator:
    """Changes bytes, tokens or lines of a text, as the random numbers will have it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def mutate(self, text: str) -> bytes:
        for _ in range(self.random.choice((1, 1, 2, 3, 8))):
            change = self.random.choice((self.cut, self.insert, self.token, self.lines, self.character))
            text = change(text) or "a"
        data = bytearray(text.encode())
        if self.random.random() < 0.05:
            data[self.random.randrange(len(data))] = self.random.randrange(256)
        return bytes(data)

    def cut(self, text: str) -> str:
        at = self.random.randrange(len(text))
        return text[:at] + text[at + self.random.choice((1, 2, 20, 200)) :]

    def insert(self, text: str) -> str:
        at = self.random.randrange(len(text))
        return text[:at] + self.random.choice(WORDS) + text[at:]

    def token(self, text: str) -> str:
        tokens = list(re.finditer(r"\w+|[^\w\s]+", text))
        if not tokens:
            return text
        old, new = self.random.choice(tokens), self.random.choice(tokens)[0]
        return text[: old.start()] + self.random.choice((new, self.random.choice(WORDS))) + text[old.end() :]

    def lines(self, text: str) -> str:
        lines = text.split("\n")
        one, other = self.random.randrange(len(lines)), self.random.randrange(len(lines))
        match self.random.randrange(4):
            case 0:
                lines[one], lines[other] = lines[other], lines[one]
            case 1:
                lines.insert(one, lines[other])
            case 2:
                del lines[one]
            case _:
                lines[one] = " " * self.random.randrange(8) + lines[one].strip()
        return "\n".join(lines)

    def character(self, text: str) -> str:
        at = self.random.randrange(len(text))
        return text[:at] + chr(self.random.choice((self.random.randrange(128), 0x2603))) + text[at + 1 :]


def sound(found: tuple[Diagnostic, ...]) -> bool:
    """Whether every place is one in its file."""
    return all(
        (1, 1) <= d.span[1:3] <= d.span[3:5] and d.span.line <= d.span.source.text.count("\n") + 1
        for d in found
        if d.span is not None
    )


def attempt(file: Path) -> tuple[dict[str, Document], tuple[Diagnostic, ...]]:
    """The documents of a file, or why there are none."""
    try:
        return load(str(file)).documents, ()
    except SpecError as error:
        return {}, error.diagnostics


@pytest.mark.parametrize("name", ["ublk.yaml", "examples/peterson.yaml", "examples/two_phase.yaml"])
def test_any_mutation_gives_a_spec_or_diagnostics(tmp_path: Path, name: str) -> None:
    original = (SPECS / name).read_text(encoding="utf-8")
    mutator = Mutator(len(name))
    file, again = tmp_path / "spec.yaml", tmp_path / "again.yaml"
    shutil.copytree(SPECS / "ublk", tmp_path / "ublk")  # what ublk.yaml includes
    loaded = 0
    for _ in range(COUNT // 3):
        file.write_bytes(mutator.mutate(original))
        begun = time.process_time()
        documents, found = attempt(file)
        assert sound(found)
        assert documents or found
        if documents:
            loaded += 1
            document = list(documents.values())[-1]
            again.write_text(render(document), encoding="utf-8")
            assert render(load(str(again)).documents[document.revision.name]) == render(document)
        assert time.process_time() - begun < SECONDS
    print(f"{name}: {COUNT // 3} mutations, {loaded} of them specs")  # noqa: T201  # `make fuzz` shows it
    assert loaded or COUNT < 300
