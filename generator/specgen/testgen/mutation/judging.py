"""One mutant, explored and tested: what tells it from the original, and who notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from specgen.core.system import System
from specgen.engines import explicit
from specgen.engines.expect import expected
from specgen.engines.properties import DEAD_ACTION, keys
from specgen.engines.verdict import Key, Limits, Run
from specgen.engines.words import verdict_text
from specgen.language.document import Expectation
from specgen.language.scope import Memo
from specgen.testgen.mutation.behaviour import Behaviour, Interface, Outcome
from specgen.testgen.mutation.compare import Difference, TooManyPairs, difference
from specgen.testgen.mutation.mutants import Mutant, build
from specgen.testgen.mutation.running import Runner, Script
from specgen.testgen.suite import core_digest

Word = tuple[str, int | None]  # a verdict, and the steps of its trace

STILLBORN = "stillborn"  # no spec any more
SAME_CORE = "same core"  # the same system, written differently
EQUIVALENT = "equivalent"  # no behaviour tells it from the original
DIFFERENT = "different"
UNFINISHED = "unfinished"  # a limit was reached

GROWTH = 100  # a mutant may have that many times the states of the original
FLOOR, CEILING = 20_000, 2_000_000  # but not less than so many, nor more (than so many, and twice the original's)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of one mutant.

    Args:
        kind: one of the words above.
        core: digest of its system; equal ones are one mutant.
        difference: the shortest; only of ``different`` ones and of unfinished ones where it was found.
        test: the first test that fails on it, or None.
        properties: some whose verdict is another, with both verdicts; none if there are none.
        reason: why it is unfinished.
    """

    kind: str
    core: str = ""
    difference: Difference | None = None
    test: str | None = None
    properties: tuple[str, ...] = ()
    reason: str = ""


class Unfinished(Exception):
    """The original itself could not be explored completely; the message says why."""


@dataclass(slots=True)
class Judge:
    """Judges the mutants of one system.

    Args:
        constants: values that count instead of the declared ones.
        declared: whether they are the declared ones; expected depths count only then.
        limits: of each mutant; its states are bounded by those of the original as well.

    Raises:
        Unfinished: the original cannot be explored within the limits.
    """

    system: System
    constants: Mapping[str, str]
    declared: bool
    expectations: Sequence[Expectation]
    scripts: Sequence[Script]
    limits: Limits
    memo: Memo = field(default_factory=Memo)
    interface: Interface = field(init=False)
    _core: str = field(init=False)
    _words: dict[Key, Word] = field(init=False)
    _behaviour: Behaviour = field(init=False)
    _known: dict[str, Judged] = field(default_factory=dict)
    _outcomes: dict[Outcome, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        run = explicit.run(self.system, self.limits, with_traces=False)
        if not run.complete:
            raise Unfinished(run.reason)
        self.interface = Interface.of(self.system)
        self._core = core_digest(self.system)
        self._words = _words(run)
        self._behaviour = Behaviour(self.system, self.interface, self._outcomes)
        states = run.states or 0
        most = max(FLOOR, 2 * states, min(CEILING, GROWTH * states))
        self.limits = Limits(self.limits.depth, self.limits.seconds, self.limits.bytes, states=most)
        difference(self._behaviour, self._behaviour, self.interface, most)  # fills the tables that mutants share

    def failing(self) -> str | None:
        """The first test that fails on the original: then no mutant can be judged."""
        return Runner(self._behaviour).failing(self.scripts)

    def judge(self, mutant: Mutant) -> Judged:
        system = build(mutant.document, self.constants, self.memo)
        if system is None:
            return Judged(STILLBORN)
        core = core_digest(system)
        if core == self._core:
            return Judged(SAME_CORE, core)
        if core not in self._known:
            self._known[core] = self._explore(system, core)
        return self._known[core]

    def _explore(self, system: System, core: str) -> Judged:
        behaviour = Behaviour(system, self.interface, self._outcomes)
        assert self.limits.states is not None  # so the constructor leaves it
        reason = ""
        found = None
        try:
            found = difference(self._behaviour, behaviour, self.interface, self.limits.states)
            if found is None:
                return Judged(EQUIVALENT, core)
        except TooManyPairs:
            reason = f"more than {self.limits.states:,} pairs of states"
        unfinished, changed = self._properties(system)
        if unfinished or reason:
            return Judged(UNFINISHED, core, found, reason=unfinished or reason)
        test = Runner(behaviour).failing(self.scripts)
        return Judged(DIFFERENT, core, found, test, changed)

    def _properties(self, system: System) -> tuple[str, tuple[str, ...]]:
        """Why not all states were seen, or an empty string; and the properties that notice.

        What is always possible takes longest: it is looked at only where nothing else notices.
        """
        for late in (False, True):
            asked = [key for key in keys(system) if (key[0] == "possible") == late]
            run = explicit.run(system, self.limits, asked, with_traces=False)
            if run.reason == "interrupted":
                raise KeyboardInterrupt
            if not run.complete or run.reason:
                return run.reason, ()
            before = {key: word for key, word in self._words.items() if (key[0] == "possible") == late}
            changed = tuple(self._changed(before, _words(run)))
            if changed:
                return "", changed
        return "", ()

    def _changed(self, known: Mapping[Key, Word], words: Mapping[Key, Word]) -> list[str]:
        """Properties on which `specgen check` would end otherwise."""
        found: list[str] = []
        for key in dict.fromkeys([*known, *words]):
            before, after = known.get(key), words.get(key)
            if before is None or after is None:
                # a property that went with what carried it says nothing, unless it said something bad before;
                # a dead action is one only where it is dead
                word = before or after
                if word is not None and word[0] not in ("holds", "unreachable"):
                    found.append(f"{key[1]}: {_told(key, after)} (was: {_told(key, before)})")
                continue
            _, depth = expected(key, self.expectations)
            deeper = self.declared and depth is not None and before[1] != after[1]
            if before[0] != after[0] or deeper:
                found.append(f"{key[1]}: {_told(key, after)} (was: {_told(key, before)})")
        return found


def _words(run: Run) -> dict[Key, Word]:
    found: dict[Key, Word] = {}
    for outcome in run.outcomes:
        if (outcome.kind, outcome.name) != DEAD_ACTION:
            depth = outcome.depth if outcome.verdict in ("violated", "reached") else None
            found[outcome.kind, outcome.name] = (outcome.verdict, depth)
    return found


def _told(key: Key, word: Word | None) -> str:
    if word is None:
        return "happens" if key[0] == "dead_action" else "gone"
    if key[0] == "dead_action":
        return "never happens"
    return verdict_text(key[0], word[0], True, word[1], None, "")
