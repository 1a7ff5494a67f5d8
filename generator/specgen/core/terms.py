"""Terms of the core: hash-consed boolean and bounded-integer expressions, folded as they are built."""

from __future__ import annotations


class Term:
    """One node; equal nodes of one :class:`Terms` table are the same object.

    Args:
        op: ``const``, ``var``, ``not``, ``and``, ``or``, ``eq``, ``lt``, ``le``, ``add``, ``sub``, ``ite``.
        args: sub-terms; of ``const`` the value, of ``var`` the variable's index.
        sort: ``bool`` or ``int``. A boolean constant has the value 0 or 1.
        low, high: bounds of an ``int`` term (0 and 1 for ``bool``).
        id: number in its table; children have smaller ones.
    """

    __slots__ = ("args", "high", "id", "low", "op", "sort")

    op: str
    args: tuple[Term, ...] | tuple[int]
    sort: str
    low: int
    high: int
    id: int

    def __init__(
        self, op: str, args: tuple[Term, ...] | tuple[int], sort: str, low: int, high: int, number: int
    ) -> None:
        self.op = op
        self.args = args
        self.sort = sort
        self.low = low
        self.high = high
        self.id = number

    @property
    def value(self) -> int:
        """Of a ``const`` its value, of a ``var`` its index."""
        first = self.args[0]
        assert isinstance(first, int)
        return first

    @property
    def operands(self) -> tuple[Term, ...]:
        """The sub-terms; empty for ``const`` and ``var``."""
        if self.op in ("const", "var"):
            return ()
        return self.args  # type: ignore[return-value]  # only const and var hold an int

    def __repr__(self) -> str:
        if self.op == "const":
            return str(self.value) if self.sort == "int" else ("true" if self.value else "false")
        if self.op == "var":
            return f"v{self.value}"
        return f"({self.op} {' '.join(map(repr, self.operands))})"


class Terms:
    """Builds terms. Every constructor folds constants and flattens, so a ground term stays small."""

    def __init__(self) -> None:
        self._table: dict[tuple[object, ...], Term] = {}
        self.true = self._make("const", (1,), "bool", 1, 1)
        self.false = self._make("const", (0,), "bool", 0, 0)

    def _make(self, op: str, args: tuple[Term, ...] | tuple[int], sort: str, low: int, high: int) -> Term:
        key = (op, sort, *args) if op in ("const", "var") else (op, *(a.id for a in args))  # type: ignore[union-attr]  # only const and var hold an int
        found = self._table.get(key)
        if found is None:
            found = Term(op, args, sort, low, high, len(self._table))
            self._table[key] = found
        return found

    def const(self, value: int) -> Term:
        return self._make("const", (value,), "int", value, value)

    def boolean(self, value: bool) -> Term:
        return self.true if value else self.false

    def var(self, index: int, sort: str, low: int, high: int) -> Term:
        """The value of a variable; ``sort`` is ``bool`` for boolean cells, ``int`` for all others."""
        return self._make("var", (index,), sort, low, high)

    def not_(self, a: Term) -> Term:
        if a.op == "const":
            return self.boolean(not a.value)
        if a.op == "not":
            return a.operands[0]
        return self._make("not", (a,), "bool", 0, 1)

    def and_(self, *terms: Term) -> Term:
        return self._nary("and", terms, self.true, self.false)

    def or_(self, *terms: Term) -> Term:
        return self._nary("or", terms, self.false, self.true)

    def _nary(self, op: str, terms: tuple[Term, ...], unit: Term, zero: Term) -> Term:
        flat: dict[int, Term] = {}
        for term in terms:
            for part in term.operands if term.op == op else (term,):
                if part is zero or self.not_(part).id in flat:
                    return zero
                if part is not unit:
                    flat[part.id] = part
        if not flat:
            return unit
        if len(flat) == 1:
            return next(iter(flat.values()))
        return self._make(op, tuple(flat.values()), "bool", 0, 1)

    def implies(self, a: Term, b: Term) -> Term:
        return self.or_(self.not_(a), b)

    def eq(self, a: Term, b: Term) -> Term:
        if a is b:
            return self.true
        if a.sort == "bool":
            if a.op == "const":
                return b if a.value else self.not_(b)
            if b.op == "const":
                return a if b.value else self.not_(a)
        elif a.high < b.low or b.high < a.low:
            return self.false
        if a.op == "const" and b.op == "const":
            return self.boolean(a.value == b.value)
        a, b = self._unshift(a, b)
        if b.op == "const" and a.op == "ite":
            return self._eq_ite(a, b)
        if a.op == "const" and b.op == "ite":
            return self._eq_ite(b, a)
        if b.id < a.id:
            a, b = b, a
        return self._make("eq", (a, b), "bool", 0, 1)

    def _eq_ite(self, choice: Term, constant: Term) -> Term:
        # (if c then x else y) = k, where a branch is decided: keeps selected indices out of comparisons
        condition, then, otherwise = choice.operands
        return self.ite(condition, self.eq(then, constant), self.eq(otherwise, constant))

    def lt(self, a: Term, b: Term) -> Term:
        if a.high < b.low:
            return self.true
        if a.low >= b.high:
            return self.false
        a, b = self._unshift(a, b)
        return self._make("lt", (a, b), "bool", 0, 1)

    def le(self, a: Term, b: Term) -> Term:
        if a.high <= b.low:
            return self.true
        if a.low > b.high:
            return self.false
        a, b = self._unshift(a, b)
        return self._make("le", (a, b), "bool", 0, 1)

    def _unshift(self, a: Term, b: Term) -> tuple[Term, Term]:
        # x + 2 against 5 is x against 3: so that an index taken from a shifted value compares simply
        if a.op == "add" and a.operands[1].op == "const" and b.op == "const":
            return a.operands[0], self.const(b.value - a.operands[1].value)
        if b.op == "add" and b.operands[1].op == "const" and a.op == "const":
            return self.const(a.value - b.operands[1].value), b.operands[0]
        return a, b

    def add(self, a: Term, b: Term) -> Term:
        """The sum; a constant ends up on the right, one per sum."""
        if a.op == "const":
            a, b = b, a
        if b.op == "const":
            if a.op == "const":
                return self.const(a.value + b.value)
            if b.value == 0:
                return a
            if a.op == "add" and a.operands[1].op == "const":
                return self.add(a.operands[0], self.const(a.operands[1].value + b.value))
        return self._make("add", (a, b), "int", a.low + b.low, a.high + b.high)

    def sub(self, a: Term, b: Term) -> Term:
        if b.op == "const":
            return self.add(a, self.const(-b.value))
        return self._make("sub", (a, b), "int", a.low - b.high, a.high - b.low)

    def ite(self, condition: Term, then: Term, otherwise: Term) -> Term:
        if condition.op == "const":
            return then if condition.value else otherwise
        if then is otherwise:
            return then
        if condition.op == "not":
            condition, then, otherwise = condition.operands[0], otherwise, then
        if then.op == "ite" and then.operands[0] is condition:
            then = then.operands[1]
        if otherwise.op == "ite" and otherwise.operands[0] is condition:
            otherwise = otherwise.operands[2]
        if then is otherwise:
            return then
        if then.sort == "bool":
            if then.op == "const":
                return self.or_(condition, otherwise) if then.value else self.and_(self.not_(condition), otherwise)
            if otherwise.op == "const":
                return self.or_(self.not_(condition), then) if otherwise.value else self.and_(condition, then)
        low, high = min(then.low, otherwise.low), max(then.high, otherwise.high)
        return self._make("ite", (condition, then, otherwise), then.sort, low, high)


def evaluation_order(term: Term) -> tuple[Term, ...]:
    """The nodes of a term, children first."""
    seen: dict[int, Term] = {}
    stack = [term]
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen[node.id] = node
            stack.extend(node.operands)
    return tuple(seen[number] for number in sorted(seen))


def support(term: Term) -> frozenset[int]:
    """The indices of the variables that a term reads."""
    return frozenset(node.value for node in evaluation_order(term) if node.op == "var")
