"""The fast run of a suite on a mutant says what the harness says of the generated tests, on every mutant."""

from __future__ import annotations

import sys

import pytest

from specgen.core.lower import lower
from specgen.engines.verdict import Limits
from specgen.language.scope import Memo
from specgen.testgen.build import suites
from specgen.testgen.harness.errors import Mismatch, Refused, Unknown
from specgen.testgen.harness.interpreter import Interpreted, Model
from specgen.testgen.harness.story import Story
from specgen.testgen.mutation.behaviour import Behaviour, Interface
from specgen.testgen.mutation.mutants import build, mutants
from specgen.testgen.mutation.running import Runner, scripts
from specgen.testgen.pytest_target import PytestTarget
from specgen.testgen.suite import CRITERIA

from ..specs import typed, typed_file
from .mutated import GATE
from .suites import PLACE, TOKEN


class Black(Interpreted):
    """As an implementation: it is driven through the interface of the original, and does not say which guard refuses."""

    def __init__(self, model, original):
        super().__init__(model)
        self._original = original

    def everything(self):
        return self._original.everything()

    def act(self, action, given):
        try:
            super().act(action, given)
        except Unknown as error:
            raise Refused("no such action") from error
        except Refused as error:
            raise Refused("no") from error

    def holds(self, name):
        try:
            return super().holds(name)
        except Unknown:
            return True


class Nowhere:
    def action(self, *_names):
        return ""

    guard = cites = action

    def remarks(self):
        return []


def by_harness(model, original, functions):
    """The names of the tests that fail."""
    failing = set()
    for name, function in functions.items():
        try:
            function(Story(lambda: Black(model, original), Nowhere()))
        except (Mismatch, Unknown):
            failing.add(name)
    return failing


class Pytest:
    """What generated modules need of pytest: markers, which say nothing here."""

    def __getattr__(self, _name):
        return self

    def __call__(self, *arguments, **_named):
        return arguments[0] if arguments and callable(arguments[0]) else lambda function: function


def functions_of(built, monkeypatch):
    monkeypatch.setitem(sys.modules, "pytest", Pytest())
    found = {}
    for suite in built:
        for file in PytestTarget().suite(suite, PLACE) if suite.cases else ():
            scope = {}
            exec(compile(file.text, file.path, "exec"), scope)  # generated here, a line above
            found |= {f"{suite.criterion}: {k[5:]}": v for k, v in scope.items() if k.startswith("test_")}
    monkeypatch.undo()
    return found


@pytest.mark.parametrize("name", ["gate", "token", "two_phase", "peterson"])
def test_every_test_on_every_mutant(tmp_path, name, monkeypatch):
    match name:
        case "gate":
            spec, revision, constants = typed(tmp_path / "s.yaml", GATE, "today")[0], "today", {}
        case "token":
            spec, revision, constants = typed(tmp_path / "s.yaml", TOKEN, "v1.0")[0], "v1.0", {}
        case "two_phase":
            spec, revision, constants = typed_file("spec/examples/two_phase.yaml", "hasty", N="2")[0], "hasty", {"N": "2"}
        case _:
            spec, revision, constants = typed_file("spec/examples/peterson.yaml", "swapped")[0], "swapped", {}
    system = lower(spec)
    built = suites(revision, system, tuple(CRITERIA), spec.document.revision.expect, Limits())
    functions = functions_of(built, monkeypatch)
    interface, memo = Interface.of(system), Memo()
    all_scripts = scripts(built, interface)
    original = Interpreted(Model(system))
    assert {script.name for script in all_scripts} == set(functions)
    assert by_harness(Model(system), original, functions) == set()
    noticed = 0
    for mutant in mutants(spec):
        other = build(mutant.document, constants, memo)
        if other is None:
            continue
        runner = Runner(Behaviour(other, interface, {}))
        fast = {script.name for script in all_scripts if not runner.passes(script)}
        assert fast == by_harness(Model(other), original, functions), mutant.name
        noticed += bool(fast)
    assert noticed > 12
