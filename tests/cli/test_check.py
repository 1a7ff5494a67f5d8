"""``specgen check``: what it prints, and which exit code it leaves."""

from __future__ import annotations

import json
import re

import pytest

from specgen.trace.itf import read_itf


def test_all_as_expected(specgen):
    run = specgen("check", "lock.yaml", "-r", "good", "-r", "racy")
    assert (run.returncode, run.stderr) == (0, "")
    assert "2 revisions, 16 verdicts" in run.stdout
    assert "all as expected, 2 of them known defects" in run.stdout
    assert re.search(r"alone +violated in 3 steps \[explicit, z3\]", run.stdout)
    assert re.search(r"5 properties +holds \(all 5 states\) \[explicit; z3 to depth 20\]", run.stdout)
    assert "step  1" not in run.stdout


def test_an_unexpected_verdict_shows_its_trace(specgen):
    run = specgen("check", "lock.yaml")
    assert run.returncode == 1
    finding = run.stdout[run.stdout.index("SG801") : run.stdout.index("\n  spec sha256")]
    assert finding.splitlines() == [
        "SG801 assert violated: alone                                        lock.yaml:34",
        "  surprising, N=2: after 3 steps (shortest) [explicit, z3]",
        "  expected: holds",
        "",
        "  state 0   init",
        "  step  1   work.take(p=0)  (1)                                     lock.yaml:25",
        "            user; mutex_lock",
        "              held[0]  false -> true",
        "              work[0]  idle -> use",
        "  step  2   work.take(p=1)  (1)                                     lock.yaml:25",
        "            user; mutex_lock",
        "              held[1]  false -> true",
        "              work[1]  idle -> use",
        "  step  3   work.use(p=0)  (2)                                      lock.yaml:31",
        "            user; mutex_lock",
        "",
        "  false     forall q in Proc, held[q] implies q = p",
        "              q=0: held[q]  true",
        "              q=1: held[q]  true",
        "",
        "  mail:",
        "  (1)  One takes the lock",
        "  (2)  The other does not look",
        "",
        "  reproduce: specgen check lock.yaml -r surprising -p alone --trace",
    ]
    assert "surprising alone: violated in 3 steps, expected holds" in run.stdout


def test_the_overview_has_a_row_for_each_revision(specgen):
    lines = specgen("check", "lock.yaml").stdout.splitlines()
    head = next(i for i, line in enumerate(lines) if line.split() == ["a", "b"])
    assert [line.split() for line in lines[head + 1 : head + 4]] == [
        ["good", ".", "."],
        ["racy", "2", "3"],
        ["surprising", "2", "3!"],
    ]
    assert "  a  exclusive                            b  alone" in lines


def test_nothing_is_wider_than_eighty_columns(specgen):
    run = specgen("check", "lock.yaml", "--trace")
    assert [line for line in (run.stdout + run.stderr).splitlines() if len(line) > 80] == []


def test_the_same_run_prints_the_same(specgen):
    def timeless(text):
        return re.sub(r"\d+\.\d s", "", text)

    first = specgen("check", "lock.yaml", "--trace", "--jobs", 1)
    second = specgen("check", "lock.yaml", "--trace", "--jobs", 3)
    assert timeless(first.stdout) == timeless(second.stdout)


def test_no_colour_in_a_pipe_unless_it_is_forced(specgen):
    arguments = ("check", "lock.yaml", "-r", "racy", "--engine", "explicit")
    assert "\x1b" not in specgen(*arguments).stdout
    assert "\x1b[" in specgen(*arguments, FORCE_COLOR="1").stdout
    assert "\x1b" not in specgen(*arguments, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_colour_changes_nothing_but_colour(specgen):
    arguments = ("check", "lock.yaml", "--trace", "--engine", "explicit")
    coloured = re.sub(r"\x1b\[[0-9;]*m", "", specgen(*arguments, FORCE_COLOR="1").stdout)
    assert re.sub(r"\d+\.\d s", "", coloured) == re.sub(r"\d+\.\d s", "", specgen(*arguments).stdout)


def test_json_has_the_keys_that_others_rely_on(specgen):
    run = specgen("check", "lock.yaml", "-r", "racy", "--format", "json")
    assert (run.returncode, run.stderr) == (0, "")
    document = json.loads(run.stdout)
    assert list(document) == ["specgen", "spec", "sha256", "ok", "results"]
    assert document["ok"] is True
    results = {r["property"]: r for r in document["results"]}
    alone = results["alone"]
    trace, took = alone.pop("trace"), alone.pop("seconds")
    assert alone == {
        "revision": "racy",
        "property": "alone",
        "kind": "assert",
        "constants": {"N": 2},
        "verdict": "violated",
        "depth": 3,
        "complete": True,
        "expected": "violated in 3",
        "as_expected": True,
        "engines": ["explicit", "z3"],
        "states": 8,
    }
    assert took >= 0
    assert [s["mbt::actionTaken"] for s in trace["states"]] == ["init", "work.take", "work.take", "work.use"]
    assert trace["#meta"]["sha256"] == document["sha256"]
    assert results["taken"]["verdict"] == "reached"
    assert (results["deadlock"]["verdict"], results["deadlock"]["trace"]) == ("holds", None)
    assert {r["kind"] for r in document["results"]} == {
        "invariant",
        "assert",
        "cover",
        "possible",
        "deadlock",
        "in_range",
        "one_effect",
        "dead_action",
    }


def test_json_says_not_ok(specgen):
    run = specgen("check", "lock.yaml", "-r", "surprising", "--format", "json", "--engine", "explicit")
    assert run.returncode == 1
    assert json.loads(run.stdout)["ok"] is False


def test_one_itf_file_a_trace(specgen, folder):
    run = specgen("check", "lock.yaml", "-r", "racy", "--itf", "out/traces")
    assert run.returncode == 0
    written = sorted(path.name for path in (folder / "out/traces").iterdir())
    assert written == [f"racy.{name}.itf.json" for name in ("alone", "exclusive", "taken")]
    assert len(read_itf(str(folder / "out/traces/racy.alone.itf.json")).states) == 4


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["alone"], ["alone"]),
        (["a*", "taken"], ["alone", "taken"]),
        (["*_*"], ["in_range", "one_effect", "dead_action"]),
    ],
)
def test_properties_are_chosen_by_name_or_glob(specgen, patterns, names):
    options = [text for pattern in patterns for text in ("-p", pattern)]
    run = specgen("check", "lock.yaml", "-r", "racy", "--format", "json", "--engine", "explicit", *options)
    assert [r["property"] for r in json.loads(run.stdout)["results"]] == names


def test_revisions_are_chosen_by_glob_in_the_order_of_the_spec(specgen):
    run = specgen("check", "lock.yaml", "-r", "*r*s*", "-r", "goo*", "--engine", "explicit", "-p", "alone")
    heads = [
        line.split()[0] for line in run.stdout.splitlines() if re.match(r"(good|racy|surprising)  ", line)
    ]
    assert heads == ["good", "surprising"]


def test_the_document_itself_is_a_revision_called_base(specgen):
    run = specgen("check", "lock.yaml", "-r", "base", "--engine", "explicit")
    assert run.returncode == 0
    assert run.stdout.startswith("base\n")


def test_a_bound_is_not_a_proof(specgen):
    run = specgen("check", "lock.yaml", "-r", "good", "--engine", "z3", "--depth", 4)
    assert run.returncode == 4
    assert re.search(r"exclusive +no violation to depth 4 \[z3\]", run.stdout)
    assert "6 open: neither as expected nor against it" in run.stdout
    assert re.search(r"dead_action +holds \[z3\]", run.stdout)
    assert run.stdout.count("holds") == 1


def test_a_timeout_is_exit_code_4(specgen):
    run = specgen("check", "big.yaml", "--timeout", "1.5", "--engine", "explicit")
    assert run.returncode == 4
    assert re.search(
        r"full +unknown \(timeout 1.5 s at depth \d\) \[explicit to depth \d\]|timeout 1.5 s", run.stdout
    )
    assert re.search(r"few +violated in 3 steps", run.stdout)


def test_a_constant_changes_the_instance_and_waives_expected_depths(specgen):
    run = specgen("check", "lock.yaml", "-r", "racy", "-D", "N=3", "--format", "json", "--engine", "explicit")
    assert run.returncode == 0
    assert {r["constants"]["N"] for r in json.loads(run.stdout)["results"]} == {3}


def test_what_is_not_checked_yet_is_said_once(specgen, folder):
    text = (folder / "lock.yaml").read_text(encoding="utf-8")
    (folder / "more.yaml").write_text(
        text + "liveness:\n  later:\n    when: held[0]\n    eventually: not held[0]\nobservations:\n  o: held[0]\n",
        encoding="utf-8",
    )
    run = specgen("check", "more.yaml", "-r", "good", "-r", "racy", "--engine", "explicit")
    assert run.stderr.splitlines() == ["note: liveness: read and type-checked, not checked yet"]
