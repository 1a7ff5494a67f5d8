"""The interpreter and the executable driver side by side: every step must be possible in both or in neither, and look alike.

Two readings of the same facts that share nothing. :func:`walk` takes one long random behaviour; :func:`complete`
goes through every step of the whole graph.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
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
from specgen.testgen.harness import Refused
from specgen.testgen.harness.names import argument, method
from specgen.testgen.suite import arguments, literal

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec" / "ublk.yaml"
ADAPTER = ROOT / "generated_tests" / "pytest" / "adapters" / "driver.py"


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

    def __init__(self, revision: str, system: System, adapter: Path = ADAPTER) -> None:
        found = spec_from_file_location("lockstep_adapter", adapter)
        assert found is not None and found.loader is not None
        module = module_from_spec(found)
        found.loader.exec_module(module)
        self._make = module.System
        self._revision = revision
        self._constants = {name: literal(value) for name, value in system.constants}

    def after(self, actions: Iterator[Action] | tuple[Action, ...] | list[Action]) -> Any:
        made = self._make(self._revision, self._constants)
        for action in actions:
            act(made, action)
        return made


def act(driver: Any, action: Action) -> None:
    """One step of the driver; what it raises is the caller's."""
    found = getattr(driver, method(action.name), None)
    if found is None:
        raise Refused("there is no such step")
    found(**{argument(name): value for name, value in arguments(action).items()})


def model_says(observer: Observer, state: State, action: Action) -> str:
    it = observer.interpreter
    if not it.attempted(state, action):
        return "refused by " + ", ".join(g.name for g in action.guards if not it.holds(g.term, state))
    failing = it.failing(state, action)
    fatal = [o.name for o in failing if o.fatal]
    if fatal:
        return "fails " + ", ".join(fatal)
    seen = dict(observer.all(it.apply(state, action)))
    return described(seen, {o.name for o in failing})


def driver_says(driver: Any, action: Action, expected: str) -> str:
    """In the words of :func:`model_says`; a failure counts as the expected one if the adapter recognises it."""
    try:
        act(driver, action)
    except Refused as refused:
        return expected if expected.startswith("refused") else f"refused: {refused}"
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what the driver says
        names = expected.removeprefix("fails ").split(", ") if expected.startswith("fails") else []
        if any(driver.recognises(error, name) for name in names):
            return expected
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return described(driver.observe(), driver.warnings())


def described(seen: Mapping[str, object], warnings: Any) -> str:
    values = ", ".join(f"{name} = {seen[name]}" for name in sorted(seen))
    return f"happens, {values}" + (f", warned of {', '.join(sorted(warnings))}" if warnings else "")


def compare(observer: Observer, driver: Any, state: State, action: Action, way: list[Action]) -> Disagreement | None:
    model = model_says(observer, state, action)
    other = driver_says(driver, action, model)
    if model == other:
        return None
    if model.startswith("happens") and other.startswith("happens"):
        left, right = set(model.split(", ")), set(other.split(", "))
        model, other = ", ".join(sorted(left - right)), ", ".join(sorted(right - left))
    return Disagreement(tuple(a.label for a in way), action.label, model or "nothing", other or "nothing")


def walk(revision: str, system: System, steps: int, seed: int, adapter: Path = ADAPTER) -> Disagreement | None:
    """A random behaviour of so many steps in all, begun again where it cannot go on; at each step some refusals are tried."""
    rng = random.Random(seed)
    observer = Observer(system)
    drivers = Drivers(revision, system, adapter)
    start = next(observer.interpreter.initial_states())
    state, way, driver = start, list[Action](), drivers.after(())
    for _ in range(steps):
        it = observer.interpreter
        possible = [a for a in system.actions if it.attempted(state, a)]
        refused = [a for a in system.actions if a not in possible]
        for action in rng.sample(refused, min(4, len(refused))):
            found = compare(observer, driver, state, action, way)
            if found:
                return found
        if not possible:
            state, way, driver = start, [], drivers.after(())
            continue
        action = rng.choice(possible)
        found = compare(observer, driver, state, action, way)
        if found:
            return found
        if it.happens(state, action):
            state = it.apply(state, action)
            way.append(action)
        else:
            state, way, driver = start, [], drivers.after(())
    return None


def complete(revision: str, system: System, most: int = 20, adapter: Path = ADAPTER) -> list[Disagreement]:
    """Every action in every reachable state; at most so many disagreements, nearest first, one per action."""
    observer = Observer(system)
    it = observer.interpreter
    drivers = Drivers(revision, system, adapter)
    found: dict[str, Disagreement] = {}
    start = next(it.initial_states())
    level: dict[State, list[Action]] = {start: []}
    seen = {start}
    while level and len(found) < most:
        following: dict[State, list[Action]] = {}
        for state, way in level.items():
            driver, used = drivers.after(way), False
            for action in sorted(system.actions, key=lambda a: it.attempted(state, a)):
                if used:
                    driver = drivers.after(way)
                used = it.attempted(state, action)
                difference = compare(observer, driver, state, action, way)
                if difference:
                    found.setdefault(action.label, difference)
                    used = True
                elif it.happens(state, action):
                    after = it.apply(state, action)
                    if after not in seen:
                        seen.add(after)
                        following[after] = [*way, action]
        level = following
    return list(found.values())


def systems(workspace: Workspace | None = None) -> dict[str, System]:
    """Every revision of the spec, lowered."""
    memo = Memo()
    documents = (workspace or load(str(SPEC))).documents
    return {name: lower(check(document, {}, Diagnostics(), memo)) for name, document in documents.items()}

