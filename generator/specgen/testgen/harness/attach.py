"""Implementations that tests can be run on: ``adapters/NAME.py`` beside the test modules, and how it is driven."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from specgen.testgen.harness.errors import Incomplete
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
    """An adapter module with the interface that was generated beside it.

    Args:
        places: directories in which its imports are looked for as well, behind all others.

    Raises:
        Incomplete: a module is not found. What else goes wrong in a module is its own error.
    """

    def __init__(self, directory: Path, name: str, places: Sequence[Path] = ()) -> None:
        __tracebackhide__ = True
        self._file = os.path.relpath(directory / "adapters" / f"{name}.py")
        sys.path += [place for place in map(str, places) if place not in sys.path]
        package = _package(directory)
        try:
            self._interface = import_module(f"{package}.interface")
            self._module = import_module(f"{package}.adapters.{name}")
        except ModuleNotFoundError as error:
            raise Incomplete(self._not_found(error, package, directory, name)) from None

    def driver(self, revision: str) -> Driver:
        """A fresh system.

        Raises:
            Incomplete: the module has no class ``System``, or the interface no such revision.
        """
        __tracebackhide__ = True
        made = getattr(self._module, "System", None)
        if not callable(made):
            raise Incomplete(f"{self._file} has no class System")
        for table in (self._interface.CONSTANTS, self._interface.ACTIONS):
            if revision not in table:
                interface = os.path.relpath(str(self._interface.__file__))
                raise Incomplete(f"{interface} knows no revision {revision}; `specgen generate` writes it again")
        system = made(revision, self._interface.CONSTANTS[revision])
        return _Attached(system, self._interface.ACTIONS[revision], self._file)

    def _not_found(self, error: ModuleNotFoundError, package: str, directory: Path, name: str) -> str:
        here = os.path.relpath(directory)
        if error.name == f"{package}.interface":
            return f"there is no {here}/interface.py: `specgen generate` writes it"
        return (
            f"{self._file} cannot be imported: {str(error).replace(package, here)}\n"
            "Modules are found beside the spec, where pytest is called, and where PYTHONPATH says, as in:\n"
            f"PYTHONPATH=src pytest {here} --specgen-system {name}"
        )


class _Attached:
    """An adapter's system as a driver."""

    def __init__(self, system: object, actions: Mapping[str, Collection[Mapping[str, Value]]], file: str) -> None:
        self._system = system
        self._actions = actions
        self._file = file

    def start(self, seen: Mapping[str, Value]) -> None:
        __tracebackhide__ = True
        start = getattr(self._system, "start", None)
        if start is not None:
            start(seen)

    def act(self, action: str, given: Mapping[str, Value]) -> None:
        __tracebackhide__ = True
        self._call(method(action), given)

    def observe(self) -> Mapping[str, Value]:
        __tracebackhide__ = True
        return cast("Mapping[str, Value]", self._call("observe", {}))

    def _call(self, name: str, given: Mapping[str, Value]) -> object:
        """What a method that an adapter must have returns.

        Raises:
            Incomplete: it is not there, or is as it was scaffolded.
        """
        __tracebackhide__ = True
        found = getattr(self._system, name, None)
        try:
            if found is not None:
                return cast("Callable[..., object]", found)(**given)
        except NotImplementedError as error:
            if not _empty(error):
                raise
        raise Incomplete(f"the adapter has no `{name}` yet: add it to {self._file}")

    def warnings(self) -> Collection[str] | None:
        __tracebackhide__ = True
        found = getattr(self._system, "warnings", None)
        return None if found is None else cast("Callable[[], Collection[str]]", found)()

    def recognises(self, error: Exception, name: str) -> bool:
        __tracebackhide__ = True
        found = getattr(self._system, "recognises", None)
        if found is None:
            return not isinstance(error, AssertionError)
        return bool(cast("Callable[[Exception, str], bool]", found)(error, name))

    def holds(self, name: str) -> bool | None:
        __tracebackhide__ = True
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


def _empty(error: NotImplementedError) -> bool:
    """Whether a method that was called from here did nothing but raise this, as a scaffold's does."""
    inside = error.__traceback__ and error.__traceback__.tb_next
    return inside is not None and inside.tb_next is None and not error.args


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
