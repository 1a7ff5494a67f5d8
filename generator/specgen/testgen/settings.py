"""The section ``generate`` of a spec: which suites there are to be, of which revisions, and where."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from specgen.language import yamlnodes
from specgen.language.document import Workspace
from specgen.language.names import IDENTIFIER, did_you_mean
from specgen.language.shapes import Fields, Shapes
from specgen.language.source import Diagnostics, Note, Span, SpecError
from specgen.language.typecheck import check
from specgen.language.yamlnodes import Mapping, Node, Scalar
from specgen.testgen.suite import CRITERIA

ADAPTER = "mine"
TARGET = "pytest"
DIRECTORY = "generated_tests/pytest"
USUAL = ("covers", "violations", "transitions", "repeats", "refusals", "waits")  # criteria where a spec names none

_GENERATOR = ("target", "directory", "adapter", "constants", "suites")
_SUITE = ("revisions", "criteria")


@dataclass(frozen=True, slots=True)
class Entry:
    """One generator of a spec.

    Args:
        name: as the spec calls it; empty where the spec has no section.
        directory: where it writes, from the spec's own directory; empty where the spec has no section.
        adapter: name of the adapter that is scaffolded.
        constants: of the instance to be tested, as written.
        chosen: revisions with their criteria, both in their proper order.
    """

    name: str
    target: str
    directory: str
    adapter: str
    constants: tuple[tuple[str, str], ...]
    chosen: tuple[tuple[str, tuple[str, ...]], ...]


def usual(workspace: Workspace, target: str) -> Entry:
    """What is generated from a spec that does not say: every revision, the usual criteria."""
    return Entry("", target, "", ADAPTER, (), tuple((name, USUAL) for name in workspace.documents))


def read(workspace: Workspace, targets: Collection[str]) -> tuple[Entry, ...]:
    """The entries of the section; none where there is none.

    Args:
        targets: names of those that there are.

    Raises:
        SpecError: with everything that is wrong with it.
    """
    found = Diagnostics()
    entries = tuple(_Reader(workspace, targets, found).entries())
    if found.failed:
        raise SpecError(tuple(found.items))
    return entries


class _Reader(Shapes):
    def __init__(self, workspace: Workspace, targets: Collection[str], diagnostics: Diagnostics) -> None:
        super().__init__(diagnostics)
        self.workspace = workspace
        self.targets = targets

    def entries(self) -> Iterator[Entry]:
        for document in self.workspace.documents.values():
            if document.generate != self.workspace.base.generate:
                self._own_section(document.revision.span)
        places: dict[str, Span] = {}
        for name, node in self._section():
            entry = self._entry(name, node)
            directory = _normal(entry.directory)
            if entry.directory and directory in places:
                note = Note("the first is here", places[directory])
                message = f"two generators write into '{entry.directory}'"
                advice = "give each a directory of its own, or make one of them with both lists of `suites`"
                self.diagnostics.add("SG907", message, name.span, help=advice, notes=(note,))
            places.setdefault(directory, name.span)
            yield entry

    def _own_section(self, span: Span) -> None:
        message = "a revision changes `generate`"
        advice = "the section speaks of all revisions: name this one under `suites:` there"
        self.diagnostics.add("SG908", message, span, help=advice)

    def _section(self) -> Iterator[tuple[Scalar, Node]]:
        """The entries, read again from the text: the document has them without their places."""
        for source in self.workspace.sources:
            root = yamlnodes.parse(source, Diagnostics())
            for key, value in root.entries if root is not None else ():
                if key.value == "generate":
                    yield from self.mapping(value, "generators by name, as in `pytest:`")

    def _entry(self, name: Scalar, node: Node) -> Entry:
        fields = self._known(node, "generator", _GENERATOR)
        if not fields.keys() >= {"directory"} and isinstance(node, Mapping):
            advice = "a generator needs it, as in `directory: ../generated_tests/pytest`"
            self.diagnostics.add("SG203", "`directory:` is missing", name.span, help=advice)
        target = self._target(name, fields)
        directory = self._directory(fields)
        adapter = self._adapter(fields)
        constants = tuple(self._constants(fields))
        return Entry(name.value, target, directory, adapter, constants, self._suites(fields))

    def _known(self, node: Node, what: str, keys: Sequence[str]) -> Fields:
        """The entries of a mapping that has these keys; the language itself keeps the section as written."""
        found: Fields = {}
        for key, value in self.mapping(node, f"the keys of a {what}: {', '.join(keys)}"):
            if key.value in keys:
                found[key.value] = (key, value)
                continue
            advice = did_you_mean(key.value, keys) or f"it has {', '.join(keys)}"
            self.diagnostics.add("SG202", f"a {what} has no key '{key.value}'", key.span, help=advice)
        return found

    def _target(self, name: Scalar, fields: Fields) -> str:
        node: Node = fields["target"][1] if "target" in fields else name
        target = self.prose(node, "the name of a target")
        if target and target not in self.targets:
            advice = did_you_mean(target, self.targets)
            if "target" not in fields:
                advice = advice or "say `target: NAME` if the generator is to have another name"
            message = f"there is no target '{target}', the targets are {', '.join(self.targets)}"
            self.diagnostics.add("SG901", message, node.span, help=advice)
        return target

    def _directory(self, fields: Fields) -> str:
        if "directory" not in fields:
            return ""
        node = fields["directory"][1]
        text = self.prose(node, "a directory")
        if text and (text.startswith(("/", "~")) or "\\" in text):
            message = f"'{text}' is not a path from the spec's own directory"
            self.diagnostics.add("SG903", message, node.span, help="as in `directory: ../generated_tests/pytest`")
        return text

    def _adapter(self, fields: Fields) -> str:
        if "adapter" not in fields:
            return ADAPTER
        node = fields["adapter"][1]
        text = self.prose(node, "the name of an adapter")
        taken = text == "interpreter" or text.startswith("_")
        if text and (not IDENTIFIER.fullmatch(text) or keyword.iskeyword(text) or taken):
            message = f"'{text}' cannot be the name of an adapter"
            advice = "it becomes a Python module: letters, digits and `_`; `interpreter` is the spec's own"
            self.diagnostics.add("SG904", message, node.span, help=advice)
        return text

    def _constants(self, fields: Fields) -> Iterator[tuple[str, str]]:
        if "constants" not in fields:
            return
        documents = self.workspace.documents.values()
        for name, node in self.mapping(fields["constants"][1], "constants with values, as in `N: 1`"):
            value = self.prose(node, "a value")
            having = next((d for d in documents if name.value in d.constants), None)
            if having is None:
                known = list(dict.fromkeys(c for d in documents for c in d.constants))
                advice = did_you_mean(name.value, known) or (known and f"its constants are {', '.join(known)}") or None
                self.diagnostics.add("SG906", f"the spec has no constant '{name.value}'", name.span, help=advice)
            elif value:
                self._constant(name.value, value, node.span)
                yield name.value, value

    def _constant(self, name: str, value: str, span: Span) -> None:
        """Whether a constant can have a value is for the type checker to say; it knows of `-D` only."""
        document = next(d for d in self.workspace.documents.values() if name in d.constants)
        found = Diagnostics()
        check(document, {name: value}, found)
        for item in found.items:
            if item.code == "SG720":
                message = item.message.replace(f"-D {name}={value}", f"{name}: {value}", 1)
                note = Note("it is declared here", item.span)
                self.diagnostics.add("SG906", message, span, help=item.help, notes=(note,))

    def _suites(self, fields: Fields) -> tuple[tuple[str, tuple[str, ...]], ...]:
        declared = list(self.workspace.documents)
        wanted: dict[str, set[str]] = {name: set() for name in declared}
        if "suites" not in fields:
            return tuple((name, USUAL) for name in declared)
        for item in self.items(fields["suites"][1], "a list of `revisions:` with `criteria:`"):
            suite = self._known(item, "suite", _SUITE)
            criteria = set(self._criteria(suite))
            for name in self._revisions(suite, declared):
                wanted[name] |= criteria
        return tuple((name, tuple(c for c in CRITERIA if c in wanted[name])) for name in declared if wanted[name])

    def _criteria(self, suite: Fields) -> Iterator[str]:
        if "criteria" not in suite:
            yield from USUAL
            return
        for word in self.words(suite["criteria"][1], "names of criteria"):
            if word.value in CRITERIA:
                yield word.value
                continue
            advice = did_you_mean(word.value, CRITERIA) or f"the criteria are {', '.join(CRITERIA)}"
            self.diagnostics.add("SG902", f"there is no criterion '{word.value}'", word.span, help=advice)

    def _revisions(self, suite: Fields, declared: Sequence[str]) -> Iterator[str]:
        if "revisions" not in suite:
            yield from declared
            return
        for word in self.words(suite["revisions"][1], "names of revisions"):
            found = [name for name in declared if fnmatchcase(name, word.value)]
            if not found:
                known = declared if len(declared) <= 12 else [*declared[:12], "..."]
                advice = did_you_mean(word.value, declared) or f"the revisions are {', '.join(known)}"
                self.diagnostics.add("SG905", f"no revision is called '{word.value}'", word.span, help=advice)
            yield from found


def _normal(directory: str) -> str:
    """A path without detours, so that two ways to write it are one."""
    parts: list[str] = []
    for part in PurePosixPath(directory).parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
