"""Constants, types and variables of one revision, evaluated: what the rest is checked against."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from specgen.language import syntax, types
from specgen.language.document import Constant, Document, Parameter
from specgen.language.expressions import Expressions
from specgen.language.names import did_you_mean
from specgen.language.rules import Mismatch, article, fold
from specgen.language.scope import EMPTY, Environment, Memo
from specgen.language.source import Diagnostics, Note, Span
from specgen.language.typed import Apply, Typed
from specgen.language.types import (
    Array,
    Bool,
    Enum,
    Initial,
    Int,
    Optional,
    Record,
    Scalar,
    Sequence,
    Set,
    Type,
)

MAX_CELLS = 4096  # scalar cells of one variable: more cannot be explored anyway
MAX_VALUES = 1 << 16  # values of one scalar


@dataclass(slots=True)
class Declared:
    """Evaluates the declarations of one revision, in the order constants, types, variables."""

    document: Document
    overrides: dict[str, str]
    diagnostics: Diagnostics
    memo: Memo
    constants: dict[str, tuple[Scalar, int]] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    initials: dict[str, Initial] = field(default_factory=dict)
    labels: dict[str, bool] = field(default_factory=dict)
    _constant_checker: Expressions = field(init=False)  # over constants and types alone, as they become known
    declared: bool = True
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.labels = dict.fromkeys(sorted(labels(self.document)), True)
        self._constant_checker = self.checker()

    def read_constants(self) -> None:
        """All constants; ``-D`` overrides replace what is written."""
        for constant in self.document.constants.values():
            try:
                self._constant(constant)
            except Mismatch:
                continue
        for name in self.overrides:
            if name not in self.document.constants:
                advice = did_you_mean(name, list(self.document.constants))
                self.diagnostics.add("SG720", f"no constant is called '{name}'", None, help=advice)

    def _constant(self, constant: Constant) -> None:
        kind: Bool | Int | Enum | None = None
        if constant.declaration is not None:
            kind = self._scalar(constant.declaration.type)
        checker = self._constant_checker
        written = constant.value
        found = checker.infer(written, EMPTY) if kind is None else checker.check(written, kind, EMPTY)
        value = fold(found)
        if value is None or not isinstance(found.type, Bool | Int | Enum):
            message = "a constant must be a number, true, false or an enum value"
            self._report("SG409", message, constant.value.span)
            raise Mismatch
        scalar: Scalar = found.type if kind is None else kind
        if isinstance(scalar, Int) and kind is not None and not scalar.low <= value <= scalar.high:
            self._report("SG410", f"{value} is outside of {scalar}", constant.value.span)
            raise Mismatch
        if constant.name in self.overrides:
            # a wrong value is reported; the spec's own keeps that from looking like many mistakes
            given = self._override(constant, scalar, kind is not None, value)
            self.declared = self.declared and given == value
            value = given
        if isinstance(scalar, Int) and kind is None:
            scalar = Int(value, value)
        self.constants[constant.name] = (scalar, value)

    def _override(self, constant: Constant, scalar: Scalar, declared: bool, otherwise: int) -> int:
        """The value of ``-D``; its type is that of the constant."""
        text = self.overrides[constant.name]
        wanted = str(scalar)
        if isinstance(scalar, Int):
            if not declared:
                wanted = "an integer"
            if re.fullmatch(r"-?[0-9]{1,9}", text) and (not declared or scalar.low <= int(text) <= scalar.high):
                return int(text)
        else:
            for value in types.values(scalar):
                if types.text(scalar, value) == text:
                    return value
        self._report("SG720", f"-D {constant.name}={text}: the value must be {wanted}", constant.span)
        return otherwise

    def read_types(self) -> None:
        """All declared types, in any order."""
        for name in self.document.types:
            try:
                self._named(name, self.document.type_spans[name])
            except Mismatch:
                continue

    def checker(self, variables: dict[str, Type] | None = None) -> Expressions:
        """A checker for expressions over what is known so far; ``variables`` adds state and definitions."""
        document = self.document
        counters = (*document.processes, *document.removed_processes)
        sections: dict[str, Mapping[str, object]] = {
            "constant": self.constants,
            "type": self.types,
            "initial": self.initials,
            "variable": variables or {},
            "definition": document.definitions if variables is not None else {},
            "procedure": document.procedures,
            "counter": dict.fromkeys(counters, True),
            "label": self.labels,
            "state": {} if variables is not None else dict.fromkeys(document.variables, True),
        }
        return Expressions(Environment(sections, self.diagnostics, self.memo))

    def type(self, written: syntax.TypeExpr) -> Type:
        """A written type, evaluated; raises :class:`Mismatch` once what is wrong is reported."""
        match written:
            case syntax.BoolType():
                return Bool()
            case syntax.RangeType(span):
                low, high = self._constant_checker.bounds(written, EMPTY)
                if high - low >= MAX_VALUES:
                    self._report("SG421", f"the range {low}..{high} has more than {MAX_VALUES} values", span)
                    raise Mismatch
                return Int(low, high)
            case syntax.EnumType(_, values):
                names = tuple(v.name for v in values)
                for value in values:
                    if names.count(value.name) > 1:
                        self._report("SG410", f"'{value.name}' stands twice in this enum", value.span)
                        raise Mismatch
                return Enum(names)
            case syntax.ArrayType(span, indices, element):
                return self._bounded(Array(tuple(self._scalar(i) for i in indices), self.type(element)), span)
            case syntax.SetType(span, element):
                return self._bounded(Set(self._scalar(element)), span)
            case syntax.SequenceType(span, bound, element):
                length = self._constant_checker.constant(bound, EMPTY)
                if length < 1:
                    self._report("SG410", f"a sequence needs room for one element at least, not {length}", span)
                    raise Mismatch
                return self._bounded(Sequence(length, self.type(element)), span)
            case syntax.OptionalType(_, base):
                return Optional(self._scalar(base))
            case syntax.NamedType(span, name):
                return self._named(name, span)
            case syntax.RecordType(span):
                raise AssertionError(f"record outside of types at {span}")  # the reader makes none elsewhere

    def _named(self, name: str, span: Span) -> Type:
        if name in self.types:
            return self.types[name]
        written = self.document.types.get(name)
        if written is None:
            advice = did_you_mean(name, [*self.document.types, "bool", "enum", "array", "set", "sequence"])
            self._report("SG401", f"no type is called '{name}'", span, advice)
            raise Mismatch
        if name in self._open:
            self._report("SG411", f"type '{name}' contains itself", self.document.type_spans[name])
            raise Mismatch
        self._open.append(name)
        try:
            kind: Type
            if isinstance(written, syntax.RecordType):
                kind, initial = self._record(name, written)
            else:
                kind = self.type(written)
                initial = self._undetermined(kind)
        finally:
            self._open.pop()
        self.types[name] = kind
        self.initials[name] = initial
        return kind

    def _record(self, name: str, written: syntax.RecordType) -> tuple[Record, Initial]:
        fields: list[tuple[str, Type]] = []
        parts: list[Initial] = []
        for label, declaration in written.fields.items():
            kind, initial = self.declaration(declaration)
            fields.append((label, kind))
            parts.append(initial)
        return Record(name, tuple(fields)), Initial(None, tuple(parts))

    def declaration(self, declaration: syntax.Declaration) -> tuple[Type, Initial]:
        """The type of a variable or field, and how it starts."""
        kind = self.type(declaration.type)
        initial = self._undetermined(kind)
        if declaration.default is not None:
            leaf = kind
            while isinstance(leaf, Array):
                leaf = leaf.element
            if isinstance(leaf, Record):
                self._report(
                    "SG403",
                    "a record starts as its fields say",
                    declaration.default.span,
                    f"give the fields of {leaf} their defaults where it is declared",
                )
                raise Mismatch
            initial = self._initial(self._constant_checker.check(declaration.default, leaf, EMPTY), leaf)
        return self._bounded(kind, declaration.span), initial

    def _initial(self, value: Typed, kind: Type) -> Initial:
        match (value, kind):
            case (Apply(span, _, "set", items), Set(element)):
                return Initial(frozenset(self._value(i, element) for i in items), (), span)
            case (Apply(span, _, "seq", items), Sequence(_, element)):
                return Initial(tuple(self._initial(i, element) for i in items), (), span)
            case (Apply(_, _, "default", _, initial), _) if initial is not None:
                return initial
            case (_, Bool() | Int() | Enum() | Optional()):
                return Initial(self._value(value, kind), (), value.span)
            case _:
                self._report("SG409", "an initial value must be constant", value.span)
                raise Mismatch

    def _value(self, expr: Typed, kind: Scalar) -> int:
        inner, shift = expr, 0
        if isinstance(expr, Apply) and expr.op == "widen":
            inner = expr.args[0]
            base = expr.type.base if isinstance(expr.type, Optional) else expr.type
            shift = 1 - base.low if isinstance(base, Int) else 1  # null is 0
        value = fold(inner)
        if value is None:
            self._report("SG409", "an initial value must be constant", expr.span)
            raise Mismatch
        if value + shift not in types.values(kind):
            self._report("SG410", f"{value} is outside of {kind}", expr.span)
            raise Mismatch
        return value + shift

    def _undetermined(self, kind: Type) -> Initial:
        """Any value, but for the fields of records, which have their own defaults."""
        while isinstance(kind, Array):
            kind = kind.element
        if isinstance(kind, Record):
            return self.initials.get(kind.name, Initial())
        return Initial()

    def _scalar(self, written: syntax.TypeExpr) -> Bool | Int | Enum:
        kind = self.type(written)
        if not isinstance(kind, Bool | Int | Enum):
            advice = "bool, a range or an enum can stand here"
            self._report("SG410", f"{article(kind)} is not a finite scalar type", written.span, advice)
            raise Mismatch
        return kind

    def _bounded(self, kind: Type, span: Span) -> Type:
        if types.cells(kind) > MAX_CELLS:
            self._report("SG421", f"this takes more than {MAX_CELLS} cells", span, "choose smaller constants")
            raise Mismatch
        return kind

    def parameter_types(self, params: list[Parameter]) -> dict[int, Type | None]:
        """The types of parameters, by the parameter's identity; None where it is wrong (and reported)."""
        found: dict[int, Type | None] = {}
        for param in params:
            try:
                found[id(param)] = self.type(param.type) if param.type is not None else None
            except Mismatch:
                found[id(param)] = None
        return found

    def _report(self, code: str, message: str, span: Span, help: str | None = None) -> None:
        self.diagnostics.add(code, message, span, help=help)


def labels(document: Document) -> frozenset[str]:
    """All words that are values of some enum of the document, steps of processes among them."""
    written: list[syntax.TypeExpr] = list(document.types.values())
    written += [v.declaration.type for v in document.variables.values()]
    written += [c.declaration.type for c in document.constants.values() if c.declaration is not None]
    found = {value.name for value in enum_values(written)}
    for process in (*document.processes.values(), *document.removed_processes.values()):
        found.update(s.name for s in process.steps)
    found.add("idle")
    return frozenset(found)


def check_names(document: Document, diagnostics: Diagnostics) -> None:
    """Reports names that mean two things."""
    taken: dict[str, tuple[str, Span]] = {}
    sections: list[tuple[str, list[tuple[str, Span]]]] = [
        ("constant", [(c.name, c.span) for c in document.constants.values()]),
        ("type", list(document.type_spans.items())),
        ("variable", [(v.name, v.span) for v in document.variables.values()]),
        ("definition", [(d.name, d.span) for d in document.definitions.values()]),
        ("process", [(p.name, p.span) for p in document.processes.values()]),
    ]
    for kind, names in sections:
        for name, span in names:
            if name in taken:
                other, place = taken[name]
                notes = (Note(f"the {other}", place),)
                diagnostics.add("SG402", f"'{name}' names a {kind} and a {other}", span, notes=notes)
            else:
                taken[name] = (kind, span)
    written: list[syntax.TypeExpr] = [*document.types.values()]
    written += [v.declaration.type for v in document.variables.values()]
    for value in enum_values(written):
        if value.name in taken:
            other, place = taken[value.name]
            notes = (Note(f"the {other}", place),)
            message = f"enum value '{value.name}' is also the name of a {other}"
            diagnostics.add("SG402", message, value.span, notes=notes)


def enum_values(written: list[syntax.TypeExpr]) -> list[syntax.Name]:
    """The values of all enums inside some types."""
    found: list[syntax.Name] = []
    stack = list(written)
    while stack:
        match stack.pop():
            case syntax.EnumType(_, values):
                found += values
            case syntax.ArrayType(_, indices, element):
                stack += [*indices, element]
            case syntax.SetType(_, element) | syntax.OptionalType(_, element) | syntax.SequenceType(_, _, element):
                stack.append(element)
            case syntax.RecordType(_, fields):
                stack += [d.type for d in fields.values()]
    return found
