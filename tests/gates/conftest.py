from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from windlass.builds.dist import dist
from windlass.gates.run_tests import Run

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a fixture project, by its name."""

    def copy(name: str) -> Path:
        return shutil.copytree(FIXTURES / name, tmp_path / name, symlinks=True)

    return copy


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A fixture project's wheel, by the project's name; each is built once."""

    @functools.cache
    def built(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        return folder / dist(FIXTURES / name, folder, name="demo", epoch=1_700_000_000).wheel.name

    return built


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `.windlass` folder, whose environments serve every test of the same wheel."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def run() -> Run:
    """Runs a program, its output in this test's."""

    def streamed(argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> int:
        return subprocess.run(argv, cwd=folder, env={**os.environ, **env}, check=False).returncode

    return streamed
