"""Types, declarations, heads and the keys of effects: what is written beside expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from specgen.language.lexer import RESERVED, Failed
from specgen.language.parser import MAX_NESTING, SUM, ExpressionParser, usable
from specgen.language.source import Diagnostics, Span
from specgen.language.syntax import (
    ArrayType,
    Boolean,
    BoolType,
    Call,
    Declaration,
    EnumType,
    Expr,
    Field,
    Index,
    Name,
    NamedType,
    Number,
    OptionalType,
    RangeType,
    SequenceType,
    SetType,
    TypeExpr,
    Unary,
)
from specgen.language.yamlnodes import Scalar

T = TypeVar("T")

_TYPE_WORDS = frozenset(("bool", "enum", "array", "set", "sequence"))


@dataclass(frozen=True, slots=True)
class IfKey:
    """``if c`` or ``else if c``."""

    condition: Expr
    behind: bool


@dataclass(frozen=True, slots=True)
class ElseKey:
    span: Span


@dataclass(frozen=True, slots=True)
class ForKey:
    """``for t in Tag where p``."""

    names: tuple[Name, ...]
    domain: RangeType | Expr
    where: Expr | None


@dataclass(frozen=True, slots=True)
class WordKey:
    """``do``, ``goto`` or ``call``."""

    word: str


@dataclass(frozen=True, slots=True)
class TargetKey:
    """The left side of an assignment."""

    target: Expr


EffectKey = IfKey | ElseKey | ForKey | WordKey | TargetKey


def _parsed(scalar: Scalar, diagnostics: Diagnostics, what: Callable[[DeclarationParser], T]) -> T | None:
    if not usable(scalar, diagnostics):
        return None
    parser = DeclarationParser(scalar, diagnostics)
    try:
        parser.begin()
        result = what(parser)
        parser.finish()
        return result
    except Failed:
        return None


def declaration(scalar: Scalar, diagnostics: Diagnostics) -> Declaration:
    """``TYPE [= DEFAULT]``. On errors they are diagnosed and some declaration is returned."""
    found = _parsed(scalar, diagnostics, DeclarationParser.declaration)
    return found or Declaration(scalar.span, BoolType(scalar.span), None)


def type_expression(scalar: Scalar, diagnostics: Diagnostics) -> TypeExpr:
    """A type without a default."""
    return _parsed(scalar, diagnostics, DeclarationParser.plain_type) or BoolType(scalar.span)


def constant(scalar: Scalar, diagnostics: Diagnostics) -> tuple[Declaration | None, Expr]:
    """``VALUE`` or ``TYPE = VALUE``."""
    found = _parsed(scalar, diagnostics, DeclarationParser.constant)
    return found or (None, Boolean(scalar.span, True))


def head(scalar: Scalar, diagnostics: Diagnostics) -> tuple[Name, tuple[Name, ...] | None] | None:
    """``name`` or ``name(a, b)``; None after an error."""
    return _parsed(scalar, diagnostics, DeclarationParser.head)


def call(scalar: Scalar, diagnostics: Diagnostics) -> Call:
    """``name(x, y)`` or ``name``."""
    return _parsed(scalar, diagnostics, DeclarationParser.call) or Call(scalar.span, "", ())


def effect_key(scalar: Scalar, diagnostics: Diagnostics) -> EffectKey | None:
    """What a key of an effect says; None after an error."""
    return _parsed(scalar, diagnostics, DeclarationParser.effect_key)


class DeclarationParser(ExpressionParser):
    """Parses what docs/language.md has under "types" and "effect"."""

    def declaration(self) -> Declaration:
        first = self.start
        written = self.type()
        default = None
        if self.kind == "=":
            self.advance()
            default = self.expr()
        elif self.kind != "end":
            raise self._after_type()
        return Declaration(self.span(first, self.end), written, default)

    def plain_type(self) -> TypeExpr:
        written = self.type()
        if self.kind == "=":
            token = self.tokens[self.position]
            advice = "write it where a variable or a field of this type is declared"
            raise self.fail("SG310", "this type may not have a default", token[2], token[3], advice)
        if self.kind != "end":
            raise self._after_type()
        return written

    def _after_type(self) -> Failed:
        advice = None
        if self.kind == ",":
            advice = "the values of an enum are separated by spaces"
        elif self.kind == "or":
            advice = "only `or null` may stand behind a type"
        return self.unexpected("`=` or the end of the type", advice)

    def type(self) -> TypeExpr:
        first = self.start
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.too_deep(first)
        text = self.text
        written: TypeExpr
        if self.kind != "name" or text not in _TYPE_WORDS:
            written = self._range_or_name(first)
        else:
            self.advance()
            written = self._built_in(text, first)
        if self.kind == "or":
            self.advance()
            self.expect("null", "`T or null` adds the value null to a type; a type has no other `or`")
            written = OptionalType(self.span(first, self.end), written)
        self.depth -= 1
        return written

    def _built_in(self, word: str, first: int) -> TypeExpr:
        match word:
            case "bool":
                return BoolType(self.span(first, self.end))
            case "enum":
                values = self._enum_values()
                return EnumType(self.span(first, self.end), values)
            case "array":
                indices = [self.type()]
                while self.kind == ",":
                    self.advance()
                    indices.append(self.type())
                element = self._of("`array Tag of bool`")
                return ArrayType(self.span(first, self.end), tuple(indices), element)
            case "set":
                element = self._of("`set of Tag`")
                return SetType(self.span(first, self.end), element)
        if self.kind == "name" and self.text == "of":
            raise self.unexpected("the greatest length of the sequence", "`sequence 3 of Tag`")
        bound = self.chain(SUM)
        element = self._of("`sequence 3 of Tag`")
        return SequenceType(self.span(first, self.end), bound, element)

    def _of(self, example: str) -> TypeExpr:
        if self.kind != "name" or self.text != "of":
            raise self.unexpected("`of` and the type of an element", f"as in {example}")
        self.advance()
        return self.type()

    def _enum_values(self) -> tuple[Name, ...]:
        values: list[Name] = []
        while self.kind not in ("=", "end", "or"):
            if self.kind == ",":
                raise self.unexpected("another value", "the values of an enum are separated by spaces")
            values.append(self._name("a value"))
        if not values:
            raise self.unexpected("the values of the enum", "`enum idle busy = idle`")
        return tuple(values)

    def _name(self, what: str) -> Name:
        text = self.text
        token = self.tokens[self.position]
        if self.kind != "end" and text in RESERVED:
            message = f"`{text}` is a word of the language"
            raise self.fail("SG206", message, token[2], token[3], "choose another name")
        if self.kind != "name":
            raise self.unexpected(what)
        self.advance()
        return Name(self.span(token[2], token[3]), text)

    def _range_or_name(self, first: int) -> TypeExpr:
        if self.kind == "(":
            raise self.unexpected("a type", "types have no parentheses: give the inner one a name")
        if self.kind not in ("name", "number", "-") or self.text in RESERVED:
            raise self.unexpected("a type", "`bool`, `0..3`, `enum a b`, array, set, sequence, or a name")
        low = self.chain(SUM)
        if self.kind == "..":
            self.advance()
            high = self.chain(SUM)
            return RangeType(self.span(first, self.end), low, high)
        if isinstance(low, Name):
            return NamedType(low.span, low.name)
        token = self.tokens[self.position]
        advice = "a range of integers is written `0..3`"
        raise self.fail("SG310", "this is no type", first, token[2], advice)

    def constant(self) -> tuple[Declaration | None, Expr]:
        first = self.start
        if all(kind in ("-", "number", "true", "false", "end") for kind, *_ in self.tokens):
            value = self.chain(SUM)
            if not _literal(value):
                message = "a constant's value is one number, `true` or `false`"
                raise self.fail("SG310", message, first, self.scalar.end)
            return None, value
        declared = self.declaration()
        if declared.default is None:
            advice = "`RINGS: 1..2 = 1`, or only the value: `RINGS: 1`"
            raise self.fail("SG310", "a constant needs a value", first, self.scalar.end, advice)
        return declared, declared.default

    def head(self) -> tuple[Name, tuple[Name, ...] | None]:
        name = self._name("a name")
        if self.kind != "(":
            if self.kind != "end":
                raise self.unexpected("`(` or the end of the name", "a name has letters, digits and `_`")
            return name, None
        self.advance()
        params: list[Name] = []
        while self.kind != ")":
            params.append(self._name("the name of a parameter or `)`"))
            if self.kind == ",":
                self.advance()
            elif self.kind != ")":
                raise self.unexpected("`,` or `)`", "parameters have no types here")
        self.advance()
        return name, tuple(params)

    def call(self) -> Call:
        first = self.start
        made = self.post()
        if isinstance(made, Name):
            return Call(made.span, made.name, ())
        if not isinstance(made, Call):
            advice = "as in `do: complete(old, t)`"
            raise self.fail("SG302", "expected a name with arguments", first, self.end, advice)
        return made

    def effect_key(self) -> EffectKey:
        word = self.text
        if self.kind == "if":
            self.advance()
            return IfKey(self._rest(), behind=False)
        if self.kind == "else":
            first = self.start
            self.advance()
            if self.kind == "if":
                self.advance()
                return IfKey(self._rest(), behind=True)
            if self.kind != "end":
                raise self.unexpected("`if` or the end of the key", "`else if c:` or `else:`")
            return ElseKey(self.span(first, self.end))
        if self.kind == "name" and word == "for":
            self.advance()
            names, domain, where, _ = self.bind("`for`")
            if self.kind == ",":
                raise self.unexpected("`:`", "what happens for each value stands below, indented")
            return ForKey(names, domain, where)
        if self.kind == "name" and word in ("do", "goto", "call") and len(self.tokens) == 2:
            self.advance()
            return WordKey(word)
        return TargetKey(self._target())

    def _rest(self) -> Expr:
        if self.kind == "end":
            raise self.unexpected("a condition", "`if c:`")
        return self.whole()

    def _target(self) -> Expr:
        first = self.start
        if self.kind == "name" and self.text in ("do", "goto", "call"):
            message = f"`{self.text}` is a key of its own"
            raise self.fail("SG309", message, first, first + len(self.text), f"write `{self.text}: ...`")
        if self.kind == "name" and self.text == "for":
            raise self.unexpected("`for t in T`")
        if self.kind != "name":
            raise self.unexpected("a variable, `if`, `for`, `do`, `goto` or `call`")
        target = self.post()
        if self.kind != "end":
            token = self.tokens[self.position]
            advice = "the key is a variable or a cell of one; its new value stands behind the `:`"
            if self.kind == "=":
                advice = "an effect is written `variable: expression`"
            message = f"`{self.text}` cannot be part of what is assigned"
            raise self.fail("SG309", message, token[2], token[3], advice)
        base = target
        while isinstance(base, Index | Field):
            base = base.base
        if not isinstance(base, Name):
            hint = "a procedure is performed by `do:`" if isinstance(base, Call) else None
            raise self.fail("SG309", "only a variable or a cell can be assigned", first, self.end, hint)
        return target


def _literal(value: Expr) -> bool:
    if isinstance(value, Unary):
        return value.op == "-" and isinstance(value.operand, Number)
    return isinstance(value, Number | Boolean)
