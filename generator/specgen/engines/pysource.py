"""Python source for core terms over packed states, for the explicit search.

Only terms of the core are turned into source: integers and operators, never a name or a text of the spec.
In the source ``s`` is the packed state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specgen.core.packing import Packing
from specgen.core.system import Variable
from specgen.core.terms import Term, evaluation_order

DEEPEST = 12  # nesting of one Python expression; deeper terms get a local name


@dataclass(frozen=True, slots=True)
class _Text:
    """``value`` is 0 or 1 for a boolean; ``truth`` is only true or false in a condition; ``depth`` of nesting."""

    value: str
    truth: str
    depth: int


class Writer:
    """Writes the body of one function, statement by statement.

    Args:
        roots: every term that the function may ask for, so that shared parts are computed once.
    """

    def __init__(self, packing: Packing, variables: tuple[Variable, ...], roots: Sequence[Term]) -> None:
        self.lines: list[str] = []
        self._packing = packing
        self._variables = variables
        self._texts: dict[int, _Text] = {}
        self._uses: dict[int, int] = {}
        for root in roots:
            self._uses[root.id] = self._uses.get(root.id, 0) + 1
        seen: set[int] = set()
        for root in roots:
            for node in evaluation_order(root):
                if node.id not in seen:
                    seen.add(node.id)
                    for child in node.operands:
                        self._uses[child.id] = self._uses.get(child.id, 0) + 1

    def value(self, term: Term) -> str:
        """An expression for the term's value; may first add lines."""
        return self._write(term).value

    def truth(self, term: Term) -> str:
        """An expression that is true in a condition exactly when the term is; may first add lines."""
        return self._write(term).truth

    def name(self, text: str) -> str:
        """Binds a local name to an expression."""
        name = f"t{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name

    def _write(self, term: Term) -> _Text:
        if term.id not in self._texts:
            for node in evaluation_order(term):
                if node.id not in self._texts:
                    self._texts[node.id] = self._node(node)
        return self._texts[term.id]

    def _node(self, node: Term) -> _Text:
        text = self._plain(node)
        shared = self._uses[node.id] > 1 and node.op not in ("const", "var", "not")
        if not shared and text.depth < DEEPEST:
            return text
        name = self.name(text.value)
        return _Text(name, name, 0)

    def _plain(self, node: Term) -> _Text:
        if node.op == "const":
            text = f"({node.value})" if node.value < 0 else str(node.value)
            return _Text(text, text, 0)
        if node.op == "var":
            return self._variable(node.value)
        args = [self._texts[a.id] for a in node.operands]
        depth = 1 + max(a.depth for a in args)
        match node.op:
            case "not":
                text = f"(not {args[0].truth})"
            case "and" | "or":
                joint = f" {node.op} "
                value = f"({joint.join(a.value for a in args)})"
                return _Text(value, f"({joint.join(a.truth for a in args)})", depth)
            case "eq":
                text = self._equal(node) or f"({args[0].value} == {args[1].value})"
            case "lt":
                text = f"({args[0].value} < {args[1].value})"
            case "le":
                text = f"({args[0].value} <= {args[1].value})"
            case "add":
                text = f"({args[0].value} + {args[1].value})"
            case "sub":
                text = f"({args[0].value} - {args[1].value})"
            case "ite":
                condition = args[0].truth
                value = f"({args[1].value} if {condition} else {args[2].value})"
                return _Text(value, f"({args[1].truth} if {condition} else {args[2].truth})", depth)
            case _:
                raise ValueError(f"unknown operator {node.op!r}")
        return _Text(text, text, depth)

    def _variable(self, index: int) -> _Text:
        offset, mask, low = self._packing.offsets[index], self._packing.masks[index], self._packing.lows[index]
        if not mask:
            return _Text(f"({low})", f"({low})", 0)
        value = f"(s >> {offset} & {mask >> offset})"
        if low:
            value = f"({value} + {low})" if low > 0 else f"({value} - {-low})"
        if self._variables[index].domain.kind == "bool":
            return _Text(value, f"s & {mask}", 0)
        return _Text(value, value, 0)

    def _equal(self, node: Term) -> str | None:
        # a field against a constant needs no shift
        a, b = node.operands
        if a.op == "const":
            a, b = b, a
        if a.op != "var" or b.op != "const":
            return None
        index = a.value
        domain = self._variables[index].domain
        if not domain.low <= b.value < domain.low + domain.size:
            return "False"
        bits = (b.value - domain.low) << self._packing.offsets[index]
        return f"(s & {self._packing.masks[index]} == {bits})"
