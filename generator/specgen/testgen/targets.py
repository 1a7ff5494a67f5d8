"""What a suite can be made into. Targets are plug-ins: anybody's package can have one, as an entry point.

An entry point of the group ``specgen.targets`` names a class without arguments that is a :class:`Target`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, cast

from specgen.language.source import Diagnostic, SpecError
from specgen.testgen.files import File, Place
from specgen.testgen.suite import Suite
from specgen.testgen.vocabulary import Vocabulary

GROUP = "specgen.targets"
# Where specgen is used without being installed, as from its own tree, it has no entry points.
OWN = {"pytest": "specgen.testgen.pytest_target:PytestTarget"}


class Target(Protocol):
    """Makes files of suites. Equal suites must give equal bytes, on every machine."""

    about: str  # what it makes, for people: "test modules for pytest"

    def suite(self, suite: Suite, place: Place) -> Sequence[File]:
        """The files of one suite that has cases. Called in parallel processes."""

    def common(self, words: Sequence[Vocabulary], place: Place) -> Sequence[File]:
        """The files that all suites of the generator share.

        Args:
            words: of all revisions that the generator names, in the order of the spec.

        Raises:
            SpecError: what the spec names cannot be told apart in the target's language.
        """

    def lacks(self, text: str, words: Sequence[Vocabulary]) -> Sequence[str]:
        """What a scaffold that the user has edited does not have (yet), one name each."""

    def hints(self, place: Place) -> Sequence[str]:
        """What to do with what was made, a line each, for somebody who sees it for the first time."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets that there are, by name."""

    places: Mapping[str, EntryPoint]

    @classmethod
    def installed(cls) -> Targets:
        found = {name: EntryPoint(name, value, GROUP) for name, value in OWN.items()}
        found |= {point.name: point for point in entry_points(group=GROUP)}
        return cls(dict(sorted(found.items())))

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __getitem__(self, name: str) -> Target:
        """A target, loaded.

        Raises:
            SpecError: it cannot be loaded.
        """
        point = self.places[name]
        try:
            made = point.load()()
        except Exception as error:  # a plug-in's module may raise anything
            message = f"target {name} cannot be loaded: {type(error).__name__}: {error}"
            advice = f"it is {point.value}; mend or remove the package that it comes with"
            raise SpecError((Diagnostic("SG914", message, None, advice),)) from error
        return cast("Target", made)

