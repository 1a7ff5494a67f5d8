"""What a kernel is made of: the items that are asked for, and whether the tree has understood them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from specgen.language.source import Diagnostic, Note, SpecError

_SET = re.compile(r"CONFIG_(\w+)=(.*)")
_UNSET = re.compile(r"# CONFIG_(\w+) is not set")
_Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Excuse:
    """An item that some kernels do not have, which does no harm.

    Args:
        since: the first version without it.
        until: the first version that has it (again).
    """

    item: str
    since: _Version
    until: _Version
    why: str


_ALWAYS: _Version = (0, 0)
_EVER: _Version = (1 << 16, 0)

HARMLESS = (
    Excuse("SLUB_RCU_DEBUG", _ALWAYS, (6, 12), "new in 6.12; earlier kernels free objects of such caches at once"),
    Excuse("SLUB", (6, 8), _EVER, "the only allocator left"),
)


@dataclass(frozen=True, slots=True)
class Config:
    """The items that a machine's kernel is to have; all others are off where they can be.

    Args:
        text: in the form of a ``.config``.
    """

    machine: str
    text: str

    @classmethod
    def of(cls, machine: str) -> Config:
        """The one that comes with specgen."""
        name = {"uml": "um.config", "qemu": "qemu.config"}[machine]
        return cls(machine, files("specgen.kernel").joinpath(name).read_text(encoding="utf-8"))

    def check(self, made: str, version: str) -> None:
        """Compares with what the tree's own configuration has made of it.

        Raises:
            SpecError: an item is not as asked, and nobody said that this does no harm.
        """
        numbers = _numbers(version)
        got = items(made)
        notes = [
            Note(f"{name} is {got.get(name, 'unknown')}, asked for is {value}")
            for name, value in items(self.text).items()
            if got.get(name, "n") != value and not excused(name, numbers)
        ]
        if notes:
            message = f"{version} cannot be configured as it must be for {self.machine}"
            advice = "without these items the tests would say nothing: see what they depend on in this tree"
            raise SpecError((Diagnostic("SG1006", message, None, advice, tuple(notes)),))


def items(text: str) -> Mapping[str, str]:
    """The items of a ``.config``; those that are not set are ``n``."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if match := _SET.fullmatch(line.strip()):
            found[match[1]] = match[2]
        elif match := _UNSET.fullmatch(line.strip()):
            found[match[1]] = "n"
    return found


def excused(item: str, version: _Version) -> bool:
    """Whether a kernel of this version may do without an item."""
    return any(e.item == item and e.since <= version < e.until for e in HARMLESS)


def _numbers(version: str) -> _Version:
    match = re.match(r"(\d+)\.(\d+)", version)
    assert match is not None
    return int(match[1]), int(match[2])
