"""Edits of C source that name a function and a statement, never a line and never a piece of the text.

A statement is told by its kind and by words (identifiers, numbers) that occur in it. There must be exactly one;
what was found instead is said. Code that an edit puts in is that of its author. ``$old`` in it stands for what
was there before, ``$ms`` for the value of a knob.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from specgen.kernel import csource
from specgen.kernel.csource import Body, Call, CSource, Function, Operand, Range, Statement, Write, ancestors
from specgen.language.names import did_you_mean
from specgen.language.source import Diagnostic, Note, Span, SpecError
from specgen.language.wording import plural

# What a statement may be told by, and which statements that are.
KINDS = ("if", "while", "for", "each", "switch", "case", "call", "set", "return", "goto", "label")
# What may be done with it.
DEEDS = ("remove", "condition", "without", "value", "before", "after", "replace")
SHOWN = 6  # statements listed in a message
OLD, MILLISECONDS = "$old", "$ms"


@dataclass(frozen=True, slots=True)
class Selector:
    """Tells one statement of a function.

    Args:
        kind: one of :data:`KINDS`: ``each`` is a loop made by a macro, ``call`` a statement that is a call,
            ``set`` an assignment, ``++`` or ``--``.
        words: that all occur in what is tested, in the name that is called, or in what is assigned.
        given: that all occur in the arguments of ``call`` and ``each``, or in the value of ``set``.
        inside: a statement that the one meant stands in.
    """

    kind: str
    words: tuple[str, ...]
    given: tuple[str, ...] = ()
    inside: Selector | None = None

    def __str__(self) -> str:
        text = f"{self.kind} {' '.join(self.words)}"
        if self.given:
            text += f" with {' '.join(self.given)}"
        return f"{text} in {self.inside}" if self.inside else text


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one statement, or of the value of one object-like macro.

    Args:
        file: in the kernel tree.
        function: in which the statement stands; with ``define``, empty.
        define: the macro whose value is changed, else empty.
        statement: None with ``define``.
        deed: one of :data:`DEEDS`.
        code: what is put in; of ``without`` the words of the operand that goes.
        argument: of a call, the one whose value is changed, from 1; else 0.
        versions: the kernel series that it is for; none means all that its mutant is for.
        span: where it is written.
    """

    file: str
    function: str
    define: str
    statement: Selector | None
    deed: str
    code: str
    argument: int
    versions: tuple[str, ...]
    span: Span

    def __str__(self) -> str:
        return f"{self.deed} {self.statement or self.define}"


def apply(edits: Sequence[Edit], texts: Mapping[str, str]) -> dict[str, str]:
    """The files that change, with all edits made one after another.

    Args:
        texts: by path in the tree, at least those that the edits name.

    Raises:
        SpecError: an edit's file, function, macro or statement is not there (SG1063, SG1064), or is not the
            only one (SG1065), or is of another form (SG1066).
    """
    changed: dict[str, str] = {}
    for edit in edits:
        text = changed.get(edit.file, texts.get(edit.file))
        if text is None:
            raise _error("SG1063", edit, f"there is no {edit.file} in this tree", "is this a kernel tree?")
        changed[edit.file] = _edited(csource.parse(text, edit.file), edit)
    return changed


def filled(edit: Edit, milliseconds: int) -> Edit:
    """An edit of a knob that is set to a value."""
    return replace(edit, code=edit.code.replace(MILLISECONDS, str(milliseconds)))


def _error(code: str, edit: Edit, message: str, help: str | None, notes: Sequence[str] = ()) -> SpecError:
    return SpecError((Diagnostic(code, message, edit.span, help, tuple(Note(n) for n in notes)),))


def _edited(source: CSource, edit: Edit) -> str:
    if edit.define:
        return _defined(source, edit)
    functions = source.named(edit.function)
    if not functions:
        advice = did_you_mean(edit.function, [f.name for f in source.functions])
        message = f"{source.path} has no function {edit.function}"
        raise _error("SG1063", edit, message, advice or "does the edit belong to this version of the kernel?")
    assert edit.statement is not None  # the reader sees to it
    found = [(f, s) for f in functions for s in selected(f, edit.statement)]
    if len(found) != 1:
        raise _not_one(source, edit, functions, found)
    function, statement = found[0]
    return _changed(source, edit, function, statement)


def _defined(source: CSource, edit: Edit) -> str:
    found = [d for d in source.defines if d.name == edit.define]
    if not found:
        advice = did_you_mean(edit.define, [d.name for d in source.defines])
        raise _error("SG1063", edit, f"{source.path} has no macro {edit.define}", advice)
    if len(found) > 1:
        lines = ", ".join(str(source.line(d.start)) for d in found)
        message = f"{source.path} defines {edit.define} {len(found)} times: lines {lines}"
        raise _error("SG1065", edit, message, "such a macro cannot be changed")
    place = Range(found[0].start, found[0].end)
    return _put(source.text, place, edit.code.replace(OLD, source.text[place.start : place.end]))


def _not_one(
    source: CSource, edit: Edit, functions: Sequence[Function], found: Sequence[tuple[Function, Statement]]
) -> SpecError:
    assert edit.statement is not None  # the caller has selected with it
    where = f"{edit.function} of {source.path}"
    if found:
        message = f"{len(found)} statements of {where} are `{edit.statement}`"
        listed = [_listed(source, s) for _, s in found]
        advice = "say more words of the one that is meant, or what it stands `in`"
        return _error("SG1065", edit, message, advice, _few(listed))
    kind = edit.statement.kind
    same = [s for f in functions for s in selected(f, Selector(kind, ()))]
    listed = [_listed(source, s) for s in same]
    message = f"no statement of {where} is `{edit.statement}`"
    has = f"it has {plural(len(same), 'statement')} of the kind `{kind}`" if same else f"it has no `{kind}` at all"
    return _error("SG1064", edit, message, has, _few(listed))


def _few(lines: Sequence[str]) -> list[str]:
    left = len(lines) - SHOWN
    return [*lines[:SHOWN], f"and {left} more"] if left > 0 else list(lines)


def _listed(source: CSource, statement: Statement) -> str:
    text = source.shown(Range(statement.start, statement.end))
    return f"line {statement.line}: {text if len(text) <= 90 else text[:87] + '...'}"


# ---------------------------------------------------------------- which statement


def selected(function: Function, selector: Selector) -> list[Statement]:
    """The statements of a function that a selector tells, in the order of the text."""
    body = function.body
    found = [s for s in body.statements if _is(function.source, body, s, selector)]
    if selector.inside is None:
        return found
    around = selected(function, selector.inside)
    return [s for s in found if any(a in around for a in ancestors(body, s))]


def _is(source: CSource, body: Body, statement: Statement, selector: Selector) -> bool:
    def has(place: Range | None, words: Sequence[str]) -> bool:
        return not words or (place is not None and set(words) <= set(source.words(place)))

    match selector.kind:
        case "each":
            named = not selector.words or selector.words == (statement.name,)
            return statement.kind == "macro" and named and has(statement.head, selector.given)
        case "call":
            call = called(body, statement)
            named = call is not None and (not selector.words or selector.words == (call.name,))
            return named and call is not None and has(_arguments(call), selector.given)
        case "set":
            write = written(body, statement)
            return write is not None and has(write.target, selector.words) and has(write.value, selector.given)
        case kind:
            return statement.kind == kind and has(statement.head, selector.words)


def called(body: Body, statement: Statement) -> Call | None:
    """The call that a statement is, if it is nothing else."""
    if statement.kind != "expression" or statement.head is None:
        return None
    return next((c for c in body.calls if (c.start, c.end) == statement.head), None)


def written(body: Body, statement: Statement) -> Write | None:
    """The assignment that a statement is, if it is nothing else; of a declaration, its value if it has one."""
    if statement.kind == "declaration":
        inside = [w for w in body.writes if w.declares and statement.start <= w.start and w.end <= statement.end]
        return inside[0] if len(inside) == 1 else None
    if statement.kind != "expression" or statement.head is None:
        return None
    return next((w for w in body.writes if (w.start, w.end) == statement.head), None)


def _arguments(call: Call) -> Range | None:
    return Range(call.arguments[0].start, call.arguments[-1].end) if call.arguments else None


# ---------------------------------------------------------------- what is done


def _changed(source: CSource, edit: Edit, function: Function, statement: Statement) -> str:
    text, whole = source.text, Range(statement.start, statement.end)
    match edit.deed:
        case "remove":
            return _put(text, _without_label(function, statement), ";")
        case "replace":
            return _put(text, _without_label(function, statement), _block(edit.code, _indentation(text, whole)))
        case "before" | "after":
            return _beside(source, edit, function, statement)
        case "without":
            return _dropped(source, edit, function, statement)
        case _:
            place = _part(edit, function, statement)
            return _put(text, place, edit.code.replace(OLD, source.shown(place)))


def _put(text: str, place: Range, code: str) -> str:
    return text[: place.start] + code + text[place.end :]


def _without_label(function: Function, statement: Statement) -> Range:
    """Of a labelled statement what is labelled: a label that is jumped to must stay."""
    if statement.kind != "label":
        return Range(statement.start, statement.end)
    inner = [s for s in function.body.statements if s.parent is not None]
    inner = [s for s in inner if function.body.statements[s.parent or 0] == statement]
    return Range(inner[0].start, inner[0].end) if inner else Range(statement.end, statement.end)


def _part(edit: Edit, function: Function, statement: Statement) -> Range:
    """The condition, value or argument that is replaced."""
    body, place = function.body, statement.head
    if edit.deed == "condition":
        if statement.kind in ("if", "while", "switch") and place is not None:
            return place
        raise _form(edit, "only `if`, `while` and `switch` have a condition that can be replaced")
    call, write = called(body, statement), written(body, statement)
    if call is not None:
        if not 1 <= edit.argument <= len(call.arguments):
            raise _form(edit, f"{call.name} is called with {plural(len(call.arguments), 'argument')}")
        return call.arguments[edit.argument - 1]
    if write is not None and write.value is not None:
        return write.value
    if statement.kind == "return" and place is not None:
        return place
    raise _form(edit, "this statement has no value that can be replaced")


def _form(edit: Edit, message: str) -> SpecError:
    return _error("SG1066", edit, message, f"the edit is `{edit}`")


def _dropped(source: CSource, edit: Edit, function: Function, statement: Statement) -> str:
    words = set(edit.code.split())
    if statement.head is None:
        raise _form(edit, "this statement has no condition")

    def fits(operand: Operand) -> bool:
        place = Range(operand.start, operand.end)
        assert statement.head is not None  # tested above
        return statement.head.holds(operand.whole) and words <= set(source.words(place))

    found = sorted((o for o in function.body.operands if fits(o)), key=lambda o: o.end - o.start)
    shown = source.shown(statement.head)
    if not found:
        raise _form(edit, f"no operand of && or || in `{shown}` has {' '.join(sorted(words))}")
    least = found[0]
    rest = source.text[least.other.start : least.other.end]
    return _put(source.text, least.whole, rest)


def _beside(source: CSource, edit: Edit, function: Function, statement: Statement) -> str:
    """Code before or behind a statement.

    Both are put in braces where the statement stands alone under ``if``, ``else`` or a loop, so that they stay
    together; a label stays in front of both.
    """
    place = _without_label(function, statement)
    text, indentation = source.text, _indentation(source.text, place)
    old, code = text[place.start : place.end], _block(edit.code, indentation)
    both = (code, old) if edit.deed == "before" else (old, code)
    if statement.kind == "case" or (statement.kind == "declaration" and edit.deed == "before"):
        raise _form(edit, f"no code can stand {edit.deed} a {statement.kind}")
    joined = f"\n{indentation}".join(both)
    parent = function.body.statements[statement.parent] if statement.parent is not None else None
    if parent is not None and parent.kind not in ("block", "case", "label"):
        joined = f"{{ {joined} }}"
    return _put(text, place, joined)


def _indentation(text: str, place: Range) -> str:
    line = text[text.rfind("\n", 0, place.start) + 1 : place.start]
    return line[: len(line) - len(line.lstrip())]


def _block(code: str, indentation: str) -> str:
    return f"\n{indentation}".join(code.strip("\n").split("\n"))
