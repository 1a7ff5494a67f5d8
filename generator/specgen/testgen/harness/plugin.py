"""The pytest plug-in: the fixture ``system``, the options ``--specgen-...``, two markers, and random walks."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specgen.testgen.harness.attach import INTERPRETER, Adapter, Driver, complaint
from specgen.testgen.harness.errors import Incomplete, Mismatch, StaleTests, Unknown
from specgen.testgen.harness.names import Value
from specgen.testgen.harness.story import Story

if TYPE_CHECKING:
    from specgen.testgen.harness.interpreter import Model
    from specgen.testgen.harness.specs import Known, Specs

MARKERS = (
    "specgen_revision(revision, spec, constants, sha256): the revision of a spec that a generated test is about",
    "specgen_goal(criterion, goal): what a generated test is in its suite for",
)
_MADE_BY = re.compile(r"# Made by: (specgen generate .*?)(?: --criterion \S+)?\s*")


def pytest_addoption(parser: pytest.Parser) -> None:
    add = parser.getgroup("specgen", "tests generated from a spec").addoption
    add(
        "--specgen-system",
        metavar="NAME",
        default=INTERPRETER,
        help="what generated tests run on: adapters/NAME.py beside them (default: the spec's own interpreter)",
    )
    add(
        "--specgen-walks",
        metavar="N",
        type=_count,
        help="besides the tests so many random walks of each revision, the spec and the adapter side by side",
    )
    add("--specgen-seed", metavar="S", type=_count, help="of the first walk (default: 1); alone: this walk only")
    add("--specgen-walk-steps", metavar="M", type=_count, help="of a walk (default: 100)")


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    session = config.stash[_SESSION] = Session(config)
    if session.seeds and session.name == INTERPRETER:
        advice = "name an implementation with --specgen-system, as there is nothing to find in the spec beside itself"
        raise pytest.UsageError(f"--specgen-walks: {advice}")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """A module as pytest makes it, with walks in it if any are asked for."""
    if not parent.config.stash[_SESSION].seeds:
        return None
    module: pytest.Module = Walked.from_parent(parent, path=module_path)
    return module


def pytest_collection_modifyitems(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """A wrong name is told once instead of by every test; with xdist by the tests, as workers cannot tell it."""
    session = config.stash[_SESSION]
    if session.name == INTERPRETER or hasattr(config, "workerinput"):
        return
    first = {item.path.parent: item for item in reversed(list(items)) if item.get_closest_marker("specgen_revision")}
    for directory, item in first.items():
        wrong = complaint(directory, session.name)
        if not wrong and not config.option.collectonly:
            # what else is wrong with a module is its own error, which the tests tell with its traceback
            with suppress(Exception, SystemExit):
                wrong = session.unusable(Origin.of(item, session), directory)
        if wrong:
            raise pytest.UsageError(wrong)


@pytest.fixture
def system(request: pytest.FixtureRequest) -> Story:
    """The system under test, as generated tests drive it."""
    try:
        return request.config.stash[_SESSION].story(request.node)
    except (Incomplete, Unknown) as error:
        pytest.fail(str(error), pytrace=False)


class Walked(pytest.Module):
    """A module of tests, with the walks of its revision if it is the first one of that revision."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        yield from super().collect()
        session = self.config.stash[_SESSION]
        if self.get_closest_marker("specgen_revision") is None or not session.first(self):
            return
        for seed in session.seeds:
            yield Walk.from_parent(self, name=f"walk_{seed}", callobj=_walk)


class Walk(pytest.Function):
    """One random walk, as a test."""

    @property
    def seed(self) -> int:
        return int(self.name.removeprefix("walk_"))

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> object:  # type: ignore[override]  # a private type there
        told = super().repr_failure(excinfo)
        trace = getattr(told, "reprtraceback", None)
        if trace is not None and isinstance(excinfo.value, Mismatch):
            trace.extraline = None  # that all entries are hidden: a walk has no lines of its own
        return told


def _walk(system: Story, request: pytest.FixtureRequest) -> None:
    __tracebackhide__ = True
    from specgen.testgen.harness.walks import STEPS, walk  # noqa: PLC0415  # only a walk needs the interpreter

    session: Session = request.config.stash[_SESSION]
    try:
        model = session.model(Origin.of(request.node, session))
    except Unknown as error:
        pytest.fail(f"a walk goes by the spec: {error}", pytrace=False)
    walk(model, system, request.node.seed, STEPS if session.steps is None else session.steps)


class Session:
    """What a run of pytest is asked for, and has read so far.

    Attributes:
        seeds: of the walks.
        steps: of each walk, or None.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.name = str(config.getoption("--specgen-system"))
        self.invoked = config.invocation_params.dir
        seed, walks = config.getoption("--specgen-seed"), config.getoption("--specgen-walks")
        first = 1 if seed is None else seed
        self.seeds = range(first, first + ((seed is not None) if walks is None else walks))
        self.steps: int | None = config.getoption("--specgen-walk-steps")
        self._specs: Specs | None = None
        self._models: dict[int, Model] = {}
        self._adapters: dict[Path, Adapter] = {}
        self._walked: dict[tuple[object, ...], str] = {}
        self._compared: set[tuple[object, ...]] = set()

    def story(self, node: pytest.Item) -> Story:
        __tracebackhide__ = True
        if node.get_closest_marker("specgen_revision") is None:
            raise pytest.UsageError("the fixture `system` is for generated tests; this one names no revision")
        source = Origin.of(node, self)
        if source.key not in self._compared:
            self._compared.add(source.key)
            if source.is_stale():
                where = os.path.relpath(node.path.parent, self.invoked)
                said = f"{where}: the tests of {source.revision} were generated from another state of the spec"
                node.warn(StaleTests(f"{said}; {source.mend()}"))
        return Story(self._maker(source, node.path.parent), source)

    def first(self, node: pytest.Collector) -> bool:
        """Whether a module is the first one of its revision."""
        return self._walked.setdefault(Origin.of(node, self).key[:-1], node.nodeid) == node.nodeid

    def known(self, source: Origin) -> Known:
        """The revision behind a test, read when first asked for."""
        if self._specs is None:
            from specgen.testgen.harness.specs import Specs  # noqa: PLC0415  # where nothing asks, YAML is not needed

            self._specs = Specs()
        return self._specs.revision(source.spec, source.revision, source.constants)

    def model(self, source: Origin) -> Model:
        """The interpreter of the revision.

        Raises:
            Unknown: the spec cannot be read, or has no such revision.
        """
        __tracebackhide__ = True
        from specgen.language.source import SpecError  # noqa: PLC0415
        from specgen.testgen.harness.interpreter import Model  # noqa: PLC0415

        try:
            known = self.known(source)
        except SpecError as error:
            first, path = error.diagnostics[0], os.path.relpath(source.spec, self.invoked)
            told = f"{first.code} {first.message}; `specgen check {path}` tells more"
            raise Unknown(f"the spec cannot be read: {told}") from None
        if id(known) not in self._models:
            self._models[id(known)] = Model(known.system)
        return self._models[id(known)]

    def adapter(self, source: Origin, directory: Path) -> Adapter:
        """The adapter that was asked for. Its imports are also found where pytest was called, and beside the spec.

        Raises:
            Incomplete: it cannot be loaded.
        """
        __tracebackhide__ = True
        if directory not in self._adapters:
            places = (self.invoked, Path(source.spec).parent)
            self._adapters[directory] = Adapter(directory, self.name, places)
        return self._adapters[directory]

    def unusable(self, source: Origin, directory: Path) -> str:
        """Why the adapter cannot be loaded; empty where it can."""
        try:
            self.adapter(source, directory)
        except Incomplete as error:
            return str(error)
        return ""

    def again(self, node: pytest.Item | pytest.Collector) -> str:
        """The command that runs one test as it runs now."""
        options = "" if self.name == INTERPRETER else f" --specgen-system {self.name}"
        if isinstance(node, Walk):
            options += f" --specgen-seed {node.seed}"
            options += "" if self.steps is None else f" --specgen-walk-steps {self.steps}"
        return f"pytest {os.path.relpath(node.path, self.invoked)}::{node.name}{options}"

    def _maker(self, source: Origin, directory: Path) -> Callable[[], Driver]:
        __tracebackhide__ = True
        if self.name == INTERPRETER:
            from specgen.testgen.harness.interpreter import Interpreted  # noqa: PLC0415

            model = self.model(source)
            return lambda: Interpreted(model)
        wrong = complaint(directory, self.name)
        if wrong:
            raise pytest.UsageError(wrong)
        adapter = self.adapter(source, directory)

        def made() -> Driver:
            __tracebackhide__ = True
            return adapter.driver(source.revision)

        return made


class Origin:
    """Where a test comes from: its revision of a spec, and the commands that run it alone and make it anew."""

    def __init__(self, marker: pytest.Mark, node: pytest.Item | pytest.Collector, session: Session) -> None:
        given = marker.kwargs
        self.spec: str = os.path.normpath(node.path.parent / given["spec"])
        self.revision: str = marker.args[0]
        self.constants: Mapping[str, Value] = given.get("constants", {})
        self._sha256: str = given["sha256"]
        self._session = session
        self._path = node.path
        self._again = session.again(node)

    @classmethod
    def of(cls, node: pytest.Item | pytest.Collector, session: Session) -> Origin:
        """That of a generated test, or module of such."""
        marker = node.get_closest_marker("specgen_revision")
        assert marker is not None  # whoever asks has looked
        return cls(marker, node, session)

    @property
    def key(self) -> tuple[object, ...]:
        """The same for all tests of a revision in a directory; last the state of the spec that they are of."""
        return self._path.parent, self.spec, self.revision, tuple(self.constants.items()), self._sha256

    def action(self, name: str) -> str:
        known = self._known()
        return known.place(name) if known else ""

    def guard(self, action: str, name: str) -> str:
        known = self._known()
        return known.guard(action, name) if known else ""

    def cites(self, action: str) -> str:
        known = self._known()
        return known.cites(action) if known else ""

    def remarks(self) -> list[tuple[str, str]]:
        note = f"the spec has changed since this test was generated from it; {self.mend()}"
        stale = [("note", note)] if self.is_stale() else []
        return [("revision", self.revision), *stale, ("again", self._again)]

    def is_stale(self) -> bool:
        """Whether the spec is not as it was, as far as that can be told."""
        known = self._known()
        return known is not None and known.sha256 != self._sha256

    def mend(self) -> str:
        """What to do where it is not: the command in the module's header."""
        with self._path.open(encoding="utf-8", errors="replace") as file:
            head = [_MADE_BY.fullmatch(line) for _, line in zip(range(5), file, strict=False)]
        command = next((found[1] for found in head if found), "specgen generate")
        base = os.path.commonpath([os.path.dirname(self.spec), self._path.parent])  # noqa: PTH120  # a string
        where = os.path.relpath(base, self._session.invoked)
        return f"`{command}`{'' if where == '.' else f', in {where},'} writes the tests again"

    def _known(self) -> Known | None:
        """The spec, if it can be read."""
        from specgen.language.source import SpecError  # noqa: PLC0415

        try:
            return self._session.known(self)
        except (SpecError, Unknown, OSError):
            return None


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number")
    return int(text)


_SESSION = pytest.StashKey[Session]()
