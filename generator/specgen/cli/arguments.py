"""A parser of options whose mistakes are :class:`UsageError`, and the types of values."""

from __future__ import annotations

import argparse
import math
import re
from typing import NoReturn

from specgen.cli.errors import UsageError
from specgen.language.names import did_you_mean

_SIZES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


class Parser(argparse.ArgumentParser):
    """An argparse parser in specgen's voice: no abbreviations, exit code 3 by way of UsageError."""

    def __init__(self, verb: str, description: str, epilog: str | None = None) -> None:
        super().__init__(
            prog=f"specgen {verb}",
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=_Formatter,
        )

    def error(self, message: str) -> NoReturn:
        unknown = re.match(r"unrecognized arguments: (\S+)", message)
        hint = None
        if unknown:
            known = [text for action in self._actions for text in action.option_strings if text[:2] == "--"]
            hint = did_you_mean(unknown[1].split("=", maxsplit=1)[0], known)
        raise UsageError(
            f"{self.prog.split()[-1]}: {message}", hint or f"`{self.prog} --help` tells the options"
        )


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=80)


def constant(text: str) -> tuple[str, str]:
    """``N=2`` as a pair."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE, as in -D N=2")
    return name.strip(), value.strip()


def seconds(text: str) -> float:
    """A number of seconds; ``5m`` and ``1h`` are understood."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h)?", text.strip())
    value = float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2] or "s"] if match else 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time above 0, as in 60, 90s, 5m or 1h")
    return value


def size(text: str) -> int:
    """A number of bytes; ``512M`` and ``2G`` (powers of 1024) are understood."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    value = int(float(match[1]) * _SIZES[match[2]]) if match else 0
    if value < 2**20:
        raise argparse.ArgumentTypeError(f"'{text}' is not a size of 1M or more, as in 512M or 2G")
    return value


def count(low: int) -> CountType:
    """An integer of at least ``low``."""
    return CountType(low)


class CountType:
    """A type for argparse: an integer with a lower bound."""

    def __init__(self, low: int) -> None:
        self.low = low

    def __call__(self, text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or int(text) < self.low:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number from {self.low} up")
        return int(text)
