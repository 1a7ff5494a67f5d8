"""Random specs on which every engine must say the same as a reference that is written from docs/language.md alone."""

from __future__ import annotations

import pytest

from .agreement import Tally, compare
from .strategies import drawn_specs, every, seeded_specs

SHARDS = 12  # so that several processors share the work
EXAMPLES = 32


@pytest.mark.parametrize("shard", range(SHARDS))
def test_engines_agree(shard):
    tally = Tally()
    strategy = drawn_specs() if shard % 3 == 0 else seeded_specs()

    @every(strategy, EXAMPLES, shard)
    def _(spec):
        compare(spec, tally)

    # the specs must be worth the name: most are searched, and they are not all alike
    assert tally.specs > EXAMPLES * 2 // 3
    findings = {(kind, word) for kind, word in tally.verdicts if word[-1].isdigit() or word.endswith("+")}
    assert len(findings) >= 8
