"""Values of the language as ITF writes them: integers ``{"#bigint": "3"}``, ``#tup``, ``#set``, ``#map``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from specgen.core.system import Cell, Domain, Group, Shape, State, System

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class ValueMismatch(Exception):
    """A value in a file is not one that the spec knows there.

    Args:
        path: where in the state, as in ``ioucmd[old, 0].state``.
        problem: what is wrong with it, a clause without subject.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path} {problem}")
        self.path = path
        self.problem = problem


def scalar(text: str) -> Json:
    """A scalar as the user writes it, as ITF: a boolean, an integer, or a word."""
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return {"#bigint": text}
    return text


def scalar_text(value: Json) -> str | None:
    """The reverse of :func:`scalar`; plain JSON integers are read too. None for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and set(value) == {"#bigint"}:
        digits = value["#bigint"]
        if isinstance(digits, str) and _INTEGER.fullmatch(digits):
            return digits
    return None


def _key(label: Sequence[str]) -> Json:
    if len(label) == 1:
        return scalar(label[0])
    return {"#tup": [scalar(part) for part in label]}


def _key_text(value: Json) -> tuple[str, ...] | None:
    if isinstance(value, dict) and set(value) == {"#tup"} and isinstance(value["#tup"], list):
        texts = [scalar_text(part) for part in value["#tup"]]
        known = tuple(text for text in texts if text is not None)
        return known if len(known) == len(texts) else None
    text = scalar_text(value)
    return None if text is None else (text,)


def write_value(system: System, shape: Shape, state: State) -> Json:
    """The structured value that ``shape`` has in ``state``."""
    if isinstance(shape, Cell):
        domain = system.variables[shape.variable].domain
        return scalar(domain.text(state[shape.variable]))
    if shape.kind == "record":
        return {
            label[0]: write_value(system, part, state)
            for label, part in zip(shape.labels, shape.parts, strict=True)
        }
    if shape.kind == "array":
        return {
            "#map": [
                [_key(label), write_value(system, part, state)]
                for label, part in zip(shape.labels, shape.parts, strict=True)
            ]
        }
    if shape.kind == "set":
        members = zip(shape.labels, shape.parts, strict=True)
        return {"#set": [_key(label) for label, part in members if state[_cell(part)]]}
    length = state[_cell(shape.parts[0])]
    return [write_value(system, part, state) for part in shape.parts[1 : 1 + length]]


def _cell(shape: Shape) -> int:
    assert isinstance(shape, Cell)
    return shape.variable


def read_value(system: System, shape: Shape, value: Json, path: str) -> dict[int, int]:
    """Per variable index what ``value`` says; nothing about the unused places of sequences.

    Raises:
        ValueMismatch: it is not a value of that shape.
    """
    if isinstance(shape, Cell):
        return {shape.variable: _read_scalar(system.variables[shape.variable].domain, value, path)}
    if shape.kind == "record":
        return _read_record(system, shape, value, path)
    if shape.kind == "array":
        return _read_array(system, shape, value, path)
    if shape.kind == "set":
        return _read_set(shape, value, path)
    return _read_sequence(system, shape, value, path)


def _read_scalar(domain: Domain, value: Json, path: str) -> int:
    text = scalar_text(value)
    if text is not None and isinstance(value, bool) == (text in ("true", "false")):
        if domain.labels is not None and text in domain.labels:
            return domain.labels.index(text)
        if domain.kind == "bool" and isinstance(value, bool):
            return int(value)
        if domain.kind == "int" and not isinstance(value, (bool, str)):
            number = int(text)
            if domain.low <= number < domain.low + domain.size:
                return number
    raise ValueMismatch(path, f"is {show(value)}, which is not one of {domain_text(domain)}")


def _read_record(system: System, shape: Group, value: Json, path: str) -> dict[int, int]:
    names = [label[0] for label in shape.labels]
    if not isinstance(value, dict) or any(name.startswith("#") for name in value):
        raise ValueMismatch(path, f"is {show(value)}, not a record of {', '.join(names)}")
    _same_keys(names, value, path, "field")
    cells: dict[int, int] = {}
    for name, part in zip(names, shape.parts, strict=True):
        cells |= read_value(system, part, value[name], f"{path}.{name}")
    return cells


def _same_keys(expected: Sequence[str], found: Mapping[str, object], path: str, what: str) -> None:
    missing = [name for name in expected if name not in found]
    if missing:
        raise ValueMismatch(path, f"has no {what} {', '.join(missing)}")
    unknown = [name for name in found if name not in expected]
    if unknown:
        raise ValueMismatch(path, f"has an unknown {what} {', '.join(unknown)}")


def _read_array(system: System, shape: Group, value: Json, path: str) -> dict[int, int]:
    pairs = value.get("#map") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(pairs, list):
        raise ValueMismatch(path, f'is {show(value)}, not a map {{"#map": [[key, value], ...]}}')
    entries: dict[str, Json] = {}
    for pair in pairs:
        key = _key_text(pair[0]) if isinstance(pair, list) and len(pair) == 2 else None
        if key is None or not isinstance(pair, list):
            raise ValueMismatch(path, f"has the entry {show(pair)}, not a pair of key and value")
        if ", ".join(key) in entries:
            raise ValueMismatch(path, f"has the key {', '.join(key)} twice")
        entries[", ".join(key)] = pair[1]
    names = [", ".join(label) for label in shape.labels]
    _same_keys(names, entries, path, "key")
    cells: dict[int, int] = {}
    for name, part in zip(names, shape.parts, strict=True):
        cells |= read_value(system, part, entries[name], f"{path}[{name}]")
    return cells


def _read_set(shape: Group, value: Json, path: str) -> dict[int, int]:
    members = value.get("#set") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(members, list):
        raise ValueMismatch(path, f'is {show(value)}, not a set {{"#set": [...]}}')
    cells = {_cell(part): 0 for part in shape.parts}
    for member in members:
        key = _key_text(member)
        if key is None or key not in shape.labels:
            known = ", ".join(", ".join(label) for label in shape.labels)
            raise ValueMismatch(path, f"has the element {show(member)}, which is not one of {known}")
        cells[_cell(shape.parts[shape.labels.index(key)])] = 1
    return cells


def _read_sequence(system: System, shape: Group, value: Json, path: str) -> dict[int, int]:
    bound = len(shape.parts) - 1
    if not isinstance(value, list):
        raise ValueMismatch(path, f"is {show(value)}, not a sequence [...]")
    if len(value) > bound:
        raise ValueMismatch(path, f"has {len(value)} elements, more than the bound {bound}")
    cells = {_cell(shape.parts[0]): len(value)}
    for position, (item, part) in enumerate(zip(value, shape.parts[1:], strict=False)):
        cells |= read_value(system, part, item, f"{path}[{position}]")
    return cells


def domain_text(domain: Domain) -> str:
    """The values of a domain, for people."""
    if domain.labels is not None:
        return ", ".join(domain.labels)
    if domain.kind == "bool":
        return "true, false"
    return f"{domain.low}..{domain.low + domain.size - 1}"


def show(value: Json) -> str:
    """A value from a file, short enough for a message."""
    text = scalar_text(value)
    if text is None:
        text = _compact(value, 3)
    return text if len(text) <= 60 else text[:57] + "..."


def _compact(value: Json, depth: int) -> str:
    """JSON cut off below ``depth``: a message needs no more, and a file may nest deeper than Python does."""
    text = scalar_text(value)
    if text is not None:
        return text
    if value is None or isinstance(value, float):
        return str(value).replace("None", "null")
    if depth == 0:
        return "..."
    if isinstance(value, list):
        return "[" + ", ".join(_compact(item, depth - 1) for item in value[:8]) + "]"
    assert isinstance(value, dict)
    return "{" + ", ".join(f"{k}: {_compact(v, depth - 1)}" for k, v in list(value.items())[:8]) + "}"
