"""A small spec for tests of mutation, and its parts."""

from __future__ import annotations

from specgen.core.lower import lower
from specgen.engines.verdict import Limits
from specgen.language.scope import Memo
from specgen.testgen.build import suites
from specgen.testgen.mutation.behaviour import Behaviour, Interface
from specgen.testgen.mutation.judging import Judge
from specgen.testgen.mutation.mutants import build, mutants
from specgen.testgen.mutation.running import scripts

from ..specs import typed

# One gate, two users; `noise` is hidden, `idle` of a process too.
GATE = """\
spec:
  name: gate
types:
  User: enum ann bob
  Level: 0..2
variables:
  inside: array User of bool = false
  level: Level = 0
  lamp: enum off dim full = off
  noise: bool = false
definitions:
  empty: no u in User where inside[u]
  crowded(n): level >= n and not empty
  unused: level = 2
procedures:
  shine(how):
    effect:
      lamp: how
  idle_hands:
    effect:
      noise: true
actions:
  enter:
    params: {u: User}
    guard:
      free: empty and level < 2
      dark: lamp = off
    effect:
      inside[u]: true
      level: level + 1
      if level = 1:
        do: shine(full)
      else:
        do: shine(dim)
  leave:
    params: {u: User}
    guard:
      in_here: inside[u]
    check:
      lit: lamp != off
    effect:
      inside[u]: false
      lamp: off
      noise: not noise
  alarm:
    guard:
      full_house: crowded(2)
    assert:
      not_dark: lamp != off
    effect:
      level: 0
invariants:
  one: not (inside[ann] and inside[bob])
covers:
  crowd: level = 2
observations:
  gate:
    params: {u: User}
    expr: inside[u]
  lamp_shows: lamp
revisions:
  today:
    title: as it is
"""


def spec_of(path, text=GATE):
    spec, found = typed(path / "spec.yaml", text, "today")
    assert not found.failed, found.items
    return spec


def made(path, text=GATE):
    """Mutants by name."""
    return {mutant.name: mutant for mutant in mutants(spec_of(path, text))}


def behaviours(original, other):
    """Two systems behind the interface of the first."""
    interface, outcomes = Interface.of(original), {}
    return Behaviour(original, interface, outcomes), Behaviour(other, interface, outcomes), interface


def system_of(mutant):
    system = build(mutant.document, {}, Memo())
    assert system is not None
    return system


def judge(path, text=GATE, criteria=("covers", "transitions"), limits=None):
    spec = spec_of(path, text)
    system = lower(spec)
    expectations = spec.document.revision.expect
    built = suites("today", system, criteria, expectations, Limits())
    found = scripts(built, Interface.of(system))
    return Judge(system, {}, spec.declared, expectations, found, limits or Limits())
