"""Writes a model as the YAML a user would write, with no more parentheses than the grammar needs."""

from __future__ import annotations

from .model import (
    NO_DEFAULT,
    Among,
    ArrayT,
    Assign,
    BoolT,
    CallStep,
    Claims,
    Cond,
    DefaultOf,
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
    Make,
    Op,
    OptT,
    Params,
    Quant,
    RecordT,
    Ref,
    SeqT,
    SetT,
    Spec,
    Step,
    Type,
    Use,
    Value,
    When,
)

# How tightly an expression binds, as in the grammar: expr, or, and, not, cmp, sum, term, post.
EXPR, OR, AND, NOT, CMP, SUM, TERM, POST = range(8)
_INFIX = {
    "implies": (EXPR, OR, EXPR),
    "or": (OR, OR, AND),
    "and": (AND, AND, NOT),
    "+": (SUM, SUM, TERM),
    "-": (SUM, SUM, TERM),
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "in", "not in"), (CMP, SUM, SUM)),
}


def value_text(value: Value) -> str:
    """A scalar as written."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def literal(value: Value, kind: Type) -> str:
    match kind:
        case SetT(element):
            return f"set({', '.join(sorted(literal(v, element) for v in value))})"
        case SeqT(_, element):
            return f"seq({', '.join(literal(v, element) for v in value)})"
        case RecordT(fields):
            assert value == {n: d for n, _, d in fields}  # the only record that can be written
            return f"default({kind.name})"
        case _:
            return value_text(value)


def type_text(kind: Type) -> str:
    """A type as written; a declared one by its name."""
    if kind.name is not None:
        return kind.name
    match kind:
        case BoolT():
            return "bool"
        case IntT(low, high):
            return f"{low}..{high}"
        case EnumT(labels):
            return "enum " + " ".join(labels)
        case OptT(base):
            return f"{type_text(base)} or null"
        case ArrayT(indices, element):
            return f"array {', '.join(map(type_text, indices))} of {type_text(element)}"
        case SetT(element):
            return f"set of {type_text(element)}"
        case SeqT(bound, element):
            return f"sequence {bound} of {type_text(element)}"
    raise TypeError(kind)


def text(expr: Expr, level: int = EXPR) -> str:
    """An expression where the grammar asks for ``level`` or tighter."""
    have, written = _text(expr)
    return f"({written})" if have < level else written


def _text(expr: Expr) -> tuple[int, str]:
    match expr:
        case Lit(value, kind):
            negative = isinstance(value, int) and not isinstance(value, bool) and value < 0
            return TERM if negative else POST, literal(value, kind)
        case Ref(name):
            return POST, name
        case Idx(base, indices):
            return POST, f"{text(base, POST)}[{_listed(indices)}]"
        case Fld(base, name):
            return POST, f"{text(base, POST)}.{name}"
        case DefaultOf(kind):
            return POST, f"default({kind.name})"
        case Make(args, kind):
            return POST, f"{kind.name}({_listed(args)})"
        case Use(name, args):
            return POST, f"{name}({_listed(args)})"
        case Among(item, members, negated):
            word = "not in" if negated else "in"
            return CMP, f"{text(item, SUM)} {word} ({', '.join(_closed(m, SUM) for m in members)})"
        case Cond(test, then, otherwise):
            return EXPR, f"if {text(test)} then {text(then)} else {text(otherwise)}"
        case Quant():
            return _quantifier(expr)
        case Op("not", (inner,)):
            return NOT, f"not {text(inner, NOT)}"
        case Op("neg", (inner,)):
            return TERM, f"-{text(inner, POST)}"
        case Op(op, (left, right)) if op in _INFIX:
            have, on_left, on_right = _INFIX[op]
            return have, f"{_closed(left, on_left)} {op} {_container(right, op, on_right)}"
        case Op(op, args):
            return POST, f"{op}({_listed(args)})"
    raise TypeError(expr)


def _closed(expr: Expr, level: int) -> str:
    """For a place where something follows: what reaches as far right as it can goes into parentheses."""
    have, written = _text(expr)
    return f"({written})" if have < level or reaches_right(expr) else written


def _listed(exprs: tuple[Expr, ...]) -> str:
    return ", ".join(_closed(e, EXPR) for e in exprs)


def reaches_right(expr: Expr) -> bool:
    """Whether the text of an expression would swallow what is written behind it."""
    match expr:
        case Quant() | Cond():
            return True
        case Op("not", (inner,)):
            return reaches_right(inner)
        case Op(op, (_, right)) if op in ("and", "or", "implies"):
            return reaches_right(right)
    return False


def _container(expr: Expr, op: str, level: int) -> str:
    # behind `in`, a parenthesis opens a list of values: a container never needs one in what is generated
    if op in ("in", "not in") and _text(expr)[0] < level:
        raise ValueError(f"cannot write {expr} as a container")
    return text(expr, level)


def _quantifier(expr: Quant) -> tuple[int, str]:
    domain = expr.domain
    over = type_text(domain) if isinstance(domain, Type) else text(domain, SUM)
    written = f"{expr.quantifier} {' '.join(expr.names)} in {over}"
    if expr.where is not None:
        # without a body, an `and` in the `where` draws a warning that it may not be meant
        inner = _closed(expr.where, EXPR) if expr.body is not None else text(expr.where, NOT)
        written += f" where {inner}"
    if expr.body is not None:
        written += f", {text(expr.body)}"
    return NOT, written


# ---------------------------------------------------------------- YAML


class Lines:
    """Collects indented lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, depth: int, line: str) -> None:
        self.lines.append("  " * depth + line)

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def declaration(kind: Type, initial: Value) -> str:
    leaf = kind
    while isinstance(leaf, ArrayT):
        leaf = leaf.element
    if isinstance(leaf, RecordT) or (isinstance(initial, tuple) and initial == NO_DEFAULT):
        return type_text(kind)
    return f"{type_text(kind)} = {literal(initial, leaf)}"


def spec_text(spec: Spec) -> str:
    """The whole file."""
    out = Lines()
    out.add(0, "spec:")
    out.add(1, "name: random")
    _entries(out, "constants", [(n, str(v)) for n, v in spec.constants])
    _types(out, spec.types)
    _entries(out, "variables", [(v.name, declaration(v.kind, v.initial)) for v in spec.variables])
    _claims(out, 0, "init", spec.init)
    definitions = [(_signature(d.name, d.params), text(d.expr)) for d in spec.definitions.values()]
    _entries(out, "definitions", definitions)
    if spec.procedures:
        out.add(0, "procedures:")
        for procedure in spec.procedures.values():
            out.add(1, _signature(procedure.name, procedure.params) + ":")
            _claims(out, 2, "assert", procedure.asserts)
            _claims(out, 2, "check", procedure.checks)
            _effect(out, 2, procedure.effect)
    if spec.actors:
        out.add(0, "actors:")
        for name, sequential in spec.actors:
            out.add(1, f"{name}: {{sequential: true}}" if sequential else f"{name}: {{}}")
    if spec.actions:
        out.add(0, "actions:")
        for action in spec.actions:
            _step(out, 1, action)
    _processes(out, spec)
    for section, claims in _predicates(spec):
        _claims(out, 0, section, claims)
    return out.text()


def _predicates(spec: Spec) -> list[tuple[str, Claims]]:
    return [
        ("invariants", spec.invariants),
        ("covers", spec.covers),
        ("always_possible", spec.possible),
        ("terminal", spec.terminal),
    ]


def _processes(out: Lines, spec: Spec) -> None:
    if not spec.processes:
        return
    out.add(0, "processes:")
    for process in spec.processes.values():
        out.add(1, f"{process.name}:")
        if process.called:
            out.add(2, "called: true")
        if process.actor is not None:
            out.add(2, f"actor: {process.actor}")
        if process.params:
            out.add(2, f"params: {_flow(process.params)}")
        out.add(2, "steps:")
        for step in process.steps:
            _step(out, 3, step)


def _types(out: Lines, types: tuple[Type, ...]) -> None:
    if types:
        out.add(0, "types:")
    for kind in types:
        if isinstance(kind, RecordT):
            out.add(1, f"{kind.name}:")
            for name, inner, default in kind.fields:
                out.add(2, f"{name}: {declaration(inner, default)}")
        else:
            out.add(1, f"{kind.name}: {type_text(type(kind)(*_parts(kind)))}")


def _parts(kind: Type) -> tuple[object, ...]:
    """The arguments of a type without its name, so that its definition is written and not the name."""
    match kind:
        case IntT(low, high):
            return (low, high)
        case EnumT(labels):
            return (labels,)
    raise TypeError(kind)


def _signature(name: str, params: Params) -> str:
    return f"{name}({', '.join(n for n, _ in params)})" if params else name


def _flow(params: Params) -> str:
    return "{" + ", ".join(f"{n}: {type_text(t)}" for n, t in params) + "}"


def _entries(out: Lines, section: str, entries: list[tuple[str, str]]) -> None:
    if entries:
        out.add(0, f"{section}:")
    for name, written in entries:
        out.add(1, f"{name}: {written}")


def _claims(out: Lines, depth: int, section: str, claims: Claims) -> None:
    if claims:
        out.add(depth, f"{section}:")
    for name, expr in claims:
        out.add(depth + 1, f"{name}: {text(expr)}")


def _step(out: Lines, depth: int, step: Step) -> None:
    out.add(depth, f"{step.name}:")
    if step.actor is not None:
        out.add(depth + 1, f"actor: {step.actor}")
    if step.params:
        out.add(depth + 1, f"params: {_flow(step.params)}")
    if step.each:
        out.add(depth + 1, f"each: {_flow(step.each)}")
    if step.in_order:
        out.add(depth + 1, "in_order: true")
    _claims(out, depth + 1, "guard", step.guards)
    _claims(out, depth + 1, "assert", step.asserts)
    _claims(out, depth + 1, "check", step.checks)
    _effect(out, depth + 1, step.effect)


def _effect(out: Lines, depth: int, effect: Effect) -> None:
    if effect:
        out.add(depth, "effect:")
        _statements(out, depth + 1, effect)
    else:
        out.add(depth, "effect: {}")


def _statements(out: Lines, depth: int, effect: Effect) -> None:
    for statement in effect:
        match statement:
            case Assign(target, value):
                out.add(depth, f"{text(target)}: {text(value)}")
            case When(arms, otherwise):
                for position, (test, body) in enumerate(arms):
                    out.add(depth, f"{'else if' if position else 'if'} {text(test)}:")
                    _statements(out, depth + 1, body)
                if otherwise:
                    out.add(depth, "else:")
                    _statements(out, depth + 1, otherwise)
            case Loop(names, domain, where, body):
                over = type_text(domain) if isinstance(domain, Type) else text(domain, SUM)
                suffix = f" where {text(where)}" if where is not None else ""
                out.add(depth, f"for {' '.join(names)} in {over}{suffix}:")
                _statements(out, depth + 1, body)
            case Do((call,)):
                out.add(depth, f"do: {text(call)}")
            case Do(calls):
                out.add(depth, "do:")
                for call in calls:
                    out.add(depth + 1, f"- {text(call)}")
            case Goto(step):
                out.add(depth, f"goto: {step}")
            case CallStep(process, args):
                out.add(depth, f"call: {process}({', '.join(map(text, args))})" if args else f"call: {process}")
