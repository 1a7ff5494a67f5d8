"""Long texts for findings: SG8xx. Each example is a spec that has the finding, then one that has not."""

from __future__ import annotations

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG801",
        "assert violated",
        (
            "An assert says what must be true when a step happens; if it is not, memory is corrupt and the "
            "path ends with that step. The trace is a shortest one. What lies behind it is not explored: a "
            "verdict that then says `paths end at` may hide more."
        ),
        """
variables:
  freed: bool = false
actions:
  free:
    effect:
      freed: true
  touch:
    assert:
      no_uaf: not freed
    effect: {}
""",
        """
variables:
  freed: bool = false
actions:
  free:
    effect:
      freed: true
  touch:
    guard:
      alive: not freed
    assert:
      no_uaf: not freed
    effect: {}
""",
    ),
    (
        "SG802",
        "check violated",
        (
            "A check says what should be true when a step happens. If it is not, that is a finding, and the "
            "path goes on."
        ),
        """
variables:
  held: bool = false
actions:
  drop:
    check:
      was_held: held
    effect:
      held: false
""",
        """
variables:
  held: bool = false
actions:
  take:
    effect:
      held: true
  drop:
    guard:
      held: held
    check:
      was_held: held
    effect:
      held: false
""",
    ),
    (
        "SG803",
        "invariant violated",
        (
            "An invariant must hold in every state that can be reached. The trace leads to one where it "
            "does not, in as few steps as there can be; below it stand the values of what the invariant "
            "speaks of."
        ),
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    effect:
      n: min(n + 1, 3)
invariants:
  small: n < 2
""",
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    effect:
      n: min(n + 1, 1)
invariants:
  small: n < 2
""",
    ),
    (
        "SG804",
        "cover unreachable",
        (
            "A cover says what must be possible. If it cannot be reached, the spec allows less than it "
            "should, and every other verdict speaks of less than it seems to: a guard is too strong, or a "
            "state was misunderstood."
        ),
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    effect:
      n: min(n + 1, 1)
covers:
  grown: n = 3
""",
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    effect:
      n: min(n + 1, 3)
covers:
  grown: n = 3
""",
    ),
    (
        "SG805",
        "not always possible",
        (
            "From every state that can be reached, it must still be possible to reach one where the "
            "predicate holds. The trace leads to a state from where it is not: a hang, even if other steps "
            "go on for ever."
        ),
        """
variables:
  state: enum live stopped lost = live
actions:
  stop:
    guard:
      live: state = live
    effect:
      state: stopped
  lose:
    guard:
      live: state = live
    effect:
      state: lost
  stay:
    effect: {}
always_possible:
  stops: state = stopped
""",
        """
variables:
  state: enum live stopped lost = live
actions:
  stop:
    effect:
      state: stopped
  lose:
    guard:
      live: state = live
    effect:
      state: lost
always_possible:
  stops: state = stopped
""",
    ),
    (
        "SG806",
        "deadlock",
        (
            "A state was reached in which no guard holds, so that nothing can ever happen again, and no "
            "`terminal` predicate says that this is meant. Below the trace stands what blocks each action."
        ),
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    guard:
      small: n < 2
    effect:
      n: n + 1
""",
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    guard:
      small: n < 2
    effect:
      n: n + 1
terminal:
  grown: n = 2
""",
    ),
    (
        "SG807",
        "a value leaves its range",
        (
            "A step would give a variable a value outside of its type, use an index that the array does not "
            "have, read through null, or let a sequence grow past its bound. It is never wrapped around or "
            "cut off."
        ),
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    effect:
      n: n + 1
""",
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    effect:
      n: min(n + 1, 3)
""",
    ),
    (
        "SG808",
        "two effects on one cell",
        (
            "One step assigns two different values to the same cell, and the order of assignments has no "
            "meaning. Say with `if` and `else` which one counts."
        ),
        """
types:
  Tag: 0..1
variables:
  first: Tag = 0
  rq: array Tag of bool = false
actions:
  swap:
    effect:
      rq[first]: true
      rq[0]: false
""",
        """
types:
  Tag: 0..1
variables:
  first: Tag = 0
  rq: array Tag of bool = false
actions:
  swap:
    effect:
      if first = 0:
        rq[0]: false
      else:
        rq[first]: true
        rq[0]: false
""",
    ),
    (
        "SG809",
        "action never happens",
        (
            "No state that can be reached lets this action happen. It tells which guard blocks it where the "
            "ones before hold. Such an action is a misunderstanding, or left over."
        ),
        """
variables:
  n: 0..3 = 0
actions:
  stay:
    effect: {}
  leap:
    guard:
      far: n = 3
    effect:
      n: 0
""",
        """
variables:
  n: 0..3 = 3
actions:
  stay:
    effect: {}
  leap:
    guard:
      far: n = 3
    effect:
      n: 0
""",
    ),
    (
        "SG810",
        "cover reached",
        (
            "The trace leads in as few steps as there can be to a state that the cover describes. It is "
            "shown with `--trace`, or when the spec expects the cover to be unreachable."
        ),
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    effect:
      n: min(n + 1, 3)
covers:
  grown: n = 3
""",
        """
variables:
  n: 0..3 = 0
actions:
  grow:
    effect:
      n: min(n + 1, 1)
covers:
  grown: n = 3
""",
    ),
    (
        "SG811",
        "not as expected",
        (
            "The property has its good verdict, and `expect:` of the revision says otherwise. Either the "
            "revision no longer has the defect that the spec knew of, or a guard, an initial state or a "
            "bound hides it."
        ),
        """
variables:
  n: 0..3 = 0
actions:
  stay:
    effect: {}
invariants:
  small: n < 2
revisions:
  first:
    title: as it was
    expect:
      small: violated
""",
        """
variables:
  n: 0..3 = 0
actions:
  stay:
    effect: {}
invariants:
  small: n < 2
revisions:
  first:
    title: as it was
    expect:
      small: holds
""",
    ),
)
