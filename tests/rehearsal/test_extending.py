"""docs/extending.md, followed literally: the package that it shows adds a channel and a scanner."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forkserver
from windlass import shell

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "extending.md"
EXAMPLE = ROOT / "examples" / "customer-snapshot"


def files_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', page, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the page's package, installed."""
    home = tmp_path_factory.mktemp("shelf")
    for name, text in files_of(PAGE.read_text()).items():
        (home / "package" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "package" / name).write_text(text)
    words: list[str | Path] = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        home / "site",
        home / "package",
    ]
    shell.run(words, timeout_s=300)
    return home / "site"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example, with a shelf."""
    made = tmp_path / "customer-snapshot"
    shutil.copytree(EXAMPLE, made, ignore=shutil.ignore_patterns(".windlass", "dist", ".venv"))
    pyproject = made / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + '\n[tool.windlass.shelf]\nurl = "https://files.example.org/demo"\n')
    return made


def inv(project: Path, installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")])}
    return forkserver.run("invoke", "--search-root", str(project), *words, cwd=project, env=env, timeout_s=900.0)


def test_the_page_says_how_many_files_and_lines() -> None:
    files = files_of(PAGE.read_text())
    count = sum(len(text.splitlines()) for text in files.values())
    assert len(files) == 4
    assert "four files" in PAGE.read_text()
    said = re.search(r"about (\d+)\s+lines", PAGE.read_text())
    assert said is not None
    assert abs(count - int(said[1])) <= 10


@pytest.mark.stage
@pytest.mark.rehearsal
def test_a_rehearsal_releases_to_the_pages_channel_and_rolls_it_back(project: Path, installed: Path) -> None:
    done = inv(project, installed, "rehearse", "--part", "minor", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    shelf = next(channel for channel in answer["channels"] if channel["name"] == "shelf")
    assert (shelf["state"], shelf["verified"]) == ("same", True)
    names = {receipt["what"] for receipt in shelf["receipt"]}
    assert "latest" in names
    assert sum(name.startswith(answer["version"]) for name in names) == 2
    back = next(channel for channel in answer["rollback"]["channels"] if channel["name"] == "shelf")
    assert [change["what"] for change in back["changes"]] == ["latest"]
    assert answer["violations"] == []


def test_its_scanner_stops_the_gate(project: Path, installed: Path) -> None:
    (source,) = project.glob("src/*/__init__.py")
    source.write_text(source.read_text() + "\n# FIXME before the release\n")
    done = inv(project, installed, "scan")
    assert done.returncode == 1
    assert "FIXME medium" in done.stdout + done.stderr


def test_an_unknown_key_of_its_table_is_an_error_that_says_what_was_meant(project: Path, installed: Path) -> None:
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('\nurl = "https://files', '\nurll = "https://files'))
    done = inv(project, installed, "version")
    assert done.returncode == 20
    assert "tool.windlass.shelf.urll is not a setting" in done.stdout + done.stderr
    assert "did you mean url?" in done.stdout + done.stderr


def test_without_the_package_its_table_is_no_setting(project: Path, tmp_path: Path) -> None:
    done = inv(project, tmp_path, "version")
    assert done.returncode == 20
    assert "tool.windlass.shelf is not a setting" in done.stdout + done.stderr
