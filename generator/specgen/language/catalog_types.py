"""Long texts for what the type checker reports: SG4xx."""

from __future__ import annotations

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG401",
        "unknown name",
        (
            "A name must be a variable, constant, definition, parameter or process counter, or an enum "
            "value in a place that expects its enum."
        ),
        """
variables:
  task: enum alive exiting = alive
invariants:
  safe: tsk = alive
""",
        """
variables:
  task: enum alive exiting = alive
invariants:
  safe: task = alive
""",
    ),
    (
        "SG402",
        "one name for two things",
        (
            "Constants, types, variables, definitions and processes share one space of names, and an enum"
            " value or a parameter may not hide one of them: else a reader could not tell what a word "
            "means."
        ),
        """
variables:
  idle: bool = false
  task: enum idle busy = busy
""",
        """
variables:
  resting: bool = false
  task: enum idle busy = busy
""",
    ),
    (
        "SG403",
        "wrong type",
        (
            "There is no conversion between types. Integers compare with integers of any range; an enum "
            "value belongs to the enum its place expects; `null` only to `T or null`."
        ),
        """
variables:
  count_of: 0..3 = 0
invariants:
  safe: count_of = true
""",
        """
variables:
  count_of: 0..3 = 0
invariants:
  safe: count_of = 1
""",
    ),
    (
        "SG405",
        "type cannot be told",
        (
            "An enum value, `null`, `set()` and `seq()` take their type from what stands beside them. "
            "Where nothing does, the type is not known."
        ),
        """
variables:
  task: enum alive exiting = alive
invariants:
  safe: alive = alive
""",
        """
variables:
  task: enum alive exiting = alive
invariants:
  safe: task = alive
""",
    ),
    (
        "SG406",
        "not an array, or the wrong number of indices",
        "`x[i]` needs an array or a sequence, with as many indices as it was declared with.",
        """
types:
  Tag: 0..1
variables:
  rq: array Tag of bool = false
invariants:
  safe: not rq[0, 1]
""",
        """
types:
  Tag: 0..1
variables:
  rq: array Tag of bool = false
invariants:
  safe: not rq[0]
""",
    ),
    (
        "SG407",
        "no such field",
        "`x.name` needs a record that declares the field.",
        """
types:
  Slot:
    busy: bool = false
variables:
  slot: Slot
invariants:
  safe: not slot.bussy
""",
        """
types:
  Slot:
    busy: bool = false
variables:
  slot: Slot
invariants:
  safe: not slot.busy
""",
    ),
    (
        "SG408",
        "unknown function, or the wrong number of arguments",
        (
            "Functions are the built-in ones of the language reference and definitions with parameters; "
            "each takes a fixed number of arguments."
        ),
        """
variables:
  n: 0..3 = 0
invariants:
  safe: min(n) = 0
""",
        """
variables:
  n: 0..3 = 0
invariants:
  safe: min(n, 1) < 2
""",
    ),
    (
        "SG409",
        "not constant",
        (
            "Ends of ranges, bounds of sequences, constants and initial values are made of numbers and "
            "constants alone."
        ),
        """
variables:
  n: 0..3 = 0
  m: 0..3 = n
""",
        """
constants:
  START: 0
variables:
  n: 0..3 = START
  m: 0..3 = START
""",
    ),
    (
        "SG410",
        "not a usable type",
        (
            "A range needs its ends in order, an enum distinct values, an index, element of a set and "
            "parameter a finite scalar type, and an initial value must be one of the type's values."
        ),
        """
variables:
  n: 3..0 = 0
""",
        """
variables:
  n: 0..3 = 0
""",
    ),
    (
        "SG411",
        "defined by itself",
        (
            "Definitions, types, procedures and called processes are expanded in place, so none may lead "
            "back to itself."
        ),
        """
variables:
  n: 0..3 = 0
definitions:
  small: not large
  large: not small
""",
        """
variables:
  n: 0..3 = 0
definitions:
  small: not large
  large: n > 1
""",
    ),
    (
        "SG412",
        "no such step",
        (
            "`goto:` names a step of the same process, or `idle`. The first step runs from `idle`, so "
            "`goto: idle` is how one gets there."
        ),
        """
processes:
  worker:
    steps:
      begin:
        effect:
          goto: finish
      middle:
        effect:
          goto: idle
""",
        """
processes:
  worker:
    steps:
      begin:
        effect:
          goto: middle
      middle:
        effect:
          goto: idle
""",
    ),
    (
        "SG413",
        "goto or call outside of a step",
        (
            "Only a step of a process has a next step. An action is a single step, and a procedure is "
            "part of the step that performs it."
        ),
        """
variables:
  n: 0..3 = 0
actions:
  reset:
    effect:
      n: 0
      goto: idle
""",
        """
variables:
  n: 0..3 = 0
actions:
  reset:
    effect:
      n: 0
""",
    ),
    (
        "SG414",
        "argument of a call may change",
        (
            "The steps of a called process run later, one by one. What they are given must still mean the"
            " same then: a constant, an enum value or a parameter."
        ),
        """
variables:
  n: 0..1 = 0
  m: 0..1 = 0
processes:
  helper:
    called: true
    params: {t: 0..1}
    steps:
      work:
        effect:
          m: t
  worker:
    steps:
      begin:
        effect:
          call: helper(n)
""",
        """
variables:
  n: 0..1 = 0
  m: 0..1 = 0
processes:
  helper:
    called: true
    params: {t: 0..1}
    steps:
      work:
        effect:
          m: t
  worker:
    steps:
      begin:
        effect:
          call: helper(1)
""",
    ),
    (
        "SG415",
        "cannot be assigned",
        (
            "The left side of an effect is a state variable or a part of one. A process's counter moves "
            "by its own steps."
        ),
        """
constants:
  N: 1
actions:
  grow:
    effect:
      N: 2
""",
        """
variables:
  n: 0..2 = 1
actions:
  grow:
    effect:
      n: 2
""",
    ),
    (
        "SG416",
        "every round assigns the same cell",
        (
            "All rounds of a `for` happen at once. A left side without the loop variable is one cell for "
            "all of them, so it takes only a constant."
        ),
        """
variables:
  last: 0..3 = 0
actions:
  sweep:
    effect:
      for t in 0..3:
        last: t
""",
        """
variables:
  seen: array 0..3 of bool = false
actions:
  sweep:
    effect:
      for t in 0..3:
        seen[t]: true
""",
    ),
    (
        "SG417",
        "unknown actor",
        "`actor:` names an entry of the section `actors`, when the spec has that section.",
        """
actors:
  driver: {}
actions:
  tick:
    actor: diver
    effect: {}
""",
        """
actors:
  driver: {}
actions:
  tick:
    actor: driver
    effect: {}
""",
    ),
    (
        "SG418",
        "unknown citation",
        "`cites: mail 9` needs an entry `mail` in `sources` with a step 9.",
        """
sources:
  mail:
    title: A mail
    steps:
      1: it begins
actions:
  tick:
    cites: mail 2
    effect: {}
""",
        """
sources:
  mail:
    title: A mail
    steps:
      1: it begins
actions:
  tick:
    cites: mail 1
    effect: {}
""",
    ),
    (
        "SG419",
        "expectation of no property",
        (
            "`expect:` names properties of the spec, or a dotted prefix of some, with a verdict word of "
            "their kind."
        ),
        """
variables:
  n: 0..3 = 0
invariants:
  small: n < 4
revisions:
  first:
    title: as it is
    expect:
      smal: violated
""",
        """
variables:
  n: 0..3 = 0
invariants:
  small: n < 4
revisions:
  first:
    title: as it is
    expect:
      small: holds
""",
    ),
    (
        "SG420",
        "nothing to do or call",
        "`do:` performs a procedure, `call:` a process that is marked `called: true`.",
        """
variables:
  n: 0..3 = 0
actions:
  tick:
    effect:
      do: reset
""",
        """
variables:
  n: 0..3 = 0
procedures:
  reset:
    effect:
      n: 0
actions:
  tick:
    effect:
      do: reset
""",
    ),
    (
        "SG421",
        "too large",
        (
            "Types, quantifiers and parameters are written out value by value before checking. This one "
            "gives more than can be handled; choose smaller constants."
        ),
        """
variables:
  n: array 0..9999 of bool = false
""",
        """
variables:
  n: array 0..9 of bool = false
""",
    ),
    (
        "SG423",
        "used by nothing",
        (
            "Definitions with parameters, procedures and called processes are checked where they are "
            "used. One that no revision uses is not checked, and tells a reader nothing."
        ),
        """
variables:
  n: 0..3 = 0
definitions:
  above(m): n > m
invariants:
  low: n < 4
""",
        """
variables:
  n: 0..3 = 0
definitions:
  above(m): n > m
invariants:
  low: not above(3)
""",
    ),
)
