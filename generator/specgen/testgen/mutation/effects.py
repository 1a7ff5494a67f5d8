"""Small changes of an effect, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specgen.language.source import Span
from specgen.language.syntax import (
    Assign,
    Call,
    CallProcess,
    Do,
    Effect,
    Expr,
    For,
    Goto,
    If,
    RangeType,
    Statement,
)
from specgen.language.unparse import expression_text, statement_key
from specgen.testgen.mutation.expressions import changes, first_only, negated, shifted_ranges
from specgen.testgen.mutation.scope import Scope, shifted

DROPPED = ""


@dataclass(frozen=True, slots=True)
class EffectChange:
    """An effect with one place changed.

    Args:
        before, after: the smallest statement around the place, as text; ``after`` is empty where it is gone.
    """

    operator: str
    span: Span
    before: str
    after: str
    effect: Effect


def effect_changes(effect: Effect, scope: Scope) -> Iterator[EffectChange]:
    """Every change of an effect, in the order written."""
    for place, statement in enumerate(effect):
        before, behind = effect[:place], effect[place + 1 :]
        if not isinstance(statement, If | For):
            operator = f"drop-{_KINDS[type(statement)]}"
            yield EffectChange(operator, statement.span, text(statement), DROPPED, (*before, *behind))
        for change in _inside(statement, scope):
            yield replace(change, effect=(*before, *change.effect, *behind))


_KINDS = {Assign: "assignment", Do: "do", Goto: "goto", CallProcess: "call"}


def text(statement: Statement) -> str:
    """The first line of a statement."""
    match statement:
        case Assign(_, target, value):
            return f"{expression_text(target)}: {expression_text(value)}"
        case Do(_, call):
            return f"do: {expression_text(call)}"
        case CallProcess(_, call):
            return f"call: {expression_text(call)}"
        case Goto(_, target):
            return f"goto: {target}"
        case If() | For():
            return statement_key(statement)


def _changed(operator: str, span: Span, old: Statement, new: Statement) -> EffectChange:
    return EffectChange(operator, span, text(old), text(new), (new,))


def _inside(statement: Statement, scope: Scope) -> Iterator[EffectChange]:
    """Changes that leave the statement in its place; the effect is the statement alone."""
    match statement:
        case Assign(_, target, value):
            if scope.is_number(value):
                for by in (1, -1):
                    yield _changed("off-by-one", value.span, statement, replace(statement, value=shifted(value, by)))
            for change in changes(target, scope):
                yield _changed(change.operator, change.span, statement, replace(statement, target=change.expr))
            for change in changes(value, scope, scope.type_of(target)):
                yield _changed(change.operator, change.span, statement, replace(statement, value=change.expr))
        case Do(_, call) | CallProcess(_, call):
            for change in changes(call, scope):
                assert isinstance(change.expr, Call)  # no change of a call makes something else of it
                yield _changed(change.operator, change.span, statement, replace(statement, call=change.expr))
        case Goto(span, target):
            for label in scope.labels:
                if label != target:
                    yield _changed("other-value", span, statement, replace(statement, target=label))
        case If():
            yield from _of_if(statement, scope)
        case For():
            yield from _of_for(statement, scope)


def _of_if(statement: If, scope: Scope) -> Iterator[EffectChange]:
    condition = statement.condition
    yield _changed("negate", condition.span, statement, replace(statement, condition=negated(condition)))
    for change in changes(condition, scope):
        yield _changed(change.operator, change.span, statement, replace(statement, condition=change.expr))
    for inner in effect_changes(statement.then, scope):
        yield replace(inner, effect=(replace(statement, then=inner.effect),))
    for inner in effect_changes(statement.otherwise, scope):
        yield replace(inner, effect=(replace(statement, otherwise=inner.effect),))


def _of_for(statement: For, scope: Scope) -> Iterator[EffectChange]:
    names, domain, where = statement.names, statement.domain, statement.where
    inner_scope = scope.quantified(names, domain)
    if isinstance(domain, RangeType):
        for moved in shifted_ranges(domain):
            yield _changed("off-by-one", domain.span, statement, replace(statement, domain=moved))
    for only in first_only(names, domain, where, scope):
        yield _changed("weaken", statement.span, statement, replace(statement, where=only))
    if where is not None:
        yield _changed("drop-conjunct", where.span, statement, replace(statement, where=None))
        for change in changes(where, inner_scope):
            yield _changed(change.operator, change.span, statement, replace(statement, where=change.expr))
    for inner in effect_changes(statement.body, inner_scope):
        yield replace(inner, effect=(replace(statement, body=inner.effect),))


def mentioned(effect: Effect) -> Iterator[Expr]:
    """Every expression of an effect."""
    for statement in effect:
        match statement:
            case Assign(_, target, value):
                yield from (target, value)
            case Do(_, call) | CallProcess(_, call):
                yield call
            case If(_, condition, then, otherwise):
                yield condition
                yield from mentioned(then)
                yield from mentioned(otherwise)
            case For(_, _, domain, where, body):
                if not isinstance(domain, RangeType):
                    yield domain
                if where is not None:
                    yield where
                yield from mentioned(body)
            case Goto():
                continue
