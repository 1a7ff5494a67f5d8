"""What a spec expects of its properties, and whether a verdict is that."""

from __future__ import annotations

from collections.abc import Sequence

from specgen.engines.verdict import Key
from specgen.language.document import Expectation

_VERDICTS = {"always possible": "holds", "impossible": "violated"}  # words of a kind -> verdict; others are the same


def expected(key: Key, expectations: Sequence[Expectation]) -> tuple[str, int | None]:
    """The expected word and depth: the property's own expectation, that of its nearest group, or the good verdict."""
    kind, name = key
    best: Expectation | None = None
    for expectation in expectations:
        meant = name == expectation.property or name.startswith(expectation.property + ".")
        if meant and (best is None or len(expectation.property) > len(best.property)):
            best = expectation
    if best is not None:
        return best.word, best.depth
    return {"cover": "reached", "possible": "always possible"}.get(kind, "holds"), None


def expected_text(word: str, depth: int | None) -> str:
    """As the spec writes it: ``violated in 15``, ``impossible after 6``."""
    if depth is None:
        return word
    return f"{word} {'after' if word == 'impossible' else 'in'} {depth}"


def as_expected(word: str, depth: int | None, verdict: str, complete: bool, found_depth: int | None) -> bool | None:
    """Whether a verdict is the expected one; None when that cannot be decided.

    Args:
        depth: expected steps; None if any number will do.
        complete: whether the verdict is definite.
        found_depth: of the trace, or down to which nothing was found.
    """
    wanted = _VERDICTS.get(word, word)
    if complete and verdict != "unknown":
        if verdict != wanted:
            return False
        return depth is None or wanted not in ("violated", "reached") or depth == found_depth
    if wanted in ("violated", "reached") and depth is not None and found_depth is not None:
        # it should have been found by now
        return False if found_depth >= depth else None
    return None
