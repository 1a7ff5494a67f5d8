"""Reads one entry of each section."""

from __future__ import annotations

import re

from specgen.language import declarations
from specgen.language.document import (
    Action,
    Actor,
    Citation,
    Cited,
    Constant,
    Definition,
    Expectation,
    Liveness,
    Named,
    Parameter,
    Procedure,
    Process,
    Variable,
)
from specgen.language.effects import EffectReader
from specgen.language.names import ACTOR, DOTTED, IDENTIFIER, SOURCE
from specgen.language.parser import expression
from specgen.language.shapes import Entries, Fields
from specgen.language.source import Span
from specgen.language.syntax import Boolean, BoolType, Declaration, Expr, Name, RecordType, TypeExpr
from specgen.language.yamlnodes import Mapping, Node, Scalar

_VERDICT = re.compile(
    r"(holds|unreachable|always possible)"
    r"|(violated|reached)(?: in (\d{1,9}))?"
    r"|(impossible)(?: after (\d{1,9}))?"
)
_CITATION = re.compile(r"(\S+)\s+([^\s,]+)")
_WORDS = "holds, violated [in N], reached [in N], unreachable, always possible, impossible [after N]"

MAX_PARTS = 1_000  # steps of a process, fields of a record: a revision may remove each by itself

Parameters = tuple[Parameter, ...]


class ItemReader(EffectReader):
    """One method per kind of item; each takes the item's name and place and the node behind its key."""

    def expr(self, node: Node, key: str = "") -> Expr:
        if isinstance(node, Scalar):
            return expression(node, self.diagnostics)
        advice = "expressions do not begin with a bracket" if node.flow else None
        self.wrong(node, f"an expression for '{key}'" if key else "an expression", advice)
        return Boolean(node.span, True)

    def _expr_or_entry(self, node: Node) -> tuple[Expr, str]:
        """``expression`` or ``{expr: ..., about: ...}``."""
        if not isinstance(node, Mapping):
            return self.expr(node), ""
        fields = self.fields(node, "entry", ("expr",))
        expr = self.expr(fields["expr"][1]) if "expr" in fields else Boolean(node.span, True)
        return expr, self._about(fields)

    def _about(self, fields: Fields) -> str:
        return self._prose(fields, "about")

    def _prose(self, fields: Fields, key: str) -> str:
        return self.prose(fields[key][1]) if key in fields else ""

    def _flag(self, fields: Fields, key: str, absent: bool = False) -> bool:
        return self.flag(fields[key][1]) if key in fields else absent

    def named(self, name: str, span: Span, node: Node) -> Named:
        expr, about = self._expr_or_entry(node)
        return Named(name, span, expr, about)

    def nameds(self, node: Node, what: str) -> tuple[Named, ...]:
        """Guards, asserts or checks."""
        advice = f"give each {what} a name: `name: condition`"
        return tuple(
            self.named(key.value, key.span, value)
            for key, value in self.mapping(node, f"named {what}s", advice)
            if self.name(key, DOTTED, f"a {what}")
        )

    def params(self, node: Node) -> Parameters:
        """``{t: Tag}``."""
        return tuple(
            Parameter(key.value, key.span, self._type(value))
            for key, value in self.mapping(node, "parameters with their types", "`{t: Tag}`")
            if self.name(key, IDENTIFIER, "a parameter")
        )

    def _type(self, node: Node) -> TypeExpr:
        if isinstance(node, Scalar):
            return declarations.type_expression(node, self.diagnostics)
        self.wrong(node, "a type", "a record is declared under `types:`, an enum is written `enum a b`")
        return BoolType(node.span)

    def head(self, key: Scalar) -> tuple[str, Parameters] | None:
        """``name`` or ``name(a, b)`` with parameters that have no types."""
        found = declarations.head(key, self.diagnostics)
        if found is None:
            return None
        name, params = found
        return name.name, self.untyped(params or ())

    def untyped(self, names: tuple[Name, ...]) -> Parameters:
        """Parameters that take what they are given; distinct ones."""
        found: dict[str, Parameter] = {}
        for name in names:
            if name.name in found:
                self.taken(name.name, name.span, found[name.name].span, "parameter")
            else:
                found[name.name] = Parameter(name.name, name.span, None)
        return tuple(found.values())

    # ------------------------------------------------------------ declarations

    def constant(self, name: str, span: Span, node: Node) -> Constant:
        about, value = "", node
        if isinstance(node, Mapping):
            fields = self.fields(node, "constant", ("value",))
            about = self._about(fields)
            if "value" not in fields:
                return Constant(name, span, None, Boolean(node.span, True), about)
            value = fields["value"][1]
        if isinstance(value, Scalar):
            return Constant(name, span, *declarations.constant(value, self.diagnostics), about)
        self.wrong(value, "a value", "`N: 2`, or with a type `N: 1..4 = 2`")
        return Constant(name, span, None, Boolean(value.span, True), about)

    def variable(self, name: str, span: Span, node: Node) -> Variable:
        about, written = "", node
        if isinstance(node, Mapping) and any(key.value in ("type", "about") for key, _ in node.entries):
            fields = self.fields(node, "variable", ("type",))
            about = self._about(fields)
            if "type" not in fields:
                return Variable(name, span, Declaration(node.span, BoolType(node.span), None), about)
            written = fields["type"][1]
        return Variable(name, span, self._declaration(written), about)

    def _declaration(self, node: Node) -> Declaration:
        if isinstance(node, Scalar):
            return declarations.declaration(node, self.diagnostics)
        advice = "declare a record with a name under `types:`" if isinstance(node, Mapping) else None
        self.wrong(node, "a type", advice or "an enum is written `enum a b = a`")
        return Declaration(node.span, BoolType(node.span), None)

    def type(self, span: Span, node: Node) -> TypeExpr:
        """An entry of ``types``: a type, or a mapping of fields."""
        if not isinstance(node, Mapping):
            return self._type(node)
        if not node.entries:
            self.diagnostics.add("SG203", "a record needs a field", node.span, help="`field: TYPE = DEFAULT`")
        found: dict[str, Declaration] = {}
        for key, value in self._limited(node.entries, "fields"):
            if self.name(key, IDENTIFIER, "a field"):
                found[key.value] = self.field(value)
        return RecordType(span, found)

    def _limited(self, entries: Entries, what: str) -> Entries:
        if len(entries) > MAX_PARTS:
            place = entries[MAX_PARTS][0].span
            self.diagnostics.add("SG104", f"more than {MAX_PARTS:,} {what}", place)
        return entries[:MAX_PARTS]

    def field(self, node: Node) -> Declaration:
        """One field of a record."""
        return self._declaration(node)

    def definition(self, name: str, span: Span, params: Parameters, node: Node) -> Definition:
        expr, about = self._expr_or_entry(node)
        return Definition(name, span, params, expr, about)

    def observation(self, name: str, span: Span, node: Node) -> Definition:
        """``expression`` or ``{params: {t: Tag}, expr: ..., about: ...}``."""
        if not isinstance(node, Mapping):
            return Definition(name, span, (), self.expr(node))
        fields = self.fields(node, "observation", ("expr",))
        params = self.params(fields["params"][1]) if "params" in fields else ()
        expr = self.expr(fields["expr"][1]) if "expr" in fields else Boolean(node.span, True)
        return Definition(name, span, params, expr, self._about(fields))

    def cited(self, name: str, span: Span, node: Node) -> Cited:
        fields = self.fields(node, "source", ("title",))
        steps: dict[str, str] = {}
        if "steps" in fields:
            for key, value in self.mapping(fields["steps"][1], "numbered steps", "`9: what happens`"):
                if re.fullmatch(r"[^\s,]+", key.value):
                    steps[key.value] = self.prose(value)
                else:
                    self.diagnostics.add("SG205", f"'{key.value}' cannot be the number of a step", key.span)
        file = self._prose(fields, "file") or None
        return Cited(name, span, self._prose(fields, "title"), file, steps)

    def actor(self, name: str, span: Span, node: Node) -> Actor:
        fields = self.fields(node, "actor")
        return Actor(
            name,
            span,
            self._flag(fields, "sequential"),
            self._flag(fields, "controllable"),
            self._flag(fields, "fair", absent=True),
            self._about(fields),
        )

    def liveness(self, name: str, span: Span, node: Node) -> Liveness:
        fields = self.fields(node, "liveness property", ("when", "eventually"))
        when, eventually = (
            self.expr(fields[key][1], key) if key in fields else Boolean(node.span, True)
            for key in ("when", "eventually")
        )
        return Liveness(name, span, when, eventually, self._about(fields))

    # ------------------------------------------------------------ steps

    def actor_name(self, node: Node) -> str | None:
        if isinstance(node, Scalar) and not node.empty:
            return node.value if self.name(node, ACTOR, "an actor") else None
        self.wrong(node, "the name of an actor")
        return None

    def code(self, node: Node) -> tuple[str, ...]:
        return tuple(item.value for item in self.words(node, "the name of a function"))

    def cites(self, node: Node) -> tuple[Citation, ...]:
        found = []
        for item in self.words(node, "a citation"):
            match = _CITATION.fullmatch(item.value)
            if match is None or not SOURCE.fullmatch(match[1]):
                advice = "`cites: mail 9`: an entry of `sources` and one of its steps; several are a list"
                self.diagnostics.add("SG211", f"'{item.value[:40]}' is no citation", item.span, help=advice)
            else:
                found.append(Citation(item.span, match[1], match[2]))
        return tuple(found)

    def action(self, name: str, span: Span, node: Node, context: str = "action") -> Action:
        """An action, or with ``context`` ``step`` a step of a process."""
        fields = self.fields(node, context)
        each = self.params(fields["each"][1]) if "each" in fields else ()
        in_order = self._flag(fields, "in_order")
        if in_order and not each:
            place = fields["in_order"][0].span
            advice = "`each: {t: Tag}` says over what"
            self.diagnostics.add("SG203", "`in_order` without `each`", place, help=advice)
        return Action(
            name,
            span,
            self.actor_name(fields["actor"][1]) if "actor" in fields else None,
            self.params(fields["params"][1]) if "params" in fields else (),
            self.nameds(fields["guard"][1], "guard") if "guard" in fields else (),
            self.nameds(fields["assert"][1], "assert") if "assert" in fields else (),
            self.nameds(fields["check"][1], "check") if "check" in fields else (),
            self.effect(fields["effect"][1]) if "effect" in fields else (),
            self.cites(fields["cites"][1]) if "cites" in fields else (),
            self.code(fields["code"][1]) if "code" in fields else (),
            self._about(fields),
            each,
            in_order,
        )

    def process(self, name: str, span: Span, node: Node) -> tuple[Process, bool]:
        """A process, and whether it is one that a revision has removed."""
        fields = self.fields(node, "process", ("steps",))
        steps: dict[str, Action] = {}
        if "steps" in fields:
            listed = fields["steps"][1]
            entries = self.mapping(listed, "steps", "`name:` and below it the keys of the step")
            for key, value in self._limited(entries, "steps"):
                if self.step_name(key.value, key.span):
                    steps[key.value] = self.action(key.value, key.span, value, "step")
            if isinstance(listed, Mapping) and not listed.entries:
                self.diagnostics.add("SG203", "a process needs a step", listed.span)
        process = Process(
            name,
            span,
            self.actor_name(fields["actor"][1]) if "actor" in fields else None,
            self.params(fields["params"][1]) if "params" in fields else (),
            tuple(steps.values()),
            self._flag(fields, "called"),
            self.cites(fields["cites"][1]) if "cites" in fields else (),
            self.code(fields["code"][1]) if "code" in fields else (),
            self._about(fields),
        )
        return process, self._flag(fields, "removed")

    def step_name(self, name: str, span: Span) -> bool:
        if name == "idle":
            advice = "a counter reads `idle` while its process does not run; choose another name"
            self.diagnostics.add("SG206", "no step may be called `idle`", span, help=advice)
            return False
        return self.name_text(name, span, IDENTIFIER, "a step")

    def procedure(self, name: str, span: Span, params: Parameters, node: Node) -> Procedure:
        fields = self.fields(node, "procedure")
        return Procedure(
            name,
            span,
            params,
            self.nameds(fields["assert"][1], "assert") if "assert" in fields else (),
            self.nameds(fields["check"][1], "check") if "check" in fields else (),
            self.effect(fields["effect"][1]) if "effect" in fields else (),
            self.cites(fields["cites"][1]) if "cites" in fields else (),
            self.code(fields["code"][1]) if "code" in fields else (),
            self._about(fields),
        )

    # ------------------------------------------------------------ revisions

    def expectation(self, key: Scalar, node: Node) -> Expectation | None:
        """``no_uaf.fallback: violated in 15``."""
        if not self.name(key, DOTTED, "a property"):
            return None
        if not isinstance(node, Scalar) or node.empty:
            self.wrong(node, "a verdict", _WORDS)
            return None
        match = _VERDICT.fullmatch(" ".join(node.value.split()))
        if match is None:
            message = f"'{node.value[:40]}' is no verdict"
            self.diagnostics.add("SG212", message, node.span, help=f"verdicts are {_WORDS}")
            return None
        word = match[1] or match[2] or match[4]
        depth = match[3] or match[5]
        return Expectation(key.value, key.span, word, int(depth) if depth else None)

    def plain(self, node: Node) -> object:
        """Strings, lists and dictionaries as written (``code`` and ``generate``)."""
        if isinstance(node, Scalar):
            return node.value
        if isinstance(node, Mapping):
            return {key.value: self.plain(value) for key, value in node.entries}
        return [self.plain(item) for item in node.items]

