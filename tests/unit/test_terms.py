"""Terms fold without changing their value, and every backend gives them the same one."""

from __future__ import annotations

from dataclasses import dataclass

import z3
from hypothesis import given
from hypothesis import strategies as st

from specgen.core.interpreter import Interpreter
from specgen.core.packing import Packing
from specgen.core.system import State
from specgen.core.terms import Term, Terms, support
from specgen.engines.smt import NEXT, StateWriter
from specgen.engines.steps import Steps

from .core_systems import BOOL, Builder, enum, integer

DOMAINS = {"p": BOOL, "q": BOOL, "a": integer(-3, 4), "b": integer(2, 7), "c": integer(0, 2), "e": enum("x")}
WIDEST = 200_000  # more than 14 sums of these can come to


@dataclass(frozen=True)
class Sample:
    """A term with a state, and the term's value there by Python's own arithmetic."""

    builder: Builder
    term: Term
    state: State
    value: int


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    builder = Builder()
    for name, domain in DOMAINS.items():
        builder.var(name, domain)
    values = {name: draw(st.integers(domain.low, domain.low + domain.size - 1)) for name, domain in DOMAINS.items()}
    t = builder.t
    booleans = [(builder[n], values[n]) for n in ("p", "q")] + [(t.true, 1), (t.false, 0)]
    numbers = [(builder[n], values[n]) for n in ("a", "b", "c", "e")] + [(t.const(k), k) for k in (-1, 0, 3)]

    def some(pool: list[tuple[Term, int]]) -> tuple[Term, int]:
        return pool[draw(st.integers(0, len(pool) - 1))]

    for _ in range(draw(st.integers(1, 14))):
        (x, vx), (y, vy) = some(numbers), some(numbers)
        (f, vf), (g, vg) = some(booleans), some(booleans)
        new: list[tuple[Term, int]] = draw(
            st.sampled_from(
                [
                    [(t.not_(f), 1 - vf)],
                    [(t.and_(f, g), vf & vg)],
                    [(t.or_(f, g), vf | vg)],
                    [(t.implies(f, g), (1 - vf) | vg)],
                    [(t.eq(f, g), int(vf == vg))],
                    [(t.eq(x, y), int(vx == vy))],
                    [(t.lt(x, y), int(vx < vy))],
                    [(t.le(x, y), int(vx <= vy))],
                    [(t.ite(f, g, t.not_(g)), vg if vf else 1 - vg)],
                    [(t.add(x, y), vx + vy)],
                    [(t.sub(x, y), vx - vy)],
                    [(t.ite(f, x, y), vx if vf else vy)],
                ]
            )
        )
        for pair in new:
            (booleans if pair[0].sort == "bool" else numbers).append(pair)
    term, value = (booleans + numbers)[draw(st.integers(0, len(booleans) + len(numbers) - 1))]
    return Sample(builder, term, tuple(values.values()), value)


def other_values(sample: Sample) -> State:
    """A state with other values wherever the term does not look."""
    looks = support(sample.term)
    domains = list(DOMAINS.values())
    return tuple(
        value if i in looks else domains[i].low + (value - domains[i].low + 1) % domains[i].size
        for i, value in enumerate(sample.state)
    )


def compiled(sample: Sample) -> int:
    """The value by the source that the explicit search runs."""
    term, terms = sample.term, sample.builder.t
    steps = Steps(sample.builder.build(), lambda *_: None)
    word = steps.packing.pack(sample.state)
    if term.sort == "bool":
        assert steps.predicate(term, negated=True)(word) != steps.predicate(term)(word)
        return int(steps.predicate(term)(word))
    equal = [k for k in range(term.low, term.high + 1) if steps.predicate(terms.eq(term, terms.const(k)))(word)]
    assert len(equal) == 1
    return equal[0]


@given(samples())
def test_value_and_bounds(sample: Sample) -> None:
    interpreter = Interpreter(sample.builder.build())
    assert interpreter.value(sample.term, sample.state) == sample.value
    assert sample.term.low <= sample.value <= sample.term.high


@given(samples())
def test_support_is_all_that_is_read(sample: Sample) -> None:
    interpreter = Interpreter(sample.builder.build())
    assert interpreter.value(sample.term, other_values(sample)) == sample.value


@given(samples())
def test_python_source_agrees(sample: Sample) -> None:
    assert compiled(sample) == sample.value


@given(samples())
def test_solver_text_agrees(sample: Sample) -> None:
    b = sample.builder
    wide = integer(-WIDEST, WIDEST)
    b.var("result", BOOL if sample.term.sort == "bool" else wide)
    writer = StateWriter(b.build())
    becomes = writer.becomes(len(DOMAINS), sample.term).replace(NEXT, "_next")
    fixed = [
        f"(assert {writer.equals(i, value)})"
        for i, value in enumerate(sample.state)
        if list(DOMAINS.values())[i].size > 1
    ]
    name = f"v{len(DOMAINS)}_next"
    sort = "Bool" if sample.term.sort == "bool" else "(_ BitVec 19)"
    text = "\n".join([*writer.lines, f"(declare-const {name} {sort})", f"(assert {becomes})", *fixed])
    solver = z3.Solver()
    solver.from_string(text.replace("!@", "_here"))
    assert solver.check() == z3.sat
    constant = z3.Bool(name) if sample.term.sort == "bool" else z3.BitVec(name, 19)
    model = solver.model().eval(constant, model_completion=True)
    found = int(z3.is_true(model)) if sample.term.sort == "bool" else model.as_long() - WIDEST
    assert found == sample.value


def test_equal_terms_are_the_same_object() -> None:
    t = Terms()
    x, y = t.var(0, "int", 0, 3), t.var(1, "int", 0, 3)
    assert t.eq(x, y) is t.eq(y, x)
    assert t.and_(t.lt(x, y), t.true) is t.lt(x, y)


def test_contradictions_fold() -> None:
    t = Terms()
    p, x = t.var(0, "bool", 0, 1), t.var(1, "int", 0, 3)
    assert t.and_(p, t.not_(p)) is t.false
    assert t.or_(p, t.not_(p)) is t.true
    assert t.eq(x, t.const(4)) is t.false
    assert t.le(x, t.const(3)) is t.true
    assert t.ite(p, x, x) is x


def test_a_choice_of_constants_compares_as_its_condition() -> None:
    t = Terms()
    p = t.var(0, "bool", 0, 1)
    assert t.eq(t.ite(p, t.const(1), t.const(2)), t.const(1)) is p


def test_deep_terms_do_not_exhaust_the_stack() -> None:
    b = Builder()
    x = b.var("x", integer(0, 1))
    term = x
    for _ in range(5000):
        term = b.t.sub(b.t.const(1), term)
    system = b.build()
    assert Interpreter(system).value(term, (1,)) == 1
    assert Steps(system, lambda *_: None).predicate(b.t.eq(term, b.t.const(1)))(1)


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 9), st.integers(0, 8)), min_size=1, max_size=8))
def test_packing_is_lossless(cells: list[tuple[int, int, int]]) -> None:
    b = Builder()
    for i, (low, size, _) in enumerate(cells):
        b.var(f"x{i}", integer(low, low + size - 1), low)
    state = tuple(low + pick % size for low, size, pick in cells)
    packing = Packing(b.build().variables)
    word = packing.pack(state)
    assert packing.unpack(word) == state
    assert word < 1 << packing.bits
    assert packing.mask(range(len(cells))) == (1 << packing.bits) - 1
