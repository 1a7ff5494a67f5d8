"""``--itf DIR``: one ITF file a trace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from specgen.cli.errors import UsageError
from specgen.trace.values import Json


@dataclass(slots=True)
class ItfDirectory:
    """Writes traces into a directory, which is made when it is not there."""

    path: str

    def __post_init__(self) -> None:
        try:
            Path(self.path).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"--itf {self.path}: {error.strerror}", "name a directory that can be made"
            ) from error

    def write(self, traces: Mapping[str, Json]) -> None:
        """Traces by name (of a revision and a property, so without slashes); a file of that name is replaced.

        Raises:
            OSError: a file cannot be written.
        """
        for name, trace in traces.items():
            text = json.dumps(trace, indent=1, ensure_ascii=False) + "\n"
            (Path(self.path) / f"{name}.itf.json").write_text(text, encoding="utf-8")
