"""``specgen mutate`` and ``specgen coverage``, as a user sees them."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time

import pytest

from .conftest import ROOT, command, environment


@pytest.fixture
def two_phase(folder):
    shutil.copy(ROOT / "spec/examples/two_phase.yaml", folder / "two.yaml")
    return folder


# ------------------------------------------------------------ mutate


def test_scores_and_survivors(specgen, two_phase):
    run = specgen("mutate", "two.yaml", "-r", "two-phase", "--criterion", "covers", "-D", "N=2")
    assert (run.returncode, run.stderr) == (0, "")
    head = run.stdout.splitlines()
    assert head[:2] == ["two-phase  As published", "against 3 tests with 12 steps (covers)"]
    assert re.search(r"^  mutants +\d+  \(besides 6 duplicates, 0 stillborn\)$", run.stdout, re.MULTILINE)
    assert re.search(r"^    killed by the suite +\d+  \d\d\.\d %$", run.stdout, re.MULTILINE)
    survivor = """
  two.yaml:58 hear_prepared: guard sent: drop-guard 1
    - sent: m in prepared_sent
    told apart in 1 step: hear_prepared(m=1)
    the spec: refused; the mutant: happens
"""
    assert survivor in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 80


def test_json_counts_agree_and_runs_do_too(specgen, two_phase):
    arguments = ("mutate", "two.yaml", "-r", "two-phase", "-D", "N=2", "--format", "json")
    runs = [specgen(*arguments, "--jobs", jobs, PYTHONHASHSEED=seed) for jobs, seed in (("1", "1"), ("3", "2"))]
    assert [run.returncode for run in runs] == [0, 0]
    assert runs[0].stdout == runs[1].stdout
    told = json.loads(runs[0].stdout)
    alive = told["mutants"] - told["equivalent"]
    assert told["revision"] == "two-phase"
    assert told["constants"] == {"N": 2}
    assert told["criteria"] == ["covers", "violations", "transitions", "repeats", "refusals", "waits"]
    both, either = told["killed_by_both"], alive - told["killed_by_neither"]
    assert told["killed_by_suite"] + told["killed_by_properties"] - both == either
    by_suite = [s for s in told["survivors"] if not s["killed_by_suite"]]
    by_properties = [s for s in told["survivors"] if not s["killed_by_properties"]]
    assert (len(by_suite), len(by_properties)) == (alive - told["killed_by_suite"], alive - told["killed_by_properties"])
    for survivor in told["survivors"]:
        assert survivor["original"] != survivor["mutated"]
        assert survivor["file"] == "two.yaml"
        assert survivor["line"] > 0


def test_more_criteria_notice_more(specgen, two_phase):
    def killed(*criteria):
        options = [word for name in criteria for word in ("--criterion", name)]
        run = specgen("mutate", "two.yaml", "-r", "two-phase", "-D", "N=2", "--format", "json", *options)
        return json.loads(run.stdout)["killed_by_suite"]

    assert killed("covers") < killed("transitions") <= killed("transitions", "waits")


def test_one_revision_must_be_meant(specgen, two_phase):
    run = specgen("mutate", "two.yaml")
    assert (run.returncode, run.stdout) == (3, "")
    assert "there are two-phase, hasty" in run.stderr
    run = specgen("mutate", "two.yaml", "-r", "hsty")
    assert run.returncode == 3
    assert "did you mean 'hasty'?" in run.stderr


def test_a_violated_revision_is_judged_by_its_expectations(specgen, two_phase):
    run = specgen("mutate", "two.yaml", "-r", "hasty", "-D", "N=2", "--format", "json")
    told = json.loads(run.stdout)
    assert (run.returncode, run.stderr) == (0, "")
    assert told["killed_by_properties"] > 0


def test_a_spec_that_is_too_large_is_told(specgen, folder):
    run = specgen("mutate", "big.yaml", "-r", "big", "--timeout", "1")
    assert (run.returncode, run.stdout) == (4, "")
    assert run.stderr.startswith("error[SG912")
    assert "choose smaller constants" in run.stderr


def test_ctrl_c_prints_what_was_found(two_phase):
    process = subprocess.Popen(
        command("mutate", "two.yaml", "-r", "two-phase", "-D", "N=5", "--criterion", "covers"),
        cwd=two_phase,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(3.0)  # long enough for the suite and some of the mutants
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert re.search(r"^interrupted after \d+\.\d s: \d+ mutants not judged$", err, re.MULTILINE), err
    assert re.search(r"^not judged +\d+$|^  not judged +\d+$", out, re.MULTILINE)
    assert "Traceback" not in out + err


def test_time_runs_out(specgen, two_phase):
    run = specgen("mutate", "two.yaml", "-r", "two-phase", "-D", "N=5", "--criterion", "covers", "--timeout", "3")
    assert run.returncode == 4
    assert "mutants not judged" in run.stderr


# ------------------------------------------------------------ coverage


@pytest.fixture
def generated(specgen, two_phase):
    run = specgen("generate", "two.yaml", "-o", "tests", "--criterion", "covers", "-D", "N=2")
    assert run.returncode == 0, run.stderr
    return two_phase / "tests"


def test_what_is_covered_and_what_not(specgen, generated):
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests", "-D", "N=2")
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[0] == "two-phase  As published"
    assert lines[1] == "tests: 1 module, 3 tests, 12 steps, 0 refusals"
    assert re.match(r"  actions +\d+ of +\d+ +\d\d\.\d %$", lines[3])
    assert "Not exercised, actions:" in lines
    assert "  two.yaml:87 obey_abort(m=1)" in lines
    assert "  two.yaml:39 prepare: working refuses" in lines


def test_coverage_as_json(specgen, generated):
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests", "-D", "N=2", "--format", "json")
    told = json.loads(run.stdout)
    assert told["modules"] == ["tests/test_two_phase_covers.py"]
    assert {"action": "obey_abort(m=1)", "file": "two.yaml", "line": 87} in told["actions"]["missing"]
    assert told["actions"]["exercised"] + len(told["actions"]["missing"]) == told["actions"]["possible"]
    assert {"action": "prepare", "guard": "working", "way": "refuses", "file": "two.yaml", "line": 39} in told["guards"]["missing"]
    assert {"observable": "state[1]", "value": "working"} not in told["observed"]["missing"]


def test_pairs_and_repetitions_are_told_as_well(specgen, generated):
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests")
    assert re.search(r"^  pairs of actions +8 of +58 +13\.7 %$", run.stdout, re.MULTILINE)
    assert re.search(r"^  actions repeated +0 of +22 +0\.0 %$", run.stdout, re.MULTILINE)
    lines = run.stdout.splitlines()
    pairs, repeats = lines.index("Not exercised, pairs:"), lines.index("Not exercised, repeats:")
    assert repeats - pairs == 40 + 3  # with how many more there are, and an empty line
    assert lines[repeats - 2] == "  and 10 more, which --format json lists"
    assert "  two.yaml:53 hear_prepared(m=1) again, which changes nothing, and later" in lines[repeats:]
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests", "--format", "json")
    told = json.loads(run.stdout)
    assert len(told["pairs"]["missing"]) == 50
    place = {"file": "two.yaml", "line": 53}
    again = {"action": "hear_prepared(m=1)", "changes_nothing": True}
    assert {**again, "later": None, **place} in told["repeats"]["missing"]
    assert {**again, "later": "decide_commit", **place} in told["repeats"]["missing"]
    specgen("generate", "two.yaml", "-o", "tests", "--criterion", "repeats", "--criterion", "pairs", "-D", "N=2")
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests", "--format", "json")
    told = json.loads(run.stdout)
    assert [told[kind]["missing"] for kind in ("pairs", "repeats")] == [[], []]


def test_the_constants_are_those_that_the_tests_were_made_with(specgen, generated):
    given = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests", "-D", "N=2")
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == given.stdout


def test_tests_of_another_instance_are_told(specgen, generated):
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests", "-D", "N=3")
    assert run.returncode == 1
    assert "warning[SG955]: these tests were made with N = 2, and are held against a system\n  with N = 3\n" in run.stderr
    assert "SG953" in run.stderr


def test_tests_of_another_instance_than_the_section_s_are_told(specgen, generated):
    with (generated.parent / "two.yaml").open("a", encoding="utf-8") as spec:
        spec.write("generate:\n  pytest:\n    directory: tests\n    constants: {N: 1}\n")
    run = specgen("coverage", "two.yaml", "-r", "two-phase")
    assert run.returncode == 0
    assert "warning[SG955]: these tests were made with N = 2, and the section `generate`\n  says N = 1\n" in run.stderr
    assert run.stdout.splitlines()[1] == "tests: 1 module, 3 tests, 12 steps, 0 refusals"


def test_tests_of_several_instances_are_held_against_the_first(specgen, generated):
    specgen("generate", "two.yaml", "-o", "tests", "--criterion", "actions")
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests", "--format", "json")
    assert run.returncode == 1
    assert "made with N = 3, and are held against a system" in run.stderr
    assert json.loads(run.stdout)["constants"] == {"N": 2}


def test_a_changed_spec_is_told(specgen, generated):
    spec = generated.parent / "two.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("subset(heard_from, prepared_sent)", "true"), encoding="utf-8")
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests")
    assert "warning[SG955]: these tests were made from another state of the spec\n" in run.stderr


def test_no_tests_and_edited_tests_are_told(specgen, generated):
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "nowhere")
    assert run.returncode == 2
    assert run.stderr.startswith("error[SG954")
    path = generated / "test_two_phase_covers.py"
    path.write_text(path.read_text(encoding="utf-8") + "\nprint()\n", encoding="utf-8")
    run = specgen("coverage", "two.yaml", "-r", "two-phase", "-o", "tests", "-D", "N=2")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("error[SG952")


def test_the_codes_are_explained(specgen, folder):
    for code in ("SG951", "SG952", "SG953", "SG954", "SG955"):
        run = specgen("explain", code)
        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout.startswith(f"{code}: ")
