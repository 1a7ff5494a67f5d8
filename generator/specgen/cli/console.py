"""Where output goes: results to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TextIO

from specgen.language.wording import WIDTH
from specgen.report.style import Style


@dataclass(slots=True)
class Console:
    """The two streams and how text looks on them; keeps a progress line out of the way of both."""

    out: TextIO
    err: TextIO
    style: Style
    error_style: Style
    _progress: bool = field(default=False)

    @classmethod
    def standard(cls) -> Console:
        """The process's own streams. What they cannot encode is replaced, not fatal."""
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")
        return cls(sys.stdout, sys.stderr, Style.of(sys.stdout, os.environ), Style.of(sys.stderr, os.environ))

    def print(self, *lines: str) -> None:
        """Lines of the result; visible at once, since the next ones may take long, and whole if Ctrl-C comes."""
        self.clear()
        self.out.write("".join(f"{line}\n" for line in lines))
        self.out.flush()

    def error(self, *lines: str) -> None:
        """Lines about the run: errors, notes."""
        self.clear()
        for line in lines:
            self.err.write(line + "\n")
        self.err.flush()

    def progress(self, text: str) -> None:
        """One line that is overwritten by the next; on a terminal only."""
        if self.err.isatty():
            self.err.write("\r\x1b[K" + text[: WIDTH - 1])
            self.err.flush()
            self._progress = True

    def clear(self) -> None:
        """Takes the progress line away."""
        if self._progress:
            self.err.write("\r\x1b[K")
            self.err.flush()
            self._progress = False
