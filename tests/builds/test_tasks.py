from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.stage

Adopted = Callable[[str], Path]
Inv = Callable[..., "subprocess.CompletedProcess[str]"]


def committed(root: Path) -> None:
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    (root / ".gitignore").write_text("dist/\n.windlass/\n__pycache__/\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "feat: all"]):
        subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **identity})


def test_a_build_is_everything_that_ships(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    committed(root)
    ended = inv(root, "build", "--json")
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert [(one["name"], one["kind"]) for one in answer["artifacts"]] == [
        ("demo-1.2.3.tar.gz", "sdist"),
        ("demo-1.2.3-py3-none-any.whl", "wheel"),
        ("demo-1.2.3-source.tar.gz", "source"),
        ("demo-1.2.3.cdx.json", "sbom"),
    ]
    assert sorted(path.name for path in (root / "dist").iterdir()) == sorted(one["name"] for one in answer["artifacts"])


def test_a_project_that_wants_no_bill_of_materials_has_none(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    with (root / "pyproject.toml").open("a") as file:
        file.write("sbom = false\n")
    committed(root)
    (root / "dist").mkdir()
    (root / "dist" / "demo-1.2.2.cdx.json").touch()  # of a time when it wanted one
    ended = inv(root, "build")
    assert ended.returncode == 0, ended.stderr
    assert "no bill of materials: [tool.windlass] sbom is false" in ended.stdout
    assert list((root / "dist").glob("*.cdx.json")) == []


def test_files_that_are_gone_come_back_without_a_build(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    assert inv(root, "build.dist").returncode == 0
    before = {path.name: path.read_bytes() for path in (root / "dist").iterdir()}
    for path in (root / "dist").iterdir():
        path.unlink()
    assert "── build.dist up to date" in inv(root, "build.dist", "scan.code").stdout
    assert {path.name: path.read_bytes() for path in (root / "dist").iterdir()} == before


def test_the_version_that_pyproject_names_is_the_one_that_is_built(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    pyproject = root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"1.2.3"', '"2.0.0"'))
    assert "demo-2.0.0.tar.gz" in inv(root, "build.dist").stdout
