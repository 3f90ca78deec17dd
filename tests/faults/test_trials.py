"""A real release of a small real project, broken at its effects in every way, then run again: exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import FILES, RELEASE
from windlass.stage.rehearsal import Rehearsal
from windlass.stage.trials import Trial, Trials, sample

pytestmark = pytest.mark.faults

SEED = 7


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints at once, captured or not: how many faults were injected is for people to see."""

    def printed(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}", end="", flush=True)

    return printed


def _judged(tried: tuple[Trial, ...], known: int, say: Callable[[str], None]) -> None:
    fired = sum(trial.fired for trial in tried)
    say(f"{fired} faults injected of {known} that there are\n")
    assert [str(trial) for trial in tried if trial.problems] == []
    assert fired >= len(tried) * 3 // 4, "the faults must be reached"


def test_a_release_broken_at_its_effects_is_finished_by_the_next_run(begun: Trials, say: Callable[[str], None]) -> None:
    faults = begun.breaks
    _judged(begun.run(sample(faults, 18, SEED), say), len(faults), say)


def test_a_rollback_broken_at_its_effects_is_finished_by_the_next_run(
    begun: Trials, prepared: Rehearsal, say: Callable[[str], None]
) -> None:
    prepared.inv(*RELEASE)
    back = Trials(prepared, ("rollback", "--to", prepared.seed, "--yes"), "released")
    faults = back.enumerate()
    _judged(back.run(sample(faults, 6, SEED), say), len(faults), say)


def test_rehearse_faults_tries_them_side_by_side_and_counts_them(tmp_path: Path) -> None:
    for path, text in FILES.items():
        if not path.startswith(("Dockerfile", "mkdocs", "docs")):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text.partition("[tool.windlass.github]")[0])
    argv = [sys.executable, "-m", "invoke", "rehearse", "--faults", "--sample", "6", "--json"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ok"]
    assert [one["name"] for one in found["channels"]] == ["git", "index"]
    assert found["faults"]["finished"] == found["faults"]["injected"] >= 5
    assert found["faults"]["violations"] == []
