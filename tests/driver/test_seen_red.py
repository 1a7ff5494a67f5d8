"""The generated tests of `ming` on a driver without its wait: they find the mail's use-after-free, step by step."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WAIT = """\
        return not any(io.active and self.blk.rq(io.q, io.t).started for io in self.ub.ios())
"""


@pytest.fixture
def tree(tmp_path):
    """The tree with the tests of one revision, without what no test needs."""
    shutil.copytree(ROOT / "spec", tmp_path / "spec", ignore=shutil.ignore_patterns("__pycache__"))
    tests = tmp_path / "generated_tests" / "pytest"
    (tests / "adapters").mkdir(parents=True)
    for file in ("interface.py", "adapters/driver.py", "test_ming_guards.py", "test_ming_waits.py"):
        shutil.copy(ROOT / "generated_tests" / "pytest" / file, tests / file)
    return tmp_path


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    path = os.pathsep.join([str(ROOT / "generator"), str(tree / "spec" / "ublk")])
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "specgen.testgen.harness.plugin", "-p", "no:cacheprovider", "-q",
         "generated_tests/pytest", "--specgen-system", "driver", *words],
        cwd=tree,
        env={**kept, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip


def test_with_the_wait_all_is_well(tree):
    done = run(tree)
    assert done.returncode == 0, done.stdout


def test_without_the_wait_the_mail_s_steps_end_in_a_use_after_free(tree):
    ming = tree / "spec" / "ublk" / "driver" / "ming.py"
    text = ming.read_text(encoding="utf-8")
    assert WAIT in text
    ming.write_text(text.replace(WAIT, "        return True\n"), encoding="utf-8")
    done = run(tree)
    assert done.returncode == 1
    one = run(tree, "-k", "quiesce_work_quiesce_dev_wait_idle_idle_no_uaf_fallback").stdout
    assert re.search(r"must be refused, and happens; then run_fallback\.callback.* fails: UseAfterFree", one)
    assert "touched by io_fallback_req_func() in the fallback work" in one
    assert "freed by io_ring_exit_work() in the ring exit work" in one
    steps = re.findall(r"^E +\d+  (\S+)\(?.*  \(mail (\d)\)$", one, re.MULTILINE)
    assert [number for _, number in steps] == ["2", "3", "4", "5", "6", "7", "8", "9"]
