from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import forkserver

FIXTURES = Path(__file__).parents[1] / "fixtures"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def adopted(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a fixture project that has adopted windlass, for the running Python alone."""

    def copy(name: str) -> Path:
        root = shutil.copytree(FIXTURES / name, tmp_path / name)
        (root / "tasks.py").write_text("from windlass import collection\n\nns = collection()\n")
        (root / "invoke.yaml").write_text("tasks:\n  executor_class: windlass.graph.Executor\n")
        with (root / "pyproject.toml").open("a") as file:
            file.write(f'\n[tool.windlass]\npythons = ["{PYTHON}"]\n')
        return root

    return copy


@pytest.fixture
def inv() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `inv` in a project, from another folder."""

    def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
        hidden = {"WINDLASS_REHEARSAL", "WINDLASS_STAGE", "SOURCE_DATE_EPOCH"}
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        return forkserver.run("invoke", "--search-root", str(root), *words, cwd="/", env=env)

    return run
