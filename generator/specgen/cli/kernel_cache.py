"""``specgen kernel cache``: what is kept, and how to be rid of it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from specgen.cli import errors
from specgen.cli.arguments import Parser
from specgen.cli.console import Console
from specgen.cli.kernel_build import Teller, add_common
from specgen.kernel.cache import Cache
from specgen.kernel.commands import Watch
from specgen.language.wording import plural

_EPILOG = """\
Of each kernel there is what is booted and what tests are built with (20 MB). Of
each tree there are the files that matter (400 MB) and what its build has left
(60 MB for User-Mode Linux, 120 MB for a PC), for faults and later versions to
be built in seconds: --clear removes these, kernels stay. Everything can be made
again. What a killed build has left is removed by any call of this."""


def parser() -> Parser:
    made = Parser("kernel cache", "Say what the cache holds, and remove from it.", _EPILOG)
    made.add_argument("--remove", metavar="KEY", action="append", default=[], help="remove this kernel; repeatable")
    made.add_argument("--clear", action="store_true", help="remove sources and what builds have left")
    add_common(made)
    return made


def run(options: argparse.Namespace, console: Console) -> int:
    """Removes what is asked for, and prints what is left."""
    cache = Cache.at(options.cache)
    watch = Watch.of(options.timeout, Teller(console).tell)
    cache.tidy()
    for kernel in [cache.find(key) for key in options.remove]:
        cache.remove(kernel, watch)
        console.print(f"removed {kernel.key}  {kernel.title}")
    if options.clear:
        cache.clear(watch)
    console.print(str(cache.top), *_lines(cache))
    return errors.OK


def _lines(cache: Cache) -> Iterator[str]:
    for kind, noun in (("kernels", "kernel"), ("sources", "source"), ("builds", "build tree")):
        entries = [path for path in (cache.top / kind).iterdir() if path.name[:1] != "."]
        megabytes = sum(_size(path) for path in entries) / 1e6
        yield f"  {plural(len(entries), noun):16}{megabytes:8,.0f} MB"


def _size(path: Path) -> int:
    """Bytes on the disk of all that is below."""
    total = 0
    for above, _, names in os.walk(path):
        total += sum(os.lstat(os.path.join(above, name)).st_blocks * 512 for name in names)  # noqa: PTH118  # many
    return total
