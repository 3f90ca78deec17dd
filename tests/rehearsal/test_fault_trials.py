"""A real release of a small real project, broken at its effects in every way, then run again: exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rehearsal.conftest import FILES, RELEASE
from windlass.rehearsal.fault_trials import try_all
from windlass.rehearsal.staged_release import Rehearsal
from windlass.rehearsal.trial_report import Tally

pytestmark = pytest.mark.faults

SEED = 7


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints at once, captured or not: how many faults were injected is for people to see."""

    def printed(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}", end="", flush=True)

    return printed


def test_a_release_and_its_rollback_broken_at_their_effects_are_finished_by_the_next_run(
    prepared: Rehearsal, say: Callable[[str], None]
) -> None:
    tried = try_all([prepared], RELEASE[1:-1], Tally(say), 24, SEED)
    say("\n".join(tried.lines()) + "\n")
    assert [str(trial) for trial in tried.failures] == []
    assert sum(trial.fired for trial in tried.trials) >= len(tried.trials) * 3 // 4, "the faults must be reached"
    assert {trial.choice.task for trial in tried.trials} == {"release", "rollback"}


def test_rehearse_faults_tries_them_side_by_side_and_counts_them(tmp_path: Path) -> None:
    for path, text in FILES.items():
        if not path.startswith(("Dockerfile", "mkdocs", "docs")):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text.partition("[tool.windlass.github]")[0])
    argv = [sys.executable, "-m", "invoke", "rehearse", "--faults", "--sample", "6", "--seed", "3", "--json"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ok"]
    assert [one["name"] for one in found["channels"]] == ["git", "index"]
    assert (found["faults"]["tried"], found["faults"]["seed"]) == (6, 3)
    assert found["faults"]["finished"] == found["faults"]["injected"] >= 5
    assert found["faults"]["violations"] == []
