"""The interpreter and the executable driver side by side: every step must be possible in both or in neither, and look alike.

Two readings of the same facts that share nothing. :func:`walk` takes one long random behaviour; :func:`complete`
goes through every step of the whole graph.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from specgen.core.lower import lower
from specgen.core.system import Action, State, System
from specgen.language.document import Workspace
from specgen.language.load import load
from specgen.language.scope import Memo
from specgen.language.source import Diagnostics
from specgen.language.typecheck import check
from specgen.testgen.cases import Observer
from specgen.testgen.harness import Refused, walks
from specgen.testgen.harness import interpreter as harness
from specgen.testgen.harness.attach import Adapter
from specgen.testgen.harness.errors import Mismatch
from specgen.testgen.harness.names import method
from specgen.testgen.harness.story import Story
from specgen.testgen.suite import literal, written

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec" / "ublk.yaml"
SUITE = ROOT / "generated_tests" / "pytest"
ADAPTER = SUITE / "adapters" / "driver.py"


class Model:
    """The interpreter of one revision, with what it has said already: per state, of each action."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.observer = Observer(system)
        self.start = next(self.observer.interpreter.initial_states())
        self.calls = [(method(a.name), written(a)) for a in system.actions]
        self._said: dict[State, list[Said]] = {}

    def of(self, state: State) -> list[Said]:
        """What each action does in a state, those that are refused first."""
        found = self._said.get(state)
        if found is None:
            found = [self._say(state, action) for action in self.system.actions]
            found = self._said[state] = sorted(found, key=lambda said: said.attempted)
        return found

    def _say(self, state: State, action: Action) -> Said:
        it = self.observer.interpreter
        if not it.attempted(state, action):
            return Said(action, False)
        failing = it.failing(state, action)
        fatal = tuple(o.name for o in failing if o.fatal)
        if fatal:
            return Said(action, True, fatal)
        after = it.apply(state, action)
        return Said(action, True, (), after, dict(self.observer.all(after)), frozenset(o.name for o in failing))

    def all_states(self) -> list[State]:
        """Every reachable state, nearest first; afterwards nothing more has to be computed."""
        found, seen = [self.start], {self.start}
        for state in found:  # grows on the way
            for said in self.of(state):
                if said.after is not None and said.after not in seen:
                    seen.add(said.after)
                    found.append(said.after)
        return found


@dataclass(frozen=True)
class Said:
    """What the model says of an action in a state.

    Args:
        attempted: whether it is not refused.
        fails: the asserts that it fails.
        after: the state it leads to; None where it is refused or fails.
        seen, warned: what is seen then.
    """

    action: Action
    attempted: bool
    fails: tuple[str, ...] = ()
    after: State | None = None
    seen: Mapping[str, object] | None = None
    warned: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Disagreement:
    """Where the two part: the steps until then, and what each says of the next one."""

    steps: tuple[str, ...]
    action: str
    model: str
    driver: str

    def __str__(self) -> str:
        way = "".join(f"\n    {n:2} {step}" for n, step in enumerate(self.steps, 1))
        return f"{self.action}\n  the model says: {self.model}\n  the driver says: {self.driver}\n  after:{way}"


class Drivers:
    """Fresh drivers of a revision."""

    def __init__(self, revision: str, model: Model, adapter: Path = ADAPTER) -> None:
        found = spec_from_file_location("lockstep_adapter", adapter)
        assert found is not None and found.loader is not None
        module = module_from_spec(found)
        found.loader.exec_module(module)
        self._make = module.System
        self._model = model
        self._revision = revision
        self._constants = {name: literal(value) for name, value in model.system.constants}

    def after(self, actions: Sequence[Action]) -> Any:
        made = self._make(self._revision, self._constants)
        for action in actions:
            self.act(made, action)
        return made

    def act(self, driver: Any, action: Action) -> None:
        """One step of the driver; what it raises is the caller's."""
        name, given = self._model.calls[action.index]
        found = getattr(driver, name, None)
        if found is None:
            raise Refused("there is no such step")
        found(**given)

    def compare(self, driver: Any, said: Said, way: Sequence[Action]) -> Disagreement | None:
        """Takes a step of the driver, and says where it is not what the model says."""
        told = self._told(driver, said)
        if told is None:
            return None
        return Disagreement(tuple(a.label for a in way), said.action.label, *told)

    def _told(self, driver: Any, said: Said) -> tuple[str, str] | None:
        model = "it happens" if said.after is not None else f"it fails {', '.join(said.fails)}"
        try:
            self.act(driver, said.action)
        except Refused as refused:
            return (model, f"refused: {refused}") if said.attempted else None
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what the driver says
            if any(driver.recognises(error, name) for name in said.fails):
                return None
            return (model if said.attempted else "refused", f"{type(error).__name__}: {' '.join(str(error).split())}")
        if said.after is None or said.seen is None:
            return (model if said.attempted else "refused", "it happens")
        seen, warned = driver.observe(), driver.warnings()
        if seen == said.seen and warned == said.warned:
            return None
        different = [n for n in said.seen if seen.get(n) != said.seen[n]]
        here, there = ([f"{n} = {of.get(n)}" for n in different] for of in (said.seen, seen))
        if warned != said.warned:
            here.append(f"warned of {sorted(said.warned)}")
            there.append(f"warned of {sorted(warned)}")
        return ", ".join(here), ", ".join(there)


class Nowhere:
    """Places for a report that nobody needs here."""

    def action(self, *_names: str) -> str:
        return ""

    guard = cites = action

    def remarks(self) -> list[tuple[str, str]]:
        return []


def walk(revision: str, system: System, steps: int, seed: int, suite: Path = SUITE) -> Mismatch | None:
    """A random behaviour of so many steps, as the pytest plug-in takes them; the report if the two part."""
    adapter = Adapter(suite, ADAPTER.stem)
    try:
        walks.walk(harness.Model(system), Story(lambda: adapter.driver(revision), Nowhere()), seed, steps)
    except Mismatch as mismatch:
        return mismatch
    return None


Pair = tuple[State, Any]  # a state of the model, and one of the driver
CHAIN = 40  # steps that are taken before the next state is looked for, nearer to the start


def complete(revision: str, model: Model, most: int = 20, adapter: Path = ADAPTER) -> list[Disagreement]:
    """Every action in every state that both can be in; at most so many disagreements, one per action.

    States are pairs, as a driver may be in several of its own where the model is in one. A driver cannot be copied, so
    each chain of steps goes on as long as there are some that were not taken yet, and the next one begins by a replay.
    """
    drivers = Drivers(revision, model, adapter)
    found: dict[str, Disagreement] = {}
    start: Pair = (model.start, drivers.after(()).key())
    came: dict[Pair, tuple[Pair, Action] | None] = {start: None}
    left: dict[Pair, list[Said]] = {}
    waiting = deque([start])
    while waiting and len(found) < most:
        pair = waiting[0]
        if pair in left and not left[pair]:
            waiting.popleft()
            continue
        way = _way(came, pair)
        driver = drivers.after(way)
        for _ in range(CHAIN):
            said = _next(drivers, driver, model, pair, left, found, way)
            if said is None:
                break
            difference = drivers.compare(driver, said, way)
            if difference:
                found.setdefault(said.action.label, difference)
            if difference or said.after is None:
                break
            way.append(said.action)
            after = (said.after, driver.key())
            if after not in came:
                came[after] = (pair, said.action)
                waiting.append(after)
            pair = after
    return list(found.values())


def _next(
    drivers: Drivers, driver: Any, model: Model, pair: Pair, left: dict[Pair, list[Said]],
    found: dict[str, Disagreement], way: list[Action],
) -> Said | None:  # fmt: skip
    """A step that was not taken yet from where both are; when they are there first, all refusals are tried."""
    if pair not in left:
        left[pair] = [said for said in model.of(pair[0]) if said.attempted]
        for said in model.of(pair[0]):
            difference = None if said.attempted else drivers.compare(driver, said, way)
            if difference:
                found.setdefault(said.action.label, difference)
                return None
    return left[pair].pop() if left[pair] else None


def _way(came: Mapping[Pair, tuple[Pair, Action] | None], pair: Pair) -> list[Action]:
    way: list[Action] = []
    while (step := came[pair]) is not None:
        pair = step[0]
        way.append(step[1])
    return way[::-1]


def systems(workspace: Workspace | None = None) -> dict[str, System]:
    """Every revision of the spec, lowered."""
    memo = Memo()
    documents = (workspace or load(str(SPEC))).documents
    return {name: lower(check(document, {}, Diagnostics(), memo)) for name, document in documents.items()}

