"""The inner loop of the explicit search: few, larger tables, and source that looks a state up in all of them.

Locals that take few different values together in the states seen so far are merged: one look-up instead of
several. An entry of a merged table is put together from its parts, so that a miss costs little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, TypeVar

from specgen.engines.tables import Filter, Local, Tables

SAMPLE = 1000  # states that decide what is merged
FRESH = 0.3  # a merged table may have at most that many different keys per state of the sample
Member = TypeVar("Member", Local, Filter)
Expand = Callable[[list[int], set[int], list[int], list[int]], int]
Settle = Callable[[Sequence[int], set[int]], None]


Parts = tuple[Local, ...] | tuple[Filter, ...]


class Merged:
    """Some locals or filters under one table; ``mask`` is the union of theirs."""

    __slots__ = ("_look", "mask", "parts", "table")

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.mask = _mask(parts)
        self.table: dict[int, tuple[object, ...]] = {}
        self._look = [part.changes if isinstance(part, Local) else part.steps for part in parts]

    def fill(self, state: int) -> None:
        """Makes sure that the table knows a state."""
        key = state & self.mask
        if key not in self.table:
            entry: tuple[object, ...] = ()
            for look in self._look:
                entry += look(key)
            self.table[key] = entry


class Expander:
    """The inner loops over merged tables, as functions made for one system.

    Args:
        sample: states that show which tables stay small together; none: nothing is merged.
        former: whose tables are taken over where the same locals are merged again.

    Attributes:
        merged: the tables.
        expand: takes states, all states seen, and lists for new states and for sinks; adds new states to the set and
            their list, states that nothing leads on from to the other; returns the number of steps that lead on.
        settle: takes states and a set; removes those states from the set that have a successor outside it.
    """

    def __init__(
        self, tables: Tables, sample: Sequence[int] = (), former: Expander | None = None
    ) -> None:
        known: dict[Parts, Merged] = {m.parts: m for m in former.merged} if former is not None else {}
        groups: list[Parts] = [tuple(g) for g in _merge(list(tables.locals), sample)]
        locals_ = len(groups)
        groups += [tuple(g) for g in _merge(list(tables.filters), sample)]
        self.merged: list[Merged] = [known.get(g) or Merged(g) for g in groups]
        look = [f"T{i}[s & {m.mask}]" for i, m in enumerate(self.merged)]
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
        for merged in self.merged:
            merged.fill(state)

    def _function(self, parameters: str, body: str) -> Any:  # the callers name the type of what the body returns
        names = {"fill": self._fill, **{f"T{i}": m.table for i, m in enumerate(self.merged)}}
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
    open_ = [n for n, group in groups.items() if _different(sample, _mask(group)) <= most]
    counts: dict[tuple[int, int], int] = {}
    while True:
        for pair in combinations(open_, 2):
            if pair not in counts:
                a, b = pair
                counts[pair] = _different(sample, _mask(groups[a]) | _mask(groups[b]))
        count, best = min(((n, pair) for pair, n in counts.items()), default=(most + 1, (0, 0)))
        if count > most:
            return list(groups.values())
        kept, gone = best
        groups[kept] += groups.pop(gone)
        open_.remove(gone)
        counts = {pair: n for pair, n in counts.items() if kept not in pair and gone not in pair}


def _different(sample: Sequence[int], mask: int) -> int:
    return len({s & mask for s in sample})
