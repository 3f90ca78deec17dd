from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.builds.source_archive import history_state, source
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


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **ENV})


def test_the_history_s_state_is_the_same_while_no_ref_moves(repository: Path) -> None:
    before = history_state(repository)
    (repository / "new.py").touch()
    git(repository, "add", ".")
    git(repository, "status")
    assert history_state(repository) == history_state(repository / "src") == before != ""


@pytest.mark.parametrize(
    "words",
    [
        ["commit", "-q", "--allow-empty", "-m", "fix: it"],
        ["tag", "v1"],
        ["branch", "other"],
        ["switch", "-q", "-c", "other"],
        ["switch", "-q", "--detach"],
        ["config", "core.autocrlf", "true"],
        ["update-ref", "refs/windlass/one", "HEAD"],
    ],
    ids=" ".join,
)
def test_a_ref_or_setting_that_moves_is_another_state(repository: Path, words: list[str]) -> None:
    before = history_state(repository)
    git(repository, *words)
    assert history_state(repository) != before


def test_a_packed_tag_that_moves_is_another_state(repository: Path) -> None:
    git(repository, "tag", "v1")
    git(repository, "pack-refs", "--all")
    before = history_state(repository)
    git(repository, "tag", "-d", "v1")
    assert history_state(repository) != before


def test_a_worktree_s_state_is_its_own_head_and_the_refs_of_all(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "beside"))
    states = [history_state(tmp_path / "beside")]
    git(repository, "tag", "v1")
    states.append(history_state(tmp_path / "beside"))
    git(tmp_path / "beside", "commit", "-q", "--allow-empty", "-m", "fix: it")
    states.append(history_state(tmp_path / "beside"))
    assert len(set(states)) == 3


def test_two_clones_of_one_history_have_the_same_state(repository: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        git(tmp_path, "clone", "-q", str(repository), name)
    assert history_state(tmp_path / "one") == history_state(tmp_path / "two")


def test_where_git_is_led_elsewhere_nothing_can_be_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    assert history_state(repository) != history_state(repository)


def test_a_folder_without_a_repository_has_no_state(tmp_path: Path) -> None:
    assert history_state(tmp_path) == ""
