"""What a generator makes: suites of test cases, each a behaviour with what is seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from specgen.core.dump import dump
from specgen.core.system import Action, State, System
from specgen.testgen.harness.names import Value, argument

Seen = tuple[tuple[str, Value], ...]  # observables with their values

# Criteria in the order of their modules, with the sentence that `specgen generate --help` prints.
CRITERIA = {
    "covers": "each cover of the spec is reached",
    "violations": "each violation that a revision is expected to have, on a shortest trace",
    "actions": "each action with each value of its parameters",
    "transitions": "each action with each combination of values that its guards and conditions read",
    "pairs": "each two actions that can follow one another",
    "repeats": "each action taken again, and behind it each action that has to do with it",
    "refusals": "each controllable action refused: each combination of values that its guards read, each way into it",
    "waits": "each step of other actors not happening yet: each combination that its guards read, each way into it",
    "ends": "each state that no action leaves",
    "guards": "each guard without which an assert would fail, and the steps that lead there",
}


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that a suite must exercise.

    Args:
        criterion: a key of :data:`CRITERIA`.
        text: what it is, for people: ``stop.begin where dev = live, mutex = false``.
    """

    criterion: str
    text: str


@dataclass(frozen=True, slots=True)
class Unmet:
    """A goal that no behaviour meets, and why, one line a reason."""

    goal: Goal
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An action that does not happen where a test stands.

    Args:
        action: index into ``system.actions``.
        by: the guards that do not hold there, in the order of the action.
    """

    action: int
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a case.

    Args:
        action: index into ``system.actions``.
        changes: the observables whose values it changes, with the new ones.
        warns: checks that fail in it; the behaviour goes on.
        refusals: what must be refused in the state it leads to.
    """

    action: int
    changes: Seen
    warns: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """What a case ends with, beyond its last step.

    ``kind`` is ``violates`` (the last step fails the assert, check or in_range ``name``), ``breaks`` (the last
    state violates the invariant or the always_possible ``name``), ``stuck`` (no action leaves the last state) or
    ``prevents`` (the first action of ``tail`` is refused ``by`` a guard; if it were not, the rest of ``tail`` would
    lead to a violation of ``name``). What ``also`` names fails in the same last step.
    """

    kind: str
    name: str = ""
    by: str = ""
    tail: tuple[int, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One test.

    Args:
        name: a Python identifier without its ``test_``; depends only on the steps, or on the one goal named.
        initial: the state it starts in; ``start`` is all that is seen of it.
        refusals: what must be refused there.
        goals: what it is in the suite for.
    """

    name: str
    goals: tuple[Goal, ...]
    initial: State
    start: Seen
    refusals: tuple[Refusal, ...]
    steps: tuple[Step, ...]
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one revision for one criterion.

    Args:
        system: the revision's system; actions are indices into it.
        sha256: of the revision's core as ``specgen show --core`` prints it.
        met: how many goals there are that can be met; the cases serve all of them.
    """

    revision: str
    criterion: str
    system: System
    sha256: str
    cases: tuple[Case, ...]
    met: int
    unmet: tuple[Unmet, ...]


def literal(text: str) -> Value:
    """A value as the core writes it (``true``, ``null``, ``3``, ``old``) as a value of Python."""
    words: dict[str, Value] = {"true": True, "false": False, "null": None}
    if text in words:
        return words[text]
    return int(text) if text.lstrip("-").isdecimal() else text


def worded(value: Value) -> str:
    """The opposite of :func:`literal`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def arguments(action: Action) -> dict[str, Value]:
    """The parameters of a ground action with their values."""
    return {name: literal(value) for name, value in action.params}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def core_digest(system: System) -> str:
    """Of a system as ``specgen show --core`` prints it: equal systems have equal ones."""
    return digest(dump(system))


def written(action: Action) -> dict[str, Value]:
    """The parameters of a ground action as generated tests write them."""
    return {argument(name): value for name, value in arguments(action).items()}
