"""``specgen schema``: the JSON Schema of specs, for editors."""

from __future__ import annotations

import argparse
import json

from specgen.cli import errors
from specgen.cli.console import Console
from specgen.language.schema import schema


def run(_options: argparse.Namespace, console: Console) -> int:
    """Prints it to standard output."""
    console.print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return errors.OK
