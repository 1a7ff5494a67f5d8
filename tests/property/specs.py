"""Random whole specs, shaped so that some of their properties fail after a few steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .effects import Effects
from .expressions import BOOL, Choices, Draw, Expressions, Names, default_value, partial_free
from .model import (
    NO_DEFAULT,
    ArrayT,
    BoolT,
    CallStep,
    Claims,
    Definition,
    EnumT,
    Expr,
    Fld,
    Goto,
    Idx,
    IntT,
    Lit,
    Op,
    OptT,
    Params,
    Procedure,
    Process,
    RecordT,
    Ref,
    SeqT,
    SetT,
    Spec,
    Step,
    Type,
    Value,
    Variable,
    count,
    starts,
    values,
)

WORDS = ("red", "green", "blue")
MAX_VALUES = 1 << 13  # of all variables together, so that most specs can be searched in no time
MAX_STARTS = 24


@dataclass(frozen=True)
class Skeleton:
    """A process before its steps have bodies: enough to know its counter."""

    name: str
    params: Params
    steps: tuple[str, ...]
    each: tuple[Params, ...]
    called: bool
    calls: int | None  # the step that calls the called process

    def labels(self, callee: Skeleton | None) -> tuple[str, ...]:
        """The counter's values, in the order of the language: a called process's steps behind the calling one."""
        found: list[str] = []
        for position, step in enumerate(self.steps):
            found.append(step if position else "idle")
            if position == self.calls and callee is not None:
                found += [f"{callee.name}.{s}" for s in callee.steps]
        return tuple(found)

    def counter(self, callee: Skeleton | None) -> Type:
        kind = EnumT(self.labels(callee))
        return ArrayT(tuple(t for _, t in self.params), kind) if self.params else kind


class SpecMaker:
    """Makes one spec. Used once."""

    def __init__(self, draw: Draw) -> None:
        self.choose = Choices(draw)
        self.expressions = Expressions(self.choose)
        self.tag = IntT(0, self.choose.between(1, 2), name="Tag")
        self.side = EnumT(WORDS[: self.choose.between(2, 3)], name="Side")
        self.records: tuple[RecordT, ...] = ()
        self.variables: list[Variable] = []
        self.names = Names({}, {}, {}, {}, (self.tag, self.side, BOOL), ())
        self.constants: tuple[tuple[str, int], ...] = ()
        self.definitions: dict[str, Definition] = {}
        self.skeletons: list[Skeleton] = []
        self.callee: Skeleton | None = None

    def declare(self, risky: int | None = None) -> None:
        """Types, constants, variables, the counters of processes, and definitions over them."""
        choose = self.choose
        self.constants = (("LIMIT", choose.between(0, 2)),) if choose.chance(50) else ()
        self._types()
        self._variables()
        self.names = replace(
            self.names,
            vars={v.name: v.kind for v in self.variables},
            constants=dict(self.constants),
            records=tuple(filter(_has_default, self.records)),
            risky=choose.weighted(((5, 0), (3, 5), (2, 25))) if risky is None else risky,
        )
        if risky is None:
            self.skeletons, self.callee = self._skeletons()
            counters = {s.name: s.counter(self.callee) for s in self.skeletons}
            known = {**self.names.vars, **counters}
            self.names = replace(self.names, vars=known, counters=frozenset(counters))
        self.definitions = self._definitions()

    def spec(self) -> Spec:
        """What is declared, without anything that happens."""
        types = (self.tag, self.side, *self.records)
        return Spec(
            self.constants, types, tuple(self.variables), (), self.definitions, {}, (), (), {}, (), (), (), (),
        )  # fmt: skip

    def make(self) -> Spec:
        """A whole spec."""
        choose = self.choose
        self.declare()
        skeletons, callee = self.skeletons, self.callee
        self.effects = Effects(choose, self.expressions, {})
        procedures = self._procedures()
        self.effects.elements = not procedures
        actors = self._actors()
        least = 0 if skeletons else 2
        actions = tuple(self._action(f"act{n}", actors) for n in range(choose.between(least, 4)))
        processes = {s.name: self._process(s, callee, actors) for s in skeletons}
        if callee is not None and any(s.calls is not None for s in skeletons):
            processes[callee.name] = self._process(callee, None, ())
        return replace(
            self.spec(),
            init=(("start", self._start_with(partial_free(self._stateful()))),) if self._many() else (),
            procedures=procedures,
            actors=actors,
            actions=actions,
            processes=processes,
            invariants=self._invariants(),
            covers=self._covers(),
            possible=self._possible(),
            terminal=self._terminal(),
        )

    def boolean(self, names: Names, depth: int = 2) -> Expr:
        return self.expressions.boolean(names, depth)

    # ------------------------------------------------------------ state

    def _scalar(self) -> Type:
        plain = ((3, BOOL), (3, self.tag), (3, self.side), (1, IntT(-1, 1)), (2, IntT(0, 3)), (2, OptT(self.tag)))
        return self.choose.weighted((*plain, (1, OptT(self.side)), (1, OptT(BOOL)), (1, EnumT(("open", "shut")))))

    def _index(self) -> Type:
        return self.choose.pick((self.tag, self.side, BOOL))

    def _types(self) -> None:
        if not self.choose.chance(50):
            return
        fields: list[tuple[str, Type, Value]] = []
        for position in range(self.choose.between(1, 3)):
            kind = self._scalar() if self.choose.chance(85) else SetT(self.tag)
            given = default_value(kind, self.choose) if self.choose.chance(85) else NO_DEFAULT
            fields.append((f"f{position}", kind, given))
        self.records = (RecordT(tuple(fields), name="Slot"),)

    def _kind(self) -> Type:
        choose = self.choose
        element = self._scalar()
        options: list[tuple[int, Type]] = [
            (8, element),
            (4, ArrayT((self._index(),), element)),
            (1, ArrayT((self.tag, self.side), choose.pick((BOOL, self.side)))),
            (3, SetT(choose.pick((self.tag, self.side, BOOL)))),
            (3, SeqT(choose.between(1, 2), choose.pick((self.tag, self.side, BOOL, IntT(0, 1), *self.records)))),
            (1, ArrayT((self._index(),), SetT(self.tag))),
            (1, ArrayT((BOOL,), SeqT(1, self.side))),
            *((3, r) for r in self.records),
            *((2, ArrayT((choose.pick((self.tag, BOOL)),), r)) for r in self.records),
        ]
        return choose.weighted(options)

    def _variables(self) -> None:
        total, many = 1, 1
        for position in range(self.choose.between(2, 5)):
            kind = self._kind()
            if total * count(kind) > MAX_VALUES:
                kind = BOOL
            total *= count(kind)
            initial: Value = NO_DEFAULT
            leaf = kind
            while isinstance(leaf, ArrayT):
                leaf = leaf.element
            if not isinstance(leaf, RecordT) and (many * count(kind) > MAX_STARTS or self.choose.chance(80)):
                initial = default_value(leaf, self.choose)
            if count(kind) > 4096 or many * len(starts(kind, initial)) > MAX_STARTS:
                kind, initial = BOOL, False
            many *= len(starts(kind, initial))
            self.variables.append(Variable(f"v{position}", kind, initial))

    def _many(self) -> bool:
        several = any(len(starts(v.kind, v.initial)) > 1 for v in self.variables)
        return self.choose.chance(60 if several else 3)

    def _start_with(self, names: Names) -> Expr:
        """Holds in some initial states, most likely."""
        expr = self.boolean(names)
        if self.choose.chance(10):
            return expr
        return Op("or", (expr, self.equals(names, 0)), BOOL)

    def _stateful(self) -> Names:
        """What `init` speaks of: variables that may start with several values, if there are any."""
        several = [v for v in self.variables if len(starts(v.kind, v.initial)) > 1] or self.variables
        return replace(self.names, vars={v.name: v.kind for v in several}, definitions={})

    # ------------------------------------------------------------ definitions, procedures

    def _definitions(self) -> dict[str, Definition]:
        found: dict[str, Definition] = {}
        for position in range(self.choose.between(0, 3)):
            params = tuple(
                (f"d{position}_{n}", self.choose.pick((self.tag, self.side, BOOL)))
                for n in range(self.choose.weighted(((4, 0), (4, 1), (1, 2))))
            )
            inner = self.names.bind(*(Ref(n, t, macro=True) for n, t in params))
            kind: Type = self.choose.pick((BOOL, BOOL, IntT(-99, 99)))
            expr = self.expressions.of(kind, inner, 2)
            name = f"d{position}"
            found[name] = Definition(name, params, expr)
            known = {**self.names.definitions, name: (tuple(t for _, t in params), kind, True)}
            self.names = replace(self.names, definitions=known)
        return found

    def _procedures(self) -> dict[str, Procedure]:
        found: dict[str, Procedure] = {}
        for position in range(self.choose.weighted(((5, 0), (4, 1), (2, 2)))):
            name = f"p{position}"
            kinds = [self.choose.pick((self.tag, self.side)) for _ in range(self.choose.between(0, 2))]
            params = tuple((f"{name}_{n}", kind) for n, kind in enumerate(kinds))
            inner = self.names.bind(*(Ref(n, t, macro=True) for n, t in params))
            asserts, checks = self._obligations(inner, 35)
            effect = self.effects.effect(inner, 1)
            found[name] = Procedure(name, params, asserts, checks, effect)
            self.effects = Effects(self.choose, self.expressions, dict(found))
        return found

    def _obligations(self, names: Names, percent: int) -> tuple[Claims, Claims]:
        asserts: Claims = ()
        checks: Claims = ()
        if self.choose.chance(percent):
            asserts = ((self.choose.pick(("fine.a", "fine.b")), self._mostly(names)),)
        if self.choose.chance(percent // 2):
            checks = ((self.choose.pick(("good", "fine.c")), self._mostly(names)),)
        return asserts, checks

    def _actors(self) -> tuple[tuple[str, bool], ...]:
        if not self.choose.chance(40):
            return ()
        return (("worker", self.choose.chance(60)), ("other side", False))

    # ------------------------------------------------------------ actions and processes

    def _guards(self, names: Names, most: int) -> Claims:
        guards = []
        for position in range(self.choose.weighted(((4, 0), (5, 1), (2, most)))):
            expr = self.equals(names, 15) if self.choose.chance(65) else self.boolean(names, 1)
            guards.append((f"g{position}", expr))
        return tuple(guards)

    def _params(self, prefix: str, percent: int) -> Params:
        if not self.choose.chance(percent):
            return ()
        kind = self.choose.weighted(((4, self.tag), (4, self.side), (1, BOOL), (1, IntT(1, 2)), (1, OptT(BOOL))))
        return ((f"{prefix}t", kind),)

    def _step(self, name: str, names: Names, actor: str | None, extra: tuple[CallStep | Goto, ...], **more: Params) -> Step:
        params = self._params("own_" if extra or more else "", 30 if extra or more else 50)
        inner = names.bind(*(Ref(n, t) for n, t in (*more.get("each", ()), *params)))
        asserts, checks = self._obligations(inner, 18)
        guards = self._guards(inner, 2) if not more or self.choose.chance(40) else ()
        effect = self.effects.effect(inner, 2, extra)
        in_order = bool(more.get("each")) and self.choose.chance(40)
        return Step(name, actor, params, guards, asserts, checks, effect, more.get("each", ()), in_order)

    def _action(self, name: str, actors: tuple[tuple[str, bool], ...]) -> Step:
        actor = self.choose.pick([None, *(n for n, _ in actors)])
        return self._step(name, self.names, actor, ())

    def _skeletons(self) -> tuple[list[Skeleton], Skeleton | None]:
        choose = self.choose
        callee = None
        if choose.chance(35):
            params = self._callee_params()
            steps = tuple(f"c{n}" for n in range(choose.between(1, 2)))
            callee = Skeleton("sub", params, steps, ((),) * len(steps), True, None)
        found = []
        for number in range(choose.weighted(((2, 0), (5, 1), (3, 2)))):
            steps = tuple(f"s{number}{n}" for n in range(choose.between(1, 4)))
            each = tuple(
                ((f"e{number}{n}", choose.pick((self.tag, self.side))),) if choose.chance(15) else ()
                for n in range(len(steps))
            )
            params = ((f"q{number}", choose.pick((self.tag, self.side))),) if choose.chance(40) else ()
            plain = [n for n in range(len(steps)) if not each[n]]
            calls = choose.pick(plain) if callee is not None and plain and choose.chance(70) else None
            found.append(Skeleton(f"run{number}", params, steps, each, False, calls))
        return found, callee

    def _callee_params(self) -> Params:
        return (("ct", self.choose.pick((self.tag, self.side))),) if self.choose.chance(60) else ()

    def _process(self, skeleton: Skeleton, callee: Skeleton | None, actors: tuple[tuple[str, bool], ...]) -> Process:
        choose = self.choose
        actor = choose.pick([None, *(n for n, _ in actors)])
        refs = tuple(Ref(n, t, macro=skeleton.called) for n, t in skeleton.params)
        names = self.names.bind(*refs)
        steps = []
        for position, name in enumerate(skeleton.steps):
            extra: tuple[CallStep | Goto, ...] = ()
            if callee is not None and position == skeleton.calls:
                extra = (CallStep(callee.name, self._call_args(callee, refs)),)
            elif choose.chance(25):
                extra = (Goto(choose.pick(("idle", *skeleton.steps[0 if skeleton.called else 1 :]))),)
            steps.append(self._step(name, names, None, extra, each=skeleton.each[position]))
        return Process(skeleton.name, actor, skeleton.params, tuple(steps), skeleton.called)

    def _call_args(self, callee: Skeleton, refs: tuple[Ref, ...]) -> tuple[Expr, ...]:
        found: list[Expr] = []
        for _, kind in callee.params:
            fitting = [r for r in refs if r.kind == kind]
            found.append(self.choose.pick(fitting) if fitting else Lit(self.choose.pick(values(kind)), kind))
        return tuple(found)

    # ------------------------------------------------------------ properties

    def equals(self, names: Names, moved: int = 40) -> Expr:
        """One cell has one value; in so many of a hundred cases not the one it starts with."""
        kinds = [k for k in (BOOL, self.tag, self.side, *self._leaves()) if not isinstance(k, SetT | SeqT)]
        for _ in range(3):
            kind = self.choose.pick(kinds)
            plain = replace(names, params={n: r for n, r in names.params.items() if isinstance(r.kind, IntT | BoolT)})
            ref = self.expressions.ref(kind, partial_free(plain), 0)
            if ref is not None:
                op = "=" if self.choose.chance(92) else "!="
                others = [v for v in values(kind) if v != self._start(ref)]
                given = self.choose.pick(others if others and self.choose.chance(moved) else values(kind))
                return Op(op, (ref, Lit(given, kind)), BOOL)
        return self.boolean(names, 1)

    def _start(self, ref: Expr) -> Value:
        """What a cell starts with; of a parameter or an undetermined cell, nothing in particular."""
        match ref:
            case Ref(name):
                known = {v.name: v.initial for v in self.variables}
                return known.get(name, "idle")
            case Idx(base):
                return self._start(base)
            case Fld(base, name):
                kind = base.kind
                assert isinstance(kind, RecordT)
                return next(d for n, _, d in kind.fields if n == name)
        return NO_DEFAULT

    def kinds(self) -> list[Type]:
        """The types of everything in the state."""
        return [BOOL, *self._leaves(), *(v.kind for v in self.variables), *self.records]

    def _leaves(self) -> list[Type]:
        found: list[Type] = []
        todo = list(self.names.vars.values())
        while todo:
            kind = todo.pop()
            match kind:
                case ArrayT(_, element):
                    todo.append(element)
                case RecordT(fields):
                    todo += [t for _, t, _ in fields]
                case _:
                    found.append(kind)
        return found

    def rare(self, names: Names) -> Expr:
        """Several cells have given values: true in few states."""
        expr = self.equals(names, 95)
        for _ in range(self.choose.weighted(((3, 0), (4, 1), (1, 2)))):
            expr = Op("and", (expr, self.equals(names, 70)), BOOL)
        return expr

    def _mostly(self, names: Names) -> Expr:
        """A condition that fails in few states."""
        if self.choose.chance(15):
            return self.boolean(names)
        if self.choose.chance(25):
            return Op("implies", (self.equals(names, 95), self.boolean(names, 1)), BOOL)
        return Op("not", (self.rare(names),), BOOL)

    def _invariants(self) -> Claims:
        return tuple((f"inv{n}", self._mostly(self.names)) for n in range(self.choose.between(1, 3)))

    def _covers(self) -> Claims:
        found = []
        for position in range(self.choose.between(1, 3)):
            expr = self.rare(self.names) if self.choose.chance(75) else self.boolean(self.names)
            found.append((f"cover{position}", expr))
        return tuple(found)

    def _possible(self) -> Claims:
        return (("again", self.equals(self.names, 30)),) if self.choose.chance(50) else ()

    def _terminal(self) -> Claims:
        kind = self.choose.weighted(((5, "none"), (3, "any"), (2, "some")))
        if kind == "none":
            return ()
        return (("over", Lit(True, BOOL) if kind == "any" else self.boolean(self.names)),)


def _has_default(record: RecordT) -> bool:
    return all(default != NO_DEFAULT for _, _, default in record.fields)
