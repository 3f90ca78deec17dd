from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tasks.conftest import adopted, inv

__all__ = ["adopted", "inv", "project"]

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a fixture project, by its name."""

    def copy(name: str) -> Path:
        return shutil.copytree(FIXTURES / name, tmp_path / name, symlinks=True)

    return copy
