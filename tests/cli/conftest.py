"""Runs the command as a user does: in a process of its own, without a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LOCK = """\
spec:
  name: lock
sources:
  mail:
    title: A mail
    steps:
      1: One takes the lock
      2: The other does not look
constants:
  N: 2
types:
  Proc: 0..N - 1
variables:
  held: array Proc of bool = false
actors:
  user: {}
definitions:
  free: no p in Proc where held[p]
processes:
  work:
    actor: user
    code: mutex_lock
    params: {p: Proc}
    steps:
      take:
        cites: mail 1
        guard:
          lock_free: free
        effect:
          held[p]: true
      use:
        cites: mail 2
        assert:
          alone: forall q in Proc, held[q] implies q = p
        effect: {}
      drop:
        effect:
          held[p]: false
invariants:
  exclusive: (count p in Proc where held[p]) <= 1
covers:
  taken: exists p in Proc, held[p]
always_possible:
  back: free
revisions:
  good:
    title: as it should be
  racy:
    title: nobody looks
    cites: mail
    change:
      work.take:
        drop_guard: [lock_free]
    expect:
      alone: violated in 3
      exclusive: violated in 2
  surprising:
    title: nobody looks, and nobody knows
    cites: mail
    change:
      work.take:
        drop_guard: [lock_free]
    expect:
      exclusive: violated in 2
"""

# 2**40 states: no engine sees them all, so that only a limit or a signal ends the search
BIG = """\
spec:
  name: big
types:
  Slot: 0..39
variables:
  on: array Slot of bool = false
actions:
  flip:
    params: {s: Slot}
    effect:
      on[s]: not on[s]
invariants:
  few: (count s in Slot where on[s]) < 3
covers:
  full: forall s in Slot, on[s]
revisions:
  big:
    title: more states than anyone sees
    expect:
      few: violated in 3
"""


def environment(**more):
    """The environment without what decides on colour, and with the package in reach."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "SPECGEN_DEBUG")}
    return kept | {"PYTHONPATH": str(ROOT / "generator")} | more


def command(*arguments):
    return [sys.executable, "-m", "specgen", *map(str, arguments)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A directory with the specs, which is where the command runs."""
    (tmp_path / "lock.yaml").write_text(LOCK, encoding="utf-8")
    (tmp_path / "big.yaml").write_text(BIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def specgen(folder):
    """Runs one command to its end."""

    def run(*arguments, **env):
        return subprocess.run(
            command(*arguments),
            cwd=folder,
            env=environment(**env),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
