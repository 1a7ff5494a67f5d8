"""One revision of a spec as written: sections parsed, overlays applied, names not yet resolved."""

from __future__ import annotations

from dataclasses import dataclass

from specgen.language.source import Source, Span
from specgen.language.syntax import Call, Declaration, Effect, Expr, TypeExpr


@dataclass(frozen=True, slots=True, eq=False)
class Citation:
    """``cites: mail 9``: step ``9`` of the source ``mail``."""

    span: Span
    source: str
    step: str


@dataclass(frozen=True, slots=True, eq=False)
class Cited:
    """An entry of ``sources``: a text the spec cites, with its numbered steps."""

    name: str
    span: Span
    title: str
    file: str | None
    steps: dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A named expression: guard, assert, check, invariant, cover, init or terminal predicate."""

    name: str
    span: Span
    expr: Expr
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """``type`` is None only in procedures and definitions, whose parameters take what is given."""

    name: str
    span: Span
    type: TypeExpr | None


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    name: str
    span: Span
    params: tuple[Parameter, ...]
    expr: Expr
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """``N: 1`` has only a default; ``N: 0..4 = 1`` also a type."""

    name: str
    span: Span
    declaration: Declaration | None
    value: Expr
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    name: str
    span: Span
    declaration: Declaration
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """Who takes steps. ``fair``: its enabled steps eventually run (for liveness)."""

    name: str
    span: Span
    sequential: bool = False
    controllable: bool = False
    fair: bool = True
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """An atomic action, or one step of a process (then ``each`` and ``in_order`` may be set)."""

    name: str
    span: Span
    actor: str | None
    params: tuple[Parameter, ...]
    guards: tuple[Named, ...]
    asserts: tuple[Named, ...]
    checks: tuple[Named, ...]
    effect: Effect
    cites: tuple[Citation, ...] = ()
    code: tuple[str, ...] = ()
    about: str = ""
    each: tuple[Parameter, ...] = ()
    in_order: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    name: str
    span: Span
    actor: str | None
    params: tuple[Parameter, ...]
    steps: tuple[Action, ...]
    called: bool = False
    cites: tuple[Citation, ...] = ()
    code: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Procedure:
    name: str
    span: Span
    params: tuple[Parameter, ...]
    asserts: tuple[Named, ...]
    checks: tuple[Named, ...]
    effect: Effect
    cites: tuple[Citation, ...] = ()
    code: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Liveness:
    """Whenever ``when`` holds, ``eventually`` holds then or later, under the actors' fairness."""

    name: str
    span: Span
    when: Expr
    eventually: Expr
    about: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """``word`` is one of holds, violated, reached, unreachable, always possible, impossible;
    ``depth`` is a number of steps or None."""

    property: str
    span: Span
    word: str
    depth: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Revision:
    """What a revision says of itself. ``cites``: whose citations its traces show."""

    name: str
    span: Span
    title: str = ""
    date: str = ""
    source: str = ""
    base: str | None = None
    cites: str | None = None
    about: str = ""
    expect: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One revision, complete. Mappings keep the order written.

    Removed processes stay in ``removed_processes``: their counters read ``idle`` for ever.
    """

    source: Source
    name: str
    title: str
    about: str
    revision: Revision
    sources: dict[str, Cited]
    constants: dict[str, Constant]
    types: dict[str, TypeExpr]
    type_spans: dict[str, Span]
    variables: dict[str, Variable]
    init: dict[str, Named]
    definitions: dict[str, Definition]
    procedures: dict[str, Procedure]
    actors: dict[str, Actor]
    actions: dict[str, Action]
    processes: dict[str, Process]
    removed_processes: dict[str, Process]
    invariants: dict[str, Named]
    covers: dict[str, Named]
    always_possible: dict[str, Named]
    liveness: dict[str, Liveness]
    terminal: dict[str, Named]
    observations: dict[str, Definition]
    code: dict[str, object]
    generate: dict[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """A spec file with all its revisions, and the hash of everything it was read from.

    Args:
        sha256: of the spec's files, includes in order.
        documents: by revision name, in the order written; ``base`` alone if there are none.
        base: the document without any overlay (also in ``documents`` when a revision names it).
    """

    path: str
    sha256: str
    sources: tuple[Source, ...]
    documents: dict[str, Document]
    base: Document


__all__ = [
    "Action",
    "Actor",
    "Call",
    "Citation",
    "Cited",
    "Constant",
    "Definition",
    "Document",
    "Expectation",
    "Liveness",
    "Named",
    "Parameter",
    "Procedure",
    "Process",
    "Revision",
    "Variable",
    "Workspace",
]
