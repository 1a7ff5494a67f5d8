"""A directory like a clone after ``make check``, in which a document's commands run as a reader runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.markdown import ROOT, Block

# named, as the package need not be installed where its tests run; then nothing is loaded by itself
_PLUGIN = "-p specgen.testgen.harness.plugin"
_MARK = "\x1e"  # printed between commands; no output has it


def clone(directory: Path) -> Path:
    """The specs and the commands, where a clone has them."""
    shutil.copytree(ROOT / "spec", directory / "spec")
    binaries = directory / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name, module in (("specgen", "specgen"), ("pytest", f"pytest {_PLUGIN} -p no:cacheprovider")):
        binary = binaries / name
        binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', encoding="utf-8")
        binary.chmod(0o755)
    return directory


def place_files(directory: Path, before: list[Block]) -> None:
    """The files that a document has its reader write (``yaml a.yaml``); of a name, the last."""
    for block in before:
        if block.language in ("yaml", "text", "python") and len(block.info) == 2:
            path = directory / block.info[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(block.lines) + "\n", encoding="utf-8")


def commands(block: Block) -> list[tuple[str, list[str]]]:
    """Each command of a console block, behind ``$ ``, with the lines that are shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and not found[-1][1] and found[-1][0].endswith("\\"):
            found[-1] = (f"{found[-1][0]}\n{line}", [])
        else:
            assert found, f"{block}: output without a command"
            found[-1][1].append(line)
    return found


def run(asked: list[str], directory: Path) -> list[list[str]]:
    """What each of some commands prints, in one shell, without empty lines at its end."""
    # the exit status of a command is there for the next one, as it is for the reader
    step = f"status=$?; printf '{_MARK}'; (exit $status)\n"
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in ("NO_COLOR", "FORCE_COLOR", "SPECGEN_DEBUG") and not k.startswith("PYTEST")
    }
    path = f"{directory / '.venv/bin'}:{kept['PATH']}"
    done = subprocess.run(
        ["sh", "-c", step.join(f"{command}\n" for command in asked)],
        cwd=directory,
        env=kept | {"PATH": path, "PYTHONPATH": str(ROOT / "generator"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return [part.rstrip("\n").split("\n") if part.strip("\n") else [] for part in done.stdout.split(_MARK)]
