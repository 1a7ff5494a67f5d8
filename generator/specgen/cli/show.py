"""``specgen show``: a revision as one effective spec, its core, or what differs between two."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from difflib import unified_diff

from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.inputs import Loaded, open_spec
from specgen.report.style import Style


def run(options: argparse.Namespace, console: Console) -> int:
    """Prints to standard output; what is printed without ``--core`` or ``--diff`` is a spec again."""
    loaded = open_spec(options.spec, options.constants, console)
    text = _text(loaded, options.revision, core=options.core)
    if options.diff is None:
        console.print(text.rstrip("\n"))
        return errors.OK
    other = _text(loaded, options.diff, core=options.core)
    names = (options.diff, options.revision)
    for line in _diff(other, text, names, console.style):
        console.print(line)
    return errors.OK


def _text(loaded: Loaded, revision: str, *, core: bool) -> str:
    spec = loaded.revision(revision)
    if not core:
        from specgen.language.canonical import render  # noqa: PLC0415  # one of the two is enough

        return render(spec.document)
    from specgen.core.dump import dump  # noqa: PLC0415
    from specgen.core.lower import lower  # noqa: PLC0415

    return dump(lower(spec))


def _diff(before: str, after: str, names: tuple[str, str], style: Style) -> Iterator[str]:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in unified_diff(before.splitlines(), after.splitlines(), *names, lineterm=""):
        colour = colours.get(line[:1])
        yield style.paint(line, colour) if colour else line
