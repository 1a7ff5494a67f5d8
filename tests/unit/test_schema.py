"""The JSON Schema accepts every spec that loads and refuses what is built wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from specgen.language.catalog import content, entries
from specgen.language.keys import KEYS
from specgen.language.schema import schema
from specgen.language.source import Diagnostics, Source
from specgen.language.yamlnodes import Mapping, Node, Scalar, decode, parse

ROOT = Path(__file__).parents[2]
SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def value(node: Node) -> object:
    """A node as an editor types it, by the core schema of YAML 1.2."""
    if isinstance(node, Mapping):
        return {key.value: value(member) for key, member in node.entries}
    if not isinstance(node, Scalar):
        return [value(member) for member in node.items]
    if node.style:
        return node.value
    if node.value in ("true", "false"):
        return node.value == "true"
    if node.value in ("", "null", "~"):
        return None
    if re.fullmatch(r"[-+]?[0-9]+", node.value):
        return int(node.value)
    return node.value


def typed(data: bytes) -> object:
    found = Diagnostics()
    source = decode("spec.yaml", data, found)
    assert isinstance(source, Source)
    root = parse(source, found)
    assert root is not None, found.items
    return value(root)


def specs() -> list[Path]:
    """Every spec and every included file in the tree; faults of a driver are no spec."""
    found = [*ROOT.glob("spec/**/*.yaml"), *ROOT.glob("tests/**/*.yaml")]
    return sorted(path for path in found if path.name != "mutants.yaml")


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("path", specs(), ids=lambda path: str(path.relative_to(ROOT)))
def test_it_accepts_the_specs_of_the_tree(path: Path) -> None:
    VALIDATOR.validate(typed(path.read_bytes()))


@pytest.mark.parametrize(
    "code", [code for code in entries() if code not in ("SG118", "SG119", "SG308")]
)
def test_it_accepts_every_mend_of_the_catalog(code: str) -> None:
    VALIDATOR.validate(typed(content(entries()[code].mend)))


@pytest.mark.parametrize(
    "code",
    ["SG201", "SG202", "SG204", "SG205", "SG210", "SG212"],
)
def test_it_refuses_what_is_built_wrong(code: str) -> None:
    assert not VALIDATOR.is_valid(typed(content(entries()[code].mistake)))


BROKEN = {
    "a list for a section": "variables: [a, b]",
    "text for a step": "processes: {p: {steps: {s: go}}}",
    "no steps": "processes: {p: {}}",
    "no step": "processes: {p: {steps: {}}}",
    "an unknown flag": "actors: {a: {controlable: true}}",
    "an effect that is a list": "actions: {a: {effect: [x]}}",
    "a mapping as a value": "actions: {a: {effect: {x: {y: 1}}}}",
    "a condition with text": "actions: {a: {effect: {if x: 1}}}",
    "goto a list": "processes: {p: {steps: {s: {effect: {goto: [a]}}}}}",
    "liveness without eventually": "liveness: {l: {when: a}}",
    "a source without title": "sources: {s: {file: x}}",
    "a record field that is a list": "types: {R: {f: [a, b]}}",
    "an empty record": "types: {R: {}}",
    "an entry with other keys": "covers: {c: {exp: a}}",
    "a revision with another key": "revisions: {r: {renove: [a]}}",
    "an added step without a place": "revisions: {r: {add: {p.s: {guard: {g: a}}}}}",
    "an added step with two places": "revisions: {r: {add: {p.s: {before: a, after: b}}}}",
    "an order that is text": "revisions: {r: {order: {p: a}}}",
    "a change with another key": "revisions: {r: {change: {go: {add_guards: {a: b}}}}}",
    "a change of a type to a list": "revisions: {r: {change: {types.T: [a]}}}",
    "no name": "spec: {title: a}",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_it_refuses_broken_shapes(text: str) -> None:
    head = "" if text.startswith("spec") else "spec: {name: example}\n"
    assert not VALIDATOR.is_valid(typed((head + text).encode()))


def descriptions(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["description"]} if isinstance(node.get("description"), str) else set()
        return own.union(*(descriptions(member) for member in node.values()))
    if isinstance(node, list):
        return set().union(*(descriptions(member) for member in node))
    return set()


def test_every_key_is_described_by_its_sentence() -> None:
    shown = descriptions(SCHEMA)
    for keys in KEYS.values():
        assert set(keys.values()) <= shown


def test_the_reference_has_every_sentence() -> None:
    reference = " ".join((ROOT / "docs" / "language.md").read_text(encoding="utf-8").split())
    missing = [s for keys in KEYS.values() for s in keys.values() if s not in reference]
    assert not missing


def test_the_file_that_editors_read_is_current() -> None:
    file = ROOT / "spec" / "specgen.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == SCHEMA, "run `make schema`"
    first = (file.parent / "ublk.yaml").read_text(encoding="utf-8").split("\n", 1)[0]
    assert first.endswith(f"$schema=./{file.name}")
