"""The flat core that every engine speaks: finite scalars, ground guarded actions, nothing else.

Values are integers: a boolean is 0 or 1, an enum value its position among the labels, an integer itself.
A state is a tuple with one value per variable, in the order of :attr:`System.variables`.
Every expression is total: lowering has split off what can go wrong (an index out of range, a null)
into obligations of kind ``in_range``.
"""

from __future__ import annotations

from dataclasses import dataclass

from specgen.core.terms import Term
from specgen.language.source import Span

State = tuple[int, ...]

# Guards that nobody wrote; no guard of a spec can have such a name.
AT_STEP = "at this step"  # the process's counter is there
ROUND_OPEN = "round open"  # an `each` step has not done this value yet
ACTOR_FREE = "actor free"  # no other process of a sequential actor is under way


@dataclass(frozen=True, slots=True)
class Domain:
    """The values low..low+size-1. ``labels`` names them for enums; None for integers and booleans.

    ``kind`` is ``bool``, ``int`` or ``enum``.
    """

    kind: str
    low: int
    size: int
    labels: tuple[str, ...] | None = None

    def text(self, value: int) -> str:
        """The value as the user would write it."""
        if self.labels is not None:
            return self.labels[value]
        if self.kind == "bool":
            return "true" if value else "false"
        return str(value)


@dataclass(frozen=True, slots=True)
class Variable:
    """A scalar cell such as ``ioucmd[old, 0].state``. ``index`` is its place in a state."""

    index: int
    name: str
    domain: Domain


@dataclass(frozen=True, slots=True)
class Cell:
    """Shape of a scalar: the position of its variable."""

    variable: int


@dataclass(frozen=True, slots=True)
class Group:
    """Shape of a record, array, set or sequence: labelled parts.

    ``kind`` is ``record`` (labels are field names), ``array`` (labels are index values as written, one
    tuple per element), ``set`` (labels are elements, parts are boolean cells) or ``sequence`` (the first
    part is the length cell, the others the elements).
    """

    kind: str
    labels: tuple[tuple[str, ...], ...]
    parts: tuple[Shape, ...]


Shape = Cell | Group


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-expression as written, for showing its value beside a property."""

    text: str
    term: Term
    domain: Domain


@dataclass(frozen=True, slots=True)
class Guard:
    name: str
    term: Term
    span: Span
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must hold when an action happens, in the state before it.

    Args:
        kind: ``assert``, ``check``, ``in_range`` or ``one_effect``.
        name: the property it belongs to; for the last two kinds, the kind.
        term: must be true.
        fatal: whether the path ends here when it is not (all kinds but ``check``).
        always: whether it must hold in every state, not only where the guards hold
            (an ``in_range`` obligation of the guards themselves).
        text: the condition as written.
        parts: sub-expressions whose values explain it.
    """

    kind: str
    name: str
    term: Term
    span: Span
    text: str
    fatal: bool
    always: bool = False
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """A ground action: happens when all guards hold; then ``variable := term`` for each update, at once.

    Args:
        name: dotted: ``run_task_list``, ``queue_rq.start``, ``stop.quiesce_dev.wait_idle``.
        params: names and values as written, in order.
        updates: pairs of variable index and term over the state before; terms stay within the domain
            whenever every ``in_range`` obligation holds (engines clamp to the old value otherwise).
        cites: pairs (source, step).
    """

    index: int
    name: str
    params: tuple[tuple[str, str], ...]
    actor: str
    code: tuple[str, ...]
    cites: tuple[tuple[str, str], ...]
    span: Span
    guards: tuple[Guard, ...]
    obligations: tuple[Obligation, ...]
    updates: tuple[tuple[int, Term], ...]

    @property
    def label(self) -> str:
        """Name with arguments, as traces print it: ``queue_rq.start(t=0)``."""
        if not self.params:
            return self.name
        return f"{self.name}({', '.join(f'{n}={v}' for n, v in self.params)})"


@dataclass(frozen=True, slots=True)
class Property:
    """A predicate over states.

    ``kind`` is ``invariant``, ``cover``, ``possible`` or ``in_range`` (the definedness of the others,
    named ``in_range``; it must hold in every reachable state).
    """

    kind: str
    name: str
    term: Term
    span: Span
    text: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Observable:
    """A scalar that a test can see. ``name`` is as in ``request(0, 0)``; ``term`` is its value in a state."""

    name: str
    term: Term
    domain: Domain


@dataclass(frozen=True, slots=True)
class System:
    """One revision, ready to be explored.

    Args:
        init: must hold in an initial state; with ``start``.
        start: per variable its initial value, or None where ``init`` alone decides.
        shapes: user-level variables in order (process counters included), for structured output.
        cited: texts of cited steps: source -> step -> text.
        shown_citations: the source whose steps traces show, or None.
        property_names: per kind (``assert``, ``check``) every name in the spec, also of those that no
            ground action carries.
        action_names: every action name with its span, also those without a ground instance.
        observables: what a test can see: the declared observations or, without any, the whole state but for
            the counters of processes.
        controllable: actors whose steps a test can make happen.
    """

    name: str
    constants: tuple[tuple[str, str], ...]
    variables: tuple[Variable, ...]
    shapes: tuple[tuple[str, Shape], ...]
    start: tuple[int | None, ...]
    init: Term
    actions: tuple[Action, ...]
    properties: tuple[Property, ...]
    terminal: Term
    property_names: tuple[tuple[str, str, Span], ...]
    action_names: tuple[tuple[str, Span], ...]
    cited: dict[str, dict[str, str]]
    shown_citations: str | None
    observables: tuple[Observable, ...] = ()
    controllable: frozenset[str] = frozenset()
