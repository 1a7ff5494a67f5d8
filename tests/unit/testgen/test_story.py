"""What the lines of a test check, on a system under test made for it."""

from __future__ import annotations

import pytest

from specgen.testgen.harness import Refused
from specgen.testgen.harness.errors import Incomplete, Mismatch, Unknown
from specgen.testgen.harness.story import Story

START = {"n": 0, "full": False}


class Broken(Exception):
    pass


class Counter:
    """Counts to two; a third time breaks it. ``odd`` overrides what a method does."""

    def __init__(self, **odd):
        self.n = 0
        self.warned = []
        self.odd = odd

    def start(self, seen):
        self.n = seen["n"] if "start" not in self.odd else self.odd["start"]

    def act(self, action, given):
        self.warned = []
        if action in self.odd:
            self.odd[action](self, **given)
        elif action == "grow":
            if self.n == 2:
                raise Broken("too much")
            self.n += given["by_"]
            self.warned = ["small"] if self.n > 1 else []
        elif action == "shrink":
            if self.n == 0:
                raise Refused(guards=("some",))
            self.n -= 1
        else:
            raise NotImplementedError(action)

    def observe(self):
        return self.odd.get("observe", lambda it: {"n": it.n, "full": it.n == 2, "more": "unasked"})(self)

    def warnings(self):
        return self.odd.get("warnings", lambda it: it.warned)(self)

    def recognises(self, error, name):
        return isinstance(error, Broken) and name == "bounded"

    def holds(self, name):
        return self.odd.get("holds", lambda it, _: it.n < 2)(self, name)

    def everything(self):
        yield "grow", {"by_": 1}
        yield "shrink", {}


class Places:
    def action(self, name):
        return f"a.yaml:{len(name)}"

    def guard(self, action, name):
        return "a.yaml:9" if action and name == "some" else ""

    def cites(self, action):
        return "mail 5" if action == "cited" else ""

    def remarks(self):
        return [("again", "pytest a_test")]


def story(**odd):
    made = Story(lambda: Counter(**odd), Places())
    made.start(START)
    return made


def report(action, *given, **named):
    with pytest.raises(Mismatch) as caught:
        action(*given, **named)
    return str(caught.value)


def test_a_story_that_is_true():
    it = story()
    it.refuses("shrink", by="some")
    it.step("grow", by_=1, then={"n": 1})
    it.step("grow", by_=1, warns=["small"], then={"n": 2, "full": True})
    it.breaks("new")
    it.violates("bounded", "grow", by_=1)
    it.violates("bounded", "grow", by_=1)


def test_every_start_is_a_new_system():
    it = story()
    it.step("grow", by_=1, then={"n": 1})
    it.start(START)
    it.step("grow", by_=1, then={"n": 1})


def test_the_initial_state_is_compared():
    with pytest.raises(Mismatch) as caught:
        story(start=1)
    assert str(caught.value).splitlines()[:2] == [
        "the initial state looks otherwise than the spec says",
        "  n      expected 0, observed 1",
    ]


def test_a_change_that_does_not_come_and_one_that_should_not():
    it = story()
    it.step("grow", by_=1, then={"n": 1})
    assert report(it.step, "grow", by_=1, warns=["small"], then={"full": False}) == (
        "step 2, grow(by_=1) looks otherwise than the spec says\n"
        "  n      expected 1 as before, observed 2\n"
        "  full   expected False, observed True\n"
        "  spec   a.yaml:4\n"
        "  again  pytest a_test\n"
        "so far:\n"
        "    1  grow(by_=1)\n"
        "    2  grow(by_=1)"
    )


def test_true_is_not_one_and_what_is_not_told_is_missed():
    for observe, told in (
        (lambda _: {"n": False, "full": False}, r"n      expected 0, observed False"),
        (lambda _: {"n": 0}, r"full   expected False, but observe\(\) does not tell it"),
        (lambda _: {"n": 0.5, "full": 0}, r"n      expected 0, observed 0.5\n  full   expected False, observed 0"),
    ):
        with pytest.raises(Mismatch, match=told):
            story(observe=observe)


def test_a_step_that_is_refused_names_the_guards():
    text = report(story().step, "shrink", then={})
    assert text.startswith("step 1, shrink, must happen, and is refused: by some\n")
    assert "guard  some  a.yaml:9" in text


def test_a_step_that_fails_or_is_not_there():
    it = story()
    it.step("grow", by_=2, warns=["small"], then={"n": 2, "full": True})
    text = report(it.step, "grow", by_=1)
    assert text.startswith("step 2, grow(by_=1), must happen, and fails: Broken: too much")
    assert "NotImplementedError: jump" in report(story().step, "jump")


def test_a_report_has_the_cause():
    with pytest.raises(Mismatch) as caught:
        story(shrink=lambda _: 1 / 0).step("shrink")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_what_the_adapter_lacks_is_no_failure_of_the_system():
    def lacks(_, **_given):
        raise Incomplete("there is no grow")

    for line in ("step", "refuses", "violates"):
        given = {"step": (), "refuses": (), "violates": ("bounded",)}[line]
        with pytest.raises(Incomplete, match="there is no grow"):
            getattr(story(grow=lacks), line)(*given, "grow", **({"by": "some"} if line == "refuses" else {}))


def test_warnings_are_compared_where_they_are_told():
    assert "expected  nothing" in report(story().step, "grow", by_=2, then={"n": 2, "full": True})
    assert "observed  nothing" in report(story().step, "grow", by_=1, warns=["small"], then={"n": 1})
    silent = story(warnings=lambda _: None)
    silent.step("grow", by_=1, warns=["small"], then={"n": 1})


def test_a_check_that_raises_is_told_what_a_check_is():
    def fails(_, by_):
        raise Broken

    text = report(story(grow=fails).step, "grow", by_=1, warns=["small"])
    assert "warns  small  a check: the step happens all the same, warnings() tells it" in text


def test_what_must_be_refused():
    it = story()
    text = report(it.refuses, "grow", by_=1, by=["some", "other"])
    assert text.startswith("grow(by_=1) after the start must be refused, and happens\n  guard  some  a.yaml:9\n  guard  other\n")
    assert "must be refused, and fails: NotImplementedError" in report(story().refuses, "jump", by="some")
    assert "observed  refused by some" in report(story().refuses, "shrink", by=["some", "other"])


def test_a_refusal_without_names_will_do_but_must_change_nothing():
    def refuses(it):
        raise Refused("not now")

    def changes(it):
        it.n = 1
        raise Refused

    story(shrink=refuses).refuses("shrink", by="anything")
    text = report(story(shrink=changes).refuses, "shrink", by="some")
    assert text.startswith("shrink after the start is refused, but something changes\n  n      expected 0 as before, observed 1")


def test_what_must_be_violated():
    it = story()
    assert "must violate bounded, and happens" in report(it.violates, "bounded", "grow", by_=1)
    assert "must violate bounded, and is refused: by some" in report(story().violates, "bounded", "shrink")
    it = story()
    it.step("grow", by_=2, warns=["small"], then={"n": 2, "full": True})
    assert "fails otherwise: Broken" in report(it.violates, "other", "grow", by_=1)
    assert "fails otherwise: NotImplementedError" in report(story().violates, "bounded", "jump")


def test_a_check_is_violated_by_a_step_that_happens():
    it = story()
    it.violates("small", "grow", by_=2)
    assert "warnings() does not tell it" in report(story().violates, "small", "grow", by_=1)
    silent = story(warnings=lambda _: None)
    assert "it does not tell warnings()" in report(silent.violates, "small", "grow", by_=2)


def test_a_state_is_judged_where_that_can_be():
    assert "new must be violated after the start, and holds" in report(story().breaks, "new")
    story(holds=lambda *_: None).breaks("new")

    def unknown(it, name):
        raise Unknown(f"no {name}")

    assert "cannot be judged: no new" in report(story(holds=unknown).breaks, "new")


def refuse(it, **_):
    raise Refused


def test_the_end():
    story(grow=refuse, shrink=refuse).stuck()
    assert "nothing must happen any more, but grow(by_=1) after the start does" in report(story().stuck)
    assert "must be refused, and fails: Broken" in report(story(start=2, observe=lambda _: START).stuck)


def test_what_a_guard_prevents():
    steps = [("shrink", {}), ("grow", {"by_": 1}), ("grow", {"by_": 1})]
    story().prevents("bounded", by="some", steps=steps)
    story(shrink=refuse).prevents("bounded", by="some", steps=steps)
    assert "refused by other guards" in report(story().prevents, "bounded", by="other", steps=steps)

    def jumps(it):
        it.n = 2

    text = report(story(shrink=jumps).prevents, "bounded", by="some", steps=steps)
    assert text.startswith("shrink after the start must be refused, and happens; then grow(by_=1) fails: Broken: too much")
    assert "against  bounded" in text
    assert text.endswith("so far:\n    1  shrink\n    2  grow(by_=1)")

    def steps_on(it):
        it.n = 0

    text = report(story(shrink=steps_on).prevents, "bounded", by="some", steps=steps[:2])
    assert text.splitlines()[0] == "shrink after the start must be refused, and happens"


def test_a_long_story_is_cut_in_the_report():
    it = story(warnings=lambda _: None)
    for _ in range(30):
        it.step("grow", by_=1, then={"n": 1})
        it.step("shrink", then={"n": 0})
    lines = report(it.step, "shrink").splitlines()
    assert "  ... 21 more" in lines
    assert lines[-1] == "   61  shrink"


def test_a_story_begins_with_a_start():
    with pytest.raises(TypeError, match="begins with"):
        Story(Counter, Places()).step("grow", by_=1)
