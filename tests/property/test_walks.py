"""Random behaviours of every revision, on the model and on the driver; and both readings in every state of the small ones."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from specgen.core.system import System
from specgen.language.load import load

from .lockstep import ADAPTER, SPEC, SUITE, Model, complete, systems, walk

REVISIONS = list(load(str(SPEC)).documents)


@cache
def every() -> dict[str, System]:
    return systems()


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_driver_does_what_the_model_does(revision: str) -> None:
    found = walk(revision, every()[revision], 150, seed=1)
    assert found is None, f"{revision}: {found}"


@pytest.mark.parametrize("revision", ["v6.0", "v6.0-rc"])
def test_both_agree_in_every_state(revision: str) -> None:
    found = complete(revision, Model(every()[revision]))
    assert not found, f"{revision}: {found[0]}"


def test_a_disagreement_is_seen(tmp_path: Path) -> None:
    """The adapter of one revision given another one's driver."""
    text = ADAPTER.read_text(encoding="utf-8").replace("machine(revision, constants)", 'machine("v6.0", constants)')
    assert "v6.0" in text
    (tmp_path / "adapters").mkdir()
    (tmp_path / "adapters" / ADAPTER.name).write_text(text, encoding="utf-8")
    shutil.copy(SUITE / "interface.py", tmp_path)
    found = walk("v6.1", every()["v6.1"], 300, seed=1, suite=tmp_path)
    assert "so far:" in str(found)
