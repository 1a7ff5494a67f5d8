"""The built-in functions: what they take and give."""

from __future__ import annotations

from typing import Protocol

from specgen.language import syntax
from specgen.language.names import did_you_mean
from specgen.language.rules import Mismatch, article, determined, int_type
from specgen.language.scope import Environment, Scope
from specgen.language.source import Note, Span
from specgen.language.typed import Apply, Typed
from specgen.language.types import Bool, Int, Record, Sequence, Set, Type, size

SET_FUNCTIONS = {"union", "intersection", "difference"}
ARITY = {
    "min": 2,
    "max": 2,
    "size": 1,
    "union": 2,
    "intersection": 2,
    "difference": 2,
    "subset": 2,
    "append": 2,
    "head": 1,
    "tail": 1,
    "default": 1,
}


class Checker(Protocol):
    """What types the arguments."""

    env: Environment

    def infer(self, expr: syntax.Expr, scope: Scope) -> Typed: ...

    def check(self, expr: syntax.Expr, expected: Type, scope: Scope) -> Typed: ...

    def integer(self, expr: syntax.Expr, scope: Scope) -> Typed: ...

    def same(self, left: syntax.Expr, right: syntax.Expr, scope: Scope) -> tuple[Typed, Typed] | None: ...

    def wrong(self, span: Span, have: str, expected: Type | str) -> Mismatch: ...

    def report(
        self, code: str, message: str, span: Span, help: str | None = None, notes: tuple[Note, ...] = ()
    ) -> None: ...


def infer(call: syntax.Call, scope: Scope, checker: Checker) -> Typed | None:
    """A call of a built-in function or record type; None if only its place can tell its type.

    Raises:
        Mismatch: it has no type, which is reported.
    """
    name, span, args = call.function, call.span, call.args
    if name in ("set", "seq"):
        return None
    if isinstance(record := checker.env.type(name), Record):
        return _record(call, record, scope, checker)
    if name not in ARITY:
        known = [*ARITY, "set", "seq", *checker.env.sections["definition"]]
        message = f"no function or definition is called '{name}'"
        checker.report("SG408", message, span, did_you_mean(name, known))
        raise Mismatch
    arity(call, checker)
    if name in ("min", "max"):
        a, b = checker.integer(args[0], scope), checker.integer(args[1], scope)
        pick = min if name == "min" else max
        one, other = int_type(a), int_type(b)
        return Apply(span, Int(pick(one.low, other.low), pick(one.high, other.high)), name, (a, b))
    if name == "default":
        return _default(call, checker)
    if name in SET_FUNCTIONS or name == "subset":
        pair = checker.same(args[0], args[1], scope)
        if pair is None:
            return None
        if not isinstance(pair[0].type, Set):
            raise checker.wrong(args[0].span, article(pair[0].type), "a set")
        return Apply(span, Bool() if name == "subset" else pair[0].type, name, pair)
    return _on_sequence(call, scope, checker)


def arity(call: syntax.Call, checker: Checker) -> None:
    """Reports a wrong number of arguments."""
    wanted = ARITY[call.function]
    if len(call.args) != wanted:
        plural = "argument" if wanted == 1 else "arguments"
        message = f"{call.function}() takes {wanted} {plural}, not {len(call.args)}"
        checker.report("SG408", message, call.span)
        raise Mismatch


def _on_sequence(call: syntax.Call, scope: Scope, checker: Checker) -> Typed:
    name, span, args = call.function, call.span, call.args
    value = checker.infer(args[0], scope)
    kind = value.type
    if name == "size" and isinstance(kind, Set):
        return Apply(span, Int(0, size(kind.element)), name, (value,))
    if not isinstance(kind, Sequence):
        wanted = "a set or a sequence" if name == "size" else "a sequence"
        raise checker.wrong(args[0].span, article(kind), wanted)
    if name == "size":
        return Apply(span, Int(0, kind.bound), name, (value,))
    if name == "append":
        return Apply(span, kind, name, (value, checker.check(args[1], kind.element, scope)))
    return Apply(span, kind.element if name == "head" else kind, name, (value,))


def _default(call: syntax.Call, checker: Checker) -> Typed:
    given = call.args[0]
    name = given.name if isinstance(given, syntax.Name) else ""
    kind, initial = checker.env.type(name), checker.env.initial(name)
    if kind is None or initial is None or not determined(initial):
        message = "default() takes the name of a type whose fields all have a value to start with"
        checker.report("SG408", message, call.span)
        raise Mismatch
    return Apply(call.span, kind, "default", (), initial)


def _record(call: syntax.Call, record: Record, scope: Scope, checker: Checker) -> Typed:
    if len(call.args) != len(record.fields):
        fields = ", ".join(n for n, _ in record.fields)
        checker.report("SG408", f"{record} takes {len(record.fields)} values: {fields}", call.span)
        raise Mismatch
    pairs = zip(call.args, record.fields, strict=True)
    return Apply(call.span, record, "record", tuple(checker.check(a, t, scope) for a, (_, t) in pairs))
