"""Writing traces in ITF, and reading what other tools write."""

from __future__ import annotations

import json

import pytest

from specgen.core.interpreter import Interpreter
from specgen.language.source import SpecError
from specgen.trace.conform import conform
from specgen.trace.itf import MAX_STATES, read_itf, to_itf
from specgen.trace.trace import Trace

from ..specs import system
from .walks import LOCK, walk


@pytest.fixture
def racy(tmp_path):
    return system(tmp_path / "lock.yaml", LOCK, "racy")


def read_back(document, path):
    path.write_text(json.dumps(document), encoding="utf-8")
    return read_itf(str(path))


def refused(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SpecError) as caught:
        read_itf(str(path))
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_every_shape_of_value_is_written_as_the_format_says(racy):
    document = to_itf(walk(racy, 1, 0), {"revision": "racy"})
    state = document["states"][0]
    zero, one = {"#bigint": "0"}, {"#bigint": "1"}
    assert state["held"] == {"#map": [[zero, False], [one, False]]}
    assert state["pair"]["#map"][1] == [{"#tup": [zero, one]}, zero]
    assert state["slot"] == {"state": "idle", "owner": "null"}
    assert state["seen"] == {"#set": []}
    assert state["log"] == []
    assert state["work"] == {"#map": [[zero, "idle"], [one, "idle"]]}
    assert document["vars"][-2:] == ["mbt::actionTaken", "mbt::nondetPicks"]


def test_a_step_says_who_did_what(racy):
    take = next(a for a in racy.actions if a.label == "work.take(p=1)")
    start = walk(racy, 1, 0).states[0]
    after = Interpreter(racy).apply(start, take)
    document = to_itf(Trace(racy, (start, after), (take.index,)), {"revision": "racy"})
    first, second = document["states"]
    assert first["#meta"] == {"index": 0}
    assert first["mbt::actionTaken"] == "init"
    assert first["mbt::nondetPicks"]["p"] == {"tag": "None", "value": {"#tup": []}}
    assert second["#meta"] == {
        "index": 1,
        "action": "work.take",
        "params": {"p": {"#bigint": "1"}},
        "actor": "user",
        "cites": ["mail 1"],
    }
    assert second["mbt::actionTaken"] == "work.take"
    assert second["mbt::nondetPicks"]["p"] == {"tag": "Some", "value": {"#bigint": "1"}}
    assert document["#meta"]["constants"] == {"N": {"#bigint": "2"}}


@pytest.mark.parametrize("seed", range(20))
def test_what_is_written_reads_as_the_same_behaviour(racy, tmp_path, seed):
    trace = walk(racy, seed, 8)
    recording = read_back(to_itf(trace, {"revision": "racy"}), tmp_path / "t.itf.json")
    assert (recording.revision, recording.constants) == ("racy", {"N": "2"})
    again = conform(recording, racy)
    assert isinstance(again, Trace)
    assert (again.states, again.steps) == (trace.states, trace.steps)


@pytest.mark.parametrize("seed", range(20))
def test_actions_are_found_where_a_tool_does_not_name_them(racy, tmp_path, seed):
    trace = walk(racy, seed, 8)
    document = to_itf(trace, {})
    for state in document["states"]:
        for key in ("#meta", "mbt::actionTaken", "mbt::nondetPicks"):
            del state[key]
    again = conform(read_back(document, tmp_path / "t.itf.json"), racy)
    assert isinstance(again, Trace)
    assert again.states == trace.states


def test_names_of_model_based_testing_suffice(racy, tmp_path):
    trace = walk(racy, 5, 8)
    document = to_itf(trace, {})
    for state in document["states"]:
        del state["#meta"]
    again = conform(read_back(document, tmp_path / "t.itf.json"), racy)
    assert isinstance(again, Trace)
    assert again.steps == trace.steps


def test_plain_integers_of_older_tools_are_read(racy, tmp_path):
    text = (
        json.dumps(to_itf(walk(racy, 3, 6), {}))
        .replace('{"#bigint": "1"}', "1")
        .replace('{"#bigint": "0"}', "0")
    )
    again = conform(read_back(json.loads(text), tmp_path / "t.itf.json"), racy)
    assert isinstance(again, Trace)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "SG703", "expecting value"),
        (b'{"states": [', "SG703", "expecting value"),
        (b'{"states": [{}], "states": [{}]}', "SG703", "'states' stands twice"),
        (b"[" * 100_000, "SG703", "nests too deeply"),
        (b'{"states": [{"n": ' + b"9" * 5000 + b"}]}", "SG703", "too long"),
        (b"\xff\xfe{", "SG701", "not UTF-8"),
        (b"[]", "SG704", "not an object"),
        (b"{}", "SG704", "no list of states"),
        (b'{"states": []}', "SG704", "no list of states"),
        (b'{"states": [1]}', "SG704", "states[0] is 1"),
        (b'{"states": [{}], "loop": 0}', "SG704", "lasso"),
        (b'{"states": [{}, {"#meta": {"action": "a", "params": {"p": [1]}}}]}', "SG704", "parameter p"),
        (b'{"states": [{}, {"mbt::actionTaken": 3}]}', "SG704", "name of its action"),
    ],
)
def test_what_is_no_trace_is_refused_with_a_reason(tmp_path, content, code, words):
    diagnostic = refused(tmp_path / "bad.json", content)
    assert diagnostic.code == code
    assert words in diagnostic.message
    assert "bad.json" in diagnostic.message


def test_a_mistake_in_the_json_has_a_place(tmp_path):
    diagnostic = refused(tmp_path / "bad.json", '{\n  "states": oops}')
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 13)


def test_a_missing_file_is_a_diagnostic(tmp_path):
    with pytest.raises(SpecError) as caught:
        read_itf(str(tmp_path / "none.json"))
    assert caught.value.diagnostics[0].code == "SG701"


def test_size_is_bounded(tmp_path):
    states = "{}," * MAX_STATES + "{}"
    assert refused(tmp_path / "long.json", f'{{"states": [{states}]}}').code == "SG702"
