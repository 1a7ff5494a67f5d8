"""Generated test modules read back, as text: nothing of them is imported or run.

They have one flat shape, and anything else is reported: what is counted here is what the tests do.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from specgen.language.source import Diagnostic, Diagnostics, Source, Span, SpecError
from specgen.testgen.harness.names import Value

LARGEST = 16 * 2**20  # bytes of one module

Given = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a test.

    Args:
        kind: ``start``, ``step``, ``refuses``, ``violates``, ``breaks``, ``stuck`` or ``prevents``.
        action: with its arguments in ``given``; empty where the line has none.
        property: of ``violates``, ``breaks`` and ``prevents``.
        seen: what must be seen: of ``start`` all, of ``step`` what changes.
        names: the checks that a step fails, the guards that refuse, or the asserts that a violation also fails.
        steps: of ``prevents``: those that would lead to the violation.
    """

    kind: str
    span: Span
    action: str = ""
    given: Given = field(default_factory=dict)
    property: str = ""
    seen: Given = field(default_factory=dict)
    names: tuple[str, ...] = ()
    steps: tuple[tuple[str, Given], ...] = ()


@dataclass(frozen=True, slots=True)
class Generated:
    name: str
    span: Span
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A test module.

    Args:
        constants: those that do not have their declared values.
        sha256: of the revision's core when the module was made.
    """

    path: str
    revision: str
    span: Span
    constants: Given
    sha256: str
    tests: tuple[Generated, ...]


def read_module(path: Path) -> Module:
    """A module as ``specgen generate`` writes it.

    Raises:
        SpecError: it cannot be read (SG951), or has another shape (SG952).
    """
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST:
            raise SpecError((Diagnostic("SG951", f"{path} has more than {LARGEST >> 20} MiB", None),))
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SpecError((Diagnostic("SG951", f"{path} cannot be read: {reason}", None),)) from error
    return parse_module(Source(str(path), text))


def parse_module(source: Source) -> Module:
    """As :func:`read_module`, of a text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the text itself would be warned of
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        span = Span(source, line, getattr(error, "offset", None) or 1, line, getattr(error, "offset", None) or 1)
        raise SpecError((Diagnostic("SG951", f"this is not Python: {_reason(error)}", span),)) from error
    return _Reader(source).module(tree)


def _reason(error: BaseException) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__


class _Wrong(Exception):
    """A place that is not as generated."""

    def __init__(self, node: ast.AST, wanted: str) -> None:
        super().__init__(wanted)
        self.node = node
        self.wanted = wanted


@dataclass(slots=True)
class _Call:
    """A call with literal arguments, to be taken apart; what nobody took is wrong."""

    node: ast.Call
    named: dict[str, ast.expr]
    positional: list[ast.expr]


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._found = Diagnostics()
        self._start: dict[str, Value] = {}

    def module(self, tree: ast.Module) -> Module:
        marks: list[_Call] = []
        tests: list[Generated] = []
        for node in tree.body:
            try:
                self._statement(node, marks, tests)
            except _Wrong as wrong:
                self._report(wrong)
        if not marks and not self._found.failed:
            self._report(_Wrong(tree, "a generated module says of which revision it is"))
        if self._found.failed:
            raise SpecError(tuple(self._found.items))
        try:
            return self._module(marks[0], tests)
        except _Wrong as wrong:
            self._report(wrong)
            raise SpecError(tuple(self._found.items)) from wrong

    def _statement(self, node: ast.stmt, marks: list[_Call], tests: list[Generated]) -> None:
        match node:
            case ast.Expr(ast.Constant(str())) | ast.Import([ast.alias("pytest", None)]):
                return
            case ast.Assign([ast.Name("pytestmark")], ast.List([call])):
                marks.append(self._marker(call, "specgen_revision"))
            case ast.Assign([ast.Name("START")], ast.Dict() as table):
                self._start = self._table(table)
            case ast.FunctionDef():
                tests.append(self._test(node))
            case _:
                raise _Wrong(node, "a generated module has its marker, START, and tests")

    def _module(self, mark: _Call, tests: Sequence[Generated]) -> Module:
        revision = self._text(self._positional(mark))
        sha256 = self._text(self._take(mark, "sha256"))
        self._text(self._take(mark, "spec"))
        constants: dict[str, Value] = {}
        if "constants" in mark.named:
            constants = self._table(self._take(mark, "constants"))
        self._nothing_left(mark)
        span = self._span(mark.node, one_line=True)
        return Module(self._source.path, revision, span, constants, sha256, tuple(tests))

    # ------------------------------------------------------------ tests

    def _test(self, node: ast.FunctionDef) -> Generated:
        arguments = node.args
        plain = len(arguments.args) == 1 and arguments.args[0].arg == "system" and not arguments.defaults
        others = (arguments.posonlyargs, arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        if not node.name.startswith("test_") or not plain or any(others):
            raise _Wrong(node, "a generated test is a function `test_NAME(system)`")
        for decorator in node.decorator_list:
            self._marker(decorator, "specgen_goal")
        lines: list[Line] = []
        for statement in node.body:
            match statement:
                case ast.Expr(ast.Constant(str())):
                    continue
                case ast.Expr(ast.Call(ast.Attribute(ast.Name("system"), what)) as call):
                    lines.append(self._line(what, call))
                case _:
                    raise _Wrong(statement, "a generated test has one call of `system` a line")
        if not lines or [line.kind for line in lines].count("start") != 1 or lines[0].kind != "start":
            raise _Wrong(node, "a generated test begins with `system.start(...)`")
        return Generated(node.name, self._span(node, one_line=True), tuple(lines))

    def _line(self, what: str, node: ast.Call) -> Line:
        call, span = self._call(node), self._span(node)
        match what:
            case "start":
                line = Line(what, span, seen=self._table(self._positional(call)))
            case "step":
                action = self._text(self._positional(call))
                then = self._table(self._take(call, "then")) if "then" in call.named else {}
                warns = self._names(self._take(call, "warns")) if "warns" in call.named else ()
                line = Line(what, span, action, self._rest(call), seen=then, names=warns)
            case "refuses":
                action = self._text(self._positional(call))
                by = self._names(self._take(call, "by"))
                line = Line(what, span, action, self._rest(call), names=by)
            case "violates":
                name = self._text(self._positional(call))
                action = self._text(self._positional(call))
                also = self._names(self._take(call, "also")) if "also" in call.named else ()
                line = Line(what, span, action, self._rest(call), name, names=also)
            case "breaks":
                line = Line(what, span, property=self._text(self._positional(call)))
            case "prevents":
                name, by = self._text(self._positional(call)), self._names(self._take(call, "by"))
                steps = self._steps(self._take(call, "steps"))
                line = Line(what, span, *steps[0], property=name, names=by, steps=steps)
            case "stuck":
                line = Line(what, span)
            case _:
                raise _Wrong(node, "start, step, refuses, violates, breaks, prevents and stuck are what tests do")
        self._nothing_left(call)
        return line

    def _steps(self, node: ast.expr) -> tuple[tuple[str, Given], ...]:
        found: list[tuple[str, Given]] = []
        for item in self._items(node):
            match item:
                case ast.Tuple([action, table]):
                    found.append((self._text(action), self._table(table)))
                case _:
                    raise _Wrong(item, "a step here is a pair of an action and its arguments")
        if not found:
            raise _Wrong(node, "there is no step here")
        return tuple(found)

    # ------------------------------------------------------------ calls and literals

    def _marker(self, node: ast.expr, name: str) -> _Call:
        match node:
            case ast.Call(ast.Attribute(ast.Attribute(ast.Name("pytest"), "mark"), attribute)) if attribute == name:
                return self._call(node)
            case _:
                raise _Wrong(node, f"the marker here is pytest.mark.{name}(...)")

    def _call(self, node: ast.Call) -> _Call:
        named: dict[str, ast.expr] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise _Wrong(keyword.value, "arguments are written out in a generated test")
            named[keyword.arg] = keyword.value
        return _Call(node, named, list(node.args))

    def _positional(self, call: _Call) -> ast.expr:
        if not call.positional:
            raise _Wrong(call.node, "an argument is missing here")
        return call.positional.pop(0)

    def _take(self, call: _Call, name: str) -> ast.expr:
        if name not in call.named:
            raise _Wrong(call.node, f"`{name}=` is missing here")
        return call.named.pop(name)

    def _rest(self, call: _Call) -> dict[str, Value]:
        """All other keyword arguments: those of the action."""
        found = {name: self._value(node) for name, node in call.named.items()}
        call.named.clear()
        return found

    def _nothing_left(self, call: _Call) -> None:
        for node in (*call.positional, *call.named.values()):
            raise _Wrong(node, "a generated test has no such argument")

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value) if value is None or type(value) in (bool, int, str):
                return value  # type: ignore[return-value]  # the line above says which it is
            case ast.UnaryOp(ast.USub(), ast.Constant(int() as value)) if not isinstance(value, bool):
                return -value
            case _:
                raise _Wrong(node, "a value is true, false, None, a number or a text")

    def _text(self, node: ast.expr) -> str:
        value = self._value(node)
        if not isinstance(value, str):
            raise _Wrong(node, "a text stands here")
        return value

    def _items(self, node: ast.expr) -> Sequence[ast.expr]:
        if not isinstance(node, ast.List | ast.Tuple):
            raise _Wrong(node, "a list stands here")
        return node.elts

    def _names(self, node: ast.expr) -> tuple[str, ...]:
        if isinstance(node, ast.Constant):
            return (self._text(node),)
        return tuple(self._text(item) for item in self._items(node))

    def _table(self, node: ast.expr) -> dict[str, Value]:
        match node:
            case ast.Name("START"):
                return dict(self._start)
            case ast.Dict(keys, values):
                found: dict[str, Value] = {}
                for key, value in zip(keys, values, strict=True):
                    if key is None:
                        found |= self._table(value)
                    else:
                        found[self._text(key)] = self._value(value)
                return found
            case _:
                raise _Wrong(node, "a table stands here")

    # ------------------------------------------------------------ places

    def _report(self, wrong: _Wrong) -> None:
        advice = "generated tests are not edited; `specgen generate` writes them again"
        message = f"this is no generated test module: {wrong.wanted}"
        self._found.add("SG952", message, self._span(wrong.node, one_line=True), help=advice)

    def _span(self, node: ast.AST, *, one_line: bool = False) -> Span:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end, end_column = getattr(node, "end_lineno", line), getattr(node, "end_col_offset", column)
        if one_line and end != line:
            end, end_column = line, len(self._source.line(line).encode())
        return Span(
            self._source, line, self._column(line, column) + 1, end, self._column(end, end_column) + 1
        )

    def _column(self, line: int, offset: int) -> int:
        """Characters, of an offset in bytes."""
        return len(self._source.line(line).encode()[:offset].decode("utf-8", "replace"))
