"""An open stage, and small things to publish to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from windlass.stage import Effects, Stage


@pytest.fixture
def effects(tmp_path: Path) -> Effects:
    """The records of a stage that nobody serves."""
    return Effects(tmp_path)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage that owns the name `demo-pkg`."""
    with Stage(tmp_path / "stage", ["demo-pkg"]) as opened:
        yield opened
