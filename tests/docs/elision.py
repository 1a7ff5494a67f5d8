"""What a document shows against what is printed: ``...`` stands for any lines, and times do not count."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

ELISION = "..."


class NotFoundAgain(Exception):
    """What stands between two elisions has changed beyond recognition; a person has to choose again."""


def matches(shown: list[str], printed: list[str]) -> bool:
    """Whether ``shown`` tells what was ``printed``."""
    first, *rest = _chunks([_timeless(line) for line in shown])
    told = [_timeless(line) for line in printed]
    if not rest:
        return first == told
    if told[: len(first)] != first:
        return False
    *middle, last = rest
    position = len(first)
    for chunk in middle:
        places = range(position, len(told) - len(chunk) + 1)
        place = next((i for i in places if told[i : i + len(chunk)] == chunk), None)
        if place is None:
            return False
        position = place + len(chunk)
    return position <= len(told) - len(last) and told[len(told) - len(last) :] == last


def refreshed(shown: list[str], printed: list[str]) -> list[str]:
    """``shown``, made to tell what was ``printed``, with its elisions where they were.

    Raises:
        NotFoundAgain: nothing of what stands between two elisions is printed any more.
    """
    if matches(shown, printed):
        return shown
    before = {_timeless(line): line for line in shown}
    now = [before.get(_timeless(line), line) for line in printed]
    chunks = _chunks(shown)
    if len(chunks) == 1:
        return now
    found: list[str] = []
    stop = 0
    for number, (chunk, (begin, end)) in enumerate(zip(chunks, _places(chunks, printed), strict=True)):
        found += [ELISION] if number else []
        if chunk:
            start = max(begin, stop) if number else 0
            stop = len(printed) if number == len(chunks) - 1 else max(start, end)
            found += now[start:stop]
    return found


def _places(chunks: list[list[str]], printed: list[str]) -> list[tuple[int, int]]:
    """For each chunk, the first and last place (exclusive) in what is printed that look like it."""
    flat = [_shape(line) for chunk in chunks for line in chunk]
    matcher = SequenceMatcher(None, flat, [_shape(line) for line in printed], autojunk=False)
    alike = {a + i: b + i for a, b, size in matcher.get_matching_blocks() for i in range(size)}
    places = []
    start = 0
    for chunk in chunks:
        end = start + len(chunk)
        known = [i for i in range(start, end) if i in alike]
        if chunk and not known:
            raise NotFoundAgain("\n".join(chunk))
        if known:
            first, last = known[0], known[-1]
            places.append((alike[first] - (first - start), alike[last] + end - last))
        else:
            places.append((0, 0))
        start = end
    return places


def _chunks(lines: list[str]) -> list[list[str]]:
    """The lines between elisions; one chunk if there are none."""
    chunks: list[list[str]] = [[]]
    for line in lines:
        if line == ELISION:
            chunks.append([])
        else:
            chunks[-1].append(line)
    return chunks


def _timeless(line: str) -> str:
    return re.sub(r"\b\d+\.\d s\b", "0.0 s", line)


def _shape(line: str) -> str:
    """A line without what changes most: numbers, hashes, the width of columns."""
    return re.sub(r"\s+", " ", re.sub(r"[0-9a-f]{16}|[\d,.]*\d", "0", line)).strip()
