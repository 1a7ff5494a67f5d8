"""Typed expressions to terms: indices, records, sets, sequences and quantifiers dissolve into scalars.

Every value comes with the condition under which it is defined; the term itself is total, with an arbitrary
value where it is not defined. ``and``, ``or``, ``implies`` and ``if`` look at their right side only when
needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from specgen.core.layout import Layout, Value, constant, domain, scalar
from specgen.core.system import Cell, Group, Part, Shape
from specgen.core.terms import Term, Terms
from specgen.language import typed, types
from specgen.language.source import Diagnostic, Span, SpecError
from specgen.language.typed import Apply, Binder, Typed
from specgen.language.types import Array, Bool, Int, Optional, Record, Scalar, Sequence, Set, Type

Environment = dict[Binder, int]
MAX_STEPS = 3_000_000  # terms built for one revision: a few seconds' work
MAX_PARTS = 12  # sub-expressions shown beside a property


@dataclass(slots=True)
class Lowering:
    """Lowers expressions over one layout."""

    layout: Layout
    _steps: int = 0
    _closed: dict[Typed, tuple[Value, Term]] = field(default_factory=dict)

    @property
    def terms(self) -> Terms:
        """The table all terms are made in."""
        return self.layout.terms

    def term(self, expr: Typed, env: Environment) -> tuple[Term, Term]:
        """A scalar expression: its term and when it is defined."""
        value, defined = self.value(expr, env)
        assert isinstance(value, Term)
        return value, defined

    def value(self, expr: Typed, env: Environment) -> tuple[Value, Term]:
        """Any expression: its value and when it is defined."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            message = f"the spec takes more than {MAX_STEPS} steps to ground"
            advice = "choose smaller constants, or quantify over fewer values"
            raise SpecError((Diagnostic("SG421", message, expr.span, advice),))
        true = self.terms.true
        match expr:
            case typed.Const(_, kind, value):
                return scalar(kind, value, self.terms), true
            case typed.Var(_, _, name):
                return self.layout.values[name], true
            case typed.Param(_, kind, binder):
                return scalar(kind, env[binder], self.terms), true
            case typed.Index() | typed.Field():
                return self._access(expr, env)
            case typed.Quantifier():
                return self._quantifier(expr, env)
            case Apply():
                return self._apply(expr, env)

    # ------------------------------------------------------------ access

    def _access(self, expr: Typed, env: Environment) -> tuple[Value, Term]:
        chain: list[typed.Index | typed.Field] = []
        root = expr
        while isinstance(root, typed.Index | typed.Field):
            chain.append(root)
            root = root.base
        value, defined = self.value(root, env)
        # select as late as possible: one cell out of many, rather than whole records out of arrays
        found, inside = self._select(value, root.type, chain[::-1], env)
        return found, self.terms.and_(defined, inside)

    def _select(
        self, value: Value, kind: Type, chain: list[typed.Index | typed.Field], env: Environment
    ) -> tuple[Value, Term]:
        if not chain:
            return value, self.terms.true
        assert isinstance(value, tuple)
        head, rest = chain[0], chain[1:]
        if isinstance(head, typed.Field):
            assert isinstance(kind, Record)
            place = [n for n, _ in kind.fields].index(head.name)
            return self._select(value[place], head.type, rest, env)
        tests, defined = self.hits(kind, head, env, value[0])
        items = value[1:] if isinstance(kind, Sequence) else value
        choices = [
            (test, item) for test, item in zip(tests, items, strict=True) if test is not self.terms.false
        ]
        found: Value | None = None
        inside = self.terms.true
        # out of range for certain: any value will do
        for condition, part in reversed(choices or [(self.terms.true, items[0])]):
            chosen, good = self._select(part, head.type, rest, env)
            found = chosen if found is None else self.mux(condition, chosen, found)
            inside = self.terms.ite(condition, good, inside)
        assert found is not None
        return found, self.terms.and_(defined, inside)

    def hits(
        self, kind: Type, index: typed.Index, env: Environment, length: Value
    ) -> tuple[list[Term], Term]:
        """Per element the condition that an index means it; and when the index is in range.

        ``length`` is that of a sequence, and not looked at for arrays.
        """
        terms = self.terms
        lowered = [self.term(i, env) for i in index.indices]
        defined = terms.and_(*(d for _, d in lowered))
        if isinstance(kind, Sequence):
            at = lowered[0][0]
            assert isinstance(length, Term)
            inside = terms.and_(terms.le(terms.const(0), at), terms.lt(at, length))
            return [terms.eq(at, terms.const(i)) for i in range(kind.bound)], terms.and_(defined, inside)
        assert isinstance(kind, Array)
        per_index: list[list[Term]] = []
        for (at, _), wanted in zip(lowered, kind.indices, strict=True):
            defined = terms.and_(defined, self._within(at, wanted))
            per_index.append([self.equals(at, wanted, v) for v in types.values(wanted)])
        return [terms.and_(*row) for row in product(*per_index)], defined

    def equals(self, term: Term, kind: Scalar, value: int) -> Term:
        """Whether a scalar has an encoded value."""
        if isinstance(kind, Bool):
            return term if value else self.terms.not_(term)
        return self.terms.eq(term, self.terms.const(value))

    def mux(self, condition: Term, then: Value, otherwise: Value) -> Value:
        """``if condition then ... else ...`` on values of any shape."""
        if isinstance(then, Term):
            assert isinstance(otherwise, Term)
            return self.terms.ite(condition, then, otherwise)
        assert isinstance(otherwise, tuple)
        return tuple(self.mux(condition, a, b) for a, b in zip(then, otherwise, strict=True))

    # ------------------------------------------------------------ quantifiers

    def rounds(self, binders: tuple[Binder, ...], env: Environment) -> Iterator[Environment]:
        """The environment extended by every combination of the binders' values."""
        for row in product(*(types.values(b.type) for b in binders)):
            yield {**env, **dict(zip(binders, row, strict=True))}

    def _quantifier(self, expr: typed.Quantifier, env: Environment) -> tuple[Value, Term]:
        terms = self.terms
        hits: list[Term] = []
        defined: list[Term] = []
        for inner in self.rounds(expr.binders, env):
            holds, good = terms.true, terms.true
            if expr.where is not None:
                holds, good = self.term(expr.where, inner)
            if expr.body is not None and holds is not terms.false:
                body, fine = self.term(expr.body, inner)
                good = terms.and_(good, terms.implies(holds, fine))
                holds = terms.implies(holds, body) if expr.kind == "forall" else terms.and_(holds, body)
            elif expr.kind == "forall":
                holds = terms.not_(holds)
            hits.append(holds)
            defined.append(good)
        return self._combine(expr.kind, hits), terms.and_(*defined)

    def _combine(self, kind: str, hits: list[Term]) -> Term:
        terms = self.terms
        match kind:
            case "forall":
                return terms.and_(*hits)
            case "exists":
                return terms.or_(*hits)
            case "no":
                return terms.not_(terms.or_(*hits))
            case _:
                return self._sum(hits)

    def _sum(self, hits: list[Term]) -> Term:
        total = self.terms.const(0)
        for hit in hits:
            total = self.terms.add(total, self.terms.ite(hit, self.terms.const(1), self.terms.const(0)))
        return total

    # ------------------------------------------------------------ operators

    def _apply(self, expr: Apply, env: Environment) -> tuple[Value, Term]:
        terms, op = self.terms, expr.op
        if op in ("and", "or", "implies"):
            return self._logic(op, expr.args, env)
        if op == "if":
            return self._conditional(expr.args, env)
        if op == "default":
            assert expr.initial is not None
            return constant(expr.type, terms, expr.initial), terms.true
        lowered = [self.value(a, env) for a in expr.args]
        values = [v for v, _ in lowered]
        defined = terms.and_(*(d for _, d in lowered))
        scalars = [v for v in values if isinstance(v, Term)]
        if op == "record":
            assert isinstance(expr.type, Record)
            return tuple(values), terms.and_(defined, self.fits(tuple(values), expr.type))
        if op in ("=", "!="):
            same = self.same(values[0], values[1])
            return (same if op == "=" else terms.not_(same)), defined
        if op in ("widen", "deref"):
            found, good = self._nullable(expr, scalars[0])
            return found, terms.and_(defined, good)
        if isinstance(expr.type, Set | Sequence) or op in ("in", "subset", "size", "head"):
            composite, good = self._composite(expr, values)
            return composite, terms.and_(defined, good)
        return self._arithmetic(op, scalars), defined

    def _logic(self, op: str, args: tuple[Typed, ...], env: Environment) -> tuple[Term, Term]:
        terms = self.terms
        left, first = self.term(args[0], env)
        if left is (terms.true if op == "or" else terms.false):
            return (terms.false if op == "and" else terms.true), first  # the right side does not matter
        right, second = self.term(args[1], env)
        match op:
            case "and":
                return terms.and_(left, right), terms.and_(first, terms.implies(left, second))
            case "or":
                return terms.or_(left, right), terms.and_(first, terms.or_(left, second))
            case _:
                return terms.implies(left, right), terms.and_(first, terms.implies(left, second))

    def _conditional(self, args: tuple[Typed, ...], env: Environment) -> tuple[Value, Term]:
        test, first = self.term(args[0], env)
        then, second = self.value(args[1], env)
        otherwise, third = self.value(args[2], env)
        return self.mux(test, then, otherwise), self.terms.and_(first, self.terms.ite(test, second, third))

    def _arithmetic(self, op: str, args: list[Term]) -> Term:
        terms = self.terms
        match op:
            case "not":
                return terms.not_(args[0])
            case "neg":
                return terms.sub(terms.const(0), args[0])
            case "+":
                return terms.add(args[0], args[1])
            case "-":
                return terms.sub(args[0], args[1])
            case "<":
                return terms.lt(args[0], args[1])
            case "<=":
                return terms.le(args[0], args[1])
            case ">":
                return terms.lt(args[1], args[0])
            case ">=":
                return terms.le(args[1], args[0])
            case "min":
                return terms.ite(terms.le(args[0], args[1]), args[0], args[1])
            case "max":
                return terms.ite(terms.le(args[0], args[1]), args[1], args[0])
            case _:
                raise AssertionError(f"no such operator: {op}")

    def same(self, a: Value, b: Value) -> Term:
        """Equality of two values of one type."""
        if isinstance(a, Term):
            assert isinstance(b, Term)
            return self.terms.eq(a, b)
        assert isinstance(b, tuple)
        return self.terms.and_(*(self.same(x, y) for x, y in zip(a, b, strict=True)))

    def _nullable(self, expr: Apply, term: Term) -> tuple[Term, Term]:
        terms = self.terms
        if expr.op == "deref":
            good = terms.not_(terms.eq(term, terms.const(0)))
            match expr.type:
                case Bool():
                    return terms.eq(term, terms.const(2)), good
                case Int(low):
                    return terms.add(term, terms.const(low - 1)), good
                case _:
                    return terms.add(term, terms.const(-1)), good
        assert isinstance(expr.type, Optional)
        match expr.type.base:
            case Bool():
                return terms.ite(term, terms.const(2), terms.const(1)), terms.true
            case Int(low, high):
                inside = terms.and_(terms.le(terms.const(low), term), terms.le(term, terms.const(high)))
                return terms.add(term, terms.const(1 - low)), inside
            case _:
                return terms.add(term, terms.const(1)), terms.true

    # ------------------------------------------------------------ sets and sequences

    def _composite(self, expr: Apply, values: list[Value]) -> tuple[Value, Term]:
        kind = expr.args[0].type if expr.args else expr.type
        if expr.op == "in":
            kind = expr.args[1].type
        if isinstance(expr.type, Set) or isinstance(kind, Set):
            return self._set(expr, values, kind)
        return self._sequence(expr, values, kind)

    def _set(self, expr: Apply, values: list[Value], kind: Type) -> tuple[Value, Term]:
        terms = self.terms
        if expr.op == "set":
            assert isinstance(expr.type, Set)
            element = expr.type.element
            items = [v for v in values if isinstance(v, Term)]
            inside = terms.and_(*(self._within(i, element) for i in items))
            rows = (terms.or_(*(self.equals(i, element, v) for i in items)) for v in types.values(element))
            return tuple(rows), inside
        assert isinstance(kind, Set)
        if expr.op == "in":
            item, members = values[0], values[1]
            assert isinstance(item, Term)
            assert isinstance(members, tuple)
            # an integer outside of the element type is in no such set
            pairs = zip(types.values(kind.element), members, strict=True)
            tests = [
                terms.and_(self.equals(item, kind.element, v), m) for v, m in pairs if isinstance(m, Term)
            ]
            return terms.or_(*tests), terms.true
        first = self._members(values[0])
        if expr.op == "size":
            return self._sum(first), terms.true
        both = list(zip(first, self._members(values[1]), strict=True))
        match expr.op:
            case "union":
                return tuple(terms.or_(a, b) for a, b in both), terms.true
            case "intersection":
                return tuple(terms.and_(a, b) for a, b in both), terms.true
            case "difference":
                return tuple(terms.and_(a, terms.not_(b)) for a, b in both), terms.true
            case _:
                return terms.and_(*(terms.implies(a, b) for a, b in both)), terms.true

    def _members(self, value: Value) -> list[Term]:
        assert isinstance(value, tuple)
        return [v for v in value if isinstance(v, Term)]

    def _within(self, term: Term, kind: Scalar) -> Term:
        if not isinstance(kind, Int):
            return self.terms.true
        low, high = self.terms.const(kind.low), self.terms.const(kind.high)
        return self.terms.and_(self.terms.le(low, term), self.terms.le(term, high))

    def fits(self, value: Value, kind: Type) -> Term:
        """Whether every integer in a value is inside its type's range."""
        if isinstance(value, Term):
            return self._within(value, kind) if isinstance(kind, Int) else self.terms.true
        match kind:
            case Array(_, element):
                return self.terms.and_(*(self.fits(v, element) for v in value))
            case Record(_, fields):
                return self.terms.and_(*(self.fits(v, t) for v, (_, t) in zip(value, fields, strict=True)))
            case _:
                return self.terms.true  # sets hold booleans; sequences were checked when they grew

    def _sequence(self, expr: Apply, values: list[Value], kind: Type) -> tuple[Value, Term]:
        terms = self.terms
        if expr.op == "seq":
            assert isinstance(expr.type, Sequence)
            filler = constant(expr.type.element, terms)
            good = terms.and_(*(self.fits(v, expr.type.element) for v in values))
            return (terms.const(len(values)), *values, *(filler,) * (expr.type.bound - len(values))), good
        assert isinstance(kind, Sequence)
        queue = values[1] if expr.op == "in" else values[0]
        assert isinstance(queue, tuple)
        length, items = queue[0], queue[1:]
        assert isinstance(length, Term)
        filler = constant(kind.element, terms)
        match expr.op:
            case "size":
                return length, terms.true
            case "in":
                places = enumerate(items)
                found = [
                    terms.and_(terms.lt(terms.const(i), length), self.same(values[0], v)) for i, v in places
                ]
                return terms.or_(*found), terms.true
            case "append":
                room = terms.lt(length, terms.const(kind.bound))
                grown = tuple(
                    self.mux(terms.eq(length, terms.const(i)), values[1], v) for i, v in enumerate(items)
                )
                good = terms.and_(room, self.fits(values[1], kind.element))
                return (self._clamp(terms.add(length, terms.const(1)), kind.bound, room), *grown), good
            case "head":
                return items[0], terms.lt(terms.const(0), length)
            case _:  # tail
                some = terms.lt(terms.const(0), length)
                shifted = (*items[1:], filler)
                return (self._clamp(terms.add(length, terms.const(-1)), 0, some), *shifted), some

    def _clamp(self, term: Term, limit: int, inside: Term) -> Term:
        return self.terms.ite(inside, term, self.terms.const(limit))

    # ------------------------------------------------------------ places and explanations

    def places(self, target: Typed, env: Environment) -> tuple[list[tuple[Term, Shape]], Term]:
        """What an assignment's left side may mean, each with its condition; and when it is defined."""
        chain: list[typed.Index | typed.Field] = []
        root = target
        while isinstance(root, typed.Index | typed.Field):
            chain.append(root)
            root = root.base
        assert isinstance(root, typed.Var)
        found: list[tuple[Term, Shape]] = [(self.terms.true, self.layout.shapes[root.name])]
        defined = self.terms.true
        kind = root.type
        for access in reversed(chain):
            found, good = self._narrow(found, kind, access, env)
            defined = self.terms.and_(defined, good)
            kind = access.type
        return found, defined

    def _narrow(
        self, found: list[tuple[Term, Shape]], kind: Type, access: typed.Index | typed.Field, env: Environment
    ) -> tuple[list[tuple[Term, Shape]], Term]:
        narrowed: list[tuple[Term, Shape]] = []
        defined = self.terms.true
        for condition, shape in found:
            assert isinstance(shape, Group)
            if isinstance(access, typed.Field):
                narrowed.append((condition, shape.parts[shape.labels.index((access.name,))]))
                continue
            sequence = isinstance(kind, Sequence)
            parts = shape.parts[1:] if sequence else shape.parts
            tests, good = self.hits(kind, access, env, self.layout.read(shape.parts[0]) if sequence else ())
            defined = self.terms.and_(defined, self.terms.implies(condition, good))
            narrowed += [
                (self.terms.and_(condition, test), part) for test, part in zip(tests, parts, strict=True)
            ]
        return [(c, shape) for c, shape in narrowed if c is not self.terms.false], defined

    def parts(self, expr: Typed, env: Environment) -> tuple[Part, ...]:
        """What explains a condition: the sides of its comparisons, its bare booleans."""
        found: dict[str, Part] = {}
        self._explain(expr, env, found, "")
        return tuple(found.values())[:MAX_PARTS]

    def _explain(self, expr: Typed, env: Environment, found: dict[str, Part], prefix: str) -> None:
        if len(found) > MAX_PARTS or isinstance(expr, typed.Const | typed.Param):
            return
        match expr:
            case Apply(_, _, "and" | "or" | "implies" | "not" | "if" | "widen", args):
                for arg in args:
                    self._explain(arg, env, found, prefix)
            case Apply(_, _, "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "in" | "deref", args):
                for arg in args:
                    self._explain(arg, env, found, prefix)
            case typed.Quantifier(_, _, _, binders, _, body):
                for inner in self.rounds(binders, env):
                    given = ", ".join(f"{b.name}={types.text(b.type, inner[b])}" for b in binders)
                    if body is not None:
                        self._explain(body, inner, found, f"{given}: ")
            case _:
                if isinstance(expr.type, Array | Record | Set | Sequence):
                    return
                term, _ = self.term(expr, env)
                text = prefix + source_text(expr.span)
                found.setdefault(text, Part(text, term, domain(expr.type)))


def source_text(span: Span) -> str:
    """What stands in the source at a span, on one line."""
    lines = span.source.text.split("\n")[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return " ".join(" ".join(lines).split())


def cells(shape: Shape, value: Value) -> Iterator[tuple[int, Term]]:
    """Pairs of a cell's variable and the term for it."""
    if isinstance(shape, Cell):
        assert isinstance(value, Term)
        yield shape.variable, value
        return
    assert isinstance(value, tuple)
    for part, inner in zip(shape.parts, value, strict=True):
        yield from cells(part, inner)
