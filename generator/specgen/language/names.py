"""How names are written, and which one was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import islice

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
# Actors and specs are never part of an expression, so they may read like words of the field.
ACTOR = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*")
REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_LONGEST = 60  # comparing longer words takes long and helps nobody
_MOST = 2000

SOURCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that ``word`` is most likely a slip for; None if none is near."""
    if len(word) > _LONGEST:
        return None
    known = list(islice(candidates, _MOST))
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if not found:
        folded = {name.lower(): name for name in known}
        found = [folded[word.lower()]] if word.lower() in folded else []
    return found[0] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """A question with the closest candidate, for the help line; None if none is near."""
    found = closest(word, candidates)
    return f"did you mean '{found}'?" if found else None
