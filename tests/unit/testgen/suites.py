"""Suites for tests of what is made of them."""

from __future__ import annotations

from pathlib import Path

from specgen.core.lower import lower
from specgen.engines.verdict import Limits
from specgen.testgen.build import suites
from specgen.testgen.files import Place
from specgen.testgen.suite import CRITERIA, Suite
from specgen.testgen.vocabulary import Vocabulary, vocabulary

from ..specs import typed

PLACE = Place("spec.yaml", "../spec.yaml", "out", "specgen generate spec.yaml", "mine", ())

# A token that may start anywhere, a check, an assert, citations, names that Python has taken, and an end.
TOKEN = """\
spec:
  name: token
sources:
  mail:
    title: A mail
    steps:
      1: One takes the "token", or \\ not
      2: It is dropped
constants:
  N: 3
types:
  Place: 0..N - 1
  Hand: enum left right
variables:
  at: Place
  hand: Hand or null = null
  worn: 0..2 = 0
actors:
  user: {controllable: true}
  fate: {}
actions:
  start:
    about: Somebody takes it
    actor: user
    code: [take_it, really]
    cites: mail 1
    params: {by: Hand, class: Place}
    guard:
      free: hand = null
      there: at = class
    effect:
      hand: by
  drop:
    actor: user
    cites: mail 2
    guard:
      taken: hand != null
      not_lost: worn < 2
    assert:
      whole: worn < 2
    check:
      careful: hand = left
    effect:
      hand: null
      worn: worn + 1
processes:
  wear:
    actor: fate
    steps:
      out:
        guard:
          old: worn = 2
        effect: {}
      forever:
        guard:
          never: false
        effect: {}
invariants:
  new: worn < 2
covers:
  worn_out: worn = 2
terminal:
  gone: worn = 2
revisions:
  v1.0:
    title: as it is
    cites: mail
    expect:
      careful: violated
      new: violated
      dead_action: violated
  v1.1-careless:
    title: without the guard
    change:
      drop:
        drop_guard: [not_lost]
      start:
        params: {class: Place}
        effect:
          hand: right
    expect:
      careful: violated
      new: violated
      whole: violated
      dead_action: violated
"""


def made(
    path: Path, text: str = TOKEN, revision: str = "v1.0", criteria: tuple[str, ...] = tuple(CRITERIA)
) -> tuple[dict[str, Suite], Vocabulary]:
    """The suites of a revision by criterion, and its vocabulary."""
    spec, found = typed(path / "spec.yaml", text, revision)
    assert not found.failed, found.items
    system = lower(spec)
    expectations = spec.document.revision.expect
    built = suites(revision, system, criteria, expectations, Limits())
    return {suite.criterion: suite for suite in built}, vocabulary(revision, spec, system)
