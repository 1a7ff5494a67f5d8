"""``specgen show``: a revision as one effective spec, its core, or what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from specgen.cli import errors
from specgen.cli.arguments import Parser, add_constants
from specgen.cli.console import Console
from specgen.cli.inputs import BASE, Loaded, open_spec
from specgen.report.style import Style


def run(arguments: Sequence[str], console: Console) -> int:
    """Prints to standard output; what is printed without ``--core`` or ``--diff`` is a spec again."""
    parser = Parser("show", "Print a revision as one spec, in the language itself.")
    parser.add_argument("spec", metavar="SPEC", help="the spec's file")
    parser.add_argument(
        "-r", "--revision", metavar="REV", default=BASE, help="which revision (default: base)"
    )
    parser.add_argument("--core", action="store_true", help="the flat system that engines see, instead")
    parser.add_argument("--diff", metavar="OTHER", help="a unified diff from revision OTHER to this one")
    add_constants(parser)
    options = parser.parse_args(arguments)
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
