"""Effects: a mapping of assignments and of the keys if, else, for, do, goto and call."""

from __future__ import annotations

from dataclasses import dataclass

from specgen.language import declarations
from specgen.language.declarations import ElseKey, ForKey, IfKey, TargetKey, WordKey
from specgen.language.names import IDENTIFIER
from specgen.language.parser import expression
from specgen.language.shapes import Shapes
from specgen.language.source import Span
from specgen.language.syntax import (
    Assign,
    CallProcess,
    Do,
    Effect,
    Expr,
    For,
    Goto,
    If,
    Statement,
)
from specgen.language.yamlnodes import Mapping, Node, Scalar, Sequence

MAX_BRANCHES = 32  # of one if / else if chain; each one nests the tree

_ADVICE = "an effect is a mapping: `variable: new value`"


@dataclass(slots=True)
class _Branches:
    """An ``if`` with what has followed it so far."""

    tests: list[tuple[Span, Expr, Effect]]
    otherwise: Effect = ()
    closed: bool = False  # by an `else`

    def statement(self) -> If:
        result: Effect = self.otherwise
        for span, condition, then in reversed(self.tests):
            result = (If(span, condition, then, result),)
        first = result[0]
        assert isinstance(first, If)
        return first


class EffectReader(Shapes):
    """Reads effects; the mapping's depth bounds the recursion."""

    def effect(self, node: Node) -> Effect:
        """The statements of an effect, in the order written."""
        found: list[Statement] = []
        branches: _Branches | None = None
        for key, value in self.mapping(node, "an effect", _ADVICE):
            meaning = declarations.effect_key(key, self.diagnostics)
            if isinstance(meaning, ElseKey) or (isinstance(meaning, IfKey) and meaning.behind):
                body = self.effect(value)
                branches = self._behind(key, meaning, body, branches)
                continue
            if branches is not None:
                found.append(branches.statement())
                branches = None
            match meaning:
                case IfKey(condition=condition):
                    branches = _Branches([(key.span, condition, self.effect(value))])
                case ForKey(names=names, domain=domain, where=where):
                    found.append(For(key.span, names, domain, where, self.effect(value)))
                case WordKey(word=word):
                    found.extend(self._word(word, value))
                case TargetKey(target=target):
                    found.append(self._assign(key, target, value))
        if branches is not None:
            found.append(branches.statement())
        return tuple(found)

    def _behind(
        self, key: Scalar, meaning: IfKey | ElseKey, body: Effect, branches: _Branches | None
    ) -> _Branches | None:
        if branches is None or branches.closed:
            message = f"`{'else' if isinstance(meaning, ElseKey) else 'else if'}` does not follow an `if`"
            advice = "it stands right behind the mapping of an `if c:`, in the same column"
            self.diagnostics.add("SG213", message, key.span, help=advice)
        elif isinstance(meaning, ElseKey):
            branches.otherwise = body
            branches.closed = True
        else:
            branches.tests.append((key.span, meaning.condition, body))
            if len(branches.tests) > MAX_BRANCHES:
                message = f"more than {MAX_BRANCHES} branches"
                self.diagnostics.add("SG304", message, key.span, help="split the step or use a definition")
        return branches

    def _assign(self, key: Scalar, target: Expr, value: Node) -> Statement:
        if isinstance(value, Scalar):
            result = expression(value, self.diagnostics)
        else:
            self._not_a_value(key, value)
            result = target
        span = Span(
            key.span.source, key.span.line, key.span.column, value.span.end_line, value.span.end_column
        )
        return Assign(span, target, result)

    def _not_a_value(self, key: Scalar, value: Node) -> None:
        if isinstance(value, Sequence):
            self.wrong(value, "an expression", "a set is written `set(a, b)`, a sequence `seq(a, b)`")
        else:
            advice = f"a field is changed by `{key.value}.field: value`; a condition is written `if c:`"
            self.wrong(value, "an expression", advice)

    def _word(self, word: str, value: Node) -> list[Statement]:
        if word == "goto":
            if not isinstance(value, Scalar) or value.empty:
                self.wrong(value, "the name of a step", "`goto: step`, or `goto: idle` to end the process")
                return []
            if not self.name(value, IDENTIFIER, "a step"):
                return []
            return [Goto(value.span, value.value)]
        if word == "call":
            if isinstance(value, Scalar):
                made = declarations.call(value, self.diagnostics)
                return [CallProcess(made.span, made)]
            self.wrong(value, "a called process", "one step calls one process: `call: quiesce(t)`")
            return []
        if isinstance(value, Mapping):
            self.wrong(value, "a procedure or a list of them", "`do: complete(old, t)`")
            return []
        calls = [declarations.call(item, self.diagnostics) for item in self.words(value, "a procedure")]
        return [Do(made.span, made) for made in calls]
