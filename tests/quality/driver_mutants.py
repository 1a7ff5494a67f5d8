"""Mutants of the executable driver, and how many of them the generated tests of a revision notice.

    python -m tests.quality.driver_mutants v6.1

Changes the syntax tree of the driver in one place at a time, runs the generated tests of the revision on it, in a
process of its own, and prints the score and what no test noticed. Code that the tests of the revision never run on
the driver as it is, is no place to look for them: mutants there are counted apart.

A driver also watches itself, as the spec does with its asserts: modules named with `--watching` and statements that
call what these define. Where nothing goes wrong nobody misses that, so the score is also told for both parts alone.
"""

from __future__ import annotations

import argparse
import ast
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, FrameType, ModuleType

from specgen.cli.workers import Bounds, Pool
from specgen.language.wording import percent
from specgen.testgen.harness.attach import Adapter
from specgen.testgen.harness.story import Story
from specgen.testgen.pytest_interface import module as module_name
from specgen.testgen.suite import CRITERIA
from tests.property.lockstep import Model, complete, systems
from tests.quality.python_mutants import Mutant, enums_of, mutants

ROOT = Path(__file__).parents[2]
BYTES = 2 << 30  # of memory that a mutant may take

Test = Callable[[Story], None]
Trees = Mapping[str, tuple[str, ast.Module]]  # module -> file, syntax tree


@dataclass(frozen=True)
class Bench:
    """What mutants are run with.

    Args:
        package: the driver's directory.
        directory: of the generated tests, with ``adapters/ADAPTER.py``.
    """

    package: Path
    directory: Path
    adapter: str
    revision: str

    def trees(self) -> Trees:
        found = {}
        for path in sorted(self.package.rglob("*.py")):
            parts = [self.package.name, *path.relative_to(self.package).with_suffix("").parts]
            name = ".".join(parts).removesuffix(".__init__")
            found[name] = (str(path), ast.parse(path.read_text(encoding="utf-8")))
        return found

    def tests(self) -> list[tuple[str, Test]]:
        """The generated test functions, those first that do little: what is noticed is then noticed soon."""
        found: list[tuple[str, Test]] = []
        for criterion in CRITERIA:
            path = self.directory / f"test_{module_name(self.revision)}_{criterion}.py"
            if path.is_file():
                scope: dict[str, object] = {"__name__": path.stem}
                exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), scope)
                found += [(f"{criterion}: {name}", made) for name, made in scope.items() if name.startswith("test_")]
        return sorted(found, key=lambda pair: len(pair[1].__code__.co_code))


class Importer(MetaPathFinder, Loader):
    """Serves the modules of one package from their syntax trees; the package on disk is not looked at."""

    def __init__(self, trees: Trees) -> None:
        self._trees = trees

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        if name not in self._trees:
            return None
        file, _ = self._trees[name]
        return spec_from_loader(name, self, origin=file, is_package=file.endswith("__init__.py"))

    def create_module(self, _spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        file, tree = self._trees[module.__name__]
        exec(compile(tree, file, "exec"), vars(module))


class Nowhere:
    """A report of a failure is not read here."""

    def action(self, _name: str) -> str:
        return ""

    def guard(self, _action: str, _name: str) -> str:
        return ""

    def cites(self, _action: str) -> str:
        return ""

    def remarks(self) -> list[tuple[str, str]]:
        return []


class TooLong(BaseException):
    """Not an Exception: neither the driver nor the harness may catch it."""


def run(bench: Bench, trees: Trees, tests: Sequence[tuple[str, Test]], seconds: float) -> str:
    """In a process of its own: the first test that fails, or an empty string."""

    def alarm(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong

    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    at = "import"
    try:
        sys.meta_path.insert(0, Importer(trees))
        adapter = Adapter(bench.directory, bench.adapter)
        for name, test in tests:
            at = name
            test(Story(lambda: adapter.driver(bench.revision), Nowhere()))
    except TooLong:
        return f"{at} (more than {seconds:.0f} s)"
    except BaseException as error:  # noqa: BLE001  # whatever a mutant does, it was noticed
        return f"{at} ({type(error).__name__})"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return ""


@dataclass
class Reached:
    """What the tests run: lines of files, and classes whose methods are called for an object, with their bases."""

    lines: set[tuple[str, int]]
    classes: set[str]

    def has(self, mutant: Mutant, package: frozenset[str]) -> bool:
        """Args: package: all its classes. What stands in the body of one that is derived must have been used."""
        owner, bases = mutant.owner
        if package.intersection(bases) and owner not in self.classes:
            return False
        return any((mutant.file, line) in self.lines for line in mutant.lines)


def reached(bench: Bench, trees: Trees, tests: Sequence[tuple[str, Test]]) -> tuple[str, Reached]:
    """In a process of its own: the first test that fails on the driver as it is, and what all of them run."""
    files = {file for file, _ in trees.values()}
    found = Reached(set(), set())
    seen: set[type] = set()

    def local(frame: FrameType, event: str, _argument: object) -> object:
        if event == "line":
            found.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def trace(frame: FrameType, _event: str, _argument: object) -> object:
        code: CodeType = frame.f_code
        if code.co_filename not in files:
            return None
        kind = type(frame.f_locals.get("self"))
        if kind not in seen:
            seen.add(kind)
            found.classes.update(base.__name__ for base in kind.__mro__)
        return local

    sys.settrace(trace)
    try:
        failed = run(bench, trees, tests, 600.0)
    finally:
        sys.settrace(None)
    return failed, found


def judge(bench: Bench, trees: Trees, tests: Sequence[tuple[str, Test]], mutant: Mutant, seconds: float) -> str:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES if hard == resource.RLIM_INFINITY else min(BYTES, hard), hard))
    file, _ = trees[mutant.module]
    return run(bench, {**trees, mutant.module: (file, mutant.tree())}, tests, seconds)


@dataclass(frozen=True)
class Score:
    """Args: killed: with the tests that noticed."""

    killed: tuple[tuple[Mutant, str], ...]
    survivors: tuple[Mutant, ...]
    not_reached: tuple[Mutant, ...]

    def words(self, counts: Callable[[Mutant], bool] = lambda _: True) -> str:
        """Args: counts: which mutants do."""
        killed = sum(counts(mutant) for mutant, _ in self.killed)
        count = killed + sum(map(counts, self.survivors))
        return f"{count} mutants, {killed} noticed ({percent(killed, count) or 'none'})"


def watching(trees: Trees, modules: Sequence[str]) -> Callable[[Mutant], bool]:
    """Whether a mutant is in what only watches for errors."""
    own = {name: tree for name, (_, tree) in trees.items() if name.split(".")[-1] in modules}
    functions = {n.name for tree in own.values() for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    return lambda mutant: mutant.module in own or mutant.call in functions


KEYS = ("key", "more_key", "points")  # of these a proof depends: mutants there are not proven by it


def prove(bench: Bench, trees: Trees, mutant: Mutant, model: Model, seconds: float) -> str:
    """In a process of its own: why a mutant is not the same as the model in every state; empty if it is."""
    if mutant.function in KEYS:
        return "what the proof depends on"

    def alarm(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong

    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    file, _ = trees[mutant.module]
    sys.meta_path.insert(0, Importer({**trees, mutant.module: (file, mutant.tree())}))
    try:
        found = complete(bench.revision, model, 1, bench.directory / "adapters" / f"{bench.adapter}.py")
    except TooLong:
        return f"no end after {seconds:.0f} s"
    except Exception as error:  # noqa: BLE001  # whatever a mutant does, it is not the same then
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return str(found[0]) if found else ""


def proven(
    bench: Bench, found: Score, jobs: int, seconds: float, progress: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Per survivor what :func:`prove` says."""
    trees, model = bench.trees(), Model(systems()[bench.revision])
    model.all_states()  # computed once, before the processes part

    def work(number: int) -> str:
        return prove(bench, trees, found.survivors[number], model, seconds)

    said = dict(_pool(work, len(found.survivors), jobs, progress))
    return [str(said[k]) for k in range(len(found.survivors))]


def score(bench: Bench, jobs: int, least: float, progress: Callable[[str], None] = lambda _: None) -> Score:
    """Runs all mutants.

    Args:
        least: seconds that each has at least.

    Raises:
        SystemExit: the tests do not pass on the driver as it is.
    """
    trees, tests = bench.trees(), bench.tests()
    if not tests:
        sys.exit(f"there are no generated tests of {bench.revision} in {bench.directory}")
    started = time.monotonic()
    ((_, baseline),) = _pool(lambda _: reached(bench, trees, tests), 1, 1, progress)
    failed, runs = baseline
    if failed:
        sys.exit(f"on the driver as it is, this test fails: {failed}")
    seconds = max(least, 3 * (time.monotonic() - started))
    enums = {name: members for _, tree in trees.values() for name, members in enums_of(tree).items()}
    all_mutants = [m for name, (file, tree) in trees.items() for m in mutants(name, file, tree, enums)]
    package = frozenset(n.name for _, tree in trees.values() for n in tree.body if isinstance(n, ast.ClassDef))
    alive = [m for m in all_mutants if runs.has(m, package)]
    dead = [m for m in all_mutants if not runs.has(m, package)]
    noticed = dict(_pool(lambda k: judge(bench, trees, tests, alive[k], seconds), len(alive), jobs, progress))
    return Score(
        tuple((m, noticed[k]) for k, m in enumerate(alive) if noticed[k]),
        tuple(m for k, m in enumerate(alive) if not noticed[k]),
        tuple(dead),
    )


def _pool(work: Callable[[int], object], count: int, jobs: int, progress: Callable[[str], None]) -> Iterator[tuple]:
    begun = 0

    def tick(running: Sequence[str]) -> None:
        nonlocal begun
        if running and int(running[-1]) + 1 > begun:
            begun = int(running[-1]) + 1
            progress(f"mutant {begun} of {count}" if count > 1 else "the driver as it is")

    return Pool(work, [str(k) for k in range(count)], jobs, Bounds(), tick).run()


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision")
    parser.add_argument("--package", type=Path, default=ROOT / "spec/ublk/driver")
    parser.add_argument("--tests", type=Path, default=ROOT / "generated_tests/pytest")
    parser.add_argument("--adapter", default="driver")
    parser.add_argument("--watching", action="append", default=[], metavar="MODULE", help="only watches for errors")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=10.0, help="that a mutant has at least (default: 10)")
    parser.add_argument(
        "--prove", action="store_true", help="compare what was not noticed with the model in every state (minutes)"
    )
    parser.add_argument("--killed", action="store_true", help="list what was noticed, and by which test")
    parser.add_argument("--not-reached", action="store_true", help="list what no test of the revision runs")
    options = parser.parse_args(arguments)
    bench = Bench(options.package.resolve(), options.tests.resolve(), options.adapter, options.revision)
    found = score(bench, options.jobs, options.seconds, _progress)
    _progress("")
    print(f"{options.package.name}, {options.revision}, in code that the tests run: {found.words()}")
    if options.watching:
        watches = watching(bench.trees(), options.watching)
        print(f"  what it does: {found.words(lambda m: not watches(m))}")
        print(f"  what watches it ({', '.join(options.watching)}): {found.words(watches)}")
    print(f"  in code that they do not run: {len(found.not_reached)} mutants")
    said = proven(bench, found, options.jobs, 1800.0, _progress) if options.prove else None
    if said is not None:
        equal = sum(not why for why in said)
        rest = len(found.killed) + len(found.survivors) - equal
        share = percent(len(found.killed), rest) or "none"
        print(f"  proven to do the same in every state: {equal}; of the other {rest}, {len(found.killed)} noticed ({share})")
    for k, mutant in enumerate(found.survivors):
        why = "" if said is None else f"  {said[k] or 'the same in every state'}"
        print(f"  not noticed: {mutant.text(ROOT)}{why.splitlines()[0] if why else ''}")
    for mutant, test in found.killed if options.killed else ():
        print(f"  noticed by {test}: {mutant.text(ROOT)}")
    for mutant in found.not_reached if options.not_reached else ():
        print(f"  not reached: {mutant.text(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
