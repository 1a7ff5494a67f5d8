"""What `change:` does to an action, a step, a procedure or a process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from specgen.language import declarations, unparse
from specgen.language.document import Action, Named, Parameter, Procedure, Process
from specgen.language.names import did_you_mean
from specgen.language.reader import Reader
from specgen.language.shapes import Fields
from specgen.language.source import Note, Span
from specgen.language.syntax import Assign, Do, Effect, For, If, Statement
from specgen.language.yamlnodes import Mapping, Node, Scalar, Sequence

Item = TypeVar("Item", Action, Procedure, Process)

_CONDITIONS = {"guard": "guards", "assert": "asserts", "check": "checks"}
_FORBIDDEN = {
    "action": ("each", "in_order", "called"),
    "step": ("called",),
    "procedure": ("guard", "add_guard", "drop_guard", "actor", "each", "in_order", "called"),
    "process": (
        *("guard", "assert", "check", "add_guard", "add_assert", "add_check", "drop_guard", "drop_assert"),
        *("drop_check", "effect", "add_effect", "each", "in_order"),
    ),
}


class Amender:
    """Applies the keys below one path of ``change:``."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.diagnostics = reader.diagnostics

    def amend(self, item: Item, kind: str, path: Span, node: Node) -> Item:
        """The item with the changes made; the same item where there are none.

        Args:
            item: as the base has it.
            kind: action, step, procedure or process.
            path: where the revision names the item.
            node: what stands below the path.
        """
        fields = self.reader.fields(node, "changed step")
        for key in _FORBIDDEN[kind]:
            if key in fields:
                place = fields.pop(key)[0].span
                advice = "name one of its steps: `process.step`" if kind == "process" else None
                message = f"{'an' if kind == 'action' else 'a'} {kind} has no `{key}` to change"
                self.diagnostics.add("SG509", message, place, help=advice)
        if isinstance(node, Mapping) and not node.entries:
            message = "this changes nothing"
            self.diagnostics.add("SG503", message, path, help="say below it what changes, or remove the path")
        if not isinstance(item, Process):
            for key, attribute in _CONDITIONS.items():
                if attribute != "guards" or isinstance(item, Action):
                    item = self._conditions(item, key, attribute, fields)
            item = self._effect(item, fields)
        return self._rest(item, fields)

    # ------------------------------------------------------------ guards, asserts, checks

    def _conditions(self, item: Item, key: str, attribute: str, fields: Fields) -> Item:
        old: tuple[Named, ...] = getattr(item, attribute)
        current = {named.name: named for named in old}
        touched: dict[str, Span] = {}
        if key in fields:
            for named in self.reader.nameds(fields[key][1], key):
                self._replace(key, current, named, touched)
        if f"drop_{key}" in fields:
            for word in self.reader.words(fields[f"drop_{key}"][1], f"the name of a {key}"):
                if self._known(key, word.value, word.span, current, touched):
                    del current[word.value]
        if f"add_{key}" in fields:
            for named in self.reader.nameds(fields[f"add_{key}"][1], key):
                self._add(key, current, named, touched)
        new: dict[str, Any] = {attribute: tuple(current.values())}
        return item if new[attribute] == old else replace(item, **new)

    def _replace(self, key: str, current: dict[str, Named], named: Named, touched: dict[str, Span]) -> None:
        if not self._known(key, named.name, named.span, current, touched):
            return
        old = current[named.name]
        if unparse.meaning(named) == unparse.meaning(old):
            self._same(f"{key} '{named.name}'", named.span, old.span)
        current[named.name] = named

    def _add(self, key: str, current: dict[str, Named], named: Named, touched: dict[str, Span]) -> None:
        if named.name in touched:
            self._twice(key, named.name, named.span, touched[named.name])
        elif named.name in current:
            self.diagnostics.add(
                "SG505",
                f"{key} '{named.name}' exists already",
                named.span,
                help=f"it is replaced by `{key}:`",
                notes=(Note("here", current[named.name].span),),
            )
        else:
            current[named.name] = named

    def _known(
        self,
        key: str,
        name: str,
        span: Span,
        current: dict[str, Named],
        touched: dict[str, Span],
    ) -> bool:
        if name in touched:
            self._twice(key, name, span, touched[name])
            return False
        if name not in current:
            advice = did_you_mean(name, current) or f"a new one is added by `add_{key}:`"
            self.diagnostics.add("SG504", f"there is no {key} '{name}' here", span, help=advice)
            return False
        touched[name] = span
        return True

    def _twice(self, key: str, name: str, span: Span, first: Span) -> None:
        self.diagnostics.add(
            "SG506",
            f"{key} '{name}' is changed twice",
            span,
            help=f"`{key}:` alone replaces it",
            notes=(Note("first here", first),),
        )

    def _same(self, what: str, span: Span, first: Span | None) -> None:
        notes = (Note("the same in the base", first),) if first is not None else ()
        message = f"this changes nothing: {what} is already so"
        self.diagnostics.add("SG503", message, span, help="remove it from the revision", notes=notes)

    # ------------------------------------------------------------ effects

    def _effect(self, item: Item, fields: Fields) -> Item:
        assert isinstance(item, Action | Procedure)
        effect = item.effect
        if "effect" in fields and "add_effect" in fields:
            self.diagnostics.add(
                "SG506",
                "`effect:` replaces the whole effect, so nothing is added to it",
                fields["add_effect"][0].span,
                help="write all of the new effect below `effect:`",
                notes=(Note("replaced here", fields["effect"][0].span),),
            )
        elif "effect" in fields:
            key, node = fields["effect"]
            effect = self.reader.effect(node)
            same = unparse.effect_lines(effect) == unparse.effect_lines(item.effect)
            if same and not self._wrong_within(key.span, node.span):
                self._same("the effect", key.span, item.effect[0].span if item.effect else item.span)
        elif "add_effect" in fields:
            added = self.reader.effect(fields["add_effect"][1])
            if not added:
                self._same("the effect", fields["add_effect"][0].span, None)
            effect = self._joined(effect, added)
        return item if effect == item.effect else replace(item, effect=effect)

    def _wrong_within(self, first: Span, last: Span) -> bool:
        """Whether something between two places is reported already: then what is left of it says nothing."""
        places = [d.span for d in self.diagnostics.items if d.span is not None and d.severity == "error"]
        return any(p.source is first.source and first.line <= p.line <= last.end_line for p in places)

    def _joined(self, effect: Effect, added: Effect) -> Effect:
        known = {_identity(statement): statement for statement in effect}
        joined = list(effect)
        for statement in added:
            old = known.get(_identity(statement))
            if old is None:
                joined.insert(_place(joined, statement), statement)
                continue
            self.diagnostics.add(
                "SG505",
                f"`{_identity(statement)}` exists already in this effect",
                statement.span,
                help="`effect:` replaces the whole effect",
                notes=(Note("here", old.span),),
            )
        return tuple(joined)

    # ------------------------------------------------------------ the other keys

    def _rest(self, item: Item, fields: Fields) -> Item:
        reader = self.reader
        plain: dict[str, Callable[[Node], object]] = {
            "about": reader.prose,
            "actor": reader.actor_name,
            "code": reader.code,
            "cites": reader.cites,
            "params": lambda node: self._params(item, node),
            "each": reader.params,
            "in_order": reader.flag,
            "called": reader.flag,
        }
        for key, read in plain.items():
            if key in fields:
                place, node = fields[key]
                sound = len(self.diagnostics.items)
                old, new = getattr(item, key), read(node)
                if len(self.diagnostics.items) == sound and unparse.meaning(new) == unparse.meaning(old):
                    self._same(f"`{key}`", place.span, item.span)
                changed: dict[str, Any] = {key: new}
                item = replace(item, **changed)
        return item

    def _params(self, item: Item, node: Node) -> tuple[Parameter, ...]:
        if not isinstance(item, Procedure):
            return self.reader.params(node)
        if not isinstance(node, Sequence):
            advice = "parameters of procedures have no types: `params: [g, t]`"
            self.reader.wrong(node, "a list of names", advice)
            return item.params
        words = [word for word in node.items if isinstance(word, Scalar)]
        heads = [declarations.head(word, self.diagnostics) for word in words]
        return self.reader.untyped(tuple(head[0] for head in heads if head is not None))


def _place(effect: list[Statement], added: Statement) -> int:
    """Where a new statement goes: to the end, but a call of a procedure to the calls there are."""
    calls = [number for number, statement in enumerate(effect) if isinstance(statement, Do)]
    return calls[-1] + 1 if isinstance(added, Do) and calls else len(effect)


def _identity(statement: Statement) -> str:
    """The key a statement has in its mapping; of a call the call, since one `do:` holds several."""
    if isinstance(statement, Assign | If | For):
        return unparse.statement_key(statement)
    if isinstance(statement, Do):
        return f"do: {unparse.expression_text(statement.call)}"
    return unparse.effect_lines((statement,))[0][1].partition(":")[0]


