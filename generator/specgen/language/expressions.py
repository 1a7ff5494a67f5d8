"""Types of expressions. An enum value has no type of its own: it takes the one its place expects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from specgen.language import functions, syntax, typed
from specgen.language.document import Definition
from specgen.language.names import did_you_mean
from specgen.language.rules import IDLE, Mismatch, article, base, compatible, dotted, fold, int_type
from specgen.language.scope import Environment, Macro, Scope, arguments, takes
from specgen.language.source import Note, Span
from specgen.language.typed import Apply, Binder, Const, Typed
from specgen.language.types import (
    Array,
    Bool,
    Enum,
    Int,
    Optional,
    Record,
    Scalar,
    Sequence,
    Set,
    Type,
    combinations,
)

BOOL = Bool()
MAX_EXPANSION = 200  # nested definitions; deeper is recursion for all practical purposes


@dataclass(slots=True)
class Expressions:
    """Checks expressions of one revision against its environment."""

    env: Environment

    # ------------------------------------------------------------ entry points

    def condition(self, expr: syntax.Expr, scope: Scope) -> Typed:
        """The expression as a boolean."""
        return self.check(expr, BOOL, scope)

    def check(self, expr: syntax.Expr, expected: Type, scope: Scope) -> Typed:
        """The expression as a value of ``expected``; raises :class:`Mismatch` once that is reported."""
        match expr:
            case syntax.Name(span, name):
                bound = scope.names.get(name)
                if isinstance(bound, Macro):
                    return self.check(bound.expr, expected, bound.scope)
                if bound is None and not self.env.declares(name):
                    return self._literal(name, expected, span)
            case syntax.Field() if isinstance(base(expected), Enum) and not self._rooted(expr, scope):
                return self._literal(dotted(expr), expected, expr.span)
            case syntax.Null(span):
                if isinstance(expected, Optional):
                    return Const(span, expected, 0)
                raise self.wrong(span, "null", expected)
            case syntax.Conditional(span, condition, then, otherwise):
                test = self.condition(condition, scope)
                branches = (self.check(then, expected, scope), self.check(otherwise, expected, scope))
                return Apply(span, expected, "if", (test, *branches))
            case syntax.Call(span, "set", args) if isinstance(expected, Set):
                items = tuple(self.check(a, expected.element, scope) for a in args)
                return Apply(span, expected, "set", items)
            case syntax.Call(span, "seq", args) if isinstance(expected, Sequence):
                if len(args) > expected.bound:
                    self.report("SG403", f"{len(args)} elements do not fit {article(expected)}", span)
                    raise Mismatch
                items = tuple(self.check(a, expected.element, scope) for a in args)
                return Apply(span, expected, "seq", items)
            case syntax.Call(span, name, args) if name in functions.SET_FUNCTIONS and isinstance(expected, Set):
                functions.arity(expr, self)
                both = tuple(self.check(a, expected, scope) for a in args)
                return Apply(span, expected, name, both)
            case syntax.Call(span, "append", args) if isinstance(expected, Sequence) and len(args) == 2:
                queue = self.check(args[0], expected, scope)
                return Apply(span, expected, "append", (queue, self.check(args[1], expected.element, scope)))
        found = self._infer(expr, scope)
        if found is None:
            found = self._expected(expr, expected, scope)
        return self._convert(found, expected)

    def _expected(self, expr: syntax.Expr, expected: Type, scope: Scope) -> Typed:
        """A definition whose body takes its type from where it is used."""
        if isinstance(expr, syntax.Name) and (definition := self.env.definition(expr.name)):
            found = self._expand(definition, {}, scope.open, expected)
        elif isinstance(expr, syntax.Call) and (definition := self.env.definition(expr.function)):
            found = self._apply_definition(expr, definition, scope, expected)
        else:
            found = None
        if found is None:
            raise self._untypable(expr, scope)
        return found

    def infer(self, expr: syntax.Expr, scope: Scope) -> Typed:
        """The expression with the type it has by itself; an enum value alone is an error here."""
        found = self._infer(expr, scope)
        if found is None:
            raise self._untypable(expr, scope)
        return found

    def binders(
        self,
        names: tuple[syntax.Name, ...],
        domain: syntax.RangeType | syntax.Expr,
        where: syntax.Expr | None,
        scope: Scope,
    ) -> tuple[tuple[Binder, ...], Scope, Typed | None]:
        """Bound variables over a domain: the binders, the scope with them, and the condition they satisfy.

        That is ``where``, behind membership if the domain is a set; None if there is neither.
        """
        kind, container = self._domain(domain, scope)
        made = tuple(Binder(n.name, kind) for n in names)
        for name in names:
            self.fresh(name.name, name.span)
        inner = scope.bind({b.name: b for b in made})
        tests: list[Typed] = []
        if container is not None:
            span = container.span
            tests += [Apply(span, BOOL, "in", (typed.Param(span, kind, b), container)) for b in made]
        if where is not None:
            tests.append(self.condition(where, inner))
        return made, inner, reduce(_both, tests) if tests else None

    def fresh(self, name: str, span: Span) -> None:
        """Reports a parameter that hides something declared."""
        kinds = ("variable", "constant", "definition", "type", "label")
        taken = next((kind for kind in kinds if self.env.find(kind, name) is not None), None)
        if taken is not None:
            what = {"label": "an enum value (or a step)"}.get(taken, f"a {taken}")
            self.report("SG402", f"'{name}' already names {what}", span, "choose another name")

    # ------------------------------------------------------------ inference

    def _infer(self, expr: syntax.Expr, scope: Scope) -> Typed | None:
        """None: an enum value, null, or made of such alone, whose type only its place can tell."""
        match expr:
            case syntax.Name():
                return self._name(expr, scope)
            case syntax.Number(span, value):
                return Const(span, Int(value, value), value)
            case syntax.Boolean(span, value):
                return Const(span, BOOL, int(value))
            case syntax.Null():
                return None
            case syntax.Unary(span, op, operand):
                return self._unary(span, op, operand, scope)
            case syntax.Binary():
                return self._binary(expr, scope)
            case syntax.Membership():
                return self._membership(expr, scope)
            case syntax.Index():
                return self._index(expr, scope)
            case syntax.Field():
                return self._field(expr, scope)
            case syntax.Call():
                return self._call(expr, scope)
            case syntax.Conditional(span, condition, then, otherwise):
                test = self.condition(condition, scope)
                pair = self.same(then, otherwise, scope)
                return pair and Apply(span, pair[0].type, "if", (test, *pair))
            case syntax.Quantifier():
                return self._quantifier(expr, scope)

    def _name(self, expr: syntax.Name, scope: Scope) -> Typed | None:
        name, env = expr.name, self.env
        bound = scope.names.get(name)
        if isinstance(bound, Binder):
            return typed.Param(expr.span, bound.type, bound)
        if isinstance(bound, Macro):
            return self._infer(bound.expr, bound.scope)
        if (constant := env.constant(name)) is not None:
            kind, value = constant
            return Const(expr.span, kind, value)
        if (variable := env.variable(name)) is not None:
            return typed.Var(expr.span, variable, name)
        if (definition := env.definition(name)) is not None:
            if definition.params:
                self.report("SG408", f"definition '{name}' needs arguments", expr.span)
                raise Mismatch
            return self.definition(definition, scope.open)
        return None

    def definition(self, definition: Definition, around: tuple[str, ...] = ()) -> Typed | None:
        """A definition without parameters; None if only its place can tell its type."""
        if definition.name in around:
            raise self._recursive(definition)
        return self.env.once(definition, (), lambda: self._expand(definition, {}, around, None))

    def _expand(
        self,
        definition: Definition,
        arguments: dict[str, Binder | Macro],
        around: tuple[str, ...],
        expected: Type | None,
    ) -> Typed | None:
        """A definition's body, as a value of ``expected`` if given; None if only its place can tell."""
        if definition.name in around or len(around) > MAX_EXPANSION:
            raise self._recursive(definition)
        inner = Scope(arguments, (*around, definition.name))
        body = definition.expr
        return self._infer(body, inner) if expected is None else self.check(body, expected, inner)

    def _recursive(self, definition: Definition) -> Mismatch:
        message = f"definition '{definition.name}' uses itself"
        self.report("SG411", message, definition.span, "definitions are expanded in place")
        return Mismatch()

    def _unary(self, span: Span, op: str, operand: syntax.Expr, scope: Scope) -> Typed:
        if op == "not":
            return Apply(span, BOOL, "not", (self.condition(operand, scope),))
        inner = self.integer(operand, scope)
        kind = int_type(inner)
        return Apply(span, Int(-kind.high, -kind.low), "neg", (inner,))

    def _binary(self, expr: syntax.Binary, scope: Scope) -> Typed:
        span, op = expr.span, expr.op
        if op in ("and", "or", "implies"):
            sides = []
            for side in (expr.left, expr.right):  # both, so that both sides' mistakes are reported
                try:
                    sides.append(self.condition(side, scope))
                except Mismatch:
                    continue
            if len(sides) < 2:
                raise Mismatch
            return Apply(span, BOOL, op, (sides[0], sides[1]))
        if op in ("=", "!="):
            pair = self.same(expr.left, expr.right, scope)
            if pair is None:
                raise self._untypable(expr.left, scope)
            return Apply(span, BOOL, op, pair)
        left, right = self.integer(expr.left, scope), self.integer(expr.right, scope)
        if op in ("+", "-"):
            a, b = int_type(left), int_type(right)
            kind = Int(a.low + b.low, a.high + b.high) if op == "+" else Int(a.low - b.high, a.high - b.low)
            return Apply(span, kind, op, (left, right))
        return Apply(span, BOOL, op, (left, right))

    def same(self, left: syntax.Expr, right: syntax.Expr, scope: Scope) -> tuple[Typed, Typed] | None:
        """Both sides with one type, or None if neither can tell it."""
        a = self._infer(left, scope)
        if a is None:
            b = self._infer(right, scope)
            return None if b is None else (self._against(left, b, scope), b)
        b = self._infer(right, scope)
        if b is None:
            return (a, self._against(right, a, scope))
        if isinstance(a.type, Optional) != isinstance(b.type, Optional):
            if isinstance(a.type, Optional):
                return (a, self._convert(b, a.type))
            return (self._convert(a, b.type), b)
        if not compatible(a.type, b.type):
            self.report("SG403", f"{article(a.type)} does not compare with {article(b.type)}", right.span)
            raise Mismatch
        return (a, b)

    def _against(self, literal: syntax.Expr, other: Typed, scope: Scope) -> Typed:
        if isinstance(literal, syntax.Null) and not isinstance(other.type, Optional):
            raise self.wrong(literal.span, "null", other.type)
        return self.check(literal, other.type, scope)

    def _membership(self, expr: syntax.Membership, scope: Scope) -> Typed:
        span = expr.span
        if expr.values is not None:
            item = self._infer(expr.item, scope)
            if item is None:
                raise self._untypable(expr.item, scope)
            found: Typed | None = None
            for value in expr.values:
                pair = self.same(expr.item, value, scope)
                assert pair is not None  # the item has a type
                test = Apply(span, BOOL, "=", pair)
                found = test if found is None else Apply(span, BOOL, "or", (found, test))
            assert found is not None  # the grammar asks for one value at least
        else:
            assert expr.container is not None
            container = self.infer(expr.container, scope)
            if not isinstance(container.type, Set | Sequence):
                raise self.wrong(expr.container.span, article(container.type), "a set or a sequence")
            item = self.check(expr.item, container.type.element, scope)
            found = Apply(span, BOOL, "in", (item, container))
        return Apply(span, BOOL, "not", (found,)) if expr.negated else found

    def _index(self, expr: syntax.Index, scope: Scope) -> Typed:
        array = self.infer(expr.base, scope)
        if isinstance(array.type, Sequence):
            wanted: tuple[Scalar, ...] = (Int(0, max(0, array.type.bound - 1)),)
        elif isinstance(array.type, Array):
            wanted = array.type.indices
        else:
            self.report("SG406", f"{article(array.type)} has no elements to index", expr.span)
            raise Mismatch
        if len(wanted) != len(expr.indices):
            self.report("SG406", f"this array takes {len(wanted)} indices, not {len(expr.indices)}", expr.span)
            raise Mismatch
        indices = tuple(
            self.integer(given, scope) if isinstance(kind, Int) else self.check(given, kind, scope)
            for given, kind in zip(expr.indices, wanted, strict=True)
        )
        return typed.Index(expr.span, array.type.element, array, indices)

    def _rooted(self, expr: syntax.Field, scope: Scope) -> bool:
        """Whether a chain of fields starts at something declared (else it is a dotted enum value)."""
        root: syntax.Expr = expr
        while isinstance(root, syntax.Field):
            root = root.base
        return not isinstance(root, syntax.Name) or root.name in scope.names or self.env.declares(root.name)

    def _field(self, expr: syntax.Field, scope: Scope) -> Typed | None:
        if not self._rooted(expr, scope):
            return None
        record = self.infer(expr.base, scope)
        kind = record.type.field(expr.name) if isinstance(record.type, Record) else None
        if kind is None:
            known = [n for n, _ in record.type.fields] if isinstance(record.type, Record) else []
            message = f"{article(record.type)} has no field '{expr.name}'"
            self.report("SG407", message, expr.span, did_you_mean(expr.name, known))
            raise Mismatch
        return typed.Field(expr.span, kind, record, expr.name)

    def _quantifier(self, expr: syntax.Quantifier, scope: Scope) -> Typed:
        made, inner, where = self.binders(expr.names, expr.domain, expr.where, scope)
        body = self.condition(expr.body, inner) if expr.body is not None else None
        kind: Type = BOOL
        if expr.kind == "count":
            kind = Int(0, combinations(binder.type for binder in made))
        return typed.Quantifier(expr.span, kind, expr.kind, made, where, body)

    def _domain(self, domain: syntax.RangeType | syntax.Expr, scope: Scope) -> tuple[Scalar, Typed | None]:
        if isinstance(domain, syntax.RangeType):
            return Int(*self.bounds(domain, scope)), None
        if isinstance(domain, syntax.Name) and domain.name not in scope.names and not self.env.declares(domain.name):
            kind = BOOL if domain.name == "bool" else self.env.type(domain.name)
            if kind is None:
                advice = did_you_mean(domain.name, self.env.sections["type"])
                self.report("SG401", f"no type or set is called '{domain.name}'", domain.span, advice)
                raise Mismatch
            if not isinstance(kind, Bool | Int | Enum | Optional):
                self.report("SG410", f"{article(kind)} is not a finite scalar type to range over", domain.span)
                raise Mismatch
            return kind, None
        container = self.infer(domain, scope)
        if not isinstance(container.type, Set):
            raise self.wrong(domain.span, article(container.type), "a type or a set")
        return container.type.element, container

    def bounds(self, domain: syntax.RangeType, scope: Scope) -> tuple[int, int]:
        """Both ends of a constant range that is not empty."""
        low, high = self.constant(domain.low, scope), self.constant(domain.high, scope)
        if high < low:
            self.report("SG410", f"the range {low}..{high} is empty", domain.span)
            raise Mismatch
        return low, high

    def constant(self, expr: syntax.Expr, scope: Scope) -> int:
        """The value of a constant integer expression."""
        found = self.integer(expr, scope)
        value = fold(found)
        if value is None:
            self.report("SG409", "this must be constant", expr.span, "only numbers and constants may stand here")
            raise Mismatch
        return value

    # ------------------------------------------------------------ calls

    def _call(self, expr: syntax.Call, scope: Scope) -> Typed | None:
        if (definition := self.env.definition(expr.function)) is not None:
            return self._apply_definition(expr, definition, scope)
        return functions.infer(expr, scope, self)

    def _apply_definition(
        self, expr: syntax.Call, definition: Definition, scope: Scope, expected: Type | None = None
    ) -> Typed | None:
        if not takes(definition, expr, self.env.diagnostics):
            raise Mismatch
        return self._expand(definition, arguments(definition, expr, scope), scope.open, expected)

    # ------------------------------------------------------------ conversions and reports

    def integer(self, expr: syntax.Expr, scope: Scope) -> Typed:
        """The expression as an integer."""
        found = self.infer(expr, scope)
        if isinstance(found.type, Optional):
            found = Apply(found.span, found.type.base, "deref", (found,))
        if not isinstance(found.type, Int):
            raise self.wrong(expr.span, article(found.type), "an integer")
        return found

    def _convert(self, found: Typed, expected: Type) -> Typed:
        """Integers fit any integer type (the range is checked when it happens); T and T or null meet here."""
        have = found.type
        if isinstance(expected, Optional) and not isinstance(have, Optional):
            return Apply(found.span, expected, "widen", (self._convert(found, expected.base),))
        if isinstance(have, Optional) and not isinstance(expected, Optional):
            return self._convert(Apply(found.span, have.base, "deref", (found,)), expected)
        if not compatible(have, expected):
            raise self.wrong(found.span, article(have), expected)
        return found

    def _literal(self, name: str, expected: Type, span: Span) -> Typed:
        kind = base(expected)
        if isinstance(kind, Enum) and name in kind.labels:
            value = kind.labels.index(name)
            return Const(span, expected, value + 1) if isinstance(expected, Optional) else Const(span, kind, value)
        known = [*self.env.names(), *(kind.labels if isinstance(kind, Enum) else ())]
        advice: str | None = None
        if isinstance(kind, Enum):
            advice = did_you_mean(name, kind.labels) or f"its values are: {', '.join(kind.labels)}"
            if kind.labels[0] == IDLE and self.env.find("label", name) is not None:
                advice += "; a counter that is at the first step reads `idle`"
        if self.env.find("label", name) is not None:
            self.report("SG403", f"'{name}' is not a value of {expected}", span, advice)
        elif isinstance(kind, Enum) and self.env.find("state", name) is None:
            self.report("SG401", f"nothing is called '{name}' here", span, advice)
        else:
            self._unknown(name, span, known)
        raise Mismatch

    def _untypable(self, expr: syntax.Expr, scope: Scope) -> Mismatch:
        if isinstance(expr, syntax.Name) and isinstance(bound := scope.names.get(expr.name), Macro):
            return self._untypable(bound.expr, bound.scope)
        if isinstance(expr, syntax.Name) and self.env.find("label", expr.name) is None:
            self._unknown(expr.name, expr.span, self.env.names())
        else:
            self.report(
                "SG405",
                "this place does not tell which type the value has",
                expr.span,
                "an enum value, null, set() or seq() needs a variable beside it that has the type",
            )
        return Mismatch()

    def _unknown(self, name: str, span: Span, known: list[str]) -> None:
        if self.env.find("state", name) is not None:
            self.report("SG409", f"'{name}' is a variable, and this must be constant", span)
        else:
            self.report("SG401", f"nothing is called '{name}' here", span, did_you_mean(name, known))

    def wrong(self, span: Span, have: str, expected: Type | str) -> Mismatch:
        """Reports a value of another type than expected; the result is to be raised."""
        wanted = expected if isinstance(expected, str) else article(expected)
        self.report("SG403", f"{have} stands where {wanted} is expected", span)
        return Mismatch()

    def report(
        self, code: str, message: str, span: Span, help: str | None = None, notes: tuple[Note, ...] = ()
    ) -> None:
        self.env.diagnostics.add(code, message, span, help=help, notes=notes)


def _both(a: Typed, b: Typed) -> Typed:
    return Apply(a.span, BOOL, "and", (a, b))
