"""The command ``specgen``.

Nothing is imported before it is needed: ``--version`` must cost next to nothing.
"""

from __future__ import annotations

import sys

from specgen import __version__


def main() -> int:
    """Runs the command line and returns the exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        sys.stdout.write(f"specgen {__version__}\n")
        return 0
    try:
        from specgen.cli.boundary import run  # noqa: PLC0415  # see above

        return run(arguments)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
