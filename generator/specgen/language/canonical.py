"""A document as text in the language itself: one revision as one effective spec, always spelled the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from specgen.language import unparse
from specgen.language.document import (
    Action,
    Actor,
    Cited,
    Constant,
    Definition,
    Document,
    Expectation,
    Liveness,
    Named,
    Parameter,
    Procedure,
    Process,
    Revision,
    Variable,
)
from specgen.language.reader import BASE
from specgen.language.syntax import Effect, RecordType, TypeExpr
from specgen.language.yamlnodes import FORBIDDEN

T = TypeVar("T")

# Text that reads the same without quotes; single spaces only, and neither `:` nor `#`.
_SIGNS = r"A-Za-z0-9_()./,+=<>;^$~@`'\"|&*!?%-"
_BARE = re.compile(rf"[A-Za-z0-9_(][{_SIGNS}]*(?: [{_SIGNS}]+)*")
_FLOW = re.compile(r"[A-Za-z0-9_.() +-]+")


def render(document: Document, *, with_revision: bool = True) -> str:
    """The document as a spec file.

    Loading it gives an equivalent document: the same entries in the same order, other positions.

    Args:
        document: one revision, or the base.
        with_revision: end with an entry of ``revisions`` that has no changes, so that title, citations shown
            and expectations survive; never for the document without a revision.
    """
    writer = _Writer()
    writer.document(document)
    if with_revision and document.revision.name != BASE:
        writer.revision(document.revision)
    return "\n".join(writer.lines) + "\n"


class _Writer:
    """Collects lines. ``level`` counts indentations of two spaces."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, level: int, text: str) -> None:
        self.lines.append("  " * level + text)

    def prose(self, level: int, key: str, text: str) -> None:
        """``key: text``, as a block scalar if it has several lines."""
        lines = text.split("\n")
        if len(lines) > 1 and text == text.strip() and not FORBIDDEN.search(text):
            self.line(level, f"{key}: |-")
            for line in lines:
                self.lines.append(("  " * (level + 1) + line) if line else "")
        else:
            self.line(level, f"{key}: {quoted(text)}")

    def some(self, level: int, key: str, text: str | None) -> None:
        """As :meth:`prose`, where there is any."""
        if text:
            self.prose(level, key, text)

    def listed(self, level: int, key: str, values: tuple[str, ...]) -> None:
        """``key: value``, or a list of several."""
        if len(values) == 1:
            self.line(level, f"{key}: {quoted(values[0])}")
        elif values:
            self.line(level, f"{key}:")
            for value in values:
                self.line(level + 1, f"- {quoted(value)}")

    # ------------------------------------------------------------ sections

    def document(self, document: Document) -> None:
        self.line(0, "spec:")
        self.line(1, f"name: {quoted(document.name)}")
        self.some(1, "title", document.title)
        self.some(1, "about", document.about)
        self.section("sources", document.sources, self.cited)
        self.section("constants", document.constants, self.constant)
        self.types(document.types)
        self.section("variables", document.variables, self.variable)
        self.section("init", document.init, self.named)
        self.section("definitions", document.definitions, self.definition)
        self.section("procedures", document.procedures, self.procedure)
        self.section("actors", document.actors, self.actor)
        self.section("actions", document.actions, self.action)
        self.processes(document)
        self.section("invariants", document.invariants, self.named)
        self.section("covers", document.covers, self.named)
        self.section("always_possible", document.always_possible, self.named)
        self.section("terminal", document.terminal, self.named)
        self.section("liveness", document.liveness, self.liveness)
        self.section("observations", document.observations, self.observation)
        for name, kept in (("code", document.code), ("generate", document.generate)):
            if kept:
                self.line(0, "")
                self.plain(0, name, kept)

    def section(self, name: str, entries: Mapping[str, T], write: Callable[[int, T], None]) -> None:
        if entries:
            self.line(0, "")
            self.line(0, f"{name}:")
            for entry in entries.values():
                write(1, entry)

    def cited(self, level: int, cited: Cited) -> None:
        self.line(level, f"{cited.name}:")
        self.prose(level + 1, "title", cited.title)
        self.some(level + 1, "file", cited.file)
        if cited.steps:
            self.line(level + 1, "steps:")
            for step, text in cited.steps.items():
                self.prose(level + 2, quoted(step), text)

    def constant(self, level: int, constant: Constant) -> None:
        if constant.declaration is None:
            value = unparse.expression_text(constant.value)
        else:
            value = unparse.declaration_text(constant.declaration)
        self._with_about(level, constant.name, "value", value, constant.about)

    def _with_about(self, level: int, name: str, key: str, value: str, about: str) -> None:
        if about:
            self.line(level, f"{name}:")
            self.line(level + 1, f"{key}: {value}")
            self.prose(level + 1, "about", about)
        else:
            self.line(level, f"{name}: {value}")

    def types(self, types: dict[str, TypeExpr]) -> None:
        if not types:
            return
        self.line(0, "")
        self.line(0, "types:")
        for name, written in types.items():
            if isinstance(written, RecordType):
                self.line(1, f"{name}:")
                for field, declaration in written.fields.items():
                    self.line(2, f"{field}: {unparse.declaration_text(declaration)}")
            else:
                self.line(1, f"{name}: {unparse.type_text(written)}")

    def variable(self, level: int, variable: Variable) -> None:
        text = unparse.declaration_text(variable.declaration)
        self._with_about(level, variable.name, "type", text, variable.about)

    def named(self, level: int, named: Named) -> None:
        self._with_about(level, named.name, "expr", unparse.expression_text(named.expr), named.about)

    def nameds(self, level: int, key: str, entries: tuple[Named, ...]) -> None:
        if entries:
            self.line(level, f"{key}:")
            for entry in entries:
                self.named(level + 1, entry)

    def definition(self, level: int, definition: Definition) -> None:
        text = unparse.expression_text(definition.expr)
        self._with_about(level, _head(definition.name, definition.params), "expr", text, definition.about)

    def observation(self, level: int, observation: Definition) -> None:
        text = unparse.expression_text(observation.expr)
        if not observation.params:
            self._with_about(level, observation.name, "expr", text, observation.about)
            return
        self.line(level, f"{observation.name}:")
        self.some(level + 1, "about", observation.about)
        self.params(level + 1, "params", observation.params)
        self.line(level + 1, f"expr: {text}")

    def actor(self, level: int, actor: Actor) -> None:
        flags = [word for word in ("sequential", "controllable") if getattr(actor, word)]
        traits = [f"{word}: true" for word in flags] + ([] if actor.fair else ["fair: false"])
        if actor.about:
            self.line(level, f"{actor.name}:")
            self.prose(level + 1, "about", actor.about)
            for trait in traits:
                self.line(level + 1, trait)
        else:
            self.line(level, f"{actor.name}: {{{', '.join(traits)}}}")

    def liveness(self, level: int, liveness: Liveness) -> None:
        self.line(level, f"{liveness.name}:")
        self.some(level + 1, "about", liveness.about)
        self.line(level + 1, f"when: {unparse.expression_text(liveness.when)}")
        self.line(level + 1, f"eventually: {unparse.expression_text(liveness.eventually)}")

    # ------------------------------------------------------------ steps

    def _begin(self, level: int, item: Action | Process | Procedure, head: str) -> int:
        """The head and the keys that all of them have; returns where the keys end so far."""
        self.line(level, f"{head}:")
        begun = len(self.lines)
        self.some(level + 1, "about", item.about)
        if not isinstance(item, Procedure):
            self.some(level + 1, "actor", item.actor)
        self.listed(level + 1, "code", item.code)
        self.listed(level + 1, "cites", tuple(f"{c.source} {c.step}" for c in item.cites))
        if not isinstance(item, Procedure):
            self.params(level + 1, "params", item.params)
        return begun

    def params(self, level: int, key: str, params: tuple[Parameter, ...]) -> None:
        if not params:
            return
        texts = [(p.name, unparse.type_text(p.type)) for p in params if p.type is not None]
        if all(_FLOW.fullmatch(text) for _, text in texts):
            self.line(level, f"{key}: {{{', '.join(f'{name}: {text}' for name, text in texts)}}}")
        else:
            self.line(level, f"{key}:")
            for name, text in texts:
                self.line(level + 1, f"{name}: {text}")

    def action(self, level: int, action: Action) -> None:
        begun = self._begin(level, action, action.name)
        self.params(level + 1, "each", action.each)
        if action.in_order:
            self.line(level + 1, "in_order: true")
        self.nameds(level + 1, "guard", action.guards)
        self._end(level, begun, action, action.effect)

    def procedure(self, level: int, procedure: Procedure) -> None:
        begun = self._begin(level, procedure, _head(procedure.name, procedure.params))
        self._end(level, begun, procedure, procedure.effect)

    def _end(self, level: int, begun: int, item: Action | Procedure, effect: Effect) -> None:
        self.nameds(level + 1, "assert", item.asserts)
        self.nameds(level + 1, "check", item.checks)
        if effect:
            self.line(level + 1, "effect:")
            for deeper, text in unparse.effect_lines(effect):
                self.line(level + 2 + deeper, text)
        if len(self.lines) == begun:
            self.lines[-1] += " {}"

    def processes(self, document: Document) -> None:
        every = [(p, False) for p in document.processes.values()]
        every += [(p, True) for n, p in document.removed_processes.items() if n not in document.processes]
        if every:
            self.line(0, "")
            self.line(0, "processes:")
        for process, removed in every:
            self._begin(1, process, process.name)
            if process.called:
                self.line(2, "called: true")
            if removed:
                self.line(2, "removed: true")
            self.line(2, "steps:")
            for step in process.steps:
                self.action(3, step)

    # ------------------------------------------------------------ the rest

    def plain(self, level: int, key: str, value: object) -> None:
        """Text, lists and mappings kept as written."""
        if isinstance(value, dict) and value:
            self.line(level, f"{key}:")
            for name, member in value.items():
                self.plain(level + 1, quoted(str(name)), member)
        elif isinstance(value, list) and value:
            self.line(level, f"{key}:")
            for member in value:
                self.item(level + 1, member)
        else:
            self.line(level, f"{key}: {_empty(value) or quoted(str(value))}")

    def item(self, level: int, value: object) -> None:
        """One item of a list."""
        if isinstance(value, (dict, list)) and value:
            at = len(self.lines)
            if isinstance(value, dict):
                for name, member in value.items():
                    self.plain(level + 1, quoted(str(name)), member)
            else:
                for member in value:
                    self.item(level + 1, member)
            # The first line of the item carries the dash.
            first = self.lines[at]
            self.lines[at] = "  " * level + "- " + first[2 * (level + 1) :]
        else:
            self.line(level, f"- {_empty(value) or quoted(str(value))}")

    def revision(self, revision: Revision) -> None:
        self.line(0, "")
        self.line(0, "revisions:")
        self.line(1, f"{revision.name}:")
        begun = len(self.lines)
        for key in ("title", "date", "source", "about", "cites"):
            self.some(2, key, getattr(revision, key))
        if revision.expect:
            self.line(2, "expect:")
            for expectation in revision.expect:
                self.line(3, f"{expectation.property}: {verdict(expectation)}")
        if len(self.lines) == begun:
            self.lines[-1] += " {}"


def verdict(expectation: Expectation) -> str:
    """The verdict as the spec puts it: ``violated in 15``."""
    if expectation.depth is None:
        return expectation.word
    joint = "after" if expectation.word == "impossible" else "in"
    return f"{expectation.word} {joint} {expectation.depth}"


def quoted(text: str) -> str:
    """Text as a YAML scalar: bare where that is safe, else in double quotes."""
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + FORBIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'


def _head(name: str, params: tuple[Parameter, ...]) -> str:
    return f"{name}({', '.join(param.name for param in params)})" if params else name


def _empty(value: object) -> str:
    if isinstance(value, dict):
        return "{}"
    return "[]" if isinstance(value, list) else ""
