"""How names of a spec are written in Python."""

from __future__ import annotations

import keyword
from collections.abc import Mapping

Value = bool | int | str | None

# What an adapter has beside its actions; an action of such a name gets an underscore.
OWN = ("constants", "judge", "observe", "recognises", "revision", "start", "warnings")
# What the lines of a test say beside an action's parameters.
SAID = ("also", "by", "self", "then", "warns")


def method(action: str) -> str:
    """The method of an action: ``queue_rq.start`` is ``queue_rq_start``."""
    name = action.replace(".", "_")
    return f"{name}_" if keyword.iskeyword(name) or name in OWN or name.startswith("__") else name


def argument(parameter: str) -> str:
    """A parameter as a keyword argument: ``by`` is ``by_``."""
    return f"{parameter}_" if keyword.iskeyword(parameter) or parameter in SAID else parameter


def shown(value: Value) -> str:
    """A value as Python and the generated tests write it: strings in double quotes."""
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'
    return repr(value)


def call(action: str, arguments: Mapping[str, Value]) -> str:
    """An action with its arguments, for people: ``queue_rq.start(q=0, t=0)``."""
    given = ", ".join(f"{name}={shown(value)}" for name, value in arguments.items())
    return f"{action}({given})" if given else action
