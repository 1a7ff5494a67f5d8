"""The pytest plug-in: the fixture ``system``, the option ``--specgen-system``, and two markers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specgen.testgen.harness.attach import INTERPRETER, Adapter, Driver, complaint
from specgen.testgen.harness.names import Value
from specgen.testgen.harness.story import Story

if TYPE_CHECKING:
    from specgen.testgen.harness.interpreter import Model
    from specgen.testgen.harness.specs import Known, Specs

MARKERS = (
    "specgen_revision(revision, spec, constants, sha256): the revision of a spec that a generated test is about",
    "specgen_goal(criterion, goal): what a generated test is in its suite for",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("specgen", "tests generated from a spec")
    group.addoption(
        "--specgen-system",
        metavar="NAME",
        default=INTERPRETER,
        help="what generated tests run on: adapters/NAME.py beside them (default: the spec's own interpreter)",
    )


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    config.stash[_SESSION] = Session(config)


def pytest_collection_modifyitems(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """A wrong name is told once instead of by every test; with xdist by the tests, as workers cannot tell it."""
    name = str(config.getoption("--specgen-system"))
    if name == INTERPRETER or hasattr(config, "workerinput"):
        return
    for directory in dict.fromkeys(item.path.parent for item in items if item.get_closest_marker("specgen_revision")):
        wrong = complaint(directory, name)
        if wrong:
            raise pytest.UsageError(wrong)


@pytest.fixture
def system(request: pytest.FixtureRequest) -> Story:
    """The system under test, as generated tests drive it."""
    return request.config.stash[_SESSION].story(request)


class Session:
    """What a run of pytest has read so far."""

    def __init__(self, config: pytest.Config) -> None:
        self.name = str(config.getoption("--specgen-system"))
        self.invoked = config.invocation_params.dir
        self._specs: Specs | None = None
        self._models: dict[int, Model] = {}
        self._adapters: dict[Path, Adapter] = {}

    def story(self, request: pytest.FixtureRequest) -> Story:
        marker = request.node.get_closest_marker("specgen_revision")
        if marker is None:
            raise pytest.UsageError("the fixture `system` is for generated tests; this one names no revision")
        source = Origin.of(marker, request.node, self)
        return Story(self._maker(source, request.node.path.parent), source)

    def known(self, source: Origin) -> Known:
        """The revision behind a test, read when first asked for."""
        if self._specs is None:
            from specgen.testgen.harness.specs import Specs  # noqa: PLC0415  # an adapter needs no YAML

            self._specs = Specs()
        return self._specs.revision(source.spec, source.revision, source.constants)

    def _maker(self, source: Origin, directory: Path) -> Callable[[], Driver]:
        if self.name == INTERPRETER:
            return lambda: self._interpreted(source)
        wrong = complaint(directory, self.name)
        if wrong:
            raise pytest.UsageError(wrong)
        if directory not in self._adapters:
            self._adapters[directory] = Adapter(directory, self.name)
        return lambda: self._adapters[directory].driver(source.revision)

    def _interpreted(self, source: Origin) -> Driver:
        from specgen.testgen.harness.interpreter import Interpreted, Model  # noqa: PLC0415

        known = self.known(source)
        if id(known) not in self._models:
            self._models[id(known)] = Model(known.system)
        return Interpreted(self._models[id(known)])


class Origin:
    """Where a test comes from: its revision of a spec, and the command that runs it alone."""

    def __init__(
        self, session: Session, spec: str, revision: str, constants: Mapping[str, Value], sha256: str, test: str
    ) -> None:
        self._session = session
        self.spec = spec
        self.revision = revision
        self.constants = constants
        self._sha256 = sha256
        self._test = test

    @classmethod
    def of(cls, marker: pytest.Mark, node: pytest.Item, session: Session) -> Origin:
        given = marker.kwargs
        spec = os.path.normpath(node.path.parent / given["spec"])
        test = f"{os.path.relpath(node.path, session.invoked)}::{node.name}"
        return cls(session, spec, marker.args[0], given.get("constants", {}), given["sha256"], test)

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
        known = self._known()
        lines = [("revision", self.revision)]
        if known is not None and known.sha256 != self._sha256:
            lines.append(("note", "the spec has changed since this test was generated from it: specgen generate"))
        chosen = "" if self._session.name == INTERPRETER else f" --specgen-system {self._session.name}"
        return [*lines, ("again", f"pytest {self._test}{chosen}")]

    def _known(self) -> Known | None:
        """The spec, if it can be read."""
        from specgen.language.source import SpecError  # noqa: PLC0415
        from specgen.testgen.harness.errors import Unknown  # noqa: PLC0415

        try:
            return self._session.known(self)
        except (SpecError, Unknown, OSError):
            return None


_SESSION = pytest.StashKey[Session]()
