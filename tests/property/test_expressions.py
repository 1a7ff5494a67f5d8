"""Random expressions: parser, type checker and lowering against an evaluator written from docs/language.md alone.

Each expression is what an action assigns to a variable of its type. So the core says its value as the update, and as
the ``in_range`` obligations whether it has one.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from specgen.core.interpreter import Interpreter
from specgen.core.system import System

from .agreement import system_of
from .cells import encode, random_value
from .evaluator import Scope, UndefinedError, evaluate, fitting
from .expressions import Choices
from .model import Assign, Expr, IntT, Ref, Spec, Step, Type, Value, Variable
from .printing import spec_text, text
from .specs import SpecMaker
from .strategies import choices, every

SHARDS = 6
EXAMPLES = 40  # per shard; each of several expressions in several states
EXPRESSIONS = 8
STATES = 5
WIDE = IntT(-200, 200)  # holds whatever a generated sum comes to


@pytest.mark.parametrize("shard", range(SHARDS))
def test_values(shard):
    defined = undefined = 0

    @every(choices(), EXAMPLES, shard)
    def _(choose):
        nonlocal defined, undefined
        maker = SpecMaker(choose.draw)
        maker.declare(risky=30)
        exprs = [_expression(maker, choose) for _ in range(EXPRESSIONS)]
        spec = _probing(maker, exprs)
        system = system_of(spec_text(spec))
        for _ in range(STATES):
            state = {v.name: random_value(v.kind, choose) for v in spec.variables}
            for number, (kind, expr) in enumerate(exprs):
                expected = _expected(spec, state, kind, expr)
                found = _lowered(system, spec, state, number)
                assert found == expected_cells(system, number, kind, expected), text(expr)
                defined += expected is not UNDEFINED
                undefined += expected is UNDEFINED

    assert undefined > 10  # enough of the states leave some expression without a value
    assert defined > undefined


UNDEFINED = ("undefined",)


def _expression(maker: SpecMaker, choose: Choices) -> tuple[Type, Expr]:
    kind = choose.pick(maker.kinds())
    expr = maker.expressions.of(kind, maker.names, 3)
    return (WIDE if isinstance(kind, IntT) else kind), expr


def _probing(maker: SpecMaker, exprs: list[tuple[Type, Expr]]) -> Spec:
    """A spec with an action for each expression, which assigns it to a variable of its own."""
    probes, actions = [], []
    for number, (kind, expr) in enumerate(exprs):
        name = f"probe{number}"
        probes.append(Variable(name, kind, ("no default",)))
        effect = (Assign(Ref(name, kind), expr),)
        actions.append(Step(f"act{number}", None, (), (), (), (), effect))
    return replace(maker.spec(), variables=(*maker.variables, *probes), actions=tuple(actions))


def _expected(spec: Spec, state: dict[str, Value], kind: Type, expr: Expr) -> Value:
    try:
        return fitting(evaluate(expr, Scope(state, dict(spec.constants), spec.definitions, {}, {})), kind)
    except UndefinedError:
        return UNDEFINED


def _lowered(system: System, spec: Spec, state: dict[str, Value], number: int) -> dict[int, int] | None:
    """The cells of a probe after its action, or None where the core says that there is no value."""
    shapes = dict(system.shapes)
    cells = dict(pair for v in spec.variables for pair in encode(system, shapes[v.name], v.kind, state[v.name]))
    before = tuple(cells[v.index] for v in system.variables)
    interpreter, action = Interpreter(system), system.actions[number]
    failing = interpreter.failing(before, action)
    assert {o.kind for o in failing} <= {"in_range"}
    if failing:
        return None
    after = interpreter.apply(before, action)
    probe = spec.variables[len(spec.variables) - EXPRESSIONS + number]
    return {index: after[index] for index, _ in encode(system, shapes[probe.name], probe.kind, state[probe.name])}


def expected_cells(system: System, number: int, kind: Type, value: Value) -> dict[int, int] | None:
    if value is UNDEFINED:
        return None
    return dict(encode(system, dict(system.shapes)[f"probe{number}"], kind, value))
