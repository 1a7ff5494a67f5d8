"""What names mean: the environment of one revision, and the parameters in force at a place."""

from __future__ import annotations

from dataclasses import dataclass, field

from specgen.language import syntax
from specgen.language.document import Definition
from specgen.language.source import Diagnostics
from specgen.language.typed import Binder
from specgen.language.types import Scalar, Type


@dataclass(frozen=True, slots=True, eq=False)
class Macro:
    """A parameter that stands for an expression of the caller's scope."""

    expr: syntax.Expr
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Parameters by name. Inner scopes are built with :meth:`bind`."""

    names: dict[str, Binder | Macro] = field(default_factory=dict)

    def bind(self, names: dict[str, Binder | Macro]) -> Scope:
        """This scope with ``names`` added; they hide outer ones."""
        return Scope({**self.names, **names})


EMPTY = Scope()


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """Everything a revision declares, by name.

    ``variables`` holds state variables and process counters; ``labels`` all words of all enums, for advice.
    """

    constants: dict[str, tuple[Scalar, int]]
    types: dict[str, Type]
    variables: dict[str, Type]
    definitions: dict[str, Definition]
    labels: frozenset[str]
    diagnostics: Diagnostics

    def declares(self, name: str) -> bool:
        """Whether the name is a variable, constant or definition."""
        return name in self.variables or name in self.constants or name in self.definitions

    def names(self) -> list[str]:
        """All of them, for advice."""
        return [*self.variables, *self.constants, *self.definitions]
