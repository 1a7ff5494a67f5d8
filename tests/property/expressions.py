"""Random well-typed expressions over declared names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from .model import (
    NO_DEFAULT,
    Among,
    ArrayT,
    BoolT,
    Cond,
    DefaultOf,
    EnumT,
    Expr,
    Fld,
    Idx,
    IntT,
    Lit,
    Make,
    Op,
    OptT,
    Quant,
    RecordT,
    Ref,
    SeqT,
    SetT,
    Type,
    Use,
    Value,
    count,
    same,
    values,
)

BOOL = BoolT()
NUMBER = IntT(-99, 99)  # an integer of any range
T = TypeVar("T")


class Draw(Protocol):
    """Where the randomness comes from; smaller numbers make simpler specs."""

    def below(self, limit: int) -> int:
        """One of 0 .. limit - 1."""
        ...


@dataclass
class Choices:
    """Convenient choices over a source of numbers."""

    draw: Draw

    def pick(self, options: Sequence[T]) -> T:
        return options[self.draw.below(len(options))] if len(options) > 1 else options[0]

    def between(self, low: int, high: int) -> int:
        return low + self.draw.below(high - low + 1) if high > low else low

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.draw.below(100) >= 100 - percent

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """One of the options that have a weight."""
        at = self.draw.below(sum(weight for weight, _ in options))
        for weight, option in options:
            if at < weight:
                return option
            at -= weight
        raise AssertionError("no option has a weight")


@dataclass(frozen=True)
class Names:
    """What an expression may mention.

    Args:
        vars: state variables and process counters.
        params: parameters and bound variables; those of definitions and procedures are macros.
        definitions: parameters and result of each.
        scalars: declared types to range over, and ``bool``.
        risky: percentage of expressions that may have no value.
        counters: names among ``vars`` that no effect may assign.
    """

    vars: dict[str, Type]
    params: dict[str, Ref]
    constants: dict[str, int]
    definitions: dict[str, tuple[tuple[Type, ...], Type, bool]]
    scalars: tuple[Type, ...]
    records: tuple[RecordT, ...]
    risky: int = 10
    counters: frozenset[str] = frozenset()

    def bind(self, *refs: Ref) -> Names:
        return replace(self, params={**self.params, **{r.name: r for r in refs}})


def inferable(expr: Expr) -> bool:
    """Whether an expression tells its type by itself."""
    match expr:
        case Lit(value, kind):
            return value is not None and not isinstance(kind, EnumT | SetT | SeqT) and not isinstance(value, str)
        case Ref(_, kind, macro):
            return not macro or isinstance(kind, IntT | BoolT)
        case Cond(_, then, otherwise):
            return inferable(then) or inferable(otherwise)
        case Op("set" | "seq", _):
            return False
        case Op("union" | "intersection" | "difference", args):
            return any(map(inferable, args))
        case Op("append" | "head" | "tail", args):
            return inferable(args[0])
    return True


@dataclass
class Expressions:
    """Makes expressions of a wanted type."""

    choose: Choices
    _fresh: int = field(default=0)

    # ------------------------------------------------------------ entry

    def of(self, kind: Type, names: Names, depth: int) -> Expr:
        """An expression that may stand where ``kind`` is expected."""
        match kind:
            case BoolT():
                return self.boolean(names, depth)
            case IntT():
                return self.integer(kind, names, depth)
            case EnumT():
                return self.word(kind, names, depth)
            case OptT():
                return self.optional(kind, names, depth)
            case SetT():
                return self.set(kind, names, depth)
            case SeqT():
                return self.sequence(kind, names, depth)
        return self.whole(kind, names, depth)

    def typed(self, kind: Type, names: Names, depth: int) -> Expr | None:
        """As :meth:`of`, but it tells its type; None if nothing of the type is in reach."""
        known = {n: r for n, r in names.params.items() if inferable(r)}
        told = replace(names, params=known)
        if not isinstance(kind, OptT):
            found = self.of(kind, names, depth)
            if inferable(found):
                return found
        return self.ref(kind, told, depth)

    # ------------------------------------------------------------ references

    def ref(self, kind: Type, names: Names, depth: int) -> Expr | None:
        """A variable, a part of one, or a parameter of the type; None if there is none."""
        options: list[tuple[int, Callable[[], Expr]]] = []
        for param in names.params.values():
            if same(param.kind, kind):
                options.append((3, lambda p=param: p))
        for name, have in names.vars.items():
            for path in _paths(have, kind, names.risky > 0):
                options.append((2, lambda n=name, h=have, p=path: self._walk(Ref(n, h), p, names, depth)))
        for name in names.constants if isinstance(kind, IntT) else ():
            options.append((1, lambda n=name: Ref(n, IntT(names.constants[n], names.constants[n]))))
        return self.choose.weighted(options)() if options else None

    def _walk(self, base: Expr, path: tuple[str, ...], names: Names, depth: int) -> Expr:
        for access in path:
            kind = base.kind
            match kind:
                case ArrayT(indices, element):
                    base = Idx(base, tuple(self.index(i, names, depth) for i in indices), element)
                case SeqT(bound, element):
                    base = Idx(base, (self.index(IntT(0, bound - 1), names, depth),), element)
                case RecordT(fields):
                    inner = next(t for n, t, _ in fields if n == access)
                    base = Fld(base, access, inner)
        return base

    def index(self, kind: Type, names: Names, depth: int) -> Expr:
        """An index: mostly a parameter or a literal, now and then anything."""
        fitting = [p for p in names.params.values() if p.kind == kind]
        if fitting and self.choose.chance(70):
            return self.choose.pick(fitting)
        if depth > 0 and self.choose.chance(names.risky):
            return self.nullable(kind, names, depth - 1) or self.of(kind, names, depth - 1)
        return Lit(self.choose.pick(values(kind)), kind)

    # ------------------------------------------------------------ scalars

    def scalar(self, kind: Type, names: Names, depth: int) -> list[tuple[int, Callable[[], Expr | None]]]:
        """What an expression of any scalar type may be."""
        options: list[tuple[int, Callable[[], Expr | None]]] = [
            (2, lambda: Lit(self.choose.pick(values(kind)), kind)),
            (6, lambda: self.ref(kind, names, depth)),
        ]
        if depth > 0:
            options.append((1, lambda: self.conditional(kind, names, depth - 1)))
            options.append((2, lambda: self.use(kind, names, depth - 1)))
            if self.choose.chance(names.risky):
                options.append((3, lambda: self.partial(kind, names, depth - 1)))
        return options

    def one_of(self, options: list[tuple[int, Callable[[], Expr | None]]]) -> Expr:
        """The first option, in a random order, that yields something; the first in the list always does."""
        found = self.choose.weighted(options)()
        if found is None:
            found = options[0][1]()
        assert found is not None
        return found

    def conditional(self, kind: Type, names: Names, depth: int) -> Expr:
        test = self.boolean(names, depth)
        return Cond(test, self.of(kind, names, depth), self.of(kind, names, depth), kind)

    def use(self, kind: Type, names: Names, depth: int) -> Expr | None:
        """A definition that yields the type."""
        known = [(n, d) for n, d in names.definitions.items() if same(d[1], kind)]
        if not known:
            return None
        name, (params, result, _) = self.choose.pick(known)
        if not params:
            return Ref(name, result)
        return Use(name, tuple(self.of(p, names, min(depth, 1)) for p in params), result)

    def partial(self, kind: Type, names: Names, depth: int) -> Expr | None:
        """Something that has a value only sometimes: the head of a sequence."""
        queues = [q for q in _types(names) if isinstance(q, SeqT) and same(q.element, kind)]
        if not queues:
            return None
        queue = self.typed(self.choose.pick(queues), names, depth)
        return queue and Op("head", (queue,), kind)

    def nullable(self, kind: Type, names: Names, depth: int) -> Expr | None:
        """A ``T or null``, for a place where a T is needed."""
        if not self.choose.chance(3 * names.risky):
            return None
        known = [t for t in _types(names) if isinstance(t, OptT) and same(t.base, kind)]
        return self.ref(self.choose.pick(known), names, depth) if known else None

    def word(self, kind: EnumT, names: Names, depth: int) -> Expr:
        return self.one_of(self.scalar(kind, names, depth))

    def optional(self, kind: OptT, names: Names, depth: int) -> Expr:
        options = self.scalar(kind, names, depth)
        options.append((3, lambda: self.of(kind.base, names, depth)))
        return self.one_of(options)

    def integer(self, kind: IntT, names: Names, depth: int) -> Expr:
        """An integer, mostly inside of the range that is wanted."""
        literal = kind if count(kind) < 20 else IntT(0, 3)
        options = self.scalar(kind, names, depth)
        options[0] = (2, lambda: Lit(self.choose.pick(values(literal)), literal))
        if depth > 0:
            options += [
                (3, lambda: self.arithmetic(names, depth - 1)),
                (1, lambda: Op("neg", (self.of(NUMBER, names, depth - 1),), NUMBER)),
                (2, lambda: self.size(names, depth - 1)),
                (2, lambda: self.quantifier("count", names, depth - 1)),
            ]
        return self.one_of(options)

    def arithmetic(self, names: Names, depth: int) -> Expr:
        op = self.choose.pick(("+", "-", "min", "max"))
        left = self.nullable(NUMBER, names, depth) or self.of(NUMBER, names, depth)
        return Op(op, (left, self.of(NUMBER, names, depth)), NUMBER)

    def size(self, names: Names, depth: int) -> Expr | None:
        kinds = [t for t in _types(names) if isinstance(t, SetT | SeqT)]
        if not kinds:
            return None
        inner = self.typed(self.choose.pick(kinds), names, depth)
        return inner and Op("size", (inner,), NUMBER)

    # ------------------------------------------------------------ booleans

    def boolean(self, names: Names, depth: int) -> Expr:
        if depth <= 0:
            return self.comparison(names, 0)
        options: list[tuple[int, Callable[[], Expr | None]]] = [
            (8, lambda: self.comparison(names, depth - 1)),
            (3, lambda: self.ref(BOOL, names, depth - 1)),
            (5, lambda: self.connective(names, depth - 1)),
            (2, lambda: Op("not", (self.boolean(names, depth - 1),), BOOL)),
            (3, lambda: self.membership(names, depth - 1)),
            (4, lambda: self.quantifier(self.choose.pick(("exists", "forall", "no")), names, depth - 1)),
            (1, lambda: self.conditional(BOOL, names, depth - 1)),
            (2, lambda: self.use(BOOL, names, depth - 1)),
            (1, lambda: self.subset(names, depth - 1)),
            (1, lambda: Lit(self.choose.chance(50), BOOL)),
        ]
        return self.one_of(options)

    def connective(self, names: Names, depth: int) -> Expr:
        op = self.choose.pick(("and", "or", "implies"))
        left = self.nullable(BOOL, names, depth) or self.boolean(names, depth)
        return Op(op, (left, self.boolean(names, depth)), BOOL)

    def comparison(self, names: Names, depth: int) -> Expr:
        """One thing of the state against another value of its type."""
        kind = self.choose.pick(_types(names))
        if isinstance(kind, BoolT) and depth == 0:
            found = self.ref(BOOL, names, 0)
            assert found is not None  # its type comes from something in reach
            return found if self.choose.chance(50) else Op("not", (found,), BOOL)
        if isinstance(kind, IntT) and depth > 0 and self.choose.chance(names.risky):
            held = self.nullable(kind, names, depth - 1)
            if held is not None:
                return Op(self.choose.pick(("<", "<=", ">", ">=")), (held, self.of(kind, names, depth - 1)), BOOL)
        left = self.typed(kind, names, depth)
        if left is None:  # only parameters of a definition have the type
            kind, left = NUMBER, Lit(self.choose.between(0, 2), NUMBER)
        op = self.choose.pick(("=", "!="))
        if isinstance(kind, IntT):
            op = self.choose.pick(("=", "!=", "<", "<=", ">", ">="))
        right = self.of(kind, names, depth)
        if inferable(right) and self.choose.chance(20):
            left, right = right, left
        return Op(op, (left, right), BOOL)

    def membership(self, names: Names, depth: int) -> Expr | None:
        kinds = [t for t in _types(names) if isinstance(t, SetT | SeqT) and not isinstance(t.element, RecordT | ArrayT)]
        if kinds and self.choose.chance(60):
            kind = self.choose.pick(kinds)
            container = self.ref(kind, names, depth)
            if container is not None:
                item = self.of(kind.element, names, depth)
                return Op(self.choose.pick(("in", "not in")), (item, container), BOOL)
        scalars = [t for t in _types(names) if isinstance(t, IntT | EnumT | OptT)]
        if not scalars:
            return None
        kind = self.choose.pick(scalars)
        item = self.typed(kind, names, depth)
        members = tuple(self.of(kind, names, 0) for _ in range(self.choose.between(1, 3)))
        return item and Among(item, members, self.choose.chance(30))

    def subset(self, names: Names, depth: int) -> Expr | None:
        kinds = [t for t in _types(names) if isinstance(t, SetT)]
        if not kinds:
            return None
        kind = self.choose.pick(kinds)
        left = self.typed(kind, names, depth)
        return left and Op("subset", (left, self.of(kind, names, depth)), BOOL)

    def quantifier(self, quantifier: str, names: Names, depth: int) -> Expr:
        over, element = self.domain(names, depth)
        refs = [self.fresh(element) for _ in range(2 if count(element) < 4 and self.choose.chance(15) else 1)]
        inner = names.bind(*refs)
        where = self.boolean(inner, depth) if self.choose.chance(40) else None
        body = None
        if quantifier == "forall" or where is None or self.choose.chance(50):
            body = self.boolean(inner, depth)
        if quantifier != "forall" and self.choose.chance(10):
            where = body = None
        kind = IntT(0, count(element) ** len(refs)) if quantifier == "count" else BOOL
        return Quant(quantifier, tuple(r.name for r in refs), over, where, body, kind)

    def domain(self, names: Names, depth: int) -> tuple[Type | Expr, Type]:
        """What a quantifier or loop runs over, and the type of its variables."""
        kinds = [t for t in _types(names) if isinstance(t, SetT)]
        if kinds and self.choose.chance(25):
            kind = self.choose.pick(kinds)
            found = self.ref(kind, names, depth)
            if found is not None:
                return found, kind.element
        over = self.choose.pick([*names.scalars, IntT(0, 1)])
        return over, over

    def fresh(self, kind: Type) -> Ref:
        self._fresh += 1
        return Ref(f"x{self._fresh}", kind)

    # ------------------------------------------------------------ composite values

    def set(self, kind: SetT, names: Names, depth: int) -> Expr:
        options: list[tuple[int, Callable[[], Expr | None]]] = [
            (2, lambda: self.members(kind, names, depth)),
            (6, lambda: self.ref(kind, names, depth)),
        ]
        if depth > 0:
            options.append((1, lambda: self.conditional(kind, names, depth - 1)))
            options.append((4, lambda: self.combined(kind, names, depth - 1)))
        return self.one_of(options)

    def members(self, kind: SetT, names: Names, depth: int) -> Expr:
        items = tuple(self.safe(kind.element, names, depth) for _ in range(self.choose.between(0, 2)))
        return Op("set", items, kind)

    def safe(self, kind: Type, names: Names, depth: int) -> Expr:
        """A value that is inside of the range of its type, or with small probability is not."""
        if not isinstance(kind, IntT) or self.choose.chance(names.risky):
            return self.nullable(kind, names, max(depth - 1, 0)) or self.of(kind, names, max(depth - 1, 0))
        inside = [p for p in names.params.values() if isinstance(p.kind, IntT) and _inside(p.kind, kind)]
        if inside and self.choose.chance(60):
            return self.choose.pick(inside)
        return Lit(self.choose.pick(values(kind)), kind)

    def combined(self, kind: SetT, names: Names, depth: int) -> Expr:
        op = self.choose.pick(("union", "difference", "intersection"))
        return Op(op, (self.set(kind, names, depth), self.set(kind, names, depth)), kind)

    def sequence(self, kind: SeqT, names: Names, depth: int) -> Expr:
        items = self.choose.between(0, min(2, kind.bound))
        options: list[tuple[int, Callable[[], Expr | None]]] = [
            (2, lambda: Op("seq", tuple(self.safe(kind.element, names, depth) for _ in range(items)), kind)),
            (5, lambda: self.ref(kind, names, depth)),
        ]
        if depth > 0 and self.choose.chance(names.risky):
            options.append((4, lambda: self.grown(kind, names, depth - 1)))
        return self.one_of(options)

    def grown(self, kind: SeqT, names: Names, depth: int) -> Expr | None:
        base = self.ref(kind, names, depth)
        if base is None:
            return None
        if self.choose.chance(50):
            return Op("tail", (base,), kind)
        return Op("append", (base, self.safe(kind.element, names, depth)), kind)

    def whole(self, kind: Type, names: Names, depth: int) -> Expr:
        """A record or array: another one of the type, or its default."""
        options: list[tuple[int, Callable[[], Expr | None]]] = []
        if isinstance(kind, RecordT):
            options.append((2, lambda: Make(tuple(self.safe(t, names, depth) for _, t, _ in kind.fields), kind)))
            if kind in names.records:
                options.append((2, lambda: DefaultOf(kind)))
        options.append((5, lambda: self.ref(kind, names, depth)))
        if depth > 0:
            options.append((1, lambda: self.conditional(kind, names, depth - 1)))
        return self.one_of(options)


def _inside(inner: IntT, outer: IntT) -> bool:
    return outer.low <= inner.low and inner.high <= outer.high


def _paths(have: Type, wanted: Type, sequences: bool) -> list[tuple[str, ...]]:
    """The ways from a value of one type down to parts of another; a step is a field's name or ``[]``."""
    found: list[tuple[str, ...]] = [()] if same(have, wanted) else []
    match have:
        case ArrayT(_, element):
            found += [("[]", *path) for path in _paths(element, wanted, sequences)]
        case SeqT(_, element) if sequences:
            found += [("[]", *path) for path in _paths(element, wanted, sequences)]
        case RecordT(fields):
            found += [(n, *path) for n, t, _ in fields for path in _paths(t, wanted, sequences)]
    return found


def _types(names: Names) -> list[Type]:
    """The types of everything in reach."""
    found: list[Type] = []
    todo: list[Type] = [*names.vars.values(), *(p.kind for p in names.params.values())]
    while todo:
        kind = todo.pop()
        found.append(kind)
        match kind:
            case ArrayT(_, element):
                todo.append(element)
            case RecordT(fields):
                todo += [t for _, t, _ in fields]
    return found or [NUMBER]


def partial_free(names: Names) -> Names:
    """The same names for expressions that always have a value."""
    return replace(names, risky=0)


def default_value(kind: Type, choose: Choices) -> Value:
    """A value to start with."""
    if isinstance(kind, SeqT) and isinstance(kind.element, RecordT):
        element = {name: default for name, _, default in kind.element.fields}
        given = all(default != NO_DEFAULT for default in element.values())
        return (element,) * choose.between(0, kind.bound) if given else ()
    return choose.pick(values(kind)) if count(kind) <= 64 else values(kind)[0]
