"""Which tasks a release runs."""

from __future__ import annotations

from pathlib import Path

from windlass.project import Project
from windlass.release.build_and_test import builds, judges

_PYPROJECT = '[project]\nname = "demo"\nversion = "1.0.0"\n'


def test_an_emergency_leaves_out_tests_and_scans_and_nothing_that_would_stop_it_later(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(_PYPROJECT)
    config = Project.load(tmp_path).config
    assert judges(config, skip_gates=True) == ("build.compare", "index.check", "index.smoke")
    assert judges(config, skip_gates=False) == ("build.compare", "index.check", "index.smoke", "test", "scan")


def test_an_image_is_proven_in_an_emergency_too(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").touch()
    (tmp_path / "pyproject.toml").write_text(f'{_PYPROJECT}\n[tool.windlass.image]\nregistries = ["r.example/a"]\n')
    config = Project.load(tmp_path).config
    assert "docker.smoke" in judges(config, skip_gates=True)
    assert builds(config, ["wheel"]) == ("build.dist",)
