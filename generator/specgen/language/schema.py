"""A JSON Schema (draft 2020-12) of spec files, so that editors complete and check them as they are written.

A schema sees shapes, not expressions: it accepts every spec that loads, and refuses what is built wrong.
Editors type plain scalars before the schema sees them (``N: 1`` is a number), so text may be of any type.
"""

from __future__ import annotations

from collections.abc import Mapping

from specgen.language.keys import KEYS, OVERLAID
from specgen.language.names import ACTOR, DOTTED, IDENTIFIER, REVISION, SOURCE

Schema = dict[str, object]

_HEAD = r"[A-Za-z_][A-Za-z0-9_]*( *\( *([A-Za-z_][A-Za-z0-9_]*( *, *[A-Za-z_][A-Za-z0-9_]*)*)? *\))?"
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_EXPRESSION: Schema = {"type": ["string", "number", "boolean", "null"]}  # `null` is an expression
_FLAG: Schema = {"type": "boolean"}
_WORDS: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_ANYTHING: Schema = {}
_VERDICT: Schema = {
    "type": "string",
    "pattern": (
        "^(holds|unreachable|always possible|(violated|reached)( in [0-9]+)?|impossible( after [0-9]+)?)$"
    ),
}


def schema() -> Schema:
    """The schema as a JSON value."""
    sections = _sections()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "specgen spec",
        "description": "A protocol: its state, the steps that change it, and what must hold.",
        **_object("spec file", sections),
        # No section is required: included files may have any of them.
        "$defs": _definitions(sections),
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _object(context: str, shapes: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """A mapping whose keys are those of :data:`KEYS` for ``context``, with their sentences."""
    sentences = KEYS[context]
    assert sentences.keys() <= shapes.keys(), sentences.keys() - shapes.keys()
    described: dict[str, object] = {
        key: {**shape, "description": sentences[key]} if key in sentences else shape
        for key, shape in shapes.items()
    }
    made: Schema = {"type": "object", "properties": described, "additionalProperties": False}
    if required:
        made["required"] = list(required)
    return made


def _map(pattern: str, values: Schema) -> Schema:
    """A mapping from names of one form to values of one shape."""
    return {"type": "object", "propertyNames": {"pattern": f"^({pattern})$"}, "additionalProperties": values}


def _sections() -> dict[str, Schema]:
    entries = _map(DOTTED.pattern, _ref("entry"))
    return {
        "spec": _ref("spec"),
        "sources": _map(SOURCE.pattern, _ref("source")),
        "include": {"type": "array", "items": {"type": "string"}},
        "constants": _map(IDENTIFIER.pattern, _ref("constant")),
        "types": _map(IDENTIFIER.pattern, _ref("type")),
        "variables": _map(IDENTIFIER.pattern, _ref("variable")),
        "init": entries,
        "definitions": _map(_HEAD, _ref("entry")),
        "procedures": _map(_HEAD, _ref("procedure")),
        "actors": _map(ACTOR.pattern, _ref("actor")),
        "actions": _map(IDENTIFIER.pattern, _ref("action")),
        "processes": _map(IDENTIFIER.pattern, _ref("process")),
        "invariants": entries,
        "covers": entries,
        "always_possible": entries,
        "liveness": _map(DOTTED.pattern, _ref("liveness")),
        "terminal": entries,
        "observations": _map(IDENTIFIER.pattern, _ref("observation")),
        "code": {"type": "object"},
        "generate": {"type": "object"},
        "revisions": _map(REVISION.pattern, _ref("revision")),
    }


def _definitions(sections: dict[str, Schema]) -> Schema:
    made = {**_declarations(), **_steps()}
    return {**made, "revision": _revision(sections), "changed_step": _changed_step(), "change": _change()}


def _declarations() -> Schema:
    return {
        "spec": _object("spec", {"name": _TEXT, "title": _TEXT, "about": _TEXT}, ("name",)),
        "source": _object(
            "source",
            {"title": _TEXT, "file": _TEXT, "steps": {"type": "object", "additionalProperties": _TEXT}},
            ("title",),
        ),
        "constant": {"anyOf": [_TEXT, _object("constant", {"value": _TEXT, "about": _TEXT}, ("value",))]},
        "type": {
            "anyOf": [_TEXT, {**_map(IDENTIFIER.pattern, _TEXT), "minProperties": 1}],
            "description": "A type, or the fields of a record with their types.",
        },
        "variable": {"anyOf": [_TEXT, _object("variable", {"type": _TEXT, "about": _TEXT}, ("type",))]},
        "entry": {
            "anyOf": [_EXPRESSION, _object("entry", {"expr": _EXPRESSION, "about": _TEXT}, ("expr",))]
        },
        "observation": {
            "anyOf": [
                _EXPRESSION,
                _object(
                    "observation",
                    {"params": _map(IDENTIFIER.pattern, _TEXT), "expr": _EXPRESSION, "about": _TEXT},
                    ("expr",),
                ),
            ]
        },
        "actor": _object(
            "actor", {"about": _TEXT, "sequential": _FLAG, "controllable": _FLAG, "fair": _FLAG}
        ),
        "liveness": _object(
            "liveness property",
            {"about": _TEXT, "when": _EXPRESSION, "eventually": _EXPRESSION},
            ("when", "eventually"),
        ),
    }


def _steps() -> Schema:
    conditions, params = _map(DOTTED.pattern, _ref("entry")), _map(IDENTIFIER.pattern, _TEXT)
    procedure = {
        "about": _TEXT,
        "code": _WORDS,
        "cites": _WORDS,
        "assert": conditions,
        "check": conditions,
        "effect": _ref("effect"),
    }
    action = {**procedure, "actor": _TEXT, "params": params, "guard": conditions}
    step = {**action, "each": params, "in_order": _FLAG}
    steps: Schema = {**_map(IDENTIFIER.pattern, _ref("step")), "minProperties": 1}
    process: dict[str, Schema] = {
        **{key: action[key] for key in ("about", "code", "cites", "actor", "params")},
        "called": _FLAG,
        "removed": _FLAG,
        "steps": steps,
    }
    added = _object("added step", {**step, "before": _TEXT, "after": _TEXT})
    added["oneOf"] = [{"required": ["before"]}, {"required": ["after"]}]
    return {
        "effect": _effect(),
        "action": _object("action", action),
        "step": _object("step", step),
        "added_step": added,
        "process": _object("process", process, ("steps",)),
        "procedure": _object("procedure", procedure),
    }


def _effect() -> Schema:
    return {
        "type": "object",
        "patternProperties": {
            "^(if|else if|for) .*$|^else$": _ref("effect"),
            "^do$": _WORDS,
            "^(goto|call)$": _TEXT,
        },
        "additionalProperties": _EXPRESSION,
    }


def _revision(sections: dict[str, Schema]) -> Schema:
    shapes: dict[str, Schema] = {
        **dict.fromkeys(("title", "date", "source", "about", "base", "cites"), _TEXT),
        "expect": _map(DOTTED.pattern, _VERDICT),
        "remove": _WORDS,
        "add": {
            "type": "object",
            "patternProperties": {r"^types\.": _TEXT},
            "additionalProperties": _ref("added_step"),
        },
        "order": {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
        "change": _ref("change"),
        **{name: sections[name] for name in OVERLAID},
    }
    return _object("revision", shapes)


def _changed_step() -> Schema:
    conditions = _map(DOTTED.pattern, _ref("entry"))
    params = _map(IDENTIFIER.pattern, _TEXT)
    shapes: dict[str, Schema] = {}
    for kind in ("guard", "assert", "check"):
        shapes[kind] = shapes[f"add_{kind}"] = conditions
        shapes[f"drop_{kind}"] = _WORDS
    shapes |= {
        "effect": _ref("effect"),
        "add_effect": _ref("effect"),
        "about": _TEXT,
        "actor": _TEXT,
        "code": _WORDS,
        "cites": _WORDS,
        "params": {"anyOf": [params, {"type": "array", "items": _TEXT}]},
        "each": params,
        "in_order": _FLAG,
        "called": _FLAG,
    }
    return {**_object("changed step", shapes), "minProperties": 1}


def _change() -> Schema:
    """What stands below ``change:``, by the form of the path."""
    entry = _ref("entry")
    values: dict[str, Schema] = {
        "sources": _ref("source"),
        "constants": _ref("constant"),
        "types": _ref("type"),
        "variables": _ref("variable"),
        "actors": _ref("actor"),
        "liveness": _ref("liveness"),
        **dict.fromkeys(("init", "definitions", "invariants", "covers", "always_possible"), entry),
        "terminal": entry,
        "observations": _ref("observation"),
        **dict.fromkeys(("code", "generate"), _ANYTHING),
    }
    return {
        "type": "object",
        "patternProperties": {rf"^{name}\.": shape for name, shape in values.items()},
        "additionalProperties": _ref("changed_step"),
    }
