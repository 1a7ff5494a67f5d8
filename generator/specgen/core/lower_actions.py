"""One action with its parameters' values: guards, obligations and updates over scalar cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from specgen.core.layout import Value
from specgen.core.lower_expressions import Environment, Lowering, cells, source_text
from specgen.core.system import ACTOR_FREE, AT_STEP, ROUND_OPEN, Action, Domain, Guard, Obligation, Part
from specgen.core.terms import Term
from specgen.language import typed, types
from specgen.language.rules import IDLE
from specgen.language.source import Span
from specgen.language.typed import Binder, Claim, Spec
from specgen.language.types import Array, Enum


@dataclass(slots=True)
class Instances:
    """Which process instances each sequential actor has, and how to read every counter.

    An instance is a process with values for its parameters, as an index into the counter's array.
    """

    spec: Spec
    lowering: Lowering
    by_actor: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    first_rounds: dict[str, tuple[str, int]] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of each counter, in the order of its values

    def __post_init__(self) -> None:
        for action in self.spec.actions:
            position = action.position
            if position is not None and position.done is not None and position.at == IDLE:
                rounds = types.combinations(b.type for b in position.each)
                self.first_rounds[position.process] = (position.done, rounds)
        counters = {v.name: v for v in self.spec.variables if v.origin == "counter"}
        for name, variable in counters.items():
            kind = variable.type.element if isinstance(variable.type, Array) else variable.type
            assert isinstance(kind, Enum)  # so the type checker makes them
            self.words[name] = kind.labels
        for name, process in self.spec.document.processes.items():
            if name in counters and process.actor in self.spec.sequential:
                count = types.cells(counters[name].type)
                self.by_actor.setdefault(process.actor or "", []).extend((name, i) for i in range(count))

    def counter(self, process: str, instance: int) -> Term:
        """The counter of one instance."""
        value = self.lowering.layout.values[process]
        found: Value = value[instance] if isinstance(value, tuple) else value
        assert isinstance(found, Term)
        return found

    def idle(self, process: str, instance: int) -> Term:
        """Whether an instance is not under way; a first step's rounds run while the counter is idle."""
        lowering = self.lowering
        terms = lowering.terms
        at_idle = terms.eq(self.counter(process, instance), terms.const(0))
        if process not in self.first_rounds:
            return at_idle
        done, rounds = self.first_rounds[process]
        flags = [term for _, term in cells(lowering.layout.shapes[done], lowering.layout.values[done])]
        own = flags[instance * rounds : (instance + 1) * rounds]
        return terms.and_(at_idle, *(terms.not_(flag) for flag in own))

    def number(self, binders: tuple[Binder, ...], env: Environment) -> int:
        """The instance for given values of the process's parameters."""
        number = 0
        for binder in binders:
            domain = types.values(binder.type)
            number = number * len(domain) + domain.index(env[binder])
        return number

    def label(self, process: str, word: str) -> int:
        """The value of a counter that stands for a step."""
        return self.words[process].index(word)


@dataclass(slots=True)
class ActionLowering:
    """Lowers one instance of one action. Used once."""

    lowering: Lowering
    instances: Instances
    action: typed.Action
    env: Environment
    obligations: list[Obligation] = field(default_factory=list)
    writes: dict[int, list[tuple[Term, Term, Span]]] = field(default_factory=dict)
    jumps: list[tuple[Term, int, Span]] = field(default_factory=list)
    cites: list[tuple[str, str]] = field(default_factory=list)
    asserted: Term = field(init=False)  # all asserts so far hold: what follows is looked at only then

    def __post_init__(self) -> None:
        self.asserted = self.lowering.terms.true

    def lower(self, index: int) -> Action | None:
        """The ground action, or None if its guards are false in every state."""
        action, terms = self.action, self.lowering.terms
        guards = [*self._position_guards(), *self._written_guards()]
        if terms.and_(*(g.term for g in guards)) is terms.false and not self.obligations:
            return None
        self.cites += action.cites
        self._claims(action.asserts, action.checks, terms.true, self.env)
        self._effect(action.effect, terms.true, self.env)
        self._advance()
        updates = self._updates()
        return Action(
            index,
            action.name,
            tuple((b.name, types.text(b.type, self.env[b])) for b in action.params),
            action.actor,
            action.code,
            tuple(dict.fromkeys(self.cites)),
            action.span,
            tuple(guards),
            tuple(self.obligations),
            updates,
        )

    # ------------------------------------------------------------ guards

    def _position_guards(self) -> list[Guard]:
        action, terms, position = self.action, self.lowering.terms, self.action.position
        found: list[Guard] = []
        own: tuple[str, int] | None = None
        if position is not None:
            own = (position.process, self.instances.number(position.binders, self.env))
            at = terms.const(self.instances.label(position.process, position.at))
            found.append(Guard(AT_STEP, terms.eq(self.instances.counter(*own), at), action.span))
            if position.each:
                found.append(Guard(ROUND_OPEN, self._round_open(position), action.span))
        others = [i for i in self.instances.by_actor.get(action.actor, []) if i != own]
        if others:
            idle = (self.instances.idle(*instance) for instance in others)
            found.append(Guard(ACTOR_FREE, terms.and_(*idle), action.span))
        return found

    def _done(self, position: typed.Position) -> tuple[list[Term], list[int], int]:
        """Of an `each` step in this instance: the done cells, their variables, this round's place."""
        assert position.done is not None
        layout = self.lowering.layout
        rounds = types.combinations(b.type for b in position.each)
        first = self.instances.number(position.binders, self.env) * rounds
        own = self.instances.number(position.each, self.env)
        pairs = list(cells(layout.shapes[position.done], layout.values[position.done]))[first : first + rounds]
        return [term for _, term in pairs], [variable for variable, _ in pairs], own

    def _round_open(self, position: typed.Position) -> Term:
        terms = self.lowering.terms
        done, _, own = self._done(position)
        earlier = done[:own] if position.in_order else []
        return terms.and_(terms.not_(done[own]), *earlier)

    def _written_guards(self) -> list[Guard]:
        terms = self.lowering.terms
        before = terms.true
        found: list[Guard] = []
        for claim in self.action.guards:
            term, defined = self.lowering.term(claim.expr, self.env)
            fine = terms.implies(before, defined)
            if fine is not terms.true:
                # a guard that cannot be evaluated is a finding wherever the guards before it hold
                position = terms.and_(*(g.term for g in self._position_guards()))
                self._oblige("in_range", "in_range", terms.implies(position, fine), claim.expr.span, always=True)
            term = terms.and_(term, defined)
            parts = () if term.op == "const" else self.lowering.parts(claim.expr, self.env)
            found.append(Guard(claim.name, term, claim.span, parts))
            before = terms.and_(before, term)
            if before is terms.false:
                break  # this instance never happens: what follows is never looked at
        return found

    # ------------------------------------------------------------ obligations

    def _oblige(
        self, kind: str, name: str, term: Term, span: Span, *, always: bool = False, parts: tuple[Part, ...] = ()
    ) -> None:
        if term is not self.lowering.terms.true:
            self.obligations.append(Obligation(kind, name, term, span, source_text(span), True, always, parts))

    def _claims(self, asserts: tuple[Claim, ...], checks: tuple[Claim, ...], path: Term, env: Environment) -> None:
        terms = self.lowering.terms
        for kind, claims in (("assert", asserts), ("check", checks)):
            for claim in claims:
                term, defined = self.lowering.term(claim.expr, env)
                self._in_range(path, defined, claim.span)
                needed = terms.implies(terms.and_(path, defined), term)
                fatal = kind == "assert"
                parts = self.lowering.parts(claim.expr, env)
                text = source_text(claim.span)
                self.obligations.append(Obligation(kind, claim.name, needed, claim.span, text, fatal, False, parts))
                if fatal:
                    self.asserted = terms.and_(self.asserted, needed)

    def _in_range(self, path: Term, defined: Term, span: Span, parts: tuple[Part, ...] = ()) -> None:
        terms = self.lowering.terms
        if defined is not terms.true:
            needed = terms.implies(terms.and_(path, self.asserted), defined)
            self._oblige("in_range", "in_range", needed, span, parts=parts)

    # ------------------------------------------------------------ effects

    def _effect(self, statements: tuple[typed.Statement, ...], path: Term, env: Environment) -> None:
        terms = self.lowering.terms
        for statement in statements:
            if path is terms.false:
                return
            match statement:
                case typed.Assign():
                    self._assign(statement, path, env)
                case typed.If(condition, then, otherwise):
                    test, defined = self.lowering.term(condition, env)
                    self._in_range(path, defined, condition.span)
                    # where the condition has no value neither branch is looked at: that is the finding
                    self._effect(then, terms.and_(path, defined, test), env)
                    self._effect(otherwise, terms.and_(path, defined, terms.not_(test)), env)
                case typed.For(binders, where, body):
                    for inner in self.lowering.rounds(binders, env):
                        test = terms.true
                        if where is not None:
                            test, defined = self.lowering.term(where, inner)
                            self._in_range(path, defined, where.span)
                            test = terms.and_(defined, test)
                        self._effect(body, terms.and_(path, test), inner)
                case typed.Perform(asserts, checks, body, cites):
                    self._claims(asserts, checks, path, env)
                    if path is terms.true:
                        self.cites += cites
                    self._effect(body, path, env)
                case typed.Jump(span, label):
                    position = self.action.position
                    assert position is not None  # the type checker lets no jump stand elsewhere
                    self.jumps.append((path, self.instances.label(position.process, label), span))

    def _assign(self, statement: typed.Assign, path: Term, env: Environment) -> None:
        lowering, terms = self.lowering, self.lowering.terms
        value, defined = lowering.value(statement.value, env)
        places, reachable = lowering.places(statement.target, env)
        fits = lowering.fits(value, statement.target.type)
        explained = lowering.parts(statement.value, env)
        if isinstance(value, Term) and fits is not terms.true:
            what = f"{source_text(statement.value.span)}, to be in {statement.target.type}"
            explained = (Part(what, value, Domain("int", value.low, value.high - value.low + 1)), *explained)
        self._in_range(path, terms.and_(defined, fits), statement.value.span, explained)
        self._in_range(path, reachable, statement.target.span)
        for condition, shape in places:
            when = terms.and_(path, condition)
            if when is terms.false:
                continue
            for variable, term in cells(shape, value):
                self.writes.setdefault(variable, []).append((when, term, statement.span))

    def _advance(self) -> None:
        """Moves the counter, and the rounds of an `each` step."""
        position, terms = self.action.position, self.lowering.terms
        if position is None:
            return
        instance = self.instances.number(position.binders, self.env)
        counter = self.instances.counter(position.process, instance)
        jumped = terms.or_(*(when for when, _, _ in self.jumps))
        leaves = terms.true
        if position.each:
            done, variables, own = self._done(position)
            through = terms.and_(*(d for place, d in enumerate(done) if place != own))
            leaves = terms.or_(jumped, through)
            for place, variable in enumerate(variables):
                reached = terms.true if place == own else done[place]
                term = terms.and_(terms.not_(leaves), reached)
                self.writes.setdefault(variable, []).append((terms.true, term, self.action.span))
        writes = self.writes.setdefault(counter.value, [])
        for when, label, span in self.jumps:
            writes.append((when, terms.const(label), span))
        onwards = terms.and_(leaves, terms.not_(jumped))
        following = terms.const(self.instances.label(position.process, position.next))
        writes.append((onwards, following, self.action.span))

    def _updates(self) -> tuple[tuple[int, Term], ...]:
        terms = self.lowering.terms
        found: list[tuple[int, Term]] = []
        for variable, writes in sorted(self.writes.items()):
            for (i, first), (j, second) in product(enumerate(writes), repeat=2):
                if i < j:
                    both = terms.and_(first[0], second[0], self.asserted)
                    clash = terms.and_(both, terms.not_(terms.eq(first[1], second[1])))
                    self._oblige("one_effect", "one_effect", terms.not_(clash), second[2])
            term = old = self.lowering.layout.term(variable)
            for when, value, _ in reversed(writes):
                term = terms.ite(when, value, term)
            if term is not old:
                found.append((variable, term))
        return tuple(found)
