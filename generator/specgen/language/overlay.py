"""Builds every revision: its base first, then its verbs on top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from specgen.language import declarations, unparse
from specgen.language.amend import Amender
from specgen.language.document import Action, Document, Process
from specgen.language.draft import Draft, Path
from specgen.language.keys import OVERLAID
from specgen.language.names import IDENTIFIER, did_you_mean
from specgen.language.reader import BASE, Content, Reader, Written
from specgen.language.source import Diagnostics, Note, Span
from specgen.language.syntax import Name, RecordType
from specgen.language.yamlnodes import Mapping, Node, Scalar

MAX_REVISIONS = 256  # each is a whole document


def build(content: Content, diagnostics: Diagnostics) -> dict[str, Document]:
    """All revisions, in the order written. What an overlay leaves alone is the very object of its base."""
    done: dict[str, Document] = {}
    if len(content.revisions) > MAX_REVISIONS:
        place = list(content.revisions.values())[MAX_REVISIONS].revision.span
        diagnostics.add("SG104", f"the spec has more than {MAX_REVISIONS} revisions", place)
        return done
    for name in content.revisions:
        chain = _chain(name, content, done, diagnostics)
        for link in reversed(chain):
            written = content.revisions[link]
            base = done.get(written.revision.base or BASE, content.base)
            done[link] = _Overlay(base, written, diagnostics).apply()
    return {name: done[name] for name in content.revisions if name in done}


def _chain(name: str, content: Content, done: dict[str, Document], diagnostics: Diagnostics) -> list[str]:
    """``name`` and the bases still to be built, nearest first; a cycle or an unknown base ends the chain."""
    chain: list[str] = []
    current: str | None = name
    while current is not None and current != BASE and current not in done:
        if current in chain:
            _cycle(chain[chain.index(current) :], content, diagnostics)
            break
        chain.append(current)
        written = content.revisions[current]
        current = written.revision.base
        if current is not None and current != BASE and current not in content.revisions:
            others = [other for other in (*content.revisions, BASE) if other not in chain]
            advice = did_you_mean(current, others) or "bases are revisions, or `base`"
            place = written.verbs["base"][1].span
            diagnostics.add("SG502", f"there is no revision '{current}'", place, help=advice)
            break
    return chain


def _cycle(names: list[str], content: Content, diagnostics: Diagnostics) -> None:
    first = min(names, key=list(content.revisions).index)
    place = names.index(first)
    ordered = names[place:] + names[:place]
    spans = [content.revisions[name].verbs["base"][1].span for name in ordered]
    notes = tuple(
        Note(f"'{name}' has its base here", span) for name, span in zip(ordered[1:], spans[1:], strict=True)
    )
    message = f"revision '{first}' is its own base" + (f": {' -> '.join([*ordered, first])}" if notes else "")
    advice = "one of them must begin from the document: remove its `base:`"
    diagnostics.add("SG501", message, spans[0], help=advice, notes=notes)


class _Overlay:
    """One revision's verbs on a draft of its base."""

    def __init__(self, base: Document, written: Written, diagnostics: Diagnostics) -> None:
        self.base = base
        self.written = written
        self.diagnostics = diagnostics
        self.reader = Reader(diagnostics)
        self.amender = Amender(self.reader)
        self.draft = Draft(base, diagnostics)

    def apply(self) -> Document:
        verbs = self.written.verbs
        changes = [key for key in verbs if key != "base"]
        if not changes and self.base.revision.name == self.written.revision.base:
            name = self.base.revision.name
            advice = "say what it changes; a revision without `base` and changes is the document itself"
            message = f"this revision is the same as its base '{name}'"
            self.diagnostics.add("SG503", message, self.written.revision.span, help=advice)
        self._remove()
        for section in OVERLAID:
            # Of the two meanings of `code` and `generate` here, only the section is one.
            if section in verbs:
                self._declare(section, verbs[section][1])
        self._each("change", self._change)
        self._each("add", self._add)
        self._each("order", self._order)
        return self.draft.document(self.written.revision)

    def _each(self, verb: str, work: Callable[[Scalar, Node], None]) -> None:
        if verb in self.written.verbs:
            node = self.written.verbs[verb][1]
            entries = self.reader.mapping(node, f"paths with what to {verb}")
            for path, value in entries:
                work(path, value)
            if isinstance(node, Mapping) and not entries:
                self._empty(verb)

    def _empty(self, verb: str) -> None:
        place = self.written.verbs[verb][0].span
        message = f"this `{verb}:` changes nothing"
        self.diagnostics.add("SG503", message, place, help="remove it from the revision")

    # ------------------------------------------------------------ remove

    def _remove(self) -> None:
        if "remove" not in self.written.verbs:
            return
        node = self.written.verbs["remove"][1]
        words = list(self.reader.words(node, "a path"))
        if not words and not isinstance(node, Mapping | Scalar):
            self._empty("remove")
        for word in words:
            path = self.draft.path(word, "remove")
            if path is not None and self.draft.touch(path, "remove"):
                self._remove_one(path)

    def _remove_one(self, path: Path) -> None:
        entries = self.draft.edit(path.section)
        item = entries[path.name]
        if path.part is None:
            del entries[path.name]
            if path.section == "types":
                del self.draft.edit("type_spans")[path.name]
            elif path.section == "processes":
                self.draft.edit("removed_processes")[path.name] = item
        elif isinstance(item, Process):
            steps = tuple(step for step in item.steps if step.name != path.part)
            if not steps:
                message = f"'{path.part}' is the last step of '{path.name}'"
                advice = f"remove the process: `- {path.name}`"
                self.diagnostics.add("SG508", message, path.span, help=advice)
                return
            entries[path.name] = replace(item, steps=steps)
        else:
            left = {name: field for name, field in item.fields.items() if name != path.part}
            if not left:
                message = f"'{path.part}' is the last field of '{path.name}'"
                self.diagnostics.add("SG508", message, path.span, help="remove the type")
                return
            entries[path.name] = replace(item, fields=left)

    # ------------------------------------------------------------ new entries

    def _declare(self, section: str, node: Node) -> None:
        found, spans = self.reader.overlaid(section, node)
        if isinstance(node, Mapping) and not node.entries:
            self._empty(section)
        entries = self.draft.edit(section)
        for name, item in found.items():
            span = spans.get(name) or item.span
            path = Path(section, name, None, span)
            if name in entries:
                advice = f"it is replaced under `change:`, by `{_shown(section, name)}:`"
                self.draft.exists(section, name, span, self._place(section, name), advice)
            elif self.draft.touch(path, "declare"):
                self.draft.clash(section, name, span)
                entries[name] = item
                if section == "types":
                    self.draft.edit("type_spans")[name] = span
                elif section == "processes":
                    self.draft.edit("removed_processes").pop(name, None)

    def _place(self, section: str, name: str) -> Span:
        """Where the base declares an entry."""
        if section == "types":
            place: Span = self.draft.sections["type_spans"][name]
            return place
        item = self.draft.sections[section][name]
        return item.span if hasattr(item, "span") else self.base.revision.span

    # ------------------------------------------------------------ change

    def _change(self, key: Scalar, node: Node) -> None:
        written: Scalar | None = key
        head = None
        if "(" in key.value:
            written, head = self._with_head(key)
        if written is None:
            return
        path = self.draft.path(written, "change")
        if path is None or not self.draft.touch(path, "change"):
            return
        entries = self.draft.edit(path.section)
        item = entries[path.name]
        if path.section in ("actions", "procedures"):
            entries[path.name] = self.amender.amend(item, path.section.removesuffix("s"), path.span, node)
        elif path.section == "processes" and path.part is None:
            entries[path.name] = self.amender.amend(item, "process", path.span, node)
        elif path.section == "processes":
            steps = tuple(
                self.amender.amend(step, "step", path.span, node) if step.name == path.part else step
                for step in item.steps
            )
            entries[path.name] = replace(item, steps=steps)
        elif path.part is not None:
            self._change_field(path, item, node)
        else:
            self._change_entry(path, item, node, head)

    def _with_head(self, key: Scalar) -> tuple[Scalar | None, tuple[Name, ...] | None]:
        """``definitions.ready(t)``: the path, and the parameters it gives to the definition."""
        prefix = "definitions."
        if not key.value.startswith(prefix) or key.style:
            advice = "parameters of procedures are changed by `params: [a, b]`; other paths have none"
            self.diagnostics.add("SG507", "only paths of definitions have parameters", key.span, help=advice)
            return None, None
        skip = len(prefix)
        span = key.span._replace(column=key.span.column + skip)
        rest = key._replace(value=key.value[skip:], start=key.start + skip, span=span)
        found = declarations.head(rest, self.diagnostics)
        if found is None:
            return None, None
        return key._replace(value=prefix + found[0].name), found[1]

    def _change_field(self, path: Path, record: RecordType, node: Node) -> None:
        assert path.part is not None
        field, old = self.reader.field(node), record.fields[path.part]
        if unparse.declaration_text(field) == unparse.declaration_text(old):
            self.draft.same("the field", path.span, old.span)
        changed = {**record.fields, path.part: field}
        self.draft.edit("types")[path.name] = replace(record, fields=changed)

    def _change_entry(
        self, path: Path, old: Any, node: Node, head: tuple[Name, ...] | None
    ) -> None:
        section, name = path.section, path.name
        new: Any
        match section:
            case "types":
                new = self.reader.type(path.span, node)
                self.draft.edit("type_spans")[name] = path.span
            case "definitions":
                params = old.params if head is None else self.reader.untyped(head)
                new = self.reader.definition(name, path.span, params, node)
            case "code" | "generate":
                new = self.reader.plain(node)
            case _:
                new = self.reader.entry_reader(section)(name, path.span, node)
        if unparse.meaning(new) == unparse.meaning(old):
            self.draft.same(f"`{_shown(section, name)}`", path.span, self._place(section, name))
        self.draft.edit(section)[name] = new

    # ------------------------------------------------------------ add, order

    def _add(self, key: Scalar, node: Node) -> None:
        head, _, part = key.value.partition(".")
        if head == "types" and "." in part:
            self._add_field(key, node)
            return
        process: Process | None = self.draft.sections["processes"].get(head)
        if not part or process is None:
            if part and head not in OVERLAID:
                self.draft.unknown(key._replace(value=head), "add a step to")
                return
            advice = "other things are added under the name of their section"
            message = "`add:` adds steps (`process.step`) and fields of records (`types.Record.field`)"
            self.diagnostics.add("SG507", message, key.span, help=advice)
            return
        if not self.reader.step_name(part, key.span):
            return
        old = self.draft.step(head, part)
        if old is not None:
            advice = f"it is changed under `change:`, by `{key.value}:`"
            self.draft.exists("steps", key.value, key.span, old.span, advice)
        elif self.draft.touch(Path("processes", head, part, key.span), "add"):
            step = self.reader.action(part, key.span, node, "added step")
            self._insert(process, step, node)

    def _insert(self, process: Process, step: Action, node: Node) -> None:
        entries = node.entries if isinstance(node, Mapping) else ()
        places = [entry for entry in entries if entry[0].value in ("before", "after")]
        if len(places) != 1:
            message = "say either `before:` or `after:`" if places else "`before:` or `after:` is missing"
            span = places[1][0].span if places else step.span
            code = "SG506" if places else "SG203"
            advice = "`before: step` puts the new step in front of that one"
            self.diagnostics.add(code, message, span, help=advice)
            return
        key, other = places[0]
        name = self.reader.prose(other, "the name of a step")
        known = [s.name for s in process.steps]
        if not name:
            return
        if name not in known:
            self.draft.unknown(
                Scalar(other.span, f"{process.name}.{name}", "", 0, 0, False), f"put the step {key.value}"
            )
            return
        at = known.index(name) + (key.value == "after")
        steps = (*process.steps[:at], step, *process.steps[at:])
        self.draft.edit("processes")[process.name] = replace(process, steps=steps)

    def _add_field(self, key: Scalar, node: Node) -> None:
        _, name, field = key.value.split(".", 2)
        record = self.draft.sections["types"].get(name)
        if not isinstance(record, RecordType):
            self.draft.unknown(key._replace(value=f"types.{name}"), "add a field to")
            return
        if not self.reader.name_text(field, key.span, IDENTIFIER, "a field"):
            return
        if field in record.fields:
            advice = f"it is changed under `change:`, by `{key.value}:`"
            self.draft.exists("fields", field, key.span, record.fields[field].span, advice)
        elif self.draft.touch(Path("types", name, field, key.span), "add"):
            grown = {**record.fields, field: self.reader.field(node)}
            self.draft.edit("types")[name] = replace(record, fields=grown)

    def _order(self, key: Scalar, node: Node) -> None:
        process: Process | None = self.draft.sections["processes"].get(key.value)
        if process is None:
            self.draft.unknown(key, "reorder")
            return
        if not self.draft.touch(Path("processes", key.value, None, key.span), "order"):
            return
        words = list(self.reader.words(node, "the name of a step"))
        steps = {step.name: step for step in process.steps}
        seen: dict[str, Span] = {}
        for word in words:
            if word.value not in steps:
                self.draft.unknown(word._replace(value=f"{key.value}.{word.value}"), "order")
                return
            if word.value in seen:
                notes = (Note("first here", seen[word.value]),)
                self.diagnostics.add("SG508", f"step '{word.value}' stands twice", word.span, notes=notes)
                return
            seen[word.value] = word.span
        missing = [name for name in steps if name not in seen]
        if missing:
            message = f"`order:` lists all steps; missing: {', '.join(missing)}"
            self.diagnostics.add("SG508", message, node.span, help="steps are removed by `remove:`")
        elif list(seen) == list(steps):
            self.draft.same("the order", key.span, process.span)
        else:
            new = replace(process, steps=tuple(steps[name] for name in seen))
            self.draft.edit("processes")[key.value] = new


def _shown(section: str, name: str) -> str:
    """The path of an entry."""
    return name if section in ("actions", "processes", "procedures") else f"{section}.{name}"

