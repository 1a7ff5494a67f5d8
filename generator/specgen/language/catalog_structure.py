"""Long texts for what is wrong with the shape of a spec: SG2xx."""

from __future__ import annotations

_STATE = "\nvariables:\n  a: bool = false\n  state: enum idle busy = idle\n"

_CITING = """
sources:
  mail:
    title: A mail
    steps:
      9: it touches freed memory
variables:
  a: bool = false
actions:
  go:
    effect:
      a: not a
"""

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG201",
        "unknown section",
        "The keys at the top of a file are the sections that docs/language.md lists, and no others.",
        "\nvariable:\n  a: bool = false\n",
        "\nvariables:\n  a: bool = false\n",
    ),
    (
        "SG202",
        "unknown key",
        (
            "Every place has its own keys; a key that is not one of them would be ignored, so it is an "
            "error."
        ),
        _STATE + "actions:\n  go:\n    guards:\n      unset: not a\n",
        _STATE + "actions:\n  go:\n    guard:\n      unset: not a\n",
    ),
    (
        "SG203",
        "something is missing",
        (
            "A spec has a section `spec` with a name, a process has steps, a source a title, `in_order` "
            "belongs to an `each`, and a new step of a revision says what it stands before or after."
        ),
        "spec:\n  title: An example\n",
        "spec:\n  name: example\n  title: An example\n",
    ),
    (
        "SG204",
        "wrong shape",
        (
            "A mapping, a list or a text stands where another of the three is expected. A guard, for one, "
            "is a mapping: each condition has a name, which traces and revisions use."
        ),
        _STATE + "actions:\n  go:\n    guard: not a\n",
        _STATE + "actions:\n  go:\n    guard:\n      unset: not a\n",
    ),
    (
        "SG205",
        "not a name",
        (
            "What expressions name has letters, digits and `_` and begins with no digit. Actors may have "
            "several words, revisions dots and `-`, conditions and properties dotted names."
        ),
        "\nvariables:\n  my-flag: bool = false\n",
        "\nvariables:\n  my_flag: bool = false\n",
    ),
    (
        "SG206",
        "word of the language",
        (
            "A word that expressions, types or effects use cannot be a name. No step is called `idle`, "
            "and no action, process or procedure like a section, since paths of revisions begin with "
            "these."
        ),
        "\nvariables:\n  count: 0..3 = 0\n",
        "\nvariables:\n  counted: 0..3 = 0\n",
    ),
    (
        "SG207",
        "declared twice",
        (
            "Two entries share a name: in one section, perhaps in two files, among the parameters of one "
            "head, or among actions, processes and procedures, which have one space of names."
        ),
        _STATE + "actions:\n  go:\n    effect:\n      a: true\nprocedures:\n  go: {}\n",
        _STATE + "actions:\n  go:\n    effect:\n      a: true\nprocedures:\n  halt: {}\n",
    ),
    (
        "SG208",
        "nothing behind a key",
        "A key has a value. A mapping without entries is written `{}`.",
        _STATE + "covers:\n  busy_at_last:\n",
        _STATE + "covers:\n  busy_at_last: state = busy\n",
    ),
    (
        "SG210",
        "neither true nor false",
        (
            "Flags are `true` or `false`. Other words that YAML files use for truth values, `yes` or "
            "`on`, are only words here."
        ),
        "\nactors:\n  user: {controllable: yes}\n",
        "\nactors:\n  user: {controllable: true}\n",
    ),
    (
        "SG211",
        "not a citation",
        "`cites:` names a source and one of its steps, with a space between. Several are a list.",
        _CITING + "    cites: mail\n",
        _CITING + "    cites: mail 9\n",
    ),
    (
        "SG212",
        "not a verdict",
        (
            "What is expected is one of: holds, violated, violated in N, reached, reached in N, "
            "unreachable, always possible, impossible, impossible after N."
        ),
        _STATE + "covers:\n  done: a\nrevisions:\n  v1:\n    expect:\n      done: never\n",
        _STATE + "covers:\n  done: a\nrevisions:\n  v1:\n    expect:\n      done: unreachable\n",
    ),
    (
        "SG213",
        "else without if",
        "`else if c:` and `else:` stand right behind an `if`, in the same column.",
        _STATE + "actions:\n  go:\n    effect:\n      else:\n        a: true\n",
        _STATE + "actions:\n  go:\n    effect:\n      if a:\n        a: false\n      else: {}\n",
    ),
)
