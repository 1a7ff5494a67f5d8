"""A spec with every shape of value, and random behaviours of it."""

from __future__ import annotations

import random

from specgen.core.interpreter import Interpreter
from specgen.core.system import System
from specgen.trace.trace import Trace

LOCK = """\
spec:
  name: lock
sources:
  mail:
    title: A mail
    steps:
      1: One takes the lock
      2: The other does not look
constants:
  N: 2
types:
  Proc: 0..N - 1
  Slot:
    state: enum idle busy = idle
    owner: Proc or null = null
variables:
  held: array Proc of bool = false
  pair: array Proc, Proc of 0..3 = 0
  slot: Slot
  seen: set of Proc = set()
  log: sequence 2 of Proc = seq()
  mood: enum calm angry
init:
  calm_or_angry: mood = calm or mood = angry
actors:
  user: {}
processes:
  work:
    actor: user
    code: mutex_lock
    params: {p: Proc}
    steps:
      take:
        cites: mail 1
        guard:
          lock_free: no q in Proc where held[q]
        effect:
          held[p]: true
          slot.state: busy
          slot.owner: p
          seen: union(seen, set(p))
      use:
        cites: mail 2
        assert:
          alone: forall q in Proc, held[q] implies q = p
        effect:
          log: if size(log) < 2 then append(log, p) else seq(p)
          pair[p, p]: min(pair[p, p] + 1, 3)
      drop:
        effect:
          held[p]: false
          slot: default(Slot)
actions:
  calm_down:
    guard:
      angry: mood = angry
    check:
      nobody: slot.state = idle
    effect:
      mood: calm
invariants:
  exclusive: (count p in Proc where held[p]) <= 1
revisions:
  good:
    title: as it should be
  racy:
    title: nobody looks
    cites: mail
    change:
      work.take:
        drop_guard: [lock_free]
"""


def walk(system: System, seed: int, length: int) -> Trace:
    """A random behaviour; ends early where an assert fails."""
    judge, choice = Interpreter(system), random.Random(seed)
    states = [choice.choice(list(judge.initial_states()))]
    steps: list[int] = []
    for _ in range(length):
        before = states[-1]
        action = choice.choice([a for a in system.actions if judge.attempted(before, a)])
        steps.append(action.index)
        states.append(judge.apply(before, action))
        if any(o.fatal for o in judge.failing(before, action)):
            break
    return Trace(system, tuple(states), tuple(steps))
