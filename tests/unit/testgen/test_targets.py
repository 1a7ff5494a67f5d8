"""Targets are plug-ins."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from specgen.language.source import SpecError
from specgen.testgen.targets import GROUP, OWN, Targets


def test_pytest_is_there_without_being_installed():
    assert Targets({n: EntryPoint(n, v, GROUP) for n, v in OWN.items()})["pytest"].about
    assert "pytest" in list(Targets.installed())


def test_another_package_can_have_one(monkeypatch):
    theirs = EntryPoint("teleprinter", "collections:OrderedDict", GROUP)
    monkeypatch.setattr("specgen.testgen.targets.entry_points", lambda group: [theirs] if group == GROUP else [])
    found = Targets.installed()
    assert list(found) == ["pytest", "teleprinter"]
    assert found["teleprinter"] == {}


@pytest.mark.parametrize("place", ["nowhere.at_all:Target", "collections:Target", "collections:abc"])
def test_one_that_cannot_be_loaded_is_told(place):
    with pytest.raises(SpecError) as caught:
        Targets({"broken": EntryPoint("broken", place, GROUP)})["broken"]
    (found,) = caught.value.diagnostics
    assert found.code == "SG914"
    assert "target broken cannot be loaded" in found.message
    assert place in (found.help or "")
