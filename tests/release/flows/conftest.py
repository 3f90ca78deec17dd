"""A project whose release commits arrive by pull request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release.demo import Demo
from windlass.stage import Stage

FLOW = '\n[tool.windlass]\nflow = "pull-request"\n'


@pytest.fixture
def by_pull_request(tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Demo:
    """Version 1.2.2 is out, and what came since is on the main branch."""
    for name, value in stage.environment().items():
        monkeypatch.setenv(name, value)
    made = Demo(tmp_path / "work", stage, more=FLOW)
    made.out("1.2.2", "done")
    made.commit("a feature")
    return made
