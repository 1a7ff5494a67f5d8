"""``specgen explain``: the long text behind a code, with an example of the mistake and its mend."""

from __future__ import annotations

import argparse

from specgen.cli import catalog as command_catalog
from specgen.cli import errors
from specgen.cli.console import Console
from specgen.cli.errors import UsageError
from specgen.kernel import catalog as kernel_catalog
from specgen.kernel import catalog_mutants, catalog_runs
from specgen.language import catalog as language_catalog
from specgen.language.catalog import Entry, content, shown
from specgen.language.names import did_you_mean
from specgen.language.wording import wrap
from specgen.report import catalog as report_catalog
from specgen.testgen import catalog as testgen_catalog
from specgen.testgen import catalog_coverage
from specgen.trace import catalog as trace_catalog


def run(options: argparse.Namespace, console: Console) -> int:
    """Prints the text; without a code all codes with their titles."""
    known = entries()
    if options.code is None:
        console.print(*(f"{code}  {entry.title}" for code, entry in known.items()))
        return errors.OK
    code = options.code.upper()
    code = code if code.startswith("SG") else f"SG{code}"
    if code not in known:
        advice = did_you_mean(code, list(known))
        raise UsageError(f"there is no code {options.code}", advice or "`specgen explain` lists all of them")
    console.print(*_text(known[code], console))
    return errors.OK


def entries() -> dict[str, Entry]:
    """Every code, in ascending order."""
    found = language_catalog.entries()
    groups = (
        trace_catalog,
        report_catalog,
        testgen_catalog,
        catalog_coverage,
        command_catalog,
        kernel_catalog,
        catalog_mutants,
        catalog_runs,
    )
    others = (row for group in groups for row in group.ENTRIES)
    found |= {row[0]: Entry(*row) for row in others}
    return dict(sorted(found.items(), key=lambda item: int(item[0].removeprefix("SG"))))


def _text(entry: Entry, console: Console) -> list[str]:
    lines = [console.style.paint(f"{entry.code}: {entry.title}", "bold"), "", *wrap(entry.text, "", "")]
    if entry.code in {row[0] for row in trace_catalog.ENTRIES}:
        lines += ["", "A spec:", "", *_indented(trace_catalog.SPEC)]
        lines += ["", "A trace that it does not have:"]
    elif entry.code in {row[0] for row in catalog_mutants.ENTRIES}:
        lines += ["", "A driver:", "", *_indented(catalog_mutants.SOURCE)]
        lines += ["", "Mutants of it:"]
    else:
        lines += ["", "A spec that has it:" if _finding(entry) else "The mistake:"]
    lines += ["", *_indented(entry.mistake), ""]
    return [*lines, "One that has not:" if _finding(entry) else "Mended:", "", *_indented(entry.mend)]


def _finding(entry: Entry) -> bool:
    """Whether it is about what a spec does rather than how it is written."""
    return "SG8" < entry.code < "SG9"


def _indented(example: str) -> list[str]:
    """An example as the whole file that it stands for."""
    text = shown(content(example).decode("utf-8", "surrogateescape"))
    return [f"    {line}".rstrip() for line in text.rstrip("\n").split("\n")]
