"""``specgen kernel list``: what was built, and what can be put in."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from specgen.cli import errors
from specgen.cli.arguments import Parser
from specgen.cli.console import Console
from specgen.cli.kernel_build import add_common, as_json
from specgen.kernel.cache import Cache, Kernel
from specgen.kernel.mutants import Knob, Mutant, Mutants, load
from specgen.language.wording import wrap
from specgen.report.style import Style

_EPILOG = """\
A kernel is named by its key, or the beginning of it. A fault is put in with
--mutant NAME, a window made longer with --widen NAME=MS; both say for which
kernels they are. Exit code 0; 2: the file with the faults is wrong."""


def parser() -> Parser:
    made = Parser("kernel list", "List the kernels that were built, and the faults that can be put in.", _EPILOG)
    add_common(made)
    made.add_argument(
        "--format", choices=("text", "json"), default="text", help="text for people, or one JSON object"
    )
    return made


def run(options: argparse.Namespace, console: Console) -> int:
    """Prints both lists."""
    kernels = Cache.at(options.cache).kernels()
    file = Path(options.mutants)
    faults = load(file) if file.exists() else Mutants({}, {})
    if options.format == "json":
        console.print(json.dumps(_json(kernels, faults)))
        return errors.OK
    style = console.style
    console.print(style.paint("Kernels", "bold"), *_kernels(kernels, style))
    note = "" if faults else f"  none: there is no {file}; --mutants FILE names another"
    console.print("", style.paint("Faults (--mutant NAME)", "bold"), *([note] if note else _entries(faults.mutants)))
    if faults.knobs:
        console.print("", style.paint("Windows (--widen NAME=MS)", "bold"), *_entries(faults.knobs))
    return errors.OK


def _kernels(kernels: Sequence[Kernel], style: Style) -> Iterator[str]:
    if not kernels:
        yield "  none yet; as in: specgen kernel build --debian 6.1"
    for kernel in kernels:
        first, *more = wrap(f"{kernel.title}, from {kernel.source}", f"  {kernel.key}  ", " " * 20)
        yield first.replace(kernel.key, style.paint(kernel.key, "cyan"), 1)
        yield from more


def _entries(found: Mapping[str, Mutant | Knob]) -> Iterator[str]:
    for name, entry in found.items():
        yield from wrap(f"{entry.title} ({', '.join(entry.versions)})", f"  {name}  ", " " * 6)


def _json(kernels: Sequence[Kernel], faults: Mutants) -> dict[str, object]:
    return {
        "kernels": [as_json(kernel) for kernel in kernels],
        "mutants": [
            {
                "name": m.name,
                "title": m.title,
                "for": list(m.versions),
                "revision": m.revision,
                "property": m.property,
                "signs": list(m.signs),
                "widen": dict(m.widen),
            }
            for m in faults.mutants.values()
        ],
        "windows": [
            {"name": k.name, "title": k.title, "for": list(k.versions), "default": k.default}
            for k in faults.knobs.values()
        ],
    }
