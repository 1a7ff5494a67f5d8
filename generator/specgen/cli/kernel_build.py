"""``specgen kernel build``, and what other verbs need of it: a kernel by name, built if it is not there."""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from specgen.cli import errors
from specgen.cli.arguments import Parser, seconds
from specgen.cli.console import Console
from specgen.cli.errors import UsageError
from specgen.kernel import debian
from specgen.kernel.build import MACHINES, STOCK, Change, build
from specgen.kernel.cache import Cache, Kernel
from specgen.kernel.commands import Watch
from specgen.kernel.sources import Directory, Tree

MUTANTS = "spec/ublk/mutants.yaml"

_EPILOG = """\
DIR is only read. VERSION is 6.1 (the newest), 6.1.192, or exactly 6.1.192-2;
its source is fetched with apt, not installed, and root is not needed. A kernel
that was built before from the same files is taken from the cache; one that
differs from such a one in some files takes seconds.
Exit code 0: there it is; 2: the tree, a fault or the machine at hand does not
do; 3: usage; 4: the release is in no archive any more, or the time is over."""


def parser() -> Parser:
    made = Parser("kernel build", "Build a kernel with KASAN and ublk, for tests.", _EPILOG)
    add = made.add_argument
    where = made.add_mutually_exclusive_group(required=True)
    where.add_argument("--tree", metavar="DIR", help="build from this kernel tree")
    where.add_argument("--debian", metavar="VERSION", help="build from the source of this Debian release")
    add_change(made)
    add("--machine", choices=MACHINES, default="uml",
        help="User-Mode Linux, one CPU (default), or a PC for QEMU, two CPUs")  # fmt: skip
    add_common(made)
    add("--format", choices=("text", "json"), default="text", help="text for people, or one JSON object")
    return made


def add_change(made: Parser) -> None:
    """Options of what is put into a tree."""
    add = made.add_argument
    add("--mutant", metavar="NAME", default="", help="put in this fault (`specgen kernel list` has them)")
    add("--widen", metavar="NAME=MS", dest="widened", type=widening, action="append", default=[],
        help="make this window longer, to so many milliseconds; repeatable")  # fmt: skip


def add_common(made: Parser) -> None:
    """Options of all verbs that may build."""
    add = made.add_argument
    add("--mutants", metavar="FILE", default=MUTANTS, help=f"where faults are described (default: {MUTANTS})")
    add("--cache", metavar="DIR", help="where what was built is kept (default: ~/.cache/specgen)")
    add("--timeout", metavar="TIME", type=seconds, help="limit of the whole run: seconds, or 5m, 1h")


def widening(text: str) -> tuple[str, int]:
    """``fallback_ms=200`` as a pair."""
    match = re.fullmatch(r"(\w+)=(\d{1,9})", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=MS, as in --widen fallback_ms=200")
    return match[1], int(match[2])


def run(options: argparse.Namespace, console: Console) -> int:
    """Builds, and says where the kernel is."""
    started = time.monotonic()
    cache = Cache.at(options.cache)
    teller = Teller(console)
    watch = Watch.of(options.timeout, teller.tell)
    tree = _tree("tree", options.tree, cache, watch) if options.tree else _tree("debian", options.debian, cache, watch)
    change = change_of(tree, options.mutant, dict(options.widened), options.mutants)
    made = build(tree, options.machine, change, cache, watch)
    took = time.monotonic() - started
    if options.format == "json":
        console.print(json.dumps(as_json(made) | {"seconds": round(took, 1), "built": teller.built}))
    else:
        console.print(*_text(made, took, built=teller.built))
    return errors.OK


def kernel_named(text: str, options: argparse.Namespace, console: Console) -> Kernel:
    """The kernel that a word means: a path, a key or its beginning, or what is built if it is not there.

    Args:
        text: the last as ``debian:6.1.192``, ``debian:6.1.192+MUTANT``, ``tree:DIR+MUTANT+KNOB=MS@qemu``.
        options: those of :func:`add_common`.

    Raises:
        SpecError: there is none, or it cannot be built.
        UsageError: the word cannot be understood.
    """
    cache = Cache.at(options.cache)
    asked = Request.of(text)
    if asked is None:
        return cache.find(text)
    watch = Watch.of(options.timeout, Teller(console).tell)
    tree = _tree(asked.kind, asked.place, cache, watch)
    change = change_of(tree, asked.mutant, dict(asked.widened), options.mutants)
    return build(tree, asked.machine, change, cache, watch)


_REQUEST = re.compile(r"(debian|tree):(.+?)((?:\+[\w-]+(?:=\d{1,9})?)*)(?:@(\w+))?")


@dataclass(frozen=True, slots=True)
class Request:
    """A kernel that may have to be built.

    Args:
        kind: ``debian`` or ``tree``.
        place: a version or a directory.
    """

    kind: str
    place: str
    mutant: str
    widened: tuple[tuple[str, int], ...]
    machine: str

    @classmethod
    def of(cls, text: str) -> Request | None:
        """What a word asks for; None for one that names a kernel which is there.

        Raises:
            UsageError: it begins as such a word and does not go on as one.
        """
        match = _REQUEST.fullmatch(text)
        if match is None:
            return None
        kind, place, changes, machine = match[1], match[2], match[3].split("+")[1:], match[4] or "uml"
        whole = text.partition(":")[2]
        if kind == "tree" and Path(whole).is_dir():
            return cls(kind, whole, "", (), "uml")
        mutants = [part for part in changes if "=" not in part]
        if len(mutants) > 1 or machine not in MACHINES:
            why = f"there is no machine '{machine}'" if machine not in MACHINES else "a kernel has one mutant"
            advice = f"the machines are {' and '.join(MACHINES)}; as in debian:6.1.192+MUTANT+KNOB=100@uml"
            raise UsageError(f"{text}: {why}", advice)
        widened = sorted(widening(part) for part in changes if "=" in part)
        return cls(kind, place, "".join(mutants), tuple(widened), machine)


@dataclass(slots=True)
class Teller:
    """Shows what is being done: on a terminal each step, else each stage."""

    console: Console
    built: bool = field(default=False)
    _stage: str = field(default="")

    def tell(self, text: str) -> None:
        self.console.progress(f"specgen: {text}")
        stage = text.partition(":")[0]
        if stage != self._stage:
            self._stage = stage
            self.built = self.built or stage.startswith("building")
            if not self.console.err.isatty():
                self.console.error(f"specgen: {stage}")


def _tree(kind: str, place: str, cache: Cache, watch: Watch) -> Tree:
    return Directory.read(place, watch) if kind == "tree" else debian.find(place, cache.releases())


def change_of(tree: Tree, mutant: str, widened: Mapping[str, int], file: str) -> Change:
    """What is to be put into a tree.

    Raises:
        SpecError: there is no such fault or window, or it is not for this version.
    """
    if not mutant and not widened:
        return STOCK
    from specgen.kernel import mutants  # noqa: PLC0415  # reads YAML, and C

    changes = mutants.load(Path(file)).change(tree.version, mutant, widened)
    return Change(mutant, tuple(sorted(widened.items())), changes.apply)


def as_json(kernel: Kernel) -> dict[str, object]:
    """A kernel as JSON has it."""
    identity = kernel.identity
    return {
        "key": kernel.key,
        "directory": str(kernel.directory),
        "version": kernel.version,
        "machine": kernel.machine,
        "source": kernel.source,
        "compiler": kernel.compiler,
        "mutant": kernel.mutant,
        "widened": dict(identity.widened),
        "sha256": kernel.sha256,
        "created_by": kernel.created_by,
    }


def _text(kernel: Kernel, took: float, *, built: bool) -> Sequence[str]:
    how = f"built in {took:.0f} s" if built else "was built before"
    return [
        f"{kernel.title}  {how}",
        f"  key       {kernel.key}",
        f"  from      {kernel.source}",
        f"  compiler  {kernel.compiler}",
        f"  in        {kernel.directory}",
    ]
