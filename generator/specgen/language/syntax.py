"""The syntax trees of expressions, types and effects: what the user wrote, not yet resolved."""

from __future__ import annotations

from dataclasses import dataclass

from specgen.language.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A bare word: a variable, parameter, constant, definition, type or enum value."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    span: Span
    value: int


@dataclass(frozen=True, slots=True, eq=False)
class Boolean:
    span: Span
    value: bool


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Unary:
    """``not x`` or ``-x``."""

    span: Span
    op: str
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Binary:
    """``op`` is one of ``and or implies = != < <= > >= + -``."""

    span: Span
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """``item in (a, b)`` has ``values``; ``item in s`` has ``container``; the other is None."""

    span: Span
    item: Expr
    negated: bool
    values: tuple[Expr, ...] | None
    container: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    span: Span
    base: Expr
    indices: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    span: Span
    base: Expr
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A built-in function or a definition or procedure with arguments."""

    span: Span
    function: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    span: Span
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Quantifier:
    """``kind`` is one of ``exists no count forall``; ``body`` is None for the short form."""

    span: Span
    kind: str
    names: tuple[Name, ...]
    domain: RangeType | Expr
    where: Expr | None
    body: Expr | None


Expr = (
    Name
    | Number
    | Boolean
    | Null
    | Unary
    | Binary
    | Membership
    | Index
    | Field
    | Call
    | Conditional
    | Quantifier
)


# ---------------------------------------------------------------- types


@dataclass(frozen=True, slots=True, eq=False)
class BoolType:
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class RangeType:
    """``low..high``, both ends included, both constant."""

    span: Span
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True, eq=False)
class EnumType:
    span: Span
    values: tuple[Name, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ArrayType:
    span: Span
    indices: tuple[TypeExpr, ...]
    element: TypeExpr


@dataclass(frozen=True, slots=True, eq=False)
class SetType:
    span: Span
    element: TypeExpr


@dataclass(frozen=True, slots=True, eq=False)
class SequenceType:
    """``sequence BOUND of T``: at most BOUND elements."""

    span: Span
    bound: Expr
    element: TypeExpr


@dataclass(frozen=True, slots=True, eq=False)
class OptionalType:
    """``T or null``."""

    span: Span
    base: TypeExpr


@dataclass(frozen=True, slots=True, eq=False)
class NamedType:
    span: Span
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class RecordType:
    """Written as a mapping under ``types``; fields in the order written."""

    span: Span
    fields: dict[str, Declaration]


TypeExpr = (
    BoolType
    | RangeType
    | EnumType
    | ArrayType
    | SetType
    | SequenceType
    | OptionalType
    | NamedType
    | RecordType
)


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """``TYPE [= DEFAULT]``. The default is that of the innermost element type."""

    span: Span
    type: TypeExpr
    default: Expr | None


# ---------------------------------------------------------------- effects


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    """``target: value``; the target is a Name, Index or Field chain."""

    span: Span
    target: Expr
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class If:
    span: Span
    condition: Expr
    then: Effect
    otherwise: Effect


@dataclass(frozen=True, slots=True, eq=False)
class For:
    span: Span
    names: tuple[Name, ...]
    domain: RangeType | Expr
    where: Expr | None
    body: Effect


@dataclass(frozen=True, slots=True, eq=False)
class Do:
    """Performs a procedure, in place."""

    span: Span
    call: Call


@dataclass(frozen=True, slots=True, eq=False)
class Goto:
    span: Span
    target: str


@dataclass(frozen=True, slots=True, eq=False)
class CallProcess:
    """Runs the steps of a called process behind this step."""

    span: Span
    call: Call


Statement = Assign | If | For | Do | Goto | CallProcess
Effect = tuple[Statement, ...]
