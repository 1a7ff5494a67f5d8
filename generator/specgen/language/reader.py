"""The node trees of a spec's files to its document and its revisions as written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from specgen.language.document import Document, Expectation, Parameter, Process, Revision
from specgen.language.items import ItemReader
from specgen.language.keys import OVERLAID
from specgen.language.names import ACTOR, DOTTED, IDENTIFIER, REVISION, SOURCE
from specgen.language.shapes import Fields
from specgen.language.source import Diagnostics, Note, Source, Span
from specgen.language.syntax import TypeExpr
from specgen.language.yamlnodes import Mapping, Node, Scalar

T = TypeVar("T")

BASE = "base"


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A revision as written: what it says of itself, and its verbs still as nodes."""

    revision: Revision
    node: Node
    verbs: Fields


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What the files of a spec hold: the document without any overlay, and the revisions in order."""

    base: Document
    revisions: dict[str, Written]


def read(source: Source, files: list[Mapping], diagnostics: Diagnostics) -> Content:
    """Reads the sections of all files; the first file is the main one.

    Whatever is wrong is diagnosed and replaced by something harmless, so that reading always goes on.
    """
    return Reader(diagnostics).content(source, files)


class Reader(ItemReader):
    """Reads whole sections."""

    def content(self, source: Source, files: list[Mapping]) -> Content:
        parts: dict[str, list[Node]] = {}
        for file in files:
            for name, (key, value) in self.fields(file, "spec file").items():
                if name == "spec" and name in parts:
                    message = "the section `spec` stands in two files"
                    advice = "one file says what the spec is; remove it from the other"
                    note = Note("first here", parts[name][0].span)
                    self.diagnostics.add("SG207", message, key.span, help=advice, notes=(note,))
                else:
                    parts.setdefault(name, []).append(value)
        base = self._document(source, files[0], parts)
        distinct(base, self.diagnostics)
        return Content(base, self._revisions(parts.get("revisions", [])))

    def _document(self, source: Source, root: Mapping, parts: dict[str, list[Node]]) -> Document:
        name, title, about = self._spec(root, parts)
        processes, removed = self._processes(parts.get("processes", []))
        types, spans = self._types(parts.get("types", []))

        def section(name: str) -> dict[str, Any]:
            return self.section(parts.get(name, []), name, self.entry_reader(name))

        return Document(
            source=source,
            name=name,
            title=title,
            about=about,
            revision=Revision(BASE, root.span, title),
            sources=section("sources"),
            constants=section("constants"),
            types=types,
            type_spans=spans,
            variables=section("variables"),
            init=section("init"),
            definitions=self._heads(parts.get("definitions", []), "definition", self.definition),
            procedures=self._heads(parts.get("procedures", []), "procedure", self.procedure),
            actors=section("actors"),
            actions=section("actions"),
            processes=processes,
            removed_processes=removed,
            invariants=section("invariants"),
            covers=section("covers"),
            always_possible=section("always_possible"),
            liveness=section("liveness"),
            terminal=section("terminal"),
            observations=section("observations"),
            code=self._plain(parts.get("code", []), "code"),
            generate=self._plain(parts.get("generate", []), "generate"),
        )

    def _spec(self, root: Mapping, parts: dict[str, list[Node]]) -> tuple[str, str, str]:
        if "spec" not in parts:
            advice = "begin the file with `spec:` and below it, indented, `name: ...`, or include a file that has it"
            place = root.span._replace(end_line=root.span.line, end_column=root.span.column + 1)
            self.diagnostics.add("SG203", "the section `spec` is missing", place, help=advice)
            return "", "", ""
        fields = self.fields(parts["spec"][0], "spec", ("name",))
        name = ""
        if "name" in fields:
            name = self.prose(fields["name"][1], "a name")
            if name:
                self.name_text(name, fields["name"][1].span, ACTOR, "a spec")
        return name, self._prose(fields, "title"), self._about(fields)

    # ------------------------------------------------------------ sections

    def section(
        self, nodes: list[Node], section: str, read: Callable[[str, Span, Node], T]
    ) -> dict[str, T]:
        """The entries of a section, from all files."""
        found: dict[str, T] = {}
        places: dict[str, Span] = {}
        for key, value in self._entries(nodes, section):
            if not self.entry_name(key.value, key.span, section):
                continue
            if key.value in found:
                self.taken(key.value, key.span, places[key.value], singular(section))
            else:
                places[key.value] = key.span
                found[key.value] = read(key.value, key.span, value)
        return found

    def _entries(self, nodes: list[Node], section: str) -> list[tuple[Scalar, Node]]:
        advice = "remove the section if it is empty, or write `{}`"
        wanted = f"the entries of `{section}`"
        return [entry for node in nodes for entry in self.mapping(node, wanted, advice)]

    def entry_name(self, name: str, span: Span, section: str) -> bool:
        """Whether a text can name an entry of a section."""
        what = singular(section)
        article = "an" if what[0] in "aeiou" else "a"
        if section in ("actions", "processes", "procedures") and name in OVERLAID:
            message = f"{article} {what} may not be called '{name}'"
            advice = "paths in revisions begin with the names of sections; choose another name"
            self.diagnostics.add("SG206", message, span, help=advice)
            return False
        return self.name_text(name, span, _PATTERNS.get(section, IDENTIFIER), f"{article} {what}")

    def _heads(
        self,
        nodes: list[Node],
        what: str,
        read: Callable[[str, Span, tuple[Parameter, ...], Node], T],
    ) -> dict[str, T]:
        found: dict[str, T] = {}
        places: dict[str, Span] = {}
        for key, value in self._entries(nodes, f"{what}s"):
            head = self.head(key)
            if head is None or not self.entry_name(head[0], key.span, f"{what}s"):
                continue
            name, params = head
            if name in found:
                self.taken(name, key.span, places[name], what)
            else:
                places[name] = key.span
                found[name] = read(name, key.span, params, value)
        return found

    def _types(self, nodes: list[Node]) -> tuple[dict[str, TypeExpr], dict[str, Span]]:
        spans: dict[str, Span] = {}

        def read(name: str, span: Span, node: Node) -> TypeExpr:
            spans[name] = span
            return self.type(span, node)

        return self.section(nodes, "types", read), spans

    def _processes(self, nodes: list[Node]) -> tuple[dict[str, Process], dict[str, Process]]:
        every = self.section(nodes, "processes", self.process)
        kept = {name: process for name, (process, gone) in every.items() if not gone}
        removed = {name: process for name, (process, gone) in every.items() if gone}
        return kept, removed

    def _plain(self, nodes: list[Node], section: str) -> dict[str, object]:
        found: dict[str, object] = {}
        places: dict[str, Span] = {}
        for key, value in self._entries(nodes, section):
            if key.value in found:
                self.taken(key.value, key.span, places[key.value], singular(section))
            else:
                places[key.value] = key.span
                found[key.value] = self.plain(value)
        return found

    # ------------------------------------------------------------ sections of revisions

    def overlaid(self, section: str, node: Node) -> tuple[dict[str, Any], dict[str, Span]]:
        """New entries of a section, and the places of their names where they do not know them themselves."""
        match section:
            case "types":
                return self._types([node])
            case "definitions":
                return self._heads([node], "definition", self.definition), {}
            case "procedures":
                return self._heads([node], "procedure", self.procedure), {}
            case "code" | "generate":
                spans = {key.value: key.span for key, _ in node.entries} if isinstance(node, Mapping) else {}
                return self._plain([node], section), spans
            case "processes":
                kept, removed = self._processes([node])
                for process in removed.values():
                    advice = f"a revision removes one by `remove:` and `- {process.name}`"
                    message = "a new process cannot be removed"
                    self.diagnostics.add("SG509", message, process.span, help=advice)
                return kept, {}
        return self.section([node], section, self.entry_reader(section)), {}

    def entry_reader(self, section: str) -> Callable[[str, Span, Node], Any]:
        """What reads one entry of a section whose entries have plain names."""
        readers: dict[str, Callable[[str, Span, Node], Any]] = {
            "sources": self.cited,
            "constants": self.constant,
            "variables": self.variable,
            "actors": self.actor,
            "actions": self.action,
            "liveness": self.liveness,
            "observations": self.observation,
        }
        return readers.get(section, self.named)

    # ------------------------------------------------------------ revisions

    def _revisions(self, nodes: list[Node]) -> dict[str, Written]:
        return self.section(nodes, "revisions", self._revision)

    def _revision(self, name: str, span: Span, node: Node) -> Written:
        fields = self.fields(node, "revision")
        if name == BASE:
            message = "no revision may be called `base`"
            advice = "`base` is the document itself; choose another name"
            self.diagnostics.add("SG510", message, span, help=advice)
        revision = Revision(
            name,
            span,
            self._prose(fields, "title"),
            self._prose(fields, "date"),
            self._prose(fields, "source"),
            self._prose(fields, "base") or None,
            self._prose(fields, "cites") or None,
            self._about(fields),
            self._expect(fields),
        )
        about = ("title", "date", "source", "about", "cites", "expect")
        verbs = {key: entry for key, entry in fields.items() if key not in about}
        return Written(revision, node, verbs)

    def _expect(self, fields: Fields) -> tuple[Expectation, ...]:
        if "expect" not in fields:
            return ()
        wanted = "properties with their verdicts"
        entries = self.mapping(fields["expect"][1], wanted, "`no_uaf: violated in 15`")
        read = (self.expectation(key, value) for key, value in entries)
        return tuple(expectation for expectation in read if expectation is not None)


_PATTERNS = {
    "sources": SOURCE,
    "actors": ACTOR,
    "init": DOTTED,
    "invariants": DOTTED,
    "covers": DOTTED,
    "always_possible": DOTTED,
    "liveness": DOTTED,
    "terminal": DOTTED,
    "revisions": REVISION,
}

_SINGULAR = {
    "init": "init predicate",
    "always_possible": "property",
    "liveness": "liveness property",
    "terminal": "terminal predicate",
    "processes": "process",
    "code": "entry of `code`",
    "generate": "entry of `generate`",
}


def singular(section: str) -> str:
    """What one entry of a section is called."""
    return _SINGULAR.get(section) or section.removesuffix("s")


def distinct(document: Document, diagnostics: Diagnostics) -> None:
    """Actions, processes and procedures are named in one space, since paths and traces name them alike."""
    seen: dict[str, tuple[str, Span]] = {}
    for what, items in (
        ("action", document.actions.values()),
        ("process", document.processes.values()),
        ("procedure", document.procedures.values()),
    ):
        for item in items:
            if item.name in seen:
                one_name(item.name, *seen[item.name], what, item.span, diagnostics)
            else:
                seen[item.name] = (what, item.span)


def one_name(name: str, first: str, place: Span, second: str, span: Span, diagnostics: Diagnostics) -> None:
    """One name for two things of different kinds."""
    kinds = [f"{'an' if kind == 'action' else 'a'} {kind}" for kind in (first, second)]
    diagnostics.add(
        "SG207",
        f"'{name}' names both {' and '.join(kinds)}",
        span,
        help="rename one of the two",
        notes=(Note(f"the {first}", place),),
    )
