"""Faults to put into a kernel, and windows to widen, as they are written in a file beside the spec.

A *mutant* is a fault. A *knob* makes a window longer that is there anyway, and is no fault: the same knob on the
unmodified kernel must change nothing that a test may see. Both are edits (:mod:`specgen.kernel.edits`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from specgen.kernel import edits as editing
from specgen.kernel.edits import DEEDS, KINDS, MILLISECONDS, Edit, Selector
from specgen.language import yamlnodes
from specgen.language.names import closest, did_you_mean
from specgen.language.shapes import Shapes
from specgen.language.source import Diagnostic, Diagnostics, Note, Source, Span, SpecError
from specgen.language.yamlnodes import Mapping as YamlMapping
from specgen.language.yamlnodes import Node, Scalar
from specgen.language.yamlnodes import Sequence as YamlSequence

# What makes a fault visible, in the order of how much it tells.
SIGNS = ("kasan", "oops", "warn", "io", "lost", "errno", "state", "hang", "nothing")
LONGEST = 60_000  # milliseconds of one knob


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Args:
        title: one line: what the kernel does wrong.
        about: why, and what follows.
        versions: the kernel series that it is for: ``6.1``, ``6.12``.
        revision: of the spec, that has the same fault; or empty.
        property: of the spec, that the fault breaks; or empty.
        signs: what of :data:`SIGNS` user space is expected to see; several where a test may see either.
        visible: how it comes to be seen, in words.
        widen: the knobs, in milliseconds, with which it is seen on each run.
        edits: those of the mutants that it is made of first, then its own.
        parts: the mutants that it is made of.
        span: where it is written.
    """

    name: str
    title: str
    about: str
    versions: tuple[str, ...]
    revision: str
    property: str
    signs: tuple[str, ...]
    visible: str
    widen: Mapping[str, int]
    edits: tuple[Edit, ...]
    parts: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Knob:
    """One window that can be made longer.

    Args:
        default: milliseconds, where no other value is asked for.
    """

    name: str
    title: str
    about: str
    versions: tuple[str, ...]
    default: int
    edits: tuple[Edit, ...]
    span: Span


_Entry = TypeVar("_Entry", Mutant, Knob)


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to the source of one kernel version."""

    edits: tuple[Edit, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The paths that :meth:`apply` needs, in the tree."""
        return tuple(dict.fromkeys(e.file for e in self.edits))

    @property
    def key(self) -> str:
        """All that decides the result, for the name of a cache entry; not where it is written."""
        return "\n".join("\x1f".join((e.file, e.function, str(e), e.code, str(e.argument))) for e in self.edits)

    def apply(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The files that change, by path.

        Raises:
            SpecError: an edit does not fit this source (SG1063 to SG1066).
        """
        return editing.apply(self.edits, texts)


@dataclass(frozen=True)
class Mutants(Mapping[str, Mutant]):
    """The mutants of a file, by name, in the order written; and its knobs."""

    mutants: Mapping[str, Mutant]
    knobs: Mapping[str, Knob]

    def __getitem__(self, name: str) -> Mutant:
        return self.mutants[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.mutants)

    def __len__(self) -> int:
        return len(self.mutants)

    def change(self, version: str, mutant: str = "", widened: Mapping[str, int] | None = None) -> Change:
        """The edits for one kernel: knobs first, then the fault.

        Args:
            version: such as ``6.1``, ``6.12.117`` or ``6.1.192-2``.
            mutant: empty for the unmodified kernel.
            widened: milliseconds by knob. The knobs that the mutant names are not turned by themselves.

        Raises:
            SpecError: no such mutant or knob (SG1062), not for this version (SG1067), or out of range (SG1068).
        """
        found: list[Edit] = []
        for name, milliseconds in (widened or {}).items():
            knob = _known(self.knobs, name, "knob")
            _for(knob, "knob", version)
            if not 0 <= milliseconds <= LONGEST:
                message = f"{name} cannot be {milliseconds} ms"
                raise _error("SG1068", message, None, f"it takes from 0 to {LONGEST:,}")
            found += [editing.filled(e, milliseconds) for e in knob.edits]
        if mutant:
            fault = _known(self.mutants, mutant, "mutant")
            _for(fault, "mutant", version)
            found += fault.edits
        series = _series(version)
        return Change(tuple(e for e in found if not e.versions or series in e.versions))


def load(path: Path) -> Mutants:
    """Reads a file of mutants.

    Raises:
        SpecError: with all that is wrong with it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _error("SG101", f"'{path}' cannot be read: {error.strerror or error}", None, None) from error
    found = Diagnostics()
    source = yamlnodes.decode(str(path), data, found)
    return read(source, found) if source is not None else _fail(found)


def read(source: Source, found: Diagnostics | None = None) -> Mutants:
    """As :func:`load`, of a text."""
    found = found or Diagnostics()
    root = yamlnodes.parse(source, found)
    mutants = None if root is None else _Reader(found).document(root)
    return mutants if mutants is not None and not found.failed else _fail(found)


def _fail(found: Diagnostics) -> Mutants:
    raise SpecError(tuple(found.items))


def _error(code: str, message: str, span: Span | None, help: str | None) -> SpecError:
    return SpecError((Diagnostic(code, message, span, help),))


def _known(known: Mapping[str, _Entry], name: str, what: str) -> _Entry:
    if name in known:
        return known[name]
    advice = did_you_mean(name, known) or f"there are {', '.join(known)}"
    raise _error("SG1062", f"there is no {what} '{name}'", None, advice)


def _for(entry: Mutant | Knob, what: str, version: str) -> None:
    if _series(version) not in entry.versions:
        message = f"{what} '{entry.name}' is not for Linux {version}"
        raise _error("SG1067", message, entry.span, f"it is for {', '.join(entry.versions)}")


def _series(version: str) -> str:
    """``6.12`` of ``6.12.117-1``."""
    match = re.match(r"\d+\.\d+", version)
    return match.group() if match else version


_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+")
_WORD = re.compile(r"\w+")
_PATH = re.compile(r"[\w-]+(?:/[\w-]+)*\.[ch]")  # no `..`: a path stays in the tree

_KEYS: Mapping[str, tuple[str, ...]] = {
    "mutants file": ("file", "widen", "mutants"),
    "mutant": ("title", "about", "for", "corresponds", "visible", "widen", "of", "edits"),
    "knob": ("title", "about", "for", "default", "edits"),
    "edit": ("file", "function", "define", "statement", "for", "argument", *DEEDS),
    "statement": (*KINDS, "with", "to", "in"),
    "correspondence": ("revision", "property"),
    "sign": ("by", "about"),
}


class _Reader:
    """Reads the document; every method diagnoses what is wrong and returns something usable."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self._found = diagnostics
        self._shapes = Shapes(diagnostics)
        self._file = ""
        self._knobs: dict[str, Knob] = {}
        self._mutants: dict[str, Mutant] = {}

    def document(self, root: YamlMapping) -> Mutants:
        fields = self._fields(root, "mutants file", ("mutants",))
        if "file" in fields:
            self._file = self._text(fields["file"], _PATH, "the path of a C file in the kernel tree")
        for name, node in self._named(fields.get("widen"), "knob"):
            self._knobs[name.value] = self._knob(name, node)
        for name, node in self._named(fields.get("mutants"), "mutant"):
            self._mutants[name.value] = self._mutant(name, node)
        return Mutants(self._mutants, self._knobs)

    # ------------------------------------------------------------ entries

    def _knob(self, name: Scalar, node: Node) -> Knob:
        fields = self._fields(node, "knob", ("title", "for", "default", "edits"))
        versions = self._versions(fields.get("for"))
        edits = self._edits(fields.get("edits"), versions)
        for edit in edits:
            if MILLISECONDS not in edit.code:
                self._say("SG1061", "this edit does not use the knob's value", edit.span, f"write `{MILLISECONDS}`")
        default = self._milliseconds(fields["default"]) if "default" in fields else 0
        title, about = self._prose(fields, "title"), self._prose(fields, "about")
        return Knob(name.value, title, about, versions, default, edits, name.span)

    def _mutant(self, name: Scalar, node: Node) -> Mutant:
        fields = self._fields(node, "mutant", ("title", "for", "corresponds", "visible"))
        versions = self._versions(fields.get("for"))
        parts = self._parts(fields.get("of"), versions)
        edits = (*(e for p in parts for e in p.edits), *self._edits(fields.get("edits"), versions))
        if not edits and not self._found.failed:
            self._say("SG1061", f"mutant '{name.value}' changes nothing", name.span, "it needs `edits:` or `of:`")
        for edit in edits:
            if MILLISECONDS in edit.code:
                self._say("SG1061", f"only a knob has `{MILLISECONDS}`", edit.span, "move it to `widen:`")
        same = self._fields(fields.get("corresponds"), "correspondence", ())
        sign = self._fields(fields.get("visible"), "sign", ("by", "about"))
        return Mutant(
            name=name.value,
            title=self._prose(fields, "title"),
            about=self._prose(fields, "about"),
            versions=versions,
            revision=self._prose(same, "revision"),
            property=self._prose(same, "property"),
            signs=self._signs(sign.get("by")),
            visible=self._prose(sign, "about"),
            widen=self._widened(fields.get("widen"), versions),
            edits=edits,
            parts=tuple(p.name for p in parts),
            span=name.span,
        )

    def _parts(self, node: Node | None, versions: tuple[str, ...]) -> tuple[Mutant, ...]:
        found: dict[str, Mutant] = {}
        for word in self._shapes.words(node, "names of mutants") if node is not None else ():
            part = self._mutants.get(word.value)
            if part is None:
                advice = did_you_mean(word.value, self._mutants) or "a mutant is made of those above it"
                self._say("SG1062", f"there is no mutant '{word.value}' above this one", word.span, advice)
                continue
            found[part.name] = part
            for version in versions:
                if version not in part.versions:
                    note = Note(f"it is for {', '.join(part.versions)}", part.span)
                    self._say("SG1067", f"'{part.name}' is not for Linux {version}", word.span, None, note)
        return tuple(found.values())

    def _widened(self, node: Node | None, versions: tuple[str, ...]) -> dict[str, int]:
        found: dict[str, int] = {}
        for key, value in self._shapes.mapping(node, "milliseconds by knob") if node is not None else ():
            knob = self._knobs.get(key.value)
            if knob is None:
                advice = did_you_mean(key.value, self._knobs) or "knobs stand under `widen:` at the top"
                self._say("SG1062", f"there is no knob '{key.value}'", key.span, advice)
                continue
            for version in versions:
                if version not in knob.versions:
                    self._say("SG1067", f"knob '{key.value}' is not for Linux {version}", key.span, None)
            found[key.value] = self._milliseconds(value)
        return found

    def _signs(self, node: Node | None) -> tuple[str, ...]:
        found: list[str] = []
        for word in self._shapes.words(node, "what is seen") if node is not None else ():
            if word.value in SIGNS:
                found.append(word.value)
            else:
                advice = did_you_mean(word.value, SIGNS) or f"it is one of {', '.join(SIGNS)}"
                self._say("SG1061", f"nothing is seen by '{word.value}'", word.span, advice)
        return tuple(found)

    # ------------------------------------------------------------ edits

    def _edits(self, node: Node | None, versions: tuple[str, ...]) -> tuple[Edit, ...]:
        items = self._shapes.items(node, "a list of edits") if node is not None else ()
        return tuple(e for item in items if (e := self._edit(item, versions)) is not None)

    def _edit(self, node: Node, versions: tuple[str, ...]) -> Edit | None:
        fields = self._fields(node, "edit", ())
        own = self._versions(fields["for"]) if "for" in fields else ()
        for version in own:
            if version not in versions:
                self._say("SG1067", f"what this edit is part of is not for Linux {version}", fields["for"].span, None)
        file = self._file
        if "file" in fields:
            file = self._text(fields["file"], _PATH, "the path of a C file in the kernel tree")
        deed = self._one(node, [k for k in DEEDS if k in fields], DEEDS, "what it does")
        place = self._one(node, [k for k in ("function", "define") if k in fields], ("function", "define"), "where")
        if not file:
            self._say("SG203", "`file:` is missing", node.span, "an edit names it, or the top of the document")
        if not deed or not place or not file:
            return None
        statement = self._statement(fields["statement"]) if "statement" in fields else None
        if (statement is None) == (place == "function") and not self._found.failed:
            self._say("SG1061", f"an edit of a {place} {_LACKS[place]}", node.span, None)
        if place == "define" and deed != "value":
            self._say("SG1061", f"a macro has no `{deed}`", fields[deed].span, "give it another `value:`")
        argument = 0
        if "argument" in fields:
            text = self._text(fields["argument"], re.compile(r"[1-9]"), "the number of an argument, from 1")
            argument = int(text or 0)
            if deed != "value":
                self._say("SG1061", f"`{deed}` is not about an argument", fields["argument"].span, "give it a `value:`")
        name = self._text(fields[place], _FUNCTION if place == "function" else _WORD, f"the name of a {place}")
        function, macro = (name, "") if place == "function" else ("", name)
        return Edit(file, function, macro, statement, deed, self._code(deed, fields[deed]), argument, own, node.span)

    def _code(self, deed: str, node: Node) -> str:
        if deed == "remove":
            if not self._shapes.flag(node):
                self._say("SG1061", "`remove:` is `true`, or is not there", node.span, None)
            return ""
        if deed == "without":
            return " ".join(self._words(node))
        return self._shapes.prose(node, "C code")

    def _statement(self, node: Node) -> Selector | None:
        fields = self._fields(node, "statement", ())
        kind = self._one(node, [k for k in KINDS if k in fields], KINDS, "what kind it is")
        if not kind:
            return None
        given: tuple[str, ...] = ()
        for key, kinds in (("with", ("call", "each")), ("to", ("set",))):
            if key in fields and kind in kinds:
                given = self._words(fields[key])
            elif key in fields:
                text = f"`{key}:` goes with {' and '.join(f'`{k}`' for k in kinds)}, not with `{kind}`"
                self._say("SG1061", text, fields[key].span, None)
        inside = self._statement(fields["in"]) if "in" in fields else None
        return Selector(kind, self._words(fields[kind]), given, inside)

    def _words(self, node: Node) -> tuple[str, ...]:
        found: list[str] = []
        for word in self._shapes.words(node, "identifiers"):
            if _WORD.fullmatch(word.value):
                found.append(word.value)
            else:
                advice = "give its identifiers as a list: [ub, state]"
                self._say("SG1061", f"'{word.value[:40]}' is no identifier", word.span, advice)
        return tuple(found)

    def _one(self, node: Node, found: list[str], of: tuple[str, ...], what: str) -> str:
        if len(found) == 1:
            return found[0]
        if isinstance(node, YamlMapping):
            has = f"has {' and '.join(f'`{f}`' for f in found)}" if found else f"does not say {what}"
            self._say("SG1061", f"this {has}", node.span, f"it has one of {', '.join(of)}")
        return ""

    # ------------------------------------------------------------ shapes

    def _fields(self, node: Node | None, context: str, required: tuple[str, ...]) -> dict[str, Node]:
        if node is None:
            return {}
        article, known = ("an" if context[0] in "aeiou" else "a"), _KEYS[context]
        found: dict[str, Node] = {}
        meant: set[str | None] = set()
        for key, value in self._shapes.mapping(node, f"the keys of {article} {context}"):
            if key.value in known:
                found[key.value] = value
            else:
                advice = did_you_mean(key.value, known) or f"it has {', '.join(known)}"
                self._say("SG202", f"{article} {context} has no key '{key.value}'", key.span, advice)
                meant.add(closest(key.value, known))
        for name in required:
            if name not in found and name not in meant and isinstance(node, YamlMapping):
                self._say("SG203", f"`{name}:` is missing", node.span, f"{article} {context} needs it")
        return found

    def _named(self, node: Node | None, what: str) -> Iterator[tuple[Scalar, Node]]:
        for key, value in self._shapes.mapping(node, f"{what}s by name") if node is not None else ():
            if _NAME.fullmatch(key.value):
                yield key, value
            else:
                advice = "lower-case words joined by `-`, or `_`"
                self._say("SG205", f"'{key.value[:40]}' cannot be the name of a {what}", key.span, advice)

    def _versions(self, node: Node | None) -> tuple[str, ...]:
        found: list[str] = []
        for word in self._shapes.words(node, "kernel versions") if node is not None else ():
            if _VERSION.fullmatch(word.value):
                found.append(word.value)
            else:
                self._say("SG1061", f"'{word.value[:40]}' is no kernel series", word.span, "such as 6.1 or 6.12")
        return tuple(found)

    def _milliseconds(self, node: Node) -> int:
        text = self._text(node, re.compile(r"\d{1,6}"), "milliseconds")
        value = int(text or 0)
        if value > LONGEST:
            self._say("SG1068", f"{value:,} ms are too long", node.span, f"it takes from 0 to {LONGEST:,}")
        return value

    def _text(self, node: Node, form: re.Pattern[str], wanted: str) -> str:
        if isinstance(node, YamlSequence | YamlMapping) or node.empty:
            self._shapes.wrong(node, wanted)
            return ""
        if form.fullmatch(node.value) is None:
            self._say("SG1061", f"expected {wanted}, found '{node.value[:40]}'", node.span, None)
            return ""
        return node.value

    def _prose(self, fields: Mapping[str, Node], name: str) -> str:
        return self._shapes.prose(fields[name]) if name in fields else ""

    def _say(self, code: str, message: str, span: Span, help: str | None, *notes: Note) -> None:
        self._found.add(code, message, span, help=help, notes=notes)


_LACKS = {"function": "names a `statement:`", "define": "has no `statement:`"}
_FUNCTION = re.compile(r"\w+(?:\([\w, ]*\))?")
