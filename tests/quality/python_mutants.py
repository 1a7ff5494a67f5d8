"""Mutants of Python modules: copies of a syntax tree that differ in one place."""

from __future__ import annotations

import ast
import copy
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
FOR_PEOPLE = ("__repr__", "__str__")  # what they return is read by people alone
DROPPED = (ast.Assign, ast.AugAssign, ast.Delete, ast.Expr, ast.Raise, ast.Return, ast.Continue, ast.Break)


@dataclass(frozen=True, eq=False)
class Mutant:
    """One place changed.

    Args:
        lines: of the file that run if the place does.
        before, after: as source, one line each.
        call: the function whose call is the whole statement; empty for other statements.
        function: in which the place is; empty outside of functions.
        owner: the class in whose body the place is, outside of its methods, with the names of its bases.
    """

    module: str
    file: str
    lines: range
    before: str
    after: str
    original: ast.Module = field(repr=False)
    path: tuple[tuple[str, int | None], ...] = ()
    replacement: ast.AST = field(default_factory=ast.Pass, repr=False)
    owner: tuple[str, tuple[str, ...]] = ("", ())
    call: str = ""
    function: str = ""

    def tree(self) -> ast.Module:
        """The whole tree, changed."""
        root = copy.deepcopy(self.original)
        node: object = root
        for name, index in self.path[:-1]:
            node = getattr(node, name) if index is None else getattr(node, name)[index]
        name, index = self.path[-1]
        if index is None:
            setattr(node, name, self.replacement)
        else:
            getattr(node, name)[index] = self.replacement
        return ast.fix_missing_locations(root)

    def text(self, root: Path) -> str:
        return f"{os.path.relpath(self.file, root)}:{self.lines.start}: {self.before}  ->  {self.after}"


def mutants(module: str, file: str, tree: ast.Module, enums: Mapping[str, Sequence[str]]) -> Iterator[Mutant]:
    """Every mutant of a module in the order of its lines.

    Args:
        enums: the members of the package's enums, by name.
    """
    for path, node, around in _walk(tree, (), ()):
        for new in _changes(node, around, enums):
            texts = (_text(node), _text(new))
            more = (_owner(around), _call((*around, node)), _function(around))
            yield Mutant(module, file, _lines(node, around), *texts, tree, path, new, *more)


def enums_of(tree: ast.Module) -> dict[str, list[str]]:
    """The enums of a module, with their members."""
    found: dict[str, list[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases):
            names = [t.id for s in node.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)]
            found[node.name] = names
    return found


def _owner(around: tuple[ast.AST, ...]) -> tuple[str, tuple[str, ...]]:
    inner = next((n for n in reversed(around) if isinstance(n, ast.ClassDef | ast.FunctionDef | ast.Lambda)), None)
    if not isinstance(inner, ast.ClassDef):
        return "", ()
    return inner.name, tuple(ast.unparse(base).split("[")[0].split(".")[-1] for base in inner.bases)


def _function(around: tuple[ast.AST, ...]) -> str:
    return next((n.name for n in reversed(around) if isinstance(n, ast.FunctionDef)), "")


def _call(nodes: tuple[ast.AST, ...]) -> str:
    match next((n for n in reversed(nodes) if isinstance(n, ast.stmt)), None):
        case ast.Expr(ast.Call(ast.Attribute(_, name) | ast.Name(name))):
            return name
        case _:
            return ""


def _lines(node: ast.AST, around: tuple[ast.AST, ...]) -> range:
    """The lines of a node, or of the statement that it is a part of where that is a simple one."""
    whole = next(n for n in (node, *reversed(around)) if isinstance(n, ast.stmt))
    part = node if hasattr(whole, "body") else whole
    first, last = getattr(part, "lineno", whole.lineno), getattr(part, "end_lineno", None)
    return range(first, (last or first) + 1)


_Path = tuple[tuple[str, int | None], ...]


def _walk(node: ast.AST, path: _Path, around: tuple[ast.AST, ...]) -> Iterator[tuple[_Path, ast.AST, tuple[ast.AST, ...]]]:
    """All nodes that do something: no annotations, no texts for people."""
    if isinstance(node, ast.FunctionDef) and node.name in FOR_PEOPLE:
        return
    if path:
        yield path, node, around
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "keywords") and not isinstance(node, ast.Call):
            continue
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(value, ast.AST):
            yield from _walk(value, (*path, (name, None)), (*around, node))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST):
                    yield from _walk(item, (*path, (name, index)), (*around, node))


def _changes(node: ast.AST, around: tuple[ast.AST, ...], enums: Mapping[str, Sequence[str]]) -> Iterator[ast.AST]:
    """What can stand in a node's place."""
    parent = around[-1]
    if _is_condition(node, parent):
        yield from _negated(node)
    if isinstance(parent, ast.Lambda) and node is parent.body and not isinstance(node, ast.Constant):
        yield ast.Constant(True)
    match node:
        case ast.Expr(ast.Constant()) | ast.Delete([ast.Name()]):
            return  # a docstring, or `...`; a name that is not needed any more
        case ast.Assign() if any(isinstance(n, ast.ClassDef) for n in around[-1:]):
            return  # a field of a class: without it nothing works
        case ast.Assign() if len(around) == 1:
            return  # of a module
        case _ if isinstance(node, DROPPED):
            if not (isinstance(node, ast.Return) and node.value is not None):
                yield ast.Pass()
        case ast.Compare(left, [op], right) if type(op) in COMPARISONS:
            yield ast.Compare(left, [COMPARISONS[type(op)]()], right)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not(), operand) if not _is_condition(node, parent):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Attribute(ast.Name(owner), member, ast.Load()) if member in enums.get(owner, ()):
            members = enums[owner]
            if len(members) > 1:
                other = members[(members.index(member) + 1) % len(members)]
                yield ast.Attribute(ast.Name(owner, ast.Load()), other, ast.Load())


def _is_condition(node: ast.AST, parent: ast.AST) -> bool:
    """Whether it decides something; what a lambda without arguments gives is mostly what somebody waits for."""
    match parent:
        case ast.comprehension():
            return node in parent.ifs
        case ast.If() | ast.While() | ast.IfExp():
            return node is parent.test
        case ast.Lambda():
            return node is parent.body and not parent.args.args
        case _:
            return False


def _negated(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.Compare(_, [ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot() | ast.In() | ast.NotIn()], _):
            return  # the other comparison is the same
        case ast.expr():
            yield ast.UnaryOp(ast.Not(), node)


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return "(nothing)" if isinstance(node, ast.Pass) else text if len(text) <= 100 else text[:97] + "..."
