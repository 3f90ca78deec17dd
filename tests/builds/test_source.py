from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.builds.source import source
from windlass.errors import ToolError

ENV = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


@pytest.fixture
def repository(project: Callable[[str], Path]) -> Path:
    root = project("sound")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "feat: all of it"]):
        subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **ENV})
    return root


def test_the_source_archive_holds_the_commit_and_nothing_beside_it(repository: Path, tmp_path: Path) -> None:
    (repository / "untracked.txt").touch()
    artifact = source(repository, tmp_path / "out", name="demo", version="1.2.3")
    assert (artifact.name, artifact.kind) == ("demo-1.2.3-source.tar.gz", "source")
    assert (tmp_path / "out" / artifact.name).read_bytes()[4:8] == bytes(4), "the gzip header holds no time"
    with tarfile.open(tmp_path / "out" / artifact.name) as archive:
        files = sorted(member.name for member in archive if member.isfile())
    assert files == [f"demo-1.2.3/{name}" for name in ("pyproject.toml", "src/demo/__init__.py", "tests/test_demo.py")]


def test_the_source_archive_is_the_same_bytes_whatever_git_is_told(repository: Path, tmp_path: Path) -> None:
    first = source(repository, tmp_path / "first", name="demo", version="1.2.3")
    subprocess.run(["git", "-C", repository, "config", "tar.umask", "0077"], check=True)
    assert source(repository, tmp_path / "second", name="demo", version="1.2.3") == first


def test_a_commit_that_looks_like_an_option_is_only_a_name(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError):
        source(repository, tmp_path / "out", name="demo", version="1", commit="--output=/tmp/x")


def test_a_new_source_archive_takes_the_place_of_the_last(repository: Path, tmp_path: Path) -> None:
    source(repository, tmp_path / "out", name="demo", version="1.2.2")
    (tmp_path / "out" / "demo-1.2.2.tar.gz").touch()
    source(repository, tmp_path / "out", name="demo", version="1.2.3")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "demo-1.2.2.tar.gz",
        "demo-1.2.3-source.tar.gz",
    ]
