"""``specgen check``: every revision, every property, as the spec expects them or not."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from specgen.cli.console import Console
from specgen.cli.inputs import Loaded, open_spec
from specgen.report.style import wrap


def run(options: argparse.Namespace, console: Console) -> int:
    """Checks a spec and says what came out."""
    started = time.monotonic()
    loaded = open_spec(options.spec, options.constants, console)
    revisions = loaded.select(options.revisions)
    # the engines: a wrong spec is told without them
    from specgen.cli.itf_files import ItfDirectory  # noqa: PLC0415
    from specgen.cli.session import Session  # noqa: PLC0415

    files = None if options.itf is None else ItfDirectory(options.itf)
    for note in _unused_sections(loaded, revisions):
        console.error(*wrap(note, "note: ", "  "))
    return Session(options, loaded, revisions, console, started, files).run()


def _unused_sections(loaded: Loaded, revisions: Sequence[str]) -> list[str]:
    """What is read and typed, and of no use to check yet: said once for each, never passed over."""
    documents = [loaded.specs[name].document for name in revisions]
    present = {
        "liveness": any(d.liveness for d in documents),
        "observations": any(d.observations for d in documents),
        "controllable actors": any(a.controllable for d in documents for a in d.actors.values()),
        "generate": any(d.generate for d in documents),
    }
    return [f"{what}: read and type-checked, not used by check" for what, there in present.items() if there]
