"""What names mean: the environment of one revision, and the parameters in force at a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar, cast

from specgen.language import syntax
from specgen.language.document import Definition, Procedure, Process
from specgen.language.source import Diagnostics, Note
from specgen.language.typed import Binder
from specgen.language.types import Initial, Scalar, Type

Reads = dict[tuple[str, str], object]  # (section, name) -> what was found there
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, eq=False)
class Macro:
    """A parameter that stands for an expression of the caller's scope."""

    expr: syntax.Expr
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Parameters by name. Inner scopes are built with :meth:`bind`.

    ``open`` are the definitions being expanded around this place, outermost first.
    """

    names: dict[str, Binder | Macro] = field(default_factory=dict)
    open: tuple[str, ...] = ()

    def bind(self, names: dict[str, Binder | Macro]) -> Scope:
        """This scope with ``names`` added; they hide outer ones."""
        return Scope({**self.names, **names}, self.open)


EMPTY = Scope()


def takes(defined: Definition | Procedure | Process, call: syntax.Call, diagnostics: Diagnostics) -> bool:
    """Whether a call has as many arguments as what it calls has parameters; reported if not."""
    wanted, given = len(defined.params), len(call.args)
    if wanted != given:
        message = f"'{call.function}' takes {wanted} arguments, not {given}"
        notes = (Note("it is defined here", defined.span),)
        diagnostics.add("SG408", message, call.span, notes=notes)
    return wanted == given


def arguments(defined: Definition | Procedure | Process, call: syntax.Call, scope: Scope) -> dict[str, Binder | Macro]:
    """The parameters of what is called, standing for the call's arguments in the caller's scope."""
    return {p.name: Macro(a, scope) for p, a in zip(defined.params, call.args, strict=True)}


@dataclass(slots=True, eq=False)
class Memo:
    """What was typed before, in this revision or another: revisions of one spec share most of their items.

    An entry is used again for the same item, by identity, if every name looked up for it means the same.
    """

    entries: dict[tuple[object, ...], list[tuple[object, Reads, object]]] = field(default_factory=dict)

    def looked_up(self) -> set[tuple[str, str]]:
        """Sections and names that some item looked up."""
        return {key for entries in self.entries.values() for _, reads, _ in entries for key in reads}


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """Everything a revision declares, by section and name; every look-up is noted.

    Sections: ``constant``, ``type``, ``initial`` (how values of a type start), ``variable`` (state and
    process counters), ``definition``, ``procedure``, ``counter``, ``label`` (words of some enum) and
    ``state`` (variables, where only constants may stand); the last three map to True.
    """

    sections: Mapping[str, Mapping[str, object]]
    diagnostics: Diagnostics
    memo: Memo
    _noting: list[Reads] = field(default_factory=lambda: [{}])

    def find(self, section: str, name: str) -> object | None:
        """What a name means in a section, or None."""
        found = self.sections[section].get(name)
        self._noting[-1][section, name] = found
        return found

    def constant(self, name: str) -> tuple[Scalar, int] | None:
        """The type and encoded value of a constant."""
        return cast("tuple[Scalar, int] | None", self.find("constant", name))

    def type(self, name: str) -> Type | None:
        """A declared type."""
        return cast("Type | None", self.find("type", name))

    def initial(self, name: str) -> Initial | None:
        """How values of a declared type start."""
        return cast("Initial | None", self.find("initial", name))

    def variable(self, name: str) -> Type | None:
        """The type of a state variable or process counter."""
        return cast("Type | None", self.find("variable", name))

    def definition(self, name: str) -> Definition | None:
        return cast("Definition | None", self.find("definition", name))

    def procedure(self, name: str) -> Procedure | None:
        return cast("Procedure | None", self.find("procedure", name))

    def declares(self, name: str) -> bool:
        """Whether the name is a variable, constant or definition."""
        return any(self.find(s, name) is not None for s in ("variable", "constant", "definition"))

    def names(self) -> list[str]:
        """All of them, for advice."""
        return [name for s in ("variable", "constant", "definition") for name in self.sections[s]]

    @contextmanager
    def _notes(self) -> Iterator[Reads]:
        reads: Reads = {}
        self._noting.append(reads)
        try:
            yield reads
        finally:
            self._noting.pop()
            self._noting[-1].update(reads)

    def once(self, item: object, context: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """``make()``, or what it gave for the same item and context while all names meant the same.

        What reports a mistake is not kept, so that the mistake is reported in every revision that has it.
        """
        entries = self.memo.entries.setdefault((id(item), *context), [])
        for _, reads, made in entries:
            if self._unchanged(reads):
                self._noting[-1].update(reads)
                return cast("Made", made)
        before = len(self.diagnostics.items)
        with self._notes() as reads:
            result = make()
        if len(self.diagnostics.items) == before:
            entries.append((item, reads, result))  # the item is kept, so that its id is not given to another
        return result

    def _unchanged(self, reads: Reads) -> bool:
        for (section, name), found in reads.items():
            now = self.sections[section].get(name)
            if now is not found and (now != found or isinstance(now, Definition | Procedure)):
                return False
        return True
