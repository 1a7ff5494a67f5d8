"""What ``interface.py`` says: the actions of all revisions as methods, and data that tests need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from specgen.language.source import Diagnostic, SpecError
from specgen.testgen import pytest_text as text
from specgen.testgen.harness.names import Value, argument, method, shown
from specgen.testgen.vocabulary import Verb, Vocabulary


@dataclass(frozen=True, slots=True)
class Method:
    """One action as a method; ``head`` are the lines of its signature."""

    name: str
    head: list[str]
    docstring: list[str]


def module(revision: str) -> str:
    """A revision as a part of a module's name."""
    return re.sub(r"\W", "_", revision)


def about(words: Sequence[Vocabulary]) -> str:
    return words[0].spec


def methods(words: Sequence[Vocabulary]) -> list[Method]:
    """A method per action name of any revision, in the order in which they come up.

    Raises:
        SpecError: two names become one.
    """
    verbs: dict[str, list[Verb]] = {}
    for it in words:
        for verb in it.verbs:
            verbs.setdefault(verb.name, []).append(verb)
    problems = [
        *_collisions("revisions", "module", ((w.revision, module(w.revision)) for w in words)),
        *_collisions("actions", "method", ((name, method(name)) for name in verbs)),
    ]
    found = []
    for name, same in verbs.items():
        params = _params(same)
        problems += _collisions(f"parameters of {name}", "argument", ((p, argument(p)) for p in params))
        found.append(_method(name, same, params))
    if problems:
        raise SpecError(tuple(problems))
    return found


def observables(words: Sequence[Vocabulary]) -> list[str]:
    """What is seen, with all its values, a line each."""
    values: dict[str, dict[tuple[type, Value], Value]] = {}
    for it in words:
        for name, own in it.observables:
            values.setdefault(name, {}).update({(type(value), value): value for value in own})
    told = [f"{shown(name)}: {_either(own.values())}" for name, own in values.items()]
    return [line for one in told for line in text.prose(one, "", "    ")]


def optional(words: Sequence[Vocabulary]) -> list[str]:
    """What an adapter may have beside its actions, with the names that matter there."""
    names: dict[str, dict[str, None]] = {}
    for it in words:
        for kind, name in it.properties:
            names.setdefault(kind, {})[name] = None
    asserts, checks = names.get("assert", {}), names.get("check", {})
    states = {**names.get("invariant", {}), **names.get("possible", {})}
    told = ["start(seen): called before anything else, where the spec has several initial states: be in this one."]
    if checks:
        told.append(f"warnings(): the names of the checks that the last step failed; it happened all the same. "
                    f"The checks are {', '.join(checks)}.")
    if asserts:
        told.append(f"recognises(error, name): whether what a step raised is what an assert is about; without it "
                    f"any exception will do. The asserts are {', '.join(asserts)}.")
    if states:
        told.append(f"judge(name): raises something if one of these does not hold now: {', '.join(states)}.")
    return [line for one in told for line in text.prose(one, "", "    ")]


def grouped(name: str, words: Sequence[Vocabulary], lines: Callable[[Vocabulary], tuple[str, ...]]) -> list[list[str]]:
    """A table per revision; revisions with equal ones share it."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for it in words:
        groups.setdefault(lines(it), []).append(it.revision)
    return [list(_assigned(name, revisions, body)) for body, revisions in groups.items()]


def constants(it: Vocabulary) -> tuple[str, ...]:
    """The constants of a revision, as lines of a dictionary."""
    return (text.table(it.constants),)


def actions(it: Vocabulary) -> tuple[str, ...]:
    """The ground actions of a revision, as lines of a dictionary."""
    lines = ["{"]
    for verb in it.verbs:
        rows = [text.table(row) for row in verb.ground]
        one = f"    {shown(verb.name)}: ({', '.join(rows)}{',' if len(rows) == 1 else ''}),"
        if len(one) <= text.WIDTH:
            lines.append(one)
        else:
            lines += [f"    {shown(verb.name)}: (", *(f"        {row}," for row in rows), "    ),"]
    return (*lines, "}")


def _assigned(name: str, revisions: Sequence[str], body: tuple[str, ...]) -> Iterator[str]:
    if len(revisions) == 1:
        yield f"{name}[{shown(revisions[0])}] = {body[0]}"
        yield from body[1:]
        return
    yield "for _revision in ("
    yield from (f"    {shown(revision)}," for revision in revisions)
    yield "):"
    yield f"    {name}[_revision] = {body[0]}"
    yield from (f"    {line}" for line in body[1:])


def _collisions(what: str, kind: str, names: Iterable[tuple[str, str]]) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for name, python in names:
        if python in seen:
            message = f"the {what} '{seen[python]}' and '{name}' would both be the {kind} {python}"
            yield Diagnostic("SG909", message, None, "rename one of them")
        seen.setdefault(python, name)


def _params(same: Sequence[Verb]) -> dict[str, list[Value]]:
    """Parameters with the values that they take in any revision."""
    values: dict[str, dict[tuple[type, Value], Value]] = {}
    for verb in same:
        for name, own in verb.params:
            values.setdefault(name, {}).update({(type(value), value): value for value in own})
    return {name: list(own.values()) for name, own in values.items()}


def _method(name: str, same: Sequence[Verb], params: Mapping[str, list[Value]]) -> Method:
    """Parameters that not all revisions have come last, as they need a default."""
    always = [p for p in params if all(p in dict(verb.params) for verb in same)]
    typed = [f"{argument(p)}: {_type(params[p])}" for p in always]
    typed += [f"{argument(p)}: {_type([*params[p], None])} = None" for p in params if p not in always]
    one = f"def {method(name)}({', '.join(['self', *typed])}) -> None:"
    head = [one]
    if len(one) + 4 > text.WIDTH:
        head = [f"def {method(name)}(", "    self,", *(f"    {it}," for it in typed), ") -> None:"]
    return Method(method(name), head, text.docstring(list(_docstring(name, same)), 8))


def _docstring(name: str, same: Sequence[Verb]) -> Iterator[str]:
    """Name, actor and functions; then the first text about it that some revision has."""
    actors = list(dict.fromkeys(verb.actor for verb in same if verb.actor))
    code = list(dict.fromkeys(function for verb in same for function in verb.code))
    who = f", by {' or '.join(actors)}" if actors else ""
    functions = f": {', '.join(code)}" if code else ""
    yield from text.prose(f"{name}{who}{functions}.")
    told = next((verb.about for verb in same if verb.about), "")
    if told:
        yield ""
        yield from text.prose(told if told.endswith((".", "!", "?", ")")) else f"{told}.")


def _type(values: Sequence[Value]) -> str:
    """The type of some values: words one by one, numbers as `int`."""
    words = [shown(value) for value in values if isinstance(value, str)]
    kinds = [f"Literal[{', '.join(words)}]"] if words else []
    kinds += ["bool"] if any(isinstance(value, bool) for value in values) else []
    kinds += ["int"] if any(isinstance(value, int) and not isinstance(value, bool) for value in values) else []
    kinds += ["None"] if None in values else []
    return " | ".join(kinds)


def _either(values: Iterable[Value]) -> str:
    """Values for people; consecutive numbers as a range."""
    own = list(values)
    numbers = [value for value in own if isinstance(value, int) and not isinstance(value, bool)]
    if len(numbers) > 3 and len(numbers) == len(own):
        return f"{min(numbers)} to {max(numbers)}"
    return ", ".join(map(shown, own))
