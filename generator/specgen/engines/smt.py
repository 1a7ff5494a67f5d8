"""A system as SMT-LIB text, one chunk per step: feeding a solver text is far cheaper than building terms.

A boolean variable is a Bool; any other is a bit vector that holds its value minus the domain's low end. Names end in
``!k`` for step k. Every action has a selector per step; exactly one is chosen, and what no chosen action
writes stays as it was (frame axioms).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from specgen.core.system import Action, System, Variable
from specgen.core.terms import Term, evaluation_order
from specgen.engines.steps import reads_and_writes

HERE, NEXT = "!@", "!@+"  # stand for a step and the next one in a chunk that is made once


@dataclass(frozen=True, slots=True)
class _Number:
    """Bits of an integer term: ``text`` is None for a constant; ``width`` bits hold the value minus ``low``."""

    text: str | None
    low: int
    high: int

    @property
    def width(self) -> int:
        return max(1, (self.high - self.low).bit_length())

    def fit(self, low: int, width: int) -> str:
        """The value minus ``low`` in ``width`` bits."""
        if self.text is None:
            return bits(self.low - low, width)
        text = self.text
        if width > self.width:
            text = f"((_ zero_extend {width - self.width}) {text})"
        return f"(bvadd {text} {bits(self.low - low, width)})" if self.low != low else text


def bits(value: int, width: int) -> str:
    """A bit vector constant."""
    return f"#b{value:0{width}b}"


class StateWriter:
    """Text of terms over the state at one step.

    Attributes:
        lines: declarations of the variables, then macros for the parts of terms; grows as terms are written.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._texts: dict[int, str | _Number] = {}
        self.lines = [
            f"(declare-const {self.variable(v.index)} {_sort(v)})" for v in system.variables if v.domain.size > 1
        ]

    def variable(self, index: int, where: str = HERE) -> str:
        """A variable's name."""
        return f"v{index}{where}"

    def truth(self, term: Term) -> str:
        """A boolean term in the state here."""
        text = self._write(term)
        assert isinstance(text, str)
        return text

    def domain(self, index: int) -> str | None:
        """That a variable is within its domain; None where every pattern of bits is."""
        size = self._system.variables[index].domain.size
        width = (size - 1).bit_length()
        if size == 1 << width:
            return None
        return f"(bvule {self.variable(index)} {bits(size - 1, width)})"

    def equals(self, index: int, value: int) -> str:
        """That a variable has a value here."""
        domain = self._system.variables[index].domain
        if domain.kind == "bool":
            return self.variable(index) if value else f"(not {self.variable(index)})"
        return f"(= {self.variable(index)} {bits(value - domain.low, (domain.size - 1).bit_length())})"

    def becomes(self, index: int, term: Term) -> str:
        """That a variable next has the value of a term here, or stays if that is outside its domain."""
        domain = self._system.variables[index].domain
        after = self.variable(index, NEXT)
        value = self._write(term)
        if isinstance(value, str):
            return f"(= {after} {value})"
        high, width = domain.low + domain.size - 1, (domain.size - 1).bit_length()
        if domain.low <= value.low and value.high <= high:
            return f"(= {after} {value.fit(domain.low, width)})"
        if value.high < domain.low or value.low > high:
            return self.stays(index)
        low = min(value.low, domain.low)
        wide = (max(value.high, high) - low).bit_length()
        text = value.fit(low, wide)
        inside = f"(and (bvuge {text} {bits(domain.low - low, wide)}) (bvule {text} {bits(high - low, wide)}))"
        cut = f"((_ extract {width - 1} 0) (bvsub {text} {bits(domain.low - low, wide)}))"
        return f"(= {after} (ite {inside} {cut} {self.variable(index)}))"

    def stays(self, index: int) -> str:
        return f"(= {self.variable(index, NEXT)} {self.variable(index)})"

    def _write(self, term: Term) -> str | _Number:
        if term.id not in self._texts:
            for node in evaluation_order(term):
                if node.id not in self._texts:
                    self._texts[node.id] = self._node(node)
        return self._texts[term.id]

    def _node(self, node: Term) -> str | _Number:
        if node.op == "const":
            if node.sort == "bool":
                return "true" if node.value else "false"
            return _Number(None, node.value, node.value)
        if node.op == "var":
            return self._variable(node.value)
        args = [self._texts[a.id] for a in node.operands]
        numbers = [a for a in args if isinstance(a, _Number)]
        if node.op == "ite":
            return self._choice(node, args, numbers)
        if numbers and node.op in ("add", "sub"):
            return self._sum(node, numbers)
        if numbers:
            low, width = _joint(numbers)
            op = {"eq": "=", "lt": "bvult", "le": "bvule"}[node.op]
            return self._macro(node, f"({op} {' '.join(n.fit(low, width) for n in numbers)})")
        op = {"eq": "="}.get(node.op, node.op)
        text = f"({op} {' '.join(a for a in args if isinstance(a, str))})"
        return text if node.op == "not" else self._macro(node, text)

    def _variable(self, index: int) -> str | _Number:
        domain = self._system.variables[index].domain
        if domain.kind == "bool":
            return self.variable(index)
        if domain.size == 1:
            return _Number(None, domain.low, domain.low)
        return _Number(self.variable(index), domain.low, domain.low + domain.size - 1)

    def _choice(self, node: Term, args: list[str | _Number], numbers: list[_Number]) -> str | _Number:
        condition = args[0]
        if not numbers:
            return self._macro(node, f"(ite {condition} {args[1]} {args[2]})")
        low, width = _joint(numbers)
        text = f"(ite {condition} {numbers[0].fit(low, width)} {numbers[1].fit(low, width)})"
        return self._bits(node, text, low, max(n.high for n in numbers))

    def _sum(self, node: Term, numbers: list[_Number]) -> _Number:
        a, b = numbers
        if node.op == "add":
            low, high = a.low + b.low, a.high + b.high
            width = max(1, (high - low).bit_length())
            return self._bits(node, f"(bvadd {a.fit(a.low, width)} {b.fit(b.low, width)})", low, high)
        low, high = a.low - b.high, a.high - b.low
        width = max(1, (high - low).bit_length())
        # a - b - low = (a - a.low) + (b.high - b), and neither part is below 0
        rest = f"(bvsub {bits(b.high - b.low, width)} {b.fit(b.low, width)})"
        return self._bits(node, f"(bvadd {a.fit(a.low, width)} {rest})", low, high)

    def _bits(self, node: Term, text: str, low: int, high: int) -> _Number:
        width = max(1, (high - low).bit_length())
        name = f"t{node.id}{HERE}"
        self.lines.append(f"(define-fun {name} () (_ BitVec {width}) {text})")
        return _Number(name, low, high)

    def _macro(self, node: Term, text: str) -> str:
        if len(text) < 40:
            return text
        name = f"t{node.id}{HERE}"
        self.lines.append(f"(define-fun {name} () Bool {text})")
        return name


def _joint(numbers: list[_Number]) -> tuple[int, int]:
    """A common low end and a width that holds all."""
    low = min(n.low for n in numbers)
    return low, max(1, (max(n.high for n in numbers) - low).bit_length())


class Encoding:
    """The texts of one system; each is made once and copied for every step.

    Feed :meth:`state` of step 0 and :meth:`initial`; then for each further step its ``state`` and the
    :meth:`transition` before it.

    Args:
        watched: predicates by name; ``name!k`` says that the predicate holds at step k.
        sorted_steps: of independent neighbouring steps allow only the order of their numbers. Any state that can
            be reached in k steps still can.
    """

    def __init__(
        self,
        system: System,
        watched: Mapping[str, Callable[[StateWriter], str]],
        *,
        sorted_steps: bool = True,
    ) -> None:
        self.system = system
        self._writer = StateWriter(system)
        self._initial = self._make_initial()
        self._transition = self._make_transition()
        named = []
        for name, predicate in watched.items():
            named += [f"(declare-const {name}{HERE} Bool)", f"(assert (= {name}{HERE} {predicate(self._writer)}))"]
        self._state = "\n".join([*self._writer.lines, *named])
        self._order = _sorted_neighbours(system) if sorted_steps else ""

    def state(self, step: int) -> str:
        """The variables of a step, and what is watched there."""
        return _at(self._state, step)

    def initial(self) -> str:
        """What holds at step 0."""
        return _at(self._initial, 0)

    def transition(self, step: int) -> str:
        """From the state at a step to the next one."""
        order = _at(self._order, step - 1) if step else ""
        return f"{_at(self._transition, step)}\n{order}"

    def equals(self, index: int, value: int, step: int) -> str:
        """That a variable of more than one value has this one at a step."""
        return _at(self._writer.equals(index, value), step)

    def _make_initial(self) -> str:
        writer, lines = self._writer, []
        for variable, start in zip(self.system.variables, self.system.start, strict=True):
            if variable.domain.size > 1:
                known = writer.domain(variable.index) if start is None else writer.equals(variable.index, start)
                lines.append(_require(known or "true"))
        return "\n".join([*lines, _require(writer.truth(self.system.init))])

    def _make_transition(self) -> str:
        system, writer = self.system, self._writer
        lines = []
        writers: dict[int, list[str]] = {v.index: [] for v in system.variables if v.domain.size > 1}
        for action in system.actions:
            chosen = selector(action)
            lines.append(f"(declare-const {chosen} Bool)")
            needs = [g.term for g in action.guards] + [o.term for o in action.obligations if o.fatal]
            lines += [_require(f"(=> {chosen} {writer.truth(term)})") for term in needs]
            for index, term in action.updates:
                if index in writers:
                    writers[index].append(chosen)
                    lines.append(_require(f"(=> {chosen} {writer.becomes(index, term)})"))
        for index, chosen_by in writers.items():
            lines.append(_require(disjunction([writer.stays(index), *chosen_by])))
        lines += _exactly_one([selector(a) for a in system.actions])
        return "\n".join(lines)


def enabled(writer: StateWriter, action: Action) -> str:
    """That an action is enabled."""
    terms = [o.term for o in action.obligations if o.always] + [g.term for g in action.guards]
    return conjunction([writer.truth(t) for t in terms])


def selector(action: Action) -> str:
    """The name that says that the step here is this action."""
    return f"a{action.index}{HERE}"


def conjunction(texts: Sequence[str]) -> str:
    if not texts:
        return "true"
    return texts[0] if len(texts) == 1 else f"(and {' '.join(texts)})"


def disjunction(texts: Sequence[str]) -> str:
    if not texts:
        return "false"
    return texts[0] if len(texts) == 1 else f"(or {' '.join(texts)})"


def _require(text: str) -> str:
    return f"(assert {text})"


def _at(text: str, step: int) -> str:
    return text.replace(NEXT, f"!{step + 1}").replace(HERE, f"!{step}")


def _sort(variable: Variable) -> str:
    if variable.domain.kind == "bool":
        return "Bool"
    return f"(_ BitVec {(variable.domain.size - 1).bit_length()})"


def _exactly_one(names: list[str]) -> list[str]:
    # at most one: two different selectors would give some bit of the chosen number two values
    lines = [_require(disjunction(names))]
    digits = [f"n{d}{HERE}" for d in range(max(0, len(names) - 1).bit_length())]
    lines += [f"(declare-const {digit} Bool)" for digit in digits]
    for number, name in enumerate(names):
        for place, digit in enumerate(digits):
            lines.append(_require(f"(=> {name} {digit if number >> place & 1 else f'(not {digit})'})"))
    return lines


def _sorted_neighbours(system: System) -> str:
    """Forbids a step right behind a higher-numbered one when both orders lead to the same state."""
    writes = [frozenset(i for i, _ in a.updates) for a in system.actions]
    touches = [reads_and_writes(a) for a in system.actions]
    lines = []
    for low, high in combinations(range(len(system.actions)), 2):
        if not (writes[low] & touches[high] or writes[high] & touches[low]):
            lines.append(_require(f"(not (and a{high}{HERE} a{low}{NEXT}))"))
    return "\n".join(lines)
