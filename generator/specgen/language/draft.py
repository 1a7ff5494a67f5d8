"""A revision in the making: copies of its base's sections, and which verb has touched what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from specgen.language.document import Action, Document, Process, Revision
from specgen.language.keys import OVERLAID
from specgen.language.names import did_you_mean
from specgen.language.reader import one_name, singular
from specgen.language.source import Diagnostics, Note, Span
from specgen.language.syntax import RecordType
from specgen.language.yamlnodes import Scalar

_COPIED = (*OVERLAID, "type_spans", "removed_processes")
_TOP = ("actions", "processes", "procedures")  # named in paths without their section


@dataclass(frozen=True, slots=True)
class Path:
    """What a path in a revision names: an entry of a section, or with ``part`` a step or field of one."""

    section: str
    name: str
    part: str | None
    span: Span

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for equal places."""
        return (self.section, self.name) if self.part is None else (self.section, self.name, self.part)


class Draft:
    """Sections of one revision. Entries are only ever replaced, never changed in place."""

    def __init__(self, base: Document, diagnostics: Diagnostics) -> None:
        self.base = base
        self.diagnostics = diagnostics
        self.sections: dict[str, Mapping[str, Any]] = {name: getattr(base, name) for name in _COPIED}
        self._edited: dict[str, dict[str, Any]] = {}
        self.touches: dict[tuple[str, ...], list[tuple[str, Span]]] = {}
        self._parts: dict[tuple[str, ...], tuple[str, Span]] = {}  # the first touch of any part of an entry

    def document(self, revision: Revision) -> Document:
        """The finished document."""
        edited: dict[str, Any] = {**self._edited}
        return replace(self.base, revision=revision, **edited)

    def edit(self, section: str) -> dict[str, Any]:
        """The entries of a section, for changing; copied when this is first asked for."""
        if section not in self._edited:
            self._edited[section] = dict(self.sections[section])
            self.sections[section] = self._edited[section]
        return self._edited[section]

    # ------------------------------------------------------------ paths

    def path(self, text: Scalar, verb: str) -> Path | None:
        """What a path names in this draft; None after an error."""
        found = self._resolve(text.value, text.span)
        if found is None:
            self.unknown(text, verb)
        return found

    def _resolve(self, text: str, span: Span) -> Path | None:
        head, _, rest = text.partition(".")
        for section in _TOP:
            if head in self.sections[section]:
                if not rest:
                    return Path(section, head, None, span)
                if section == "processes" and self.step(head, rest) is not None:
                    return Path(section, head, rest, span)
        if head in OVERLAID and head not in _TOP and rest:
            if rest in self.sections[head]:
                return Path(head, rest, None, span)
            name, _, part = rest.partition(".")
            record = self.sections["types"].get(name) if head == "types" else None
            if isinstance(record, RecordType) and part in record.fields:
                return Path(head, name, part, span)
        return None

    def step(self, process: str, step: str) -> Action | None:
        """A step of a process, if both exist."""
        found: Process | None = self.sections["processes"].get(process)
        return next((s for s in found.steps if s.name == step), None) if found is not None else None

    def unknown(self, text: Scalar, verb: str) -> None:
        """A path that names nothing; that this revision took it away says more than a near name."""
        for key, uses in self.touches.items():
            shown = ".".join(key[1:] if key[0] in _TOP else key)
            gone = uses and (uses[0][0] == "remove" or key[0] == "types")
            if gone and (text.value == shown or text.value.startswith(f"{shown}.")):
                self._contradiction(text.span, verb, _PAST[uses[0][0]], uses[0][1])
                return
        head = text.value.partition(".")[0]
        if head in _TOP:
            short = text.value.partition(".")[2]
            advice = f"actions, processes and procedures are named without their section: `{short}`"
        elif head in OVERLAID and "." not in text.value:
            advice = f"name an entry of the section: `{head}.name`"
        elif text.value.count(".") >= 2 and text.value.rpartition(".")[0] in set(self._paths()):
            path, _, name = text.value.rpartition(".")
            advice = f"a guard is dropped below `change:`, under `{path}:`, by `drop_guard: [{name}]`"
        else:
            advice = did_you_mean(text.value, self._paths()) or (
                "a path is an action, process, process.step, procedure or section.name"
            )
        message = f"there is nothing called '{text.value}' to {verb}"
        self.diagnostics.add("SG504", message, text.span, help=advice)

    def _paths(self) -> Iterator[str]:
        for section in OVERLAID:
            for name, item in self.sections[section].items():
                yield name if section in _TOP else f"{section}.{name}"
                if isinstance(item, Process):
                    yield from (f"{name}.{step.name}" for step in item.steps)
                elif isinstance(item, RecordType):
                    yield from (f"{section}.{name}.{field}" for field in item.fields)

    # ------------------------------------------------------------ contradictions

    def touch(self, path: Path, verb: str) -> bool:
        """Notes that a verb works on a path; False if another verb of this revision rules that out."""
        uses = self.touches.setdefault(path.key, [])
        ruled_out = next(((_PAST[o], s) for o, s in uses if {o, verb} != {"change", "order"}), None)
        if ruled_out is None and path.part is not None:
            ruled_out = self._whole(path)
        elif ruled_out is None and (verb == "remove" or path.section == "types") and path.key in self._parts:
            other, span = self._parts[path.key]
            ruled_out = (f"{_PAST[other]} a part of", span)
        if ruled_out is not None:
            self._contradiction(path.span, verb, *ruled_out)
            return False
        if path.part is not None:
            self._parts.setdefault(path.key[:2], (verb, path.span))
        uses.append((verb, path.span))
        return True

    def _whole(self, part: Path) -> tuple[str, Span] | None:
        """What has been done to the whole that a step or field is part of, if that rules out to touch the part."""
        for verb, span in self.touches.get(part.key[:2], ()):
            if part.section == "types" or verb not in ("change", "order"):
                return _PAST[verb], span
        return None

    def _contradiction(self, span: Span, verb: str, done: str, first: Span) -> None:
        self.diagnostics.add(
            "SG506",
            f"this revision cannot {verb} what it has {done}",
            span,
            help="say once what the revision makes of it",
            notes=(Note(f"{done} here", first),),
        )

    def exists(self, section: str, name: str, span: Span, first: Span, advice: str) -> None:
        """An addition of something that the base has."""
        self.diagnostics.add(
            "SG505",
            f"{singular(section)} '{name}' exists already",
            span,
            help=advice,
            notes=(Note("here", first),),
        )

    def clash(self, section: str, name: str, span: Span) -> None:
        """Diagnoses a new action, process or procedure that is named like one of another kind."""
        for other in _TOP:
            if section in _TOP and other != section and name in self.sections[other]:
                first = self.sections[other][name].span
                one_name(name, singular(other), first, singular(section), span, self.diagnostics)

    def same(self, what: str, span: Span, first: Span) -> None:
        """A change that changes nothing."""
        self.diagnostics.add(
            "SG503",
            f"this changes nothing: {what} is already so",
            span,
            help="remove it from the revision",
            notes=(Note("the same in the base", first),),
        )


_PAST = {
    "remove": "removed",
    "declare": "declared",
    "change": "changed",
    "add": "added",
    "order": "reordered",
}
