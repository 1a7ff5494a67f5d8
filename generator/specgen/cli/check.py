"""``specgen check``: every revision, every property, as the spec expects them or not."""

from __future__ import annotations

import argparse
import time

from specgen.cli.console import Console
from specgen.cli.inputs import open_spec


def run(options: argparse.Namespace, console: Console) -> int:
    """Checks a spec and says what came out."""
    started = time.monotonic()
    loaded = open_spec(options.spec, options.constants, console)
    revisions = loaded.select(options.revisions)
    # the engines: a wrong spec is told without them
    from specgen.cli.itf_files import ItfDirectory  # noqa: PLC0415
    from specgen.cli.session import Session  # noqa: PLC0415

    files = None if options.itf is None else ItfDirectory(options.itf)
    if any(loaded.specs[name].document.liveness for name in revisions):
        console.error("note: liveness: read and type-checked, not checked yet")
    return Session(options, loaded, revisions, console, started, files).run()

