"""A project on a stage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.release.demo import Demo
from windlass.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path / "stage", ["demo"]) as stage:
        yield stage


@pytest.fixture
def demo(tmp_path: Path, stage: Stage) -> Demo:
    """One machine."""
    return Demo(tmp_path / "work", stage)


@pytest.fixture
def elsewhere(tmp_path: Path, demo: Demo) -> Demo:
    """Another machine, which has a clone and nothing else."""
    return Demo(tmp_path / "elsewhere", demo.stage)
