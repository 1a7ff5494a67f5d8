"""Implementations that tests can be run on: ``adapters/NAME.py`` beside the test modules, and how it is driven."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from hashlib import sha256
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from specgen.testgen.harness.errors import Unknown
from specgen.testgen.harness.names import Value, argument, method

INTERPRETER = "interpreter"


class Driver(Protocol):
    """What a test drives: the interpreter, or an adapter of a user with what it leaves out filled in.

    ``warnings`` and ``holds`` give None where that cannot be told.
    """

    def start(self, seen: Mapping[str, Value]) -> None: ...
    def act(self, action: str, given: Mapping[str, Value]) -> None: ...
    def observe(self) -> Mapping[str, Value]: ...
    def warnings(self) -> Collection[str] | None: ...
    def recognises(self, error: Exception, name: str) -> bool: ...
    def holds(self, name: str) -> bool | None: ...
    def everything(self) -> Iterator[tuple[str, Mapping[str, Value]]]: ...


def adapters(directory: Path) -> list[str]:
    """The names of the adapters beside the test modules of a directory, in order."""
    return sorted(
        file.stem for file in (directory / "adapters").glob("*.py") if file.stem.isidentifier() and file.stem[0] != "_"
    )


def complaint(directory: Path, name: str) -> str:
    """What is wrong with a name given as ``--specgen-system``; empty when nothing is."""
    known = adapters(directory)
    if name == INTERPRETER or name in known:
        return ""
    there = ", ".join([INTERPRETER, *known])
    file = os.path.relpath(directory / "adapters" / f"{name}.py")
    return f"--specgen-system {name}: there is no {file}; there are: {there}"


class Adapter:
    """An adapter module with the interface that was generated beside it."""

    def __init__(self, directory: Path, name: str) -> None:
        package = _package(directory)
        self._interface = import_module(f"{package}.interface")
        self._module = import_module(f"{package}.adapters.{name}")
        self._file = directory / "adapters" / f"{name}.py"

    def driver(self, revision: str) -> Driver:
        """A fresh system.

        Raises:
            Unknown: the module has no class ``System``, or the interface no such revision.
        """
        made = getattr(self._module, "System", None)
        if not callable(made):
            raise Unknown(f"{self._file} has no class System")
        for table in (self._interface.CONSTANTS, self._interface.ACTIONS):
            if revision not in table:
                raise Unknown(f"{self._interface.__file__} knows no revision {revision}; generate it again")
        system = made(revision, self._interface.CONSTANTS[revision])
        return _Attached(system, self._interface.ACTIONS[revision])


class _Attached:
    """An adapter's system as a driver."""

    def __init__(self, system: object, actions: Mapping[str, Collection[Mapping[str, Value]]]) -> None:
        self._system = system
        self._actions = actions

    def start(self, seen: Mapping[str, Value]) -> None:
        start = getattr(self._system, "start", None)
        if start is not None:
            start(seen)

    def act(self, action: str, given: Mapping[str, Value]) -> None:
        __tracebackhide__ = True
        found = getattr(self._system, method(action), None)
        if found is None:
            raise NotImplementedError(f"the adapter has no method {method(action)}")
        cast("Callable[..., None]", found)(**given)

    def observe(self) -> Mapping[str, Value]:
        found = getattr(self._system, "observe", None)
        if found is None:
            raise NotImplementedError("the adapter has no method observe")
        return cast("Callable[[], Mapping[str, Value]]", found)()

    def warnings(self) -> Collection[str] | None:
        found = getattr(self._system, "warnings", None)
        return None if found is None else cast("Callable[[], Collection[str]]", found)()

    def recognises(self, error: Exception, name: str) -> bool:
        found = getattr(self._system, "recognises", None)
        if found is None:
            return not isinstance(error, AssertionError)
        return bool(cast("Callable[[Exception, str], bool]", found)(error, name))

    def holds(self, name: str) -> bool | None:
        judge = getattr(self._system, "judge", None)
        if judge is None:
            return None  # what the test has observed must do
        try:
            cast("Callable[[str], None]", judge)(name)
        except NotImplementedError:
            raise
        except Exception:  # noqa: BLE001  # whatever it raises says that the property does not hold
            return False
        return True

    def everything(self) -> Iterator[tuple[str, Mapping[str, Value]]]:
        for name, given in self._actions.items():
            for arguments in given:
                yield name, {argument(key): value for key, value in arguments.items()}


def _package(directory: Path) -> str:
    """A package of its own for a directory of tests, as several may be in one run of pytest."""
    name = f"specgen_suite_{sha256(str(directory).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(directory)]
        sys.modules[name] = _made(spec)
    return name


def _made(spec: ModuleSpec) -> ModuleType:
    module = module_from_spec(spec)
    module.__path__ = list(spec.submodule_search_locations or ())
    return module
