"""YAML text to a tree of nodes in which every scalar is still text.

Only events are taken from PyYAML, so nothing is typed, resolved or merged behind the user's back; the parts
of YAML that a spec has no use for (anchors, aliases, tags, merge keys, several documents) are diagnostics.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from specgen.language import yamlerrors
from specgen.language.source import Diagnostics, Note, Source, Span

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 200_000

# libyaml's scanner is some twenty times faster; PyYAML may be installed without it.
_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)

# What YAML 1.1 or a terminal would take for a line end or a control: never part of a spec.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_TAB_INDENT = re.compile(r"^ *\t[ \t]*(?=\S)", re.MULTILINE)


class Scalar(NamedTuple):
    """A piece of text.

    Args:
        value: the text as YAML reads it (a plain scalar over several lines is folded).
        style: empty for plain, else ``'``, ``"``, ``|`` or ``>``.
        start, end: offsets into ``span.source.text``; of a plain scalar they hold its text as written.
        flow: whether it stands inside ``{}`` or ``[]``.
    """

    span: Span
    value: str
    style: str
    start: int
    end: int
    flow: bool

    @property
    def empty(self) -> bool:
        """Whether nothing at all is written here."""
        return not self.value and not self.style


class Sequence(NamedTuple):
    span: Span
    items: tuple[Node, ...]
    flow: bool


class Mapping(NamedTuple):
    """Keys are distinct; entries keep the order written."""

    span: Span
    entries: tuple[tuple[Scalar, Node], ...]
    flow: bool


Node = Scalar | Sequence | Mapping


def decode(path: str, data: bytes, diagnostics: Diagnostics) -> Source | None:
    """The text of a file, with line ends as ``\\n``; None if it is no text (then it is diagnosed).

    A byte order mark and line ends ``\\r\\n`` are accepted with a warning: positions are not affected.
    """
    if len(data) > MAX_BYTES:
        message = f"'{path}' is too large: the limit is {MAX_BYTES:,} bytes"
        diagnostics.add("SG104", message, None, help="split the spec with `include:`")
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _not_utf8(path, data, error.start, diagnostics)
        return None
    if text.startswith("\ufeff"):
        text = text[1:]
        mark = True
    else:
        mark = False
    crlf = text.find("\r\n")
    if crlf >= 0:
        text = text.replace("\r\n", "\n")
    source = Source(path, text)
    if mark:
        diagnostics.add(
            "SG119",
            "the file begins with a byte order mark",
            Span(source, 1, 1, 1, 2),
            help="save it as UTF-8 without one",
            severity="warning",
        )
    if crlf >= 0:
        diagnostics.add(
            "SG118",
            "lines end in CR LF",
            place(source, crlf, crlf + 1),
            help="save the file with line ends LF; hashes and diffs depend on them",
            severity="warning",
        )
    return source if _clean(source, diagnostics) else None


def place(source: Source, start: int, end: int) -> Span:
    """The span between two offsets of a text."""
    text = source.text
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    end_line, end_column = text.count("\n", 0, end) + 1, end - text.rfind("\n", 0, end)
    return Span(source, line, column, end_line, end_column)


def _not_utf8(path: str, data: bytes, start: int, diagnostics: Diagnostics) -> None:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    source = Source(path, data.decode("utf-8", "replace").replace("\r\n", "\n"))
    before = data[:start].decode("utf-8").replace("\r\n", "\n")
    span = place(source, len(before), len(before) + 1)
    what = "it looks like UTF-16" if wide else f"byte 0x{data[start]:02x} at offset {start}"
    diagnostics.add("SG102", f"the file is not UTF-8: {what}", span, help="save it as UTF-8")


def _clean(source: Source, diagnostics: Diagnostics) -> bool:
    found = FORBIDDEN.search(source.text)
    if found is not None:
        diagnostics.add(
            "SG103",
            f"control character U+{ord(found[0]):04X}",
            place(source, found.start(), found.end()),
            help="remove it; a spec is text, with line ends LF",
        )
    return found is None


def parse(source: Source, diagnostics: Diagnostics) -> Mapping | None:
    """The mapping a spec file consists of; None if there is none that can be read further.

    None always comes with an error. Duplicate keys, anchors and tags are diagnosed too, but the tree without
    them is returned, so that what else is wrong is shown in the same run.
    """
    builder = _Builder(source, diagnostics)
    try:
        root = builder.build()
    except yaml.YAMLError as error:
        yamlerrors.report(source, error, diagnostics)
        return None
    except _Stop:
        return None
    _tabs(source, builder.verbatim, diagnostics)
    if root is None or (isinstance(root, Scalar) and root.empty):
        diagnostics.add(
            "SG105", "the file is empty", Span(source, 1, 1, 1, 1), help="a spec begins with `spec:`"
        )
        return None
    if not isinstance(root, Mapping):
        diagnostics.add(
            "SG105", "a spec file is a mapping of sections", root.span, help="it begins with a line `spec:`"
        )
        return None
    return None if builder.fatal else root


def _tabs(source: Source, verbatim: list[tuple[int, int]], diagnostics: Diagnostics) -> None:
    starts = [start for start, _ in verbatim]
    for found in _TAB_INDENT.finditer(source.text):
        before = bisect_right(starts, found.start()) - 1
        if before < 0 or found.start() >= verbatim[before][1]:
            yamlerrors.tab(source, found.end() - 1, diagnostics)


class _Stop(Exception):
    """A limit is passed: reading on makes no sense."""


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that has begun; a mapping's children are keys and values in turn."""

    event: Any
    children: list[Node] = field(default_factory=list)


class _Builder:
    """Builds nodes from events, on a stack of its own: no input makes it recurse."""

    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.source = source
        self.diagnostics = diagnostics
        self.fatal = False
        self.verbatim: list[tuple[int, int]] = []
        self.count = 0
        self.stack: list[_Open] = []

    def build(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events():
            if isinstance(event, yaml.ScalarEvent):
                node: Node = self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
                continue
            elif isinstance(event, yaml.CollectionEndEvent):
                node = self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                node = self._alias(event)
            else:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    self._document(event, documents)
                continue
            if self.stack:
                self.stack[-1].children.append(node)
            else:
                root = node
        return root

    def _events(self) -> Iterator[Any]:
        loader = _LOADER(self.source.text)
        try:
            while loader.check_event():
                yield loader.get_event()
        finally:
            loader.dispose()

    def _span(self, start: Any, end: Any) -> Span:
        return Span(self.source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _document(self, event: Any, number: int) -> None:
        span = self._span(event.start_mark, event.end_mark)
        if number > 1:
            advice = "a spec file is one document: remove the `---`"
            self.diagnostics.add("SG108", "a second document begins here", span, help=advice)
            raise _Stop
        if event.version or event.tags:
            advice = "remove the line that begins with `%`"
            self.diagnostics.add("SG117", "a YAML directive", span, help=advice)

    def _counted(self, event: Any) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            span = self._span(event.start_mark, event.end_mark)
            self.diagnostics.add("SG104", f"the file has more than {MAX_NODES:,} values", span)
            raise _Stop

    def _properties(self, event: Any) -> None:
        """Anchor and tag: neither has a place in a spec."""
        mark = event.start_mark
        span = self._span(mark, mark)._replace(end_column=mark.column + 2)
        if event.anchor is not None:
            self.diagnostics.add(
                "SG110",
                f"an anchor, `&{event.anchor}`",
                span,
                help="a spec has no anchors; write shared parts as a definition, type or procedure",
            )
        if event.tag is not None:
            written = self.source.text[mark.index : mark.index + 20].split()[0]
            self.diagnostics.add(
                "SG112",
                f"`{written}` is read as a YAML tag",
                span,
                help="`!` has no place here; negation is written `not`",
            )

    def _scalar(self, event: Any) -> Scalar:
        self._counted(event)
        start, end = event.start_mark, event.end_mark
        style = event.style or ""
        if event.anchor is not None or event.tag is not None:
            self._properties(event)
        value = event.value
        flow = bool(self.stack) and self.stack[-1].event.flow_style
        span = Span(self.source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        if style:
            self.verbatim.append((start.index, end.index))
        elif value:
            text = self.source.text
            if text.startswith("#", end.index + 1) and text[end.index] in " \t":
                self._cut(end)
        return Scalar(span, value, style, start.index, end.index, flow)

    def _cut(self, end: Any) -> None:
        span = Span(self.source, end.line + 1, end.column + 2, end.line + 1, end.column + 3)
        self.diagnostics.add(
            "SG114",
            "YAML cuts the text here: ` #` begins a comment",
            span,
            help="put two spaces before the `#` of a comment, or the whole text in quotes if it is prose",
        )

    def _alias(self, event: Any) -> Scalar:
        self._counted(event)
        span = self._span(event.start_mark, event.end_mark)
        self.diagnostics.add(
            "SG111",
            f"`*{event.anchor}` is read as a YAML alias",
            span,
            help="a spec has no aliases, and expressions no `*`",
        )
        self.fatal = True
        return Scalar(span, "", "", event.start_mark.index, event.end_mark.index, False)

    def _begin(self, event: Any) -> None:
        self._counted(event)
        if event.anchor is not None or event.tag is not None:
            self._properties(event)
        if len(self.stack) >= MAX_DEPTH:
            span = self._span(event.start_mark, event.end_mark)
            self.diagnostics.add("SG104", f"nested more than {MAX_DEPTH} deep", span)
            raise _Stop
        self.stack.append(_Open(event))

    def _end(self, event: Any) -> Node:
        opened = self.stack.pop()
        start, children = opened.event.start_mark, opened.children
        flow = bool(opened.event.flow_style)
        # A block collection's end mark is the next token, lines away: take its last child's end.
        if flow or not children:
            span = self._span(start, event.end_mark)
        else:
            last = children[-1].span
            span = Span(self.source, start.line + 1, start.column + 1, last.end_line, last.end_column)
        if isinstance(opened.event, yaml.SequenceStartEvent):
            return Sequence(span, tuple(children), flow)
        return Mapping(span, self._entries(children, flow), flow)

    def _entries(self, children: list[Node], flow: bool) -> tuple[tuple[Scalar, Node], ...]:
        found: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                message = "a key is a word or an expression, not a list or mapping"
                self.diagnostics.add("SG116", message, key.span)
                self.fatal = True
                continue
            if key.value == "<<" and not key.style:
                advice = "a spec has no merge keys; write the entries out"
                self.diagnostics.add("SG113", "a YAML merge key", key.span, help=advice)
                self.fatal = True
                continue
            if flow and isinstance(value, Scalar) and value.empty:
                yamlerrors.flow_cut(key.span, self.diagnostics)
                self.fatal = True
            same = " ".join(key.value.split())
            if same in found:
                self._duplicate(key, found[same][0])
            else:
                found[same] = (key, value)
        return tuple(found.values())

    def _duplicate(self, key: Scalar, first: Scalar) -> None:
        advice = "a key may stand only once in a mapping: merge the two or rename one"
        if key.value == "else":
            advice = "`else` may stand only once in a mapping: write the second as `if not ...`"
        elif key.value == "do":
            advice = "give one `do:` a list of calls"
        self.diagnostics.add(
            "SG109",
            f"`{key.value}` stands twice in this mapping",
            key.span,
            help=advice,
            notes=(Note("first here", first.span),),
        )
