"""Types of actions, steps and effects; procedures are expanded where they are performed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from specgen.language import syntax, typed
from specgen.language.document import Action, Named, Parameter, Process
from specgen.language.expressions import Expressions
from specgen.language.flatten import FlatStep
from specgen.language.names import did_you_mean
from specgen.language.rules import Mismatch, article, fold
from specgen.language.scope import Environment, Macro, Scope, arguments, takes
from specgen.language.source import Diagnostics, Span
from specgen.language.typed import Binder
from specgen.language.types import Bool, Enum, Int, Optional, Type


@dataclass(slots=True)
class Statements:
    """Checks the actions of one revision. ``parameter_type`` turns a written parameter type into a type."""

    expressions: Expressions
    parameter_type: dict[int, Type | None]
    processes: dict[str, Process]
    _open: list[str] = field(default_factory=list)

    @property
    def _diagnostics(self) -> Diagnostics:
        return self._env.diagnostics

    @property
    def _env(self) -> Environment:
        return self.expressions.env

    def parameters(self, params: tuple[Parameter, ...], scope: Scope) -> tuple[tuple[Binder, ...], Scope]:
        """Binders for parameters with written types, and the scope with them."""
        made: list[Binder] = []
        for param in params:
            kind = self.parameter_type.get(id(param))
            if kind is None:
                continue
            if not isinstance(kind, Bool | Int | Enum | Optional):
                self._diagnostics.add("SG410", f"{article(kind)} is not a finite scalar type", param.span)
                continue
            self.expressions.fresh(param.name, param.span)
            made.append(Binder(param.name, kind))
        names: dict[str, Binder | Macro] = {b.name: b for b in made}
        return tuple(made), scope.bind(names)

    def claims(self, written: Iterable[Named], scope: Scope) -> tuple[typed.Claim, ...]:
        """Named conditions; those that have no type are reported and left out."""
        found: list[typed.Claim] = []
        for named in written:
            try:
                expr = self.expressions.condition(named.expr, scope)
            except Mismatch:
                continue
            found.append(typed.Claim(named.name, named.expr.span, expr))
        return tuple(found)

    def action(
        self,
        action: Action,
        name: str,
        actor: str,
        params: tuple[Binder, ...],
        scope: Scope,
        position: typed.Position | None,
        flat: FlatStep | None,
        inherited: tuple[tuple[tuple[str, str], ...], tuple[str, ...]],
    ) -> typed.Action:
        """One action or step; ``inherited`` are the process's citations and code, for a step without."""
        own, inner = self.parameters(action.params, scope)
        cites = tuple((c.source, c.step) for c in action.cites)
        return typed.Action(
            name,
            action.span,
            action,
            actor,
            (*params, *own),
            self.claims(action.guards, inner),
            self.claims(action.asserts, inner),
            self.claims(action.checks, inner),
            self.effect(action.effect, inner, flat),
            position,
            cites or inherited[0],
            action.code or inherited[1],
        )

    def effect(self, effect: syntax.Effect, scope: Scope, flat: FlatStep | None) -> tuple[typed.Statement, ...]:
        """The statements of an effect; wrong ones are reported and left out."""
        found: list[typed.Statement] = []
        for statement in effect:
            try:
                made = self._statement(statement, scope, flat)
            except Mismatch:
                continue
            if made is not None:
                found.append(made)
        return tuple(found)

    def _statement(self, statement: syntax.Statement, scope: Scope, flat: FlatStep | None) -> typed.Statement | None:
        match statement:
            case syntax.Assign(span, target, value):
                place = self._target(target, scope)
                return typed.Assign(span, place, self.expressions.check(value, place.type, scope))
            case syntax.If(_, condition, then, otherwise):
                branches = (self.effect(then, scope, flat), self.effect(otherwise, scope, flat))
                return typed.If(self.expressions.condition(condition, scope), *branches)
            case syntax.For(_, names, domain, where, body):
                made, inner, test = self.expressions.binders(names, domain, where, scope)
                statements = self.effect(body, inner, flat)
                self._loop_targets(statements, frozenset(made))
                return typed.For(made, test, statements)
            case syntax.Do(_, call):
                return self._perform(call, scope)
            case syntax.Goto(span, target):
                return self._goto(span, target, flat)
            case syntax.CallProcess(span, call):
                return self._call(statement, call, scope, span, flat)

    def _target(self, target: syntax.Expr, scope: Scope) -> typed.Typed:
        place = self.expressions.infer(target, scope)
        root = place
        while isinstance(root, typed.Index | typed.Field):
            root = root.base
        if not isinstance(root, typed.Var):
            self._diagnostics.add("SG415", "this is not a state variable, or a part of one", target.span)
            raise Mismatch
        if self._env.find("counter", root.name) is not None:
            self._diagnostics.add(
                "SG415",
                f"'{root.name}' is a process's counter; only its own steps move it",
                target.span,
                help="write `goto:` in a step of that process",
            )
            raise Mismatch
        return place

    def _loop_targets(self, statements: tuple[typed.Statement, ...], binders: frozenset[Binder]) -> None:
        for statement in statements:
            match statement:
                case typed.Assign(span, target, value):
                    if not binders & mentioned(target) and fold(value) is None:
                        self._diagnostics.add(
                            "SG416",
                            "every round of this `for` assigns the same cell",
                            span,
                            help="name the loop variable on the left, or assign a constant",
                        )
                case typed.If(_, then, otherwise):
                    self._loop_targets((*then, *otherwise), binders)
                case _:
                    continue

    def _perform(self, call: syntax.Call, scope: Scope) -> typed.Perform:
        procedure = self._env.procedure(call.function)
        if procedure is None:
            advice = did_you_mean(call.function, self._env.sections["procedure"])
            if call.function in self.processes:
                advice = f"'{call.function}' is a process: write `call: {call.function}(...)`"
            self._diagnostics.add("SG420", f"no procedure is called '{call.function}'", call.span, help=advice)
            raise Mismatch
        if not takes(procedure, call, self._diagnostics):
            raise Mismatch
        if procedure.name in self._open:
            self._diagnostics.add("SG411", f"procedure '{procedure.name}' performs itself", call.span)
            raise Mismatch
        inner = Scope(arguments(procedure, call, scope))
        self._open.append(procedure.name)
        try:
            return typed.Perform(
                self.claims(procedure.asserts, inner),
                self.claims(procedure.checks, inner),
                self.effect(procedure.effect, inner, None),
                tuple((c.source, c.step) for c in procedure.cites),
            )
        finally:
            self._open.pop()

    def _goto(self, span: Span, target: str, flat: FlatStep | None) -> typed.Jump:
        if flat is None:
            self._diagnostics.add("SG413", "`goto:` stands outside of a process's step", span)
            raise Mismatch
        label = flat.targets.get(target)
        if label is None:
            first = next((p for p in self.processes.values() if p.steps and p.steps[0].name == target), None)
            advice = did_you_mean(target, list(flat.targets))
            if first is not None:
                advice = "a process starts from `idle`: write `goto: idle`"
            self._diagnostics.add("SG412", f"no step to go to is called '{target}'", span, help=advice)
            raise Mismatch
        return typed.Jump(span, label)

    def _call(
        self,
        statement: syntax.CallProcess,
        call: syntax.Call,
        scope: Scope,
        span: Span,
        flat: FlatStep | None,
    ) -> typed.Jump:
        if flat is None:
            self._diagnostics.add("SG413", "`call:` stands outside of a process's step", span)
            raise Mismatch
        for argument in call.args:
            if not self._stable(argument, scope):
                self._diagnostics.add(
                    "SG414",
                    "an argument of `call:` must be a constant, an enum value or a parameter",
                    argument.span,
                    help="the called steps run later, when a variable may have changed",
                )
        label = flat.entries.get(id(statement))
        if label is None:
            raise Mismatch  # reported when the process was flattened
        return typed.Jump(span, label)

    def _stable(self, expr: syntax.Expr, scope: Scope) -> bool:
        match expr:
            case syntax.Number() | syntax.Boolean() | syntax.Null():
                return True
            case syntax.Name(_, name):
                bound = scope.names.get(name)
                if isinstance(bound, Macro):
                    return self._stable(bound.expr, bound.scope)
                env = self._env
                return bound is not None or (env.variable(name) is None and env.definition(name) is None)
            case syntax.Binary(_, _, left, right):
                return self._stable(left, scope) and self._stable(right, scope)
            case _:
                return False


def mentioned(expr: typed.Typed) -> frozenset[Binder]:
    """The parameters that an expression reads."""
    match expr:
        case typed.Param(_, _, binder):
            return frozenset((binder,))
        case typed.Index(_, _, base, indices):
            return mentioned(base).union(*map(mentioned, indices))
        case typed.Field(_, _, base, _):
            return mentioned(base)
        case typed.Apply(_, _, _, args):
            return frozenset().union(*map(mentioned, args))
        case typed.Quantifier(_, _, _, _, where, body):
            return frozenset().union(*(mentioned(e) for e in (where, body) if e is not None))
        case _:
            return frozenset()
