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
Parts = tuple[Local, ...] | tuple[Filter, ...]
Expand = Callable[[list[int], set[int], list[int], list[int]], int]


class Merged:
    """One table in place of several: an entry is what each of them says, one behind the other.

    Args:
        mask: the union of theirs.
        looks: functions of a state that say what they hold.
    """

    __slots__ = ("looks", "mask", "table")

    def __init__(self, mask: int, looks: Sequence[Callable[[int], tuple[Any, ...]]]) -> None:
        self.mask = mask
        self.looks = looks
        self.table: dict[int, tuple[Any, ...]] = {}

    def fill(self, state: int) -> None:
        """Makes sure that the table knows a state."""
        key = state & self.mask
        if key not in self.table:
            entry: tuple[Any, ...] = ()
            for look in self.looks:
                entry += look(key)
            self.table[key] = entry


class Expander:
    """The inner loop over merged tables, as a function made for one system.

    Args:
        sample: states that show which tables stay small together; none: nothing is merged.
        former: whose tables are taken over where the same ones are merged again.

    Attributes:
        groups: the locals that were merged, in the order of their tables.
        expand: takes states, all states seen, and lists for new states and for sinks; adds new states to the set
            and their list, states that nothing leads on from to the other; returns the number of steps.
    """

    def __init__(self, tables: Tables, sample: Sequence[int] = (), former: Expander | None = None) -> None:
        self.groups = [tuple(g) for g in _merge(list(tables.locals), sample)]
        filters = [tuple(g) for g in _merge(list(tables.filters), sample)]
        parts: list[Parts] = [*self.groups, *filters]
        known = former.tables if former is not None else {}
        self.tables: dict[Parts, Merged] = {g: known.get(g) or _merged(g) for g in parts}
        self.expand: Expand = loop(_EXPAND, [self.tables[g] for g in self.groups], [self.tables[g] for g in filters])


_EXPAND = """\
def made(level, seen, new, sinks, {tables}):
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


def loop(body: str, changes: Sequence[Merged], steps: Sequence[Merged] = ()) -> Any:
    """A function over many states, compiled with its tables.

    Args:
        body: source of a function ``made`` with the fields ``{tables}``, the last of its parameters, and
            ``{look}``, lines indented by two that leave the entries for the state ``s`` in ``ds``.
        changes: tables whose entries are put together.
        steps: tables of step functions; what they return is added.
    """
    merged = [*changes, *steps]
    look = [f"T{i}[s & {m.mask}]" for i, m in enumerate(merged)]
    lines = [f"ds = {' + '.join(look[: len(changes)]) or '()'}"]
    if steps:
        lines.append(f"fs = {' + '.join(look[len(changes) :])}")
    looking = [
        "  try:",
        *(f"   {line}" for line in lines),
        "  except KeyError:",
        "   fill(s)",
        *(f"   {line}" for line in lines),
        *(["  for f in fs:", "   ds += f(s)"] if steps else []),
    ]

    def fill(state: int) -> None:
        for table in merged:
            table.fill(state)

    # defaults make the tables local variables: the fastest kind
    names = {"fill": fill, **{f"T{i}": m.table for i, m in enumerate(merged)}}
    source = body.format(tables=", ".join(f"{n}={n}" for n in names), look="\n".join(looking))
    namespace: dict[str, Any] = dict(names)
    exec(compile(source, "<search>", "exec"), namespace)  # integers and the names above alone
    return namespace["made"]


def mask_of(members: Parts) -> int:
    """All bits of some locals or filters."""
    mask = 0
    for member in members:
        mask |= member.mask
    return mask


def _merged(parts: Parts) -> Merged:
    return Merged(mask_of(parts), [p.changes if isinstance(p, Local) else p.steps for p in parts])


def _merge(members: list[Member], sample: Sequence[int]) -> list[list[Member]]:
    """Partitions members, joining those first that take the fewest different values together."""
    groups: dict[int, list[Member]] = {n: [m] for n, m in enumerate(members)}
    if not sample:
        return list(groups.values())
    most = int(len(sample) * FRESH)
    open_ = [n for n, group in groups.items() if _different(sample, mask_of(tuple(group))) <= most]
    counts: dict[tuple[int, int], int] = {}
    while True:
        for pair in combinations(open_, 2):
            if pair not in counts:
                a, b = pair
                counts[pair] = _different(sample, mask_of(tuple(groups[a] + groups[b])))
        count, best = min(((n, pair) for pair, n in counts.items()), default=(most + 1, (0, 0)))
        if count > most:
            return list(groups.values())
        kept, gone = best
        groups[kept] += groups.pop(gone)
        open_.remove(gone)
        counts = {pair: n for pair, n in counts.items() if kept not in pair and gone not in pair}


def _different(sample: Sequence[int], mask: int) -> int:
    return len({s & mask for s in sample})
