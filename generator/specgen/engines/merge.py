"""The inner loop of the explicit search: few, larger tables, and source that looks a state up in all of them.

Locals that take few different values together in the states seen so far are merged: one look-up instead of
several. An entry of a merged table is put together from its parts, so that a miss costs little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from specgen.engines.tables import Filter, Local, Tables

SAMPLE = 1500  # states that decide what is merged
FRESH = 0.08  # a merged table may have at most that many different keys per state of the sample
Member = TypeVar("Member", Local, Filter)
Expand = Callable[[list[int], set[int], list[int], list[int]], int]
Settle = Callable[[Sequence[int], set[int]], None]


@dataclass(frozen=True, slots=True)
class Merged:
    """Some locals or filters under one table; ``mask`` is the union of theirs."""

    mask: int
    parts: tuple[Local, ...] | tuple[Filter, ...]
    table: dict[int, tuple[object, ...]] = field(default_factory=dict)

    def fill(self, state: int) -> None:
        """Makes sure that the table knows a state."""
        key = state & self.mask
        if key not in self.table:
            entry: tuple[object, ...] = ()
            for part in self.parts:
                entry += part.changes(key) if isinstance(part, Local) else part.steps(key)
            self.table[key] = entry


class Expander:
    """The inner loops over merged tables, as functions made for one system.

    Attributes:
        expand: takes states, all states seen, and lists for new states and for sinks; adds new states to the set and
            their list, states that nothing leads on from to the other; returns the number of steps that lead on.
        settle: takes states and a set; removes those states from the set that have a successor outside it.
    """

    def __init__(self, tables: Tables, sample: Sequence[int] = ()) -> None:
        self._merged = [Merged(_mask(g), tuple(g)) for g in _merge(list(tables.locals), sample)]
        locals_ = len(self._merged)
        self._merged += [Merged(_mask(g), tuple(g)) for g in _merge(list(tables.filters), sample)]
        look = [f"T{i}[s & {m.mask}]" for i, m in enumerate(self._merged)]
        changes, steps = " + ".join(look[:locals_]) or "()", " + ".join(look[locals_:])
        lines = [f"ds = {changes}", *([f"fs = {steps}"] if steps else [])]
        self._look = [
            "  try:",
            *(f"   {line}" for line in lines),
            "  except KeyError:",
            "   fill(s)",
            *(f"   {line}" for line in lines),
            *(["  for f in fs:", "   ds += f(s)"] if steps else []),
        ]
        self.expand: Expand = self._function("level, seen, new, sinks", _EXPAND)
        self.settle: Settle = self._function("level, open", _SETTLE)

    def _fill(self, state: int) -> None:
        for merged in self._merged:
            merged.fill(state)

    def _function(self, parameters: str, body: str) -> Any:  # the callers name the type of what the body returns
        names = {"fill": self._fill, **{f"T{i}": m.table for i, m in enumerate(self._merged)}}
        source = body.format(
            parameters=", ".join([parameters, *(f"{n}={n}" for n in names)]), look="\n".join(self._look)
        )
        namespace: dict[str, object] = dict(names)
        exec(compile(source, "<search>", "exec"), namespace)  # integers and the names above, nothing of the spec
        return namespace["made"]


# defaults make the tables local variables: the fastest kind
_EXPAND = """\
def made({parameters}):
 add = seen.add
 append = new.append
 edges = 0
 for s in level:
{look}
  if ds:
   edges += len(ds)
   for d in ds:
    n = s + d
    if n not in seen:
     add(n)
     append(n)
  else:
   sinks.append(s)
 return edges
"""

_SETTLE = """\
def made({parameters}):
 for s in level:
  if s not in open:
   continue
{look}
  for d in ds:
   if s + d not in open:
    open.remove(s)
    break
"""


def _mask(members: Sequence[Local] | Sequence[Filter]) -> int:
    mask = 0
    for member in members:
        mask |= member.mask
    return mask


def _merge(members: list[Member], sample: Sequence[int]) -> list[list[Member]]:
    """Partitions members, joining those first that take the fewest different values together."""
    groups: dict[int, list[Member]] = {n: [m] for n, m in enumerate(members)}
    if not sample:
        return list(groups.values())
    most = int(len(sample) * FRESH)
    counts: dict[tuple[int, int], int] = {}
    while True:
        best: tuple[int, int, int] | None = None
        keys = list(groups)
        for i, b in enumerate(keys):
            for a in keys[:i]:
                if (a, b) not in counts:
                    mask = _mask(groups[a]) | _mask(groups[b])
                    counts[a, b] = len({s & mask for s in sample})
                if counts[a, b] <= most and (best is None or counts[a, b] < best[0]):
                    best = (counts[a, b], a, b)
        if best is None:
            return list(groups.values())
        _, a, b = best
        groups[a] += groups.pop(b)
        counts = {pair: n for pair, n in counts.items() if a not in pair and b not in pair}
