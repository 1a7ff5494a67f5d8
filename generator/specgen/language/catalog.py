"""The long texts behind the codes: what each diagnostic means, a spec that has the mistake, and its mend."""

from __future__ import annotations

import re
from dataclasses import dataclass

from specgen.language import (
    catalog_overlays,
    catalog_structure,
    catalog_syntax,
    catalog_types,
    catalog_yaml,
)

_HEAD = "spec:\n  name: example\n"
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One code.

    Args:
        title: a few words.
        text: what it means and why it is so; sentences.
        mistake, mend: the two specs. One that begins with a line end is only the part that matters: put
            ``spec:`` with a name in front of it, or let :func:`content` do it.
    """

    code: str
    title: str
    text: str
    mistake: str
    mend: str


def entries() -> dict[str, Entry]:
    """Every code that a spec can get, in ascending order."""
    groups = (catalog_yaml, catalog_structure, catalog_syntax, catalog_types, catalog_overlays)
    found = [Entry(*row) for group in groups for row in group.ENTRIES]
    return {entry.code: entry for entry in sorted(found, key=lambda entry: entry.code)}


def content(example: str) -> bytes:
    """The file that an example stands for. Bytes that are no UTF-8 are written as surrogates in it."""
    text = _HEAD + example[1:] if example.startswith("\n") else example
    return text.encode("utf-8", "surrogateescape")


def shown(example: str) -> str:
    """An example for people: what cannot be seen is written as an escape, and a long line is cut."""

    def escape(found: re.Match[str]) -> str:
        number = ord(found[0])
        return f"\\x{number & 0xFF:02x}" if number < 0x100 or number >= 0xDC80 else f"\\u{number:04x}"

    lines = _UNSEEN.sub(escape, example).strip("\n").split("\n")
    return "\n".join(line if len(line) <= 100 else line[:97] + "..." for line in lines)
