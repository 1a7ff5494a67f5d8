"""The core of small specs, compared as text: what lowering makes of each construct.

After a change that is meant, write the new text with SPECGEN_GOLDEN=write and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from specgen.core.dump import dump
from specgen.core.lower import lower
from tests.unit.specs import typed_file

HERE = Path(__file__).parent
CASES = [("processes", "base"), ("values", "base"), ("revisions", "base"), ("revisions", "alone")]


@pytest.mark.parametrize(("name", "revision"), CASES)
def test_core_is_as_written_down(name: str, revision: str) -> None:
    spec, found = typed_file(HERE / f"{name}.yaml", revision)
    assert not found.failed, found.items
    expected = HERE / f"{name}.{revision}.core"
    text = dump(lower(spec))
    if os.environ.get("SPECGEN_GOLDEN") == "write":
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
