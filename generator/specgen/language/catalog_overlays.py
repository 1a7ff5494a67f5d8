"""Long texts for what is wrong with the revisions of a spec: SG5xx."""

from __future__ import annotations

_BASE = """
variables:
  a: bool = false
actions:
  go:
    guard:
      unset: not a
    effect:
      a: true
processes:
  work:
    steps:
      first:
        effect:
          a: true
      second:
        effect:
          a: false
revisions:
"""

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG501",
        "base in a circle",
        "A revision begins from its base; following bases must end at the document.",
        _BASE + "  v1:\n    base: v2\n    remove:\n      - go\n"
        "  v2:\n    base: v1\n    remove:\n      - work.first\n",
        _BASE + "  v1:\n    remove:\n      - go\n  v2:\n    base: v1\n    remove:\n      - work.first\n",
    ),
    (
        "SG502",
        "unknown base",
        "`base:` names another revision of the file, or `base` for the document itself.",
        _BASE + "  v1:\n    title: first\n  v2:\n    base: v11\n    remove:\n      - go\n",
        _BASE + "  v1:\n    title: first\n  v2:\n    base: v1\n    remove:\n      - go\n",
    ),
    (
        "SG503",
        "changes nothing",
        (
            "A revision says what is different. What it replaces by the same, and an overlay without any "
            "change, is most likely a slip."
        ),
        _BASE + "  v1:\n    change:\n      go:\n        guard:\n          unset: not a\n",
        _BASE + "  v1:\n    change:\n      go:\n        guard:\n          unset: a\n",
    ),
    (
        "SG504",
        "nothing there",
        (
            "What a revision removes, replaces, drops or reorders must exist in its base. A path is an "
            "action, a process, `process.step`, a procedure or `section.name`."
        ),
        _BASE + "  v1:\n    remove:\n      - work.secnd\n",
        _BASE + "  v1:\n    remove:\n      - work.second\n",
    ),
    (
        "SG505",
        "exists already",
        "What a revision adds must not exist in its base; what exists is replaced under `change:`.",
        _BASE + "  v1:\n    variables:\n      a: bool = true\n",
        _BASE + "  v1:\n    change:\n      variables.a: bool = true\n",
    ),
    (
        "SG506",
        "revision contradicts itself",
        (
            "Two verbs of one revision work on the same thing, so that their order would decide. Say once "
            "what becomes of it."
        ),
        _BASE + "  v1:\n    remove:\n      - go\n    change:\n      go:\n        drop_guard: [unset]\n",
        _BASE + "  v1:\n    change:\n      go:\n        drop_guard: [unset]\n",
    ),
    (
        "SG507",
        "path does not fit the verb",
        (
            "`add:` is for steps of processes and fields of records; new entries of a section stand under "
            "its name. Only paths of definitions have parameters."
        ),
        _BASE + "  v1:\n    add:\n      variables.b: bool\n",
        _BASE + "  v1:\n    variables:\n      b: bool\n",
    ),
    (
        "SG508",
        "steps or fields do not add up",
        (
            "`order:` lists all steps of a process, each once; the last step of a process or field of a "
            "record cannot be removed, only the whole."
        ),
        _BASE + "  v1:\n    order:\n      work: [second]\n",
        _BASE + "  v1:\n    order:\n      work: [second, first]\n",
    ),
    (
        "SG509",
        "no such change here",
        (
            "Guards and effects are changed on actions and steps, `called` on processes, parameters of "
            "procedures have no types, and so on: what is changed must be something the thing has."
        ),
        _BASE + "  v1:\n    change:\n      work:\n        add_guard:\n          unset: not a\n",
        _BASE + "  v1:\n    change:\n      work.first:\n        add_guard:\n          unset: not a\n",
    ),
    (
        "SG510",
        "revision called base",
        "`base` always means the document without any revision.",
        _BASE + "  base:\n    title: as it stands\n",
        _BASE + "  v1:\n    title: as it stands\n",
    ),
)
