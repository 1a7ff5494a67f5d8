"""Reads nodes as mappings with known keys, lists, prose, flags and names; says what does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from specgen.language.keys import KEYS, OVERLAID
from specgen.language.lexer import RESERVED
from specgen.language.names import closest, did_you_mean
from specgen.language.source import Diagnostics, Note, Span
from specgen.language.yamlnodes import Mapping, Node, Scalar, Sequence

Entries = tuple[tuple[Scalar, Node], ...]
Fields = dict[str, tuple[Scalar, Node]]


def describe(node: Node) -> str:
    """What a node is, for a message."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if node.empty else "a text"


class Shapes:
    """The lowest layer of the reader. Every method diagnoses what is wrong and returns something usable."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics

    def wrong(self, node: Node, wanted: str, advice: str | None = None) -> None:
        """``node`` is not what its place wants."""
        if isinstance(node, Scalar) and not node.value.strip():
            code, message = "SG208", f"nothing stands here, where {wanted} should be"
            indent = "what belongs to it stands below it, indented further"
            advice = indent if advice is None else f"{indent} ({advice})"
        else:
            code, message = "SG204", f"expected {wanted}, found {describe(node)}"
        self.diagnostics.add(code, message, node.span, help=advice)

    def mapping(self, node: Node, wanted: str, advice: str | None = None) -> Entries:
        """The entries of a mapping; none after an error."""
        if isinstance(node, Mapping):
            return node.entries
        self.wrong(node, wanted, advice)
        return ()

    def fields(self, node: Node, context: str, required: tuple[str, ...] = ()) -> Fields:
        """The entries of a mapping whose keys are those of :data:`KEYS` for ``context``."""
        if not isinstance(node, Mapping):
            article = "an" if context[0] in "aeiou" else "a"
            empty = "write `{}` if it has no keys" if isinstance(node, Scalar) and node.empty else None
            self.wrong(node, f"the keys of {article} {context}", empty if not required else None)
            return {}
        known = KEYS[context]
        found: Fields = {}
        meant: set[str | None] = set()
        for key, value in node.entries:
            if key.value in known or (context == "revision" and key.value in OVERLAID):
                found[key.value] = (key, value)
            else:
                self.unknown(key, context)
                meant.add(closest(key.value, known))
        for name in required:
            if name not in found and name not in meant:
                article = "an" if context[0] in "aeiou" else "a"
                self.diagnostics.add(
                    "SG203", f"`{name}:` is missing", node.span, help=f"{article} {context} needs it"
                )
        return found

    def unknown(self, key: Scalar, context: str) -> None:
        """A key that its place does not have."""
        known = [*KEYS[context], *(OVERLAID if context == "revision" else ())]
        advice = did_you_mean(key.value, known)
        if context == "spec file":
            code, message = "SG201", f"there is no section '{key.value}'"
        else:
            article = "an" if context[0] in "aeiou" else "a"
            code, message = "SG202", f"{article} {context} has no key '{key.value}'"
        self.diagnostics.add(code, message, key.span, help=advice or f"it has {', '.join(known)}")

    def prose(self, node: Node, wanted: str = "a text") -> str:
        """Text for people, in any style of YAML, without surrounding blank lines."""
        text = node.value.strip() if isinstance(node, Scalar) else ""
        if not text:
            self.wrong(node, wanted)
        return text

    def flag(self, node: Node) -> bool:
        """``true`` or ``false``."""
        if isinstance(node, Scalar) and not node.style and node.value in ("true", "false"):
            return node.value == "true"
        if isinstance(node, Scalar) and not node.empty:
            message = f"expected `true` or `false`, found '{node.value[:40]}'"
            self.diagnostics.add("SG210", message, node.span, help="these two words are all there is")
        else:
            self.wrong(node, "`true` or `false`")
        return False

    def items(self, node: Node, wanted: str) -> tuple[Node, ...]:
        """The items of a list; a lone text is a list of one."""
        if isinstance(node, Sequence):
            return node.items
        if isinstance(node, Scalar) and not node.empty:
            return (node,)
        self.wrong(node, wanted)
        return ()

    def words(self, node: Node, wanted: str) -> Iterator[Scalar]:
        """The texts of a list; a lone text is a list of one."""
        for item in self.items(node, wanted):
            if isinstance(item, Scalar) and not item.empty:
                yield item
            else:
                self.wrong(item, wanted)

    def name(self, scalar: Scalar, pattern: re.Pattern[str], what: str) -> bool:
        """Whether a text is a name of the given form and no word of the language."""
        return self.name_text(scalar.value, scalar.span, pattern, what)

    def name_text(self, text: str, span: Span, pattern: re.Pattern[str], what: str) -> bool:
        """As :meth:`name`, for a part of a text."""
        if not pattern.fullmatch(text):
            advice = "letters, digits and `_`, beginning with a letter"
            if "(" in text:
                advice += "; parameters stand under `params:`"
            shown = text if len(text) <= 40 else text[:37] + "..."
            self.diagnostics.add("SG205", f"'{shown}' cannot be the name of {what}", span, help=advice)
            return False
        if text in RESERVED:
            self.diagnostics.add(
                "SG206", f"'{text}' is a word of the language", span, help="choose another name"
            )
            return False
        return True

    def taken(self, name: str, span: Span, first: Span, what: str) -> None:
        """A second entry of one name."""
        self.diagnostics.add(
            "SG207",
            f"{what} '{name}' is declared twice",
            span,
            help="rename one or remove it",
            notes=(Note("first here", first),),
        )
