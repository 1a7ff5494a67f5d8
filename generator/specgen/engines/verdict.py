"""What engines say, and what is concluded from several of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from specgen.trace.trace import Trace

# kind of a property: invariant, assert, check, cover, possible, deadlock, in_range, one_effect, dead_action
Key = tuple[str, str]  # (kind, name)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one engine's run; None: none.

    Args:
        depth: in steps.
        seconds: wall time.
        bytes: of memory.
        work: of the solver, in its own units: no deeper once so much is done. The same on every machine.
        states: of an explicit search; it stops soon after it has seen more. The same on every machine.
    """

    depth: int | None = None
    seconds: float | None = None
    bytes: int | None = None
    work: int | None = None
    states: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One engine's word on one property.

    Args:
        verdict: ``holds`` (invariant, assert, check, possible, deadlock, in_range, one_effect,
            dead_action), ``violated``, ``reached``, ``unreachable`` (covers), ``unknown``.
        complete: True when the verdict is definite (``violated`` and ``reached`` always are); False when it
            says only that nothing was found down to ``depth``.
        depth: steps of the trace, or the depth down to which nothing was found; None if not even that.
        trace: a shortest one, for ``violated`` and ``reached``; a path to the state for ``possible``;
            None for dead actions.
        reason: why ``unknown`` or incomplete: ``timeout 60 s``, ``memory 2 GiB``, ``depth``.
        detail: lines for people: which guard blocks a dead action, which conjuncts block a deadlock.
    """

    kind: str
    name: str
    verdict: str
    complete: bool
    depth: int | None
    trace: Trace | None = None
    reason: str = ""
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One engine's run over one system.

    Args:
        engine: ``explicit`` or ``z3``.
        outcomes: one per property asked for, in the order of :func:`specgen.engines.properties.keys`.
        states, edges: reachable states and (state, action) pairs; explicit search only, else None.
        levels: number of states first reached after exactly k steps (explicit only).
        initial, terminal: numbers of initial states and of states without any enabled action (explicit only).
        complete: all reachable states were seen.
        depth: steps covered completely.
        ends: names of violated asserts (and of ``in_range``, ``one_effect``) at which paths end, asked for or not;
            explicit search only.
    """

    engine: str
    outcomes: tuple[Outcome, ...]
    complete: bool
    depth: int
    seconds: float
    states: int | None = None
    edges: int | None = None
    levels: tuple[int, ...] = ()
    initial: int | None = None
    terminal: int | None = None
    reason: str = ""
    ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """The joint verdict on one property of one revision.

    Args:
        verdict, complete, depth, trace, detail: as in :class:`Outcome`, from the engine that says most.
        engines: engine -> how far: None when it reached this verdict itself, else the depth it got to.
        expected: as the spec puts it (``violated in 15``), or the good verdict's word.
        as_expected: None when the verdict is unknown or bounded and the expectation cannot be decided.
        masked: names of violated asserts at which paths end, which may hide more (for ``holds``).
    """

    revision: str
    kind: str
    name: str
    verdict: str
    complete: bool
    depth: int | None
    engines: dict[str, int | None]
    expected: str
    as_expected: bool | None
    seconds: float
    states: int | None
    trace: Trace | None = None
    reason: str = ""
    detail: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All results of one revision, with the runs they come from."""

    revision: str
    constants: tuple[tuple[str, str], ...]
    results: tuple[Result, ...]
    runs: tuple[Run, ...]
    seconds: float = 0.0
    warnings: tuple[str, ...] = field(default=())
