"""A spec with every name resolved and every expression typed: what lowering reads.

Definitions, procedures and called processes are expanded already; parameters are :class:`Binder` objects,
compared by identity, so that two parameters of one name never meet.
"""

from __future__ import annotations

from dataclasses import dataclass

from specgen.language.document import Action as SourceAction
from specgen.language.document import Document, Liveness
from specgen.language.source import Span
from specgen.language.types import Initial, Scalar, Type


@dataclass(frozen=True, slots=True, eq=False)
class Binder:
    """A parameter or bound variable; takes each value of its type."""

    name: str
    type: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Const:
    """A scalar value, encoded as in :func:`specgen.language.types.values`."""

    span: Span
    type: Scalar
    value: int


@dataclass(frozen=True, slots=True, eq=False)
class Var:
    """A whole state variable (or process counter)."""

    span: Span
    type: Type
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Param:
    span: Span
    type: Scalar
    binder: Binder


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """``base[indices]`` on an array or (with one index) a sequence."""

    span: Span
    type: Type
    base: Typed
    indices: tuple[Typed, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    span: Span
    type: Type
    base: Typed
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """An operator or built-in function.

    ``op``: ``not neg and or implies = != < <= > >= + - min max size union intersection difference subset
    append head tail in if set seq record default widen deref``. ``widen`` makes a T a ``T or null``;
    ``deref`` the reverse, undefined for null; ``if`` has three operands; ``in`` an item and a container.
    """

    span: Span
    type: Type
    op: str
    args: tuple[Typed, ...]
    initial: Initial | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Quantifier:
    """``kind`` as in the syntax; ``where`` and ``body`` are boolean, None when absent."""

    span: Span
    type: Type
    kind: str
    binders: tuple[Binder, ...]
    where: Typed | None
    body: Typed | None


Typed = Const | Var | Param | Index | Field | Apply | Quantifier


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A named boolean expression: a guard, assert, check or state predicate."""

    name: str
    span: Span
    expr: Typed


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    span: Span
    target: Typed
    value: Typed


@dataclass(frozen=True, slots=True, eq=False)
class If:
    condition: Typed
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class For:
    binders: tuple[Binder, ...]
    where: Typed | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Perform:
    """A procedure, expanded: its asserts and checks, then its effect."""

    asserts: tuple[Claim, ...]
    checks: tuple[Claim, ...]
    body: tuple[Statement, ...]
    cites: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Jump:
    """Sets the counter of the process to ``label``."""

    span: Span
    label: str


Statement = Assign | If | For | Perform | Jump


@dataclass(frozen=True, slots=True, eq=False)
class Position:
    """Where a step stands in its process.

    Args:
        process: whose counter.
        binders: the process's own parameters, which index the counter.
        at: the counter's value before the step.
        next: the value after it, unless the effect jumps.
        each: parameters that the step runs through, one value a step.
        done: the variable that remembers which values are through; None without ``each``.
        in_order: in the order of the values.
    """

    process: str
    binders: tuple[Binder, ...]
    at: str
    next: str
    each: tuple[Binder, ...] = ()
    done: str | None = None
    in_order: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """An action or step, for every value of its ``params`` (those of its process first)."""

    name: str
    span: Span
    source: SourceAction
    actor: str
    params: tuple[Binder, ...]
    guards: tuple[Claim, ...]
    asserts: tuple[Claim, ...]
    checks: tuple[Claim, ...]
    effect: tuple[Statement, ...]
    position: Position | None
    cites: tuple[tuple[str, str], ...]
    code: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """``origin`` is ``state``, ``counter``, ``done`` or ``removed`` (a counter that stays ``idle``)."""

    name: str
    span: Span
    type: Type
    initial: Initial
    origin: str = "state"


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    name: str
    span: Span
    params: tuple[Binder, ...]
    expr: Typed


@dataclass(frozen=True, slots=True, eq=False)
class TypedLiveness:
    source: Liveness
    when: Typed
    eventually: Typed


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """One revision, resolved and typed, for given constants.

    Args:
        constants: name -> (type, encoded value), overrides applied.
        declared: whether every constant has its declared value.
        sequential: names of actors of which only one process may be under way.
    """

    document: Document
    constants: dict[str, tuple[Scalar, int]]
    declared: bool
    types: dict[str, Type]
    variables: tuple[Variable, ...]
    init: tuple[Claim, ...]
    actions: tuple[Action, ...]
    invariants: tuple[Claim, ...]
    covers: tuple[Claim, ...]
    always_possible: tuple[Claim, ...]
    liveness: tuple[TypedLiveness, ...]
    terminal: tuple[Claim, ...]
    observations: tuple[Observation, ...]
    sequential: frozenset[str]
