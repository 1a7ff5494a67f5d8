"""Expressions, types and effects back to text: one spelling per tree."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from specgen.language.source import Span
from specgen.language.syntax import (
    ArrayType,
    Assign,
    Binary,
    Boolean,
    BoolType,
    Call,
    CallProcess,
    Conditional,
    Declaration,
    Do,
    Effect,
    EnumType,
    Expr,
    Field,
    For,
    Goto,
    If,
    Index,
    Membership,
    Name,
    NamedType,
    Null,
    Number,
    OptionalType,
    Quantifier,
    RangeType,
    RecordType,
    SequenceType,
    SetType,
    TypeExpr,
    Unary,
)

_EXPR, _OR, _AND, _NOT, _COMPARE, _SUM, _TERM, _POST = range(8)
_LEVELS = {"implies": _EXPR, "or": _OR, "and": _AND, "+": _SUM, "-": _SUM}

Lines = list[tuple[int, str]]  # indentation in levels, text


def expression_text(expr: Expr) -> str:
    """The expression as a user would write it."""
    return _text(expr, _EXPR)


def _text(expr: Expr, minimum: int) -> str:
    level, text = _written(expr)
    return f"({text})" if level < minimum else text


def _written(expr: Expr) -> tuple[int, str]:
    """How tightly an expression binds, and its text."""
    match expr:
        case Name(name=name):
            return _POST, name
        case Number(value=value):
            return _POST, str(value)
        case Boolean(value=value):
            return _POST, "true" if value else "false"
        case Null():
            return _POST, "null"
        case Unary(op="not", operand=operand):
            return _NOT, f"not {_text(operand, _NOT)}"
        case Unary(operand=operand):
            return _TERM, f"-{_text(operand, _POST)}"
        case Binary():
            return _binary(expr)
        case Membership(item=item, negated=negated, values=values, container=container):
            where = _text(container, _SUM) if container is not None else f"({_list(values or (), _SUM)})"
            return _COMPARE, f"{_text(item, _SUM)} {'not in' if negated else 'in'} {where}"
        case Index(base=base, indices=indices):
            return _POST, f"{_text(base, _POST)}[{_list(indices)}]"
        case Field(base=base, name=name):
            return _POST, f"{_text(base, _POST)}.{name}"
        case Call(function=function, args=args):
            return _POST, f"{function}({_list(args)})"
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            parts = (expression_text(part) for part in (condition, then, otherwise))
            return _EXPR, "if {} then {} else {}".format(*parts)
        case Quantifier():
            return _EXPR, _quantifier(expr)


def _binary(expr: Binary) -> tuple[int, str]:
    level = _LEVELS.get(expr.op, _COMPARE)
    left, right = level, level + 1
    if level == _EXPR:
        left, right = _OR, _EXPR
    elif level == _COMPARE:
        left = right = _SUM
    return level, f"{_text(expr.left, left)} {expr.op} {_text(expr.right, right)}"


def _list(values: tuple[Expr, ...], minimum: int = _EXPR) -> str:
    """Expressions with commas between; one that would swallow the comma gets parentheses."""
    texts = []
    for value in values:
        text = _text(value, minimum)
        texts.append(f"({text})" if minimum == _EXPR and _swallows_comma(value) else text)
    return ", ".join(texts)


def _swallows_comma(expr: Expr) -> bool:
    """Whether a comma behind the expression would begin the body of a quantifier at its right end."""
    while True:
        match expr:
            case Quantifier(body=None):
                return True
            case Quantifier(body=body) if body is not None:
                expr = body
            case Conditional(otherwise=otherwise):
                expr = otherwise
            case Binary(op="implies", right=right):
                expr = right
            case _:
                return False


def _quantifier(expr: Quantifier) -> str:
    text = f"{expr.kind} {_bind(expr.names, expr.domain)}"
    if expr.where is not None:
        where = expression_text(expr.where)
        bare_and = expr.body is None and isinstance(expr.where, Binary) and expr.where.op == "and"
        if bare_and or (expr.body is not None and _swallows_comma(expr.where)):
            where = f"({where})"
        text += f" where {where}"
    if expr.body is not None:
        text += f", {expression_text(expr.body)}"
    return text


def _bind(names: tuple[Name, ...], domain: RangeType | Expr) -> str:
    return f"{' '.join(name.name for name in names)} in {domain_text(domain)}"


def domain_text(domain: RangeType | Expr) -> str:
    """What a quantifier or a ``for`` ranges over."""
    if isinstance(domain, RangeType):
        return f"{_text(domain.low, _SUM)}..{_text(domain.high, _SUM)}"
    return _text(domain, _SUM)


def type_text(written: TypeExpr) -> str:
    """A type as a user would write it; a record has no text of one line."""
    match written:
        case BoolType():
            return "bool"
        case RangeType():
            return domain_text(written)
        case EnumType(values=values):
            return f"enum {' '.join(value.name for value in values)}"
        case ArrayType(indices=indices, element=element):
            return f"array {', '.join(type_text(index) for index in indices)} of {type_text(element)}"
        case SetType(element=element):
            return f"set of {type_text(element)}"
        case SequenceType(bound=bound, element=element):
            return f"sequence {_text(bound, _SUM)} of {type_text(element)}"
        case OptionalType(base=base):
            return f"{type_text(base)} or null"
        case NamedType(name=name):
            return name
        case RecordType():
            raise AssertionError("a record is a mapping")


def declaration_text(declaration: Declaration) -> str:
    """``TYPE [= DEFAULT]``."""
    if declaration.default is None:
        return type_text(declaration.type)
    return f"{type_text(declaration.type)} = {expression_text(declaration.default)}"


def effect_lines(effect: Effect, level: int = 0) -> Lines:
    """The mapping that an effect is. Calls of procedures are gathered into one ``do:``."""
    lines: Lines = []
    calls = [expression_text(part.call) for part in effect if isinstance(part, Do)]
    has_else = False
    for statement in effect:
        match statement:
            case If():
                lines += _if_lines(statement, level, plain=has_else)
                has_else = has_else or bool(statement.otherwise)
            case For(body=body):
                lines += [(level, f"{statement_key(statement)}:"), *_block(body, level)]
            case Do():
                if calls:
                    lines += _do_lines(calls, level)
                    calls = []
            case Assign(target=target, value=value):
                lines.append((level, f"{expression_text(target)}: {expression_text(value)}"))
            case Goto(target=step):
                lines.append((level, f"goto: {step}"))
            case CallProcess(call=call):
                lines.append((level, f"call: {expression_text(call)}"))
    return lines


def statement_key(statement: If | For | Assign) -> str:
    """The key under which a statement stands in its mapping."""
    match statement:
        case If(condition=condition):
            return f"if {expression_text(condition)}"
        case For(names=names, domain=domain, where=where):
            tail = "" if where is None else f" where {expression_text(where)}"
            return f"for {_bind(names, domain)}{tail}"
        case Assign(target=target):
            return expression_text(target)


def _block(effect: Effect, level: int) -> Lines:
    return effect_lines(effect, level + 1) or [(level + 1, "{}")]


def _do_lines(calls: list[str], level: int) -> Lines:
    if len(calls) == 1:
        return [(level, f"do: {calls[0]}")]
    return [(level, "do:"), *((level + 1, f"- {call}") for call in calls)]


def _if_lines(statement: If, level: int, plain: bool) -> Lines:
    """An ``if`` with its branches; ``plain``: the mapping has an ``else`` already and takes no second one."""
    lines = [(level, f"{statement_key(statement)}:"), *_block(statement.then, level)]
    otherwise = statement.otherwise
    if plain and otherwise:
        negated = Unary(statement.span, "not", statement.condition)
        return [*lines, (level, f"if {expression_text(negated)}:"), *_block(otherwise, level)]
    while len(otherwise) == 1 and isinstance(otherwise[0], If):
        branch = otherwise[0]
        lines += [(level, f"else {statement_key(branch)}:"), *_block(branch.then, level)]
        otherwise = branch.otherwise
    if otherwise:
        lines += [(level, "else:"), *_block(otherwise, level)]
    return lines


def meaning(item: object) -> object:
    """An item of a document without its places: equal for items that say the same."""
    if isinstance(item, Span):
        return None
    if isinstance(item, Expr):
        return expression_text(item)
    if isinstance(item, RecordType):
        return [f"{name}: {declaration_text(field)}" for name, field in item.fields.items()]
    if isinstance(item, TypeExpr):
        return type_text(item)
    if isinstance(item, Declaration):
        return declaration_text(item)
    if isinstance(item, tuple | list):
        return [meaning(member) for member in item]
    if isinstance(item, dict):
        return [(name, meaning(member)) for name, member in item.items()]
    if is_dataclass(item):
        return [meaning(getattr(item, field.name)) for field in fields(item)]
    return item
