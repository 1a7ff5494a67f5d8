"""Random effects: assignments mostly inside of their ranges, branches, loops, procedures."""

from __future__ import annotations

from dataclasses import dataclass, field

from .expressions import BOOL, Choices, Expressions, Names, same
from .model import (
    ArrayT,
    Assign,
    BoolT,
    CallStep,
    Cond,
    Do,
    Effect,
    EnumT,
    Expr,
    Fld,
    Goto,
    Idx,
    IntT,
    Lit,
    Loop,
    Op,
    OptT,
    Procedure,
    RecordT,
    Ref,
    SeqT,
    SetT,
    Type,
    Use,
    When,
    count,
    values,
)
from .printing import text

Statement = Assign | When | Loop | Do | Goto | CallStep


@dataclass
class Written:
    """What an effect assigns so far.

    Args:
        roots: variables that are assigned, whole or in part.
        locked: those of them of which an element of a sequence is assigned: nothing else may be.
        keys: of the mapping that is being written.
        does: whether it performs a procedure.
    """

    roots: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    does: bool = False

    def branch(self) -> Written:
        return Written(set(self.roots), set(self.locked))

    def note(self, root: str, target: Expr) -> None:
        self.roots.add(root)
        if in_sequence(target):
            self.locked.add(root)


@dataclass
class Effects:
    """Makes effects.

    Args:
        procedures: those that may be performed.
        elements: whether elements of sequences may be assigned. Beside an assignment to the whole sequence that
            clashes always, so it is for specs without procedures.
    """

    choose: Choices
    expressions: Expressions
    procedures: dict[str, Procedure]
    elements: bool = False

    def effect(self, names: Names, depth: int, extra: tuple[CallStep | Goto, ...] = ()) -> Effect:
        """An effect; ``extra`` is where it goes, perhaps only under a condition."""
        written = Written()
        found = self.statements(names, depth, written)
        for statement in extra:
            if self.choose.chance(85 if isinstance(statement, Goto) else 50):
                test = self.expressions.boolean(names, 1)
                key = f"if {text(test)}"
                if key not in written.keys:
                    found.append(When(((test, (statement,)),), ()))
                    continue
            found.append(statement)
        return tuple(found)

    def statements(self, names: Names, depth: int, written: Written) -> list[Statement]:
        found: list[Statement] = []
        for _ in range(self.choose.between(1, 2)):
            made = self.statement(names, depth, written)
            if made is not None:
                found.append(made)
        return found

    def statement(self, names: Names, depth: int, written: Written) -> Statement | None:
        options = [(8, "assign")]
        if depth > 0:
            options += [(2, "if"), (1, "for")]
        if self.procedures and not written.does:
            options.append((3, "do"))
        match self.choose.weighted(options):
            case "assign":
                return self.assign(names, written)
            case "if":
                return self.when(names, depth - 1, written)
            case "for":
                return self.loop(names, written)
            case _:
                written.does = True
                return self.do(names)

    # ------------------------------------------------------------ one assignment

    def assign(self, names: Names, written: Written) -> Assign | None:
        free = [
            n for n in names.vars
            if n not in names.counters and n not in written.locked
            and (n not in written.roots or self.choose.chance(8))
        ]  # fmt: skip
        if not free:
            return None
        root = self.choose.pick(free)
        target = self.target(Ref(root, names.vars[root]), names)
        key = text(target)
        if key in written.keys or (in_sequence(target) and root in written.roots):
            return None
        written.keys.add(key)
        written.note(root, target)
        return Assign(target, self.value(target, names))

    def target(self, base: Expr, names: Names) -> Expr:
        """The variable or a part of it."""
        kind = base.kind
        if isinstance(kind, ArrayT) and self.choose.chance(92):
            indices = tuple(self.expressions.index(i, names, 1) for i in kind.indices)
            return self.target(Idx(base, indices, kind.element), names)
        if isinstance(kind, RecordT) and self.choose.chance(80):
            name, inner, _ = self.choose.pick(kind.fields)
            return self.target(Fld(base, name, inner), names)
        if isinstance(kind, SeqT) and self.elements and self.choose.chance(names.risky):
            return Idx(base, (self.expressions.index(IntT(0, kind.bound - 1), names, 1),), kind.element)
        return base

    def value(self, target: Expr, names: Names) -> Expr:
        """Something to assign, by kind: counters count, sets and sequences grow and shrink."""
        kind = target.kind
        match kind:
            case IntT(low, high):
                return self.number(target, low, high, names)
            case SetT(element):
                item = Op("set", (self.expressions.safe(element, names, 1),), kind)
                return self.choose.weighted(
                    ((4, Op("union", (target, item), kind)), (2, Op("difference", (target, item), kind)), (1, item))
                )
            case SeqT():
                return self.queue(target, kind, names)
            case OptT(base):
                if self.choose.chance(40):
                    return Lit(None, kind)
                return self.inside(base, names) if self.choose.chance(80) else self.plain(kind, names)
        return self.plain(kind, names)

    def plain(self, kind: Type, names: Names) -> Expr:
        if isinstance(kind, BoolT):
            return Lit(self.choose.chance(60), kind) if self.choose.chance(60) else self.expressions.boolean(names, 1)
        if isinstance(kind, EnumT) and self.choose.chance(60):
            return Lit(self.choose.pick(values(kind)), kind)
        return self.expressions.of(kind, names, 1)

    def inside(self, kind: Type, names: Names) -> Expr:
        return self.expressions.safe(kind, names, 1)

    def number(self, target: Expr, low: int, high: int, names: Names) -> Expr:
        kind = IntT(low, high)
        if self.choose.chance(names.risky):
            step = Op(self.choose.pick(("+", "-")), (target, Lit(1, kind)), kind)
            return step if self.choose.chance(50) else self.expressions.of(kind, names, 2)
        more = Op("+", (target, Lit(1, kind)), kind)
        round_up = Cond(Op("<", (target, Lit(high, kind)), BOOL), more, Lit(low, kind), kind)
        return self.choose.weighted(
            (
                (3, round_up),
                (2, Op("min", (more, Lit(high, kind)), kind)),
                (1, Op("max", (Op("-", (target, Lit(1, kind)), kind), Lit(low, kind)), kind)),
                (3, self.inside(kind, names)),
            )
        )

    def queue(self, target: Expr, kind: SeqT, names: Names) -> Expr:
        item = self.expressions.safe(kind.element, names, 1)
        grown, rest = Op("append", (target, item), kind), Op("tail", (target,), kind)
        size = Op("size", (target,), IntT(0, kind.bound))
        limit = Lit(kind.bound, IntT(0, kind.bound))
        if self.choose.chance(names.risky):
            return self.choose.pick((grown, rest))
        empty = Op("seq", (), kind)
        return self.choose.weighted(
            (
                (4, Cond(Op("<", (size, limit), BOOL), grown, target if self.choose.chance(50) else empty, kind)),
                (3, Cond(Op(">", (size, Lit(0, limit.kind)), BOOL), rest, target, kind)),
                (1, Op("seq", (item,), kind)),
            )
        )

    # ------------------------------------------------------------ branches, loops, procedures

    def when(self, names: Names, depth: int, written: Written) -> When | None:
        arms: list[tuple[Expr, Effect]] = []
        branches: list[Written] = []
        for _ in range(self.choose.weighted(((4, 1), (1, 2)))):
            test = self.expressions.boolean(names, 1)
            key = f"if {text(test)}"
            inner = written.branch()
            body = self.statements(names, depth, inner)
            if not body or key in written.keys or len(key) > 400:
                return None
            written.keys.add(key)
            branches.append(inner)
            arms.append((test, tuple(body)))
        otherwise: Effect = ()
        if self.choose.chance(45) and "else" not in written.keys:  # a mapping takes one
            written.keys.add("else")
            inner = written.branch()
            otherwise = tuple(self.statements(names, depth, inner))
            branches.append(inner)
        for inner in branches:
            written.roots |= inner.roots
            written.locked |= inner.locked
        return When(tuple(arms), otherwise)

    def loop(self, names: Names, written: Written) -> Loop | None:
        """For every value, an element of an array; or, with a constant, any cell."""
        over, element = self.expressions.domain(names, 1)
        ref = self.expressions.fresh(element)
        inner = names.bind(ref)
        where = self.expressions.boolean(inner, 1) if self.choose.chance(50) else None
        body = self.loop_body(ref, inner, written)
        if body is None or (where is not None and len(text(where)) > 400):
            return None
        return Loop((ref.name,), over, where, (body,))

    def loop_body(self, ref: Ref, names: Names, written: Written) -> Assign | None:
        free = [n for n in names.vars if n not in names.counters and n not in written.roots]
        for name in free:
            kind = names.vars[name]
            if isinstance(kind, ArrayT) and len(kind.indices) == 1 and _covers(ref.kind, kind.indices[0]):
                target = self.target(Idx(Ref(name, kind), (ref,), kind.element), names)
                written.note(name, target)
                return Assign(target, self.value(target, names))
        scalars = [n for n in free if isinstance(names.vars[n], BoolT | IntT | EnumT)]
        if not scalars:
            return None
        name = self.choose.pick(scalars)
        kind = names.vars[name]
        written.roots.add(name)
        return Assign(Ref(name, kind), Lit(self.choose.pick(values(kind)), kind))

    def do(self, names: Names) -> Do:
        calls = []
        for _ in range(self.choose.weighted(((4, 1), (1, 2)))):
            procedure = self.procedures[self.choose.pick(sorted(self.procedures))]
            args = tuple(self.argument(kind, names) for _, kind in procedure.params)
            calls.append(Use(procedure.name, args, BOOL))
        return Do(tuple(calls))

    def argument(self, kind: Type, names: Names) -> Expr:
        if self.choose.chance(60):
            return self.expressions.index(kind, names, 0)
        return self.expressions.of(kind, names, 1)


def in_sequence(target: Expr) -> bool:
    """Whether an assignment's left side is an element of a sequence."""
    match target:
        case Idx(base):
            return isinstance(base.kind, SeqT) or in_sequence(base)
        case Fld(base):
            return in_sequence(base)
    return False


def _covers(inner: Type, index: Type) -> bool:
    """Whether every value of one type is an index."""
    if isinstance(inner, IntT) and isinstance(index, IntT):
        return index.low <= inner.low and inner.high <= index.high
    return same(inner, index) and count(inner) == count(index)
