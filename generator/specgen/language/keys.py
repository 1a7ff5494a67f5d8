"""Every key of the language with the sentence that explains it.

The reader refuses what is not here, the JSON Schema shows the sentences in editors, and docs/language.md
contains each of them: a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_STEP = {
    "about": "What the step is, in prose.",
    "actor": "Who takes the step; an entry of `actors`.",
    "code": "The function in the source that does this, or a list of them.",
    "cites": "The step of a source that this is, as in `mail 9`, or a list of them.",
    "params": "Parameters and their finite types; one instance per value.",
    "guard": "Named conditions; the step may happen when all hold.",
    "assert": "Named conditions that must hold when it happens; if one does not, the path ends there.",
    "check": "Named conditions that must hold when it happens; if one does not, the path goes on.",
    "effect": "The variables that change, with their new values; all else stays as it was.",
}

_EACH = {
    "params": "Choices made in this step.",
    "each": "Makes it one step per value, in any order; when all are done the process goes on.",
    "in_order": "Whether `each` runs in the order of the type.",
}

_PROCESS = {
    "about": "What the process is, in prose.",
    "actor": "Who takes its steps; an entry of `actors`.",
    "code": "The function in the source that does this, or a list of them.",
    "cites": "The step of a source that this is, as in `mail 9`, or a list of them.",
    "params": "Parameters and their finite types; one instance of the process per value.",
    "called": "Whether other processes run its steps by `call:`; then it never starts by itself.",
    "removed": "Whether a revision removed it; only its counter is left, which reads `idle` for ever.",
    "steps": "Its steps in order, each with the keys of an action.",
}

_SECTIONS = {
    "spec": "What this file is: a name, a title, a text about it.",
    "sources": "Texts that the spec cites, with numbered steps.",
    "include": "Files whose sections are merged into this one.",
    "constants": "Sizes of the instance and flags of the real system; `-D NAME=VALUE` overrides one.",
    "types": "Named types: ranges, enums, arrays, sets, sequences, records.",
    "variables": "The state: `TYPE = INITIAL VALUE`; without a value any value of the type is initial.",
    "init": "Named predicates that restrict the initial states.",
    "definitions": "Named expressions, with or without parameters.",
    "procedures": "Named effects with their own asserts and checks, performed in place by `do:`.",
    "actors": "Who takes steps.",
    "actions": "Atomic steps.",
    "processes": "Sequences of atomic steps; steps of other actors happen in between.",
    "invariants": "Named predicates that hold in every reachable state.",
    "covers": "Named predicates that must be reached in some state.",
    "always_possible": "Named predicates that can still be reached from every reachable state.",
    "liveness": "What must happen eventually, whenever something else holds.",
    "terminal": "Named predicates; where one holds, a state without a next step is no deadlock.",
    "observations": "Named expressions that a test can see from outside.",
    "code": "Where the source files are; kept as written.",
    "generate": "What tests are made of the spec, for which revisions and criteria; see testing.md.",
    "revisions": "Overlays on this document, one per revision of the protocol.",
}

# What a revision may add entries to.
OVERLAID = tuple(name for name in _SECTIONS if name not in ("spec", "include", "revisions"))

_KEYS: dict[str, dict[str, str]] = {
    "spec file": _SECTIONS,
    "spec": {
        "name": "The name of the protocol or system.",
        "title": "One line for people.",
        "about": "What the spec describes, in prose.",
    },
    "source": {
        "title": "The title of the text.",
        "file": "Where the text can be read.",
        "steps": "Its steps by number, each with a sentence that traces show.",
    },
    "constant": {
        "value": "`VALUE` or `TYPE = VALUE`.",
        "about": "What the constant is, in prose.",
    },
    "variable": {
        "type": "`TYPE` or `TYPE = INITIAL VALUE`.",
        "about": "What the variable is, in prose.",
    },
    "entry": {
        "expr": "The expression itself.",
        "about": "What it says, in prose.",
    },
    "observation": {
        "params": "Parameters and their finite types; observed for each value.",
        "expr": "What is seen; of any type.",
        "about": "What it is, in prose.",
    },
    "actor": {
        "about": "Who this is, in prose.",
        "sequential": "Whether no other step of this actor happens while one of its processes is under way.",
        "controllable": "Whether a test can make its steps happen.",
        "fair": "Whether its steps happen eventually when they can; true unless said otherwise.",
    },
    "action": _STEP,
    "step": {
        **_STEP,
        **_EACH,
    },
    "added step": {
        **_STEP,
        **_EACH,
        "before": "The step that the new one is put in front of.",
        "after": "The step that the new one is put behind.",
    },
    "process": _PROCESS,
    "procedure": {
        "about": "What the procedure is, in prose.",
        "code": _STEP["code"],
        "cites": _STEP["cites"],
        "assert": _STEP["assert"],
        "check": _STEP["check"],
        "effect": _STEP["effect"],
    },
    "liveness property": {
        "about": "What it says, in prose.",
        "when": "The condition that promises something.",
        "eventually": "What then holds at once or later, if the fair actors go on.",
    },
    "revision": {
        "title": "One line for people.",
        "date": "When the revision was posted.",
        "source": "Where it can be read.",
        "about": "What the revision does, in prose.",
        "base": "The revision that this one changes; without it, the document itself.",
        "cites": "The source whose citations its traces show.",
        "expect": "Properties with the verdict expected where it is not the good one.",
        "remove": "A list of paths.",
        "add": "New steps, before or after others, and new fields of records.",
        "order": "Processes with all their steps, reordered.",
        "change": "Paths with what is replaced or amended.",
    },
    "changed step": {
        "guard": "Replaces guards that have these names.",
        "assert": "Replaces asserts that have these names.",
        "check": "Replaces checks that have these names.",
        "add_guard": "Adds guards that do not exist yet.",
        "add_assert": "Adds asserts that do not exist yet.",
        "add_check": "Adds checks that do not exist yet.",
        "add_effect": "Adds assignments, conditions or calls that do not exist yet.",
        "drop_guard": "A list of guards to remove.",
        "drop_assert": "A list of asserts to remove.",
        "drop_check": "A list of checks to remove.",
        "effect": "The whole effect, replaced.",
        "about": "Replaces the text.",
        "actor": "Replaces the actor.",
        "code": "Replaces the functions.",
        "cites": "Replaces the citations.",
        "params": "Replaces the parameters.",
        "each": "Replaces `each`.",
        "in_order": "Replaces `in_order`.",
        "called": "Replaces `called`.",
    },
}

KEYS: Mapping[str, Mapping[str, str]] = MappingProxyType(_KEYS)
