"""Several processes that release at once: one wins, the others touch nothing, and all see the same in the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.release.demo import Demo

pytestmark = pytest.mark.faults


def racing(demo: Demo, tmp_path: Path, *how: str) -> list[tuple[int, str]]:
    """Exit code and last words of each racer, started together from clones of their own."""
    root = Path(__file__).parents[2]
    racers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.release.racer", demo.stage.home, tmp_path / f"racer-{number}", mode],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for number, mode in enumerate(how)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == b"ready\n"
    said = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(b"go\n")
        racer.stdin.flush()
    for racer in racers:
        out, _ = racer.communicate(timeout=300)
        said.append((racer.returncode, out.decode()))
    return said


def test_of_ten_at_once_one_wins_and_the_losers_touch_nothing(demo: Demo, tmp_path: Path) -> None:
    said = racing(demo, tmp_path, *["new"] * 10)
    codes = sorted(code for code, _ in said)
    assert codes[0] == 0, said
    assert set(codes) <= {0, 50, 51}, said
    assert codes.count(51) >= 1, said
    ledger = [effect for effect in demo.stage.effects.history() if effect.what == "refs/windlass/releases/v1.3.0"]
    writers = {record.by for record in demo.opened().ledger.look()["v1.3.0"].records}
    assert len(writers) == 1
    assert [effect.was for effect in ledger].count(None) == 1
    assert demo.violations() == ()


def test_a_tags_workflow_that_overlaps_with_a_local_run_ends_green_on_both_sides(demo: Demo, tmp_path: Path) -> None:
    said = racing(demo, tmp_path, "new", "tag", "tag")
    assert [code for code, _ in said] == [0, 0, 0], said
    assert all("['same']" in words for _, words in said), said
    assert demo.violations() == ()
