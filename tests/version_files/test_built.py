"""The version of a project whose pyproject.toml holds none."""

from __future__ import annotations

from pathlib import Path

import pytest

from windlass import version_files
from windlass.project import Project

NAMED = '[project]\nname = "demo"\ndynamic = ["version"]\n'
BY_HATCH_VCS = NAMED + '[tool.hatch.version]\nsource = "vcs"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src/demo").mkdir(parents=True)
    (tmp_path / "src/demo/__init__.py").write_text('__version__ = "1.2.0"\n')
    return tmp_path


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (NAMED + '[tool.hatch.version]\npath = "src/demo/__init__.py"\n', "1.2.0"),
        (NAMED + '[tool.setuptools.dynamic]\nversion = { attr = "demo.__version__" }\n', "1.2.0"),
        (NAMED + '[build-system]\nbuild-backend = "flit_core.buildapi"\n', "1.2.0"),
        (NAMED + '[tool.hatch.version]\npath = "src/demo/gone.py"\n', ""),
        (NAMED, ""),
        (BY_HATCH_VCS, ""),
    ],
)
def test_a_project_s_version_is_what_its_build_backend_reads(root: Path, text: str, version: str) -> None:
    (root / "pyproject.toml").write_text(text)
    assert Project.load(root).version == version


def test_a_version_from_the_tag_is_that_of_the_tag_which_is_released(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "pyproject.toml").write_text(BY_HATCH_VCS)
    monkeypatch.setenv("WINDLASS_TAG", "v1.3.0-rc.1")
    assert Project.load(root).version == "1.3.0rc1"
    monkeypatch.setenv("WINDLASS_TAG", "nightly")
    assert Project.load(root).version == ""


def test_a_module_that_the_build_writes_the_version_into_is_no_place(root: Path) -> None:
    (root / "pyproject.toml").write_text(BY_HATCH_VCS)
    (root / "src/demo/_version.py").write_text('__version__ = "1.2.1.dev3+gabc"\n')
    assert version_files.find_places(root, packages=["demo"]) == ()
