"""``specgen schema``: the JSON Schema of specs, for editors."""

from __future__ import annotations

import json
from collections.abc import Sequence

from specgen.cli import errors
from specgen.cli.arguments import Parser
from specgen.cli.console import Console
from specgen.language.schema import schema


def run(arguments: Sequence[str], console: Console) -> int:
    """Prints it to standard output."""
    description = "Print the JSON Schema (draft 2020-12) of specs; yaml-language-server completes with it."
    Parser("schema", description).parse_args(arguments)
    console.print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return errors.OK
