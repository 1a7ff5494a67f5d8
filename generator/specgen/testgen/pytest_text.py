"""Lines of generated Python: calls and tables, broken in one fixed way where they are too long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from specgen.core.system import System
from specgen.language.wording import wrap
from specgen.testgen.harness.names import Value, shown
from specgen.testgen.suite import Case, Ending, Refusal, Seen, Step, written

WIDTH = 120
PROSE = 100  # columns of docstrings
MOST_GOALS = 6  # that a docstring lists

Pairs = Iterable[tuple[str, Value]]


def table(pairs: Pairs) -> str:
    """A dictionary on one line."""
    return "{" + ", ".join(f"{shown(name)}: {shown(value)}" for name, value in pairs) + "}"


def broken_table(lead: str, pairs: Pairs, indent: int, tail: str = "") -> list[str]:
    """``lead`` with a dictionary behind it, on one line where that fits."""
    rows = list(pairs)
    whole = f"{' ' * indent}{lead}{table(rows)}{tail}"
    if len(whole) <= WIDTH:
        return [whole]
    inner = " " * (indent + 4)
    return [
        f"{' ' * indent}{lead}{{",
        *(f"{inner}{shown(name)}: {shown(value)}," for name, value in rows),
        f"{' ' * indent}}}{tail}",
    ]


def start(case: Case, usual: Seen) -> list[str]:
    """``system.start(START)``, with what is different in this case."""
    other = [(name, value) for (name, value), (_, old) in zip(case.start, usual, strict=True) if value != old]
    if not other:
        return ["    system.start(START)"]
    one = f"    system.start({{**START, {table(other)[1:-1]}}})"
    if len(one) <= WIDTH:
        return [one]
    rows = (f"            {shown(name)}: {shown(value)}," for name, value in other)
    return ["    system.start(", "        {", "            **START,", *rows, "        },", "    )"]


def step(system: System, it: Step) -> list[str]:
    """``system.step(...)`` with what changes, and what the step cites as a comment."""
    action = system.actions[it.action]
    more = [f"warns={_names(it.warns)}"] if it.warns else []
    cited = ", ".join(f"{source} {number}" for source, number in action.cites)
    comment = f"  # {cited}" if cited else ""
    return _call("step", _given(system, it.action), more, it.changes, comment)


def refusal(system: System, it: Refusal) -> list[str]:
    by = f"by={shown(it.by[0])}" if len(it.by) == 1 else f"by={_names(it.by)}"
    return _call("refuses", _given(system, it.action), [by], (), "")


def ending(system: System, it: Ending, last: Step | None) -> list[str]:
    """The last line of a case."""
    if it.kind == "stuck":
        return ["    system.stuck()"]
    if it.kind == "breaks":
        return [f"    system.breaks({shown(it.name)})"]
    if it.kind == "prevents":
        steps = [f"({', '.join(_pair(system, index))})" for index in it.tail]
        one = f"    system.prevents({shown(it.name)}, by={shown(it.by)}, steps=[{', '.join(steps)}])"
        if len(one) <= WIDTH:
            return [one]
        return [
            "    system.prevents(",
            f"        {shown(it.name)},",
            f"        by={shown(it.by)},",
            "        steps=[",
            *(f"            {it}," for it in steps),
            "        ],",
            "    )",
        ]
    assert last is not None
    also = [f"also={_names(it.also)}"] if it.also else []
    return _call("violates", [shown(it.name), *_given(system, last.action)], also, (), "")


def docstring(lines: Sequence[str], indent: int) -> list[str]:
    """Lines as a docstring, whose quotes stand alone at the end of a long one."""
    lead = " " * indent
    body = [f'{lead}"""{lines[0]}', *(f"{lead}{line}".rstrip() for line in lines[1:])]
    if len(lines) > 1 or len(body[0]) + 3 > WIDTH:
        return [*body, f'{lead}"""']
    return [f'{body[0]}"""']


def prose(text: str, first: str = "", rest: str = "") -> list[str]:
    """Text for a docstring, wrapped; nothing in it ends the docstring."""
    lines = wrap(text, first, rest, PROSE)
    return [line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').rstrip() for line in lines]


def _given(system: System, index: int) -> list[str]:
    action = system.actions[index]
    return [
        shown(action.name),
        *(f"{name}={shown(value)}" for name, value in written(action).items()),
    ]


def _pair(system: System, index: int) -> tuple[str, str]:
    """An action and its arguments as two values."""
    action = system.actions[index]
    return shown(action.name), table(written(action).items())


def _names(names: Sequence[str]) -> str:
    return f"[{', '.join(map(shown, names))}]"


def _call(what: str, given: list[str], more: list[str], then: Seen, comment: str) -> list[str]:
    told = [*given, *more, *([f"then={table(then)}"] if then else [])]
    one = f"    system.{what}({', '.join(told)})"
    if len(one) + len(comment) <= WIDTH:
        return [one + comment]
    lines = [f"    system.{what}({comment}", *_filled([*given, *more])]
    if then:
        lines += broken_table("then=", then, 8, ",")
    return [*lines, "    )"]


def _filled(parts: list[str]) -> list[str]:
    """Arguments, as many on a line as fit."""
    lines, line = [], "       "
    for part in parts:
        if len(line) + len(part) + 2 > WIDTH and line.strip():
            lines.append(line)
            line = "       "
        line += f" {part},"
    return [*lines, line]
