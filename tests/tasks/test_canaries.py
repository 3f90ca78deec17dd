"""Secrets in the environment, and a project whose every hook writes down what it sees of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tasks.test_gates import Adopted, Inv

pytestmark = pytest.mark.stage

_NAMES = (
    *("TWINE_PASSWORD", "UV_PUBLISH_TOKEN", "PYPI_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "DOCKER_AUTH_CONFIG"),
    *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_RUNTIME_TOKEN", "SSH_AUTH_SOCK"),
    *("AWS_SECRET_ACCESS_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "NPM_CONFIG__AUTH", "KEYRING_PASSWORD"),
    *("COSIGN_PASSWORD", "VAULT_ADDR", "SNYK_API", "DATABASE_URL", "GIT_ASKPASS", "HARMLESS_NAME"),
)
_WRITE = """
import os, pathlib
with open({log!r}, "a") as log:
    log.write({who!r} + " " + repr(dict(os.environ)) + "\\n")
"""
_HOOK = """
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        pass
"""


def _hostile(root: Path, log: Path) -> None:
    def writes(who: str) -> str:
        return _WRITE.format(log=str(log), who=who)

    (root / "hatch_build.py").write_text(writes("build hook") + _HOOK)
    (root / "tests/conftest.py").write_text(writes("conftest"))
    (root / "tests/plug.py").write_text(writes("pytest plugin"))
    (root / "hooks.py").write_text(writes("mkdocs hook"))
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs/index.md").write_text("# Demo\n")
    (root / "mkdocs.yml").write_text("site_name: Demo\ntheme: mkdocs\nhooks: [hooks.py]\n")
    pyproject = root / "pyproject.toml"
    more = '\n[tool.hatch.build.hooks.custom]\n[tool.pytest.ini_options]\naddopts = "-p plug"\npythonpath = ["tests"]\n'
    pyproject.write_text(pyproject.read_text() + more)


def test_nobody_s_code_sees_a_credential_in_its_environment(
    adopted: Adopted, inv: Inv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, log = adopted("sound"), tmp_path / "seen.log"
    _hostile(root, log)
    for name in _NAMES:
        monkeypatch.setenv(name, f"canary-{name}")
    ended = inv(root, "test", "build.sbom", "docs.build", "scan.code")
    assert ended.returncode == 0, ended.stderr
    seen = log.read_text()
    for who in ("build hook", "conftest", "pytest plugin", "mkdocs hook"):
        assert f"{who} " in seen
    assert [name for name in _NAMES if f"canary-{name}" in seen] == []


def test_what_a_project_lets_pass_is_seen_and_nothing_else(
    adopted: Adopted, inv: Inv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, log = adopted("sound"), tmp_path / "seen.log"
    _hostile(root, log)
    pyproject = root / "pyproject.toml"
    text = pyproject.read_text()
    pyproject.write_text(text.replace("[tool.windlass]\n", '[tool.windlass]\npass-env = ["DATABASE_URL"]\n', 1))
    for name in _NAMES:
        monkeypatch.setenv(name, f"canary-{name}")
    ended = inv(root, "test")
    assert ended.returncode == 0, ended.stderr
    assert os.environ["DATABASE_URL"] in log.read_text()
    assert [name for name in _NAMES if f"canary-{name}" in log.read_text()] == ["DATABASE_URL"]
