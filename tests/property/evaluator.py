"""Evaluates expressions of the model over structured values, straight from docs/language.md.

Nothing of the code under test is used here: mistakes of parser, type checker and lowering show as differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from .model import (
    Among,
    ArrayT,
    Cond,
    DefaultOf,
    Definition,
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
    starts,
    values,
)


class UndefinedError(Exception):
    """An expression has no value here: an index out of range, a null used as a value, a sequence past its bound."""


@dataclass(frozen=True)
class Scope:
    """What names mean: the state, values of parameters, and what the parameters of definitions stand for."""

    state: dict[str, Value]
    constants: dict[str, int]
    definitions: dict[str, Definition]
    params: dict[str, Value]
    macros: dict[str, Callable[[], Value]]

    def bind(self, **params: Value) -> Scope:
        kept = {n: m for n, m in self.macros.items() if n not in params}
        return Scope(self.state, self.constants, self.definitions, {**self.params, **params}, kept)

    def expand(self, macros: dict[str, Callable[[], Value]]) -> Scope:
        return Scope(self.state, self.constants, self.definitions, {}, macros)


def evaluate(expr: Expr, scope: Scope) -> Value:
    """The value of an expression.

    Raises:
        UndefinedError: it has none.
    """
    match expr:
        case Lit(value):
            return value
        case DefaultOf(kind):
            return starts(kind, None)[0]
        case Make(args, kind):
            given = [evaluate(a, scope) for a in args]
            return fitting(dict(zip((n for n, _, _ in kind.fields), given, strict=True)), kind)
        case Ref(name):
            return _name(name, scope)
        case Use(name, args):
            definition = scope.definitions[name]
            return evaluate(definition.expr, scope.expand(arguments(definition.params, args, scope)))
        case Fld(base, name):
            return evaluate(base, scope)[name]
        case Idx(base, indices):
            held = evaluate(base, scope)
            keys = [evaluate(i, scope) for i in indices]
            return held[place(base.kind, held, keys)]
        case Cond(test, then, otherwise):
            return evaluate(then if truth(test, scope) else otherwise, scope)
        case Among(item, members, negated):
            return _among(item, members, scope) != negated
        case Quant():
            return _quantifier(expr, scope)
        case Op(op, args):
            return _operator(op, args, expr.kind, scope)
    raise TypeError(expr)


def truth(expr: Expr, scope: Scope) -> bool:
    """The value of a condition, which must not be null."""
    return bool(_needed(evaluate(expr, scope)))


def arguments(
    params: tuple[tuple[str, Type], ...], args: tuple[Expr, ...], scope: Scope
) -> dict[str, Callable[[], Value]]:
    """A parameter takes the expression it is given, read in the caller's scope."""

    def later(arg: Expr) -> Callable[[], Value]:
        return lambda: evaluate(arg, scope)

    return {name: later(arg) for (name, _), arg in zip(params, args, strict=True)}


def _name(name: str, scope: Scope) -> Value:
    if name in scope.params:
        return scope.params[name]
    if name in scope.macros:
        return scope.macros[name]()
    if name in scope.state:
        return scope.state[name]
    if name in scope.constants:
        return scope.constants[name]
    return evaluate(scope.definitions[name].expr, scope.expand({}))


def place(kind: Type, held: Value, keys: list[Value]) -> Value:
    """Where in an array or sequence the indices point.

    Raises:
        UndefinedError: nowhere; null is no index.
    """
    if isinstance(kind, SeqT):
        if keys[0] is None or not 0 <= keys[0] < len(held):
            raise UndefinedError
        return keys[0]
    assert isinstance(kind, ArrayT)
    key = keys[0] if len(keys) == 1 else tuple(keys)
    if key not in held:
        raise UndefinedError
    return key


def domain(over: Type | Expr, scope: Scope) -> list[Value]:
    """The values a quantifier or loop runs through."""
    if isinstance(over, Type):
        return values(over)
    members = evaluate(over, scope)
    assert isinstance(over.kind, SetT)
    return [v for v in values(over.kind.element) if v in members]


def rounds(names: tuple[str, ...], over: Type | Expr, where: Expr | None, scope: Scope) -> Iterator[Scope]:
    """The scopes of the values that satisfy ``where``."""
    for row in product(domain(over, scope), repeat=len(names)):
        inner = scope.bind(**dict(zip(names, row, strict=True)))
        if where is None or truth(where, inner):
            yield inner


def _quantifier(expr: Quant, scope: Scope) -> Value:
    # every round is looked at, also behind one that decides: a quantifier has a value when all its rounds have one
    chosen = list(rounds(expr.names, expr.domain, expr.where, scope))
    hits = [expr.body is None or truth(expr.body, inner) for inner in chosen]
    match expr.quantifier:
        case "exists":
            return any(hits)
        case "no":
            return not any(hits)
        case "forall":
            return all(hits)
        case "count":
            return sum(hits)
    raise ValueError(expr.quantifier)


def _among(item: Expr, members: tuple[Expr, ...], scope: Scope) -> bool:
    # `x in (a, b)` is `x = a or x = b`
    return any(_equal(item, member, scope) for member in members)


def _equal(left: Expr, right: Expr, scope: Scope) -> bool:
    a, b = evaluate(left, scope), evaluate(right, scope)
    for kind, other in ((left.kind, b), (right.kind, a)):
        if isinstance(kind, OptT):  # the other side must be null or one of its values
            fitting(other, kind)
    return a == b


def fitting(value: Value, kind: Type) -> Value:
    """The value, if it is one of that type.

    Raises:
        UndefinedError: it is not; the types have been checked, so an integer is outside of its range or a value is null.
    """
    match kind:
        case OptT(base):
            return None if value is None else fitting(value, base)
        case IntT(low, high) if value is None or not low <= value <= high:
            raise UndefinedError
        case ArrayT(_, element):
            return {k: fitting(v, element) for k, v in value.items()}
        case RecordT(fields):
            return {n: fitting(value[n], t) for n, t, _ in fields}
        case SeqT(bound, element):
            if len(value) > bound:
                raise UndefinedError
            return tuple(fitting(v, element) for v in value)
        case SetT(element):
            return frozenset(fitting(v, element) for v in value)
    if value is None:
        raise UndefinedError
    return value


def _needed(value: Value) -> Value:
    if value is None:
        raise UndefinedError
    return value


def _operator(op: str, args: tuple[Expr, ...], kind: Type, scope: Scope) -> Value:
    match op:
        case "and":
            return all(truth(a, scope) for a in args)
        case "or":
            return any(truth(a, scope) for a in args)
        case "implies":
            return not truth(args[0], scope) or truth(args[1], scope)
        case "not":
            return not truth(args[0], scope)
        case "=":
            return _equal(args[0], args[1], scope)
        case "!=":
            return not _equal(args[0], args[1], scope)
        case "in" | "not in":
            item, held = evaluate(args[0], scope), evaluate(args[1], scope)
            element = args[1].kind
            assert isinstance(element, SetT | SeqT)
            if not isinstance(element.element, OptT):
                _needed(item)
            elif item is not None:
                fitting(item, element.element)
            return (item in held) == (op == "in")
        case "set" | "seq":
            assert isinstance(kind, SetT | SeqT)
            items = [fitting(evaluate(a, scope), kind.element) for a in args]
            return frozenset(items) if op == "set" else tuple(items)
    return _function(op, [evaluate(a, scope) for a in args], kind)


def _function(op: str, got: list[Value], kind: Type) -> Value:
    match op:
        case "neg":
            return -_needed(got[0])
        case "+":
            return _needed(got[0]) + _needed(got[1])
        case "-":
            return _needed(got[0]) - _needed(got[1])
        case "<":
            return _needed(got[0]) < _needed(got[1])
        case "<=":
            return _needed(got[0]) <= _needed(got[1])
        case ">":
            return _needed(got[0]) > _needed(got[1])
        case ">=":
            return _needed(got[0]) >= _needed(got[1])
        case "min":
            return min(_needed(got[0]), _needed(got[1]))
        case "max":
            return max(_needed(got[0]), _needed(got[1]))
        case "size":
            return len(got[0])
        case "union":
            return got[0] | got[1]
        case "intersection":
            return got[0] & got[1]
        case "difference":
            return got[0] - got[1]
        case "subset":
            return got[0] <= got[1]
        case "append":
            return fitting((*got[0], got[1]), kind)
        case "head" | "tail":
            if not got[0]:
                raise UndefinedError
            return got[0][0] if op == "head" else got[0][1:]
    raise ValueError(op)
