"""Implementations that remember more than the spec: found where something is done twice, and only there."""

from __future__ import annotations

import shutil

import pytest

from .test_generate import OWN, TWO_PHASE, run_tests

READ = """\
        if self.state != "undecided" or number not in self.board.prepared:
            raise WrongTime
        self.heard.add(number)
"""
FEW = "len(self.heard) < self.enough"
DECIDE = f'if self.state != "undecided" or (verdict == "committed" and {FEW}):'
OBEY = "        if self.board.verdict is None:\n"
JUDGED = "        before, self.state = self.state, self.board.verdict\n"
MEMORIES = {
    "votes are counted, not voters": [
        (READ, READ + "        self.votes.append(number)\n"),
        (DECIDE, DECIDE.replace("self.heard", "self.votes")),
        ("    enough: int\n", "    enough: int\n    votes: list[int] = field(default_factory=list)\n"),
    ],
    "one vote too many, and nothing is decided": [
        (READ, READ + "        self.votes.append(number)\n"),
        (DECIDE, DECIDE.replace(FEW, f"({FEW} or len(self.votes) > self.enough)")),
        ("    enough: int\n", "    enough: int\n    votes: list[int] = field(default_factory=list)\n"),
    ],
    "a second message of one voter is refused": [
        (READ, READ.replace("self.board.prepared:", "self.board.prepared or number in self.heard:")),
    ],
    "who has obeyed does not obey again": [
        (OBEY, OBEY.replace("self.board.verdict is None", "self.board.verdict is None or self.obeyed")),
        (JUDGED, f"{JUDGED}        self.obeyed = True\n"),
        ('    state: str = "working"\n', '    state: str = "working"\n    obeyed: bool = False\n'),
    ],
}


def remembering(memory):
    text = (OWN / "commit.py").read_text(encoding="utf-8")
    for old, new in MEMORIES[memory]:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("memory", "report"),
    [
        ("votes are counted, not voters", "decide_commit after step 6 must be refused, and happens"),
        ("one vote too many, and nothing is decided", "decide_commit, must happen, and is refused"),
        ("a second message of one voter is refused", "hear_prepared(m=1), must happen, and is refused"),
        ("who has obeyed does not obey again", "obey_commit(m=1), must happen, and is refused"),
    ],
)
def test_what_remembers_too_much_is_found_only_with_repeats(specgen, folder, memory, report):
    shutil.copy(TWO_PHASE, folder / "two_phase.yaml")
    run = specgen("generate", "two_phase.yaml", "-r", "two-phase", "-o", "out")
    assert run.returncode == 0, run.stderr
    shutil.copy(OWN / "adapter.py", folder / "out" / "adapters" / "mine.py")
    shutil.copy(OWN / "commit.py", folder)
    run = run_tests(folder, "out", "--specgen-system", "mine")
    assert run.returncode == 0, run.stdout
    (folder / "commit.py").write_text(remembering(memory), encoding="utf-8")
    run = run_tests(folder, "out", "--specgen-system", "mine", "-k", "not repeats")
    assert run.returncode == 0, run.stdout
    run = run_tests(folder, "out", "--specgen-system", "mine", "-k", "repeats")
    assert run.returncode == 1, run.stdout
    assert report in run.stdout
