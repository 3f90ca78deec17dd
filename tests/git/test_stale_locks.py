"""Lock files in git's way: whose they are decides what becomes of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.errors import RepositoryError
from windlass.git import Git
from windlass.git.git_folder import GitFolder
from windlass.testing.git_history import MadeHistory


def _nothing() -> None:
    """Nobody does anything."""


class _Watched:
    """A way to wait that costs no time, and lets something happen meanwhile."""

    def __init__(self) -> None:
        self.waited_s = 0.0
        self.happens: Callable[[], None] = _nothing

    def __call__(self, seconds: float) -> None:
        self.waited_s += seconds
        self.happens()


@pytest.fixture
def wait() -> _Watched:
    return _Watched()


@pytest.fixture
def git(tmp_path: Path, wait: _Watched) -> Git:
    """A clone whose remote has two branches, which are fetched to where windlass keeps what it saw."""
    made = MadeHistory(tmp_path / "work")
    made.commit("feat: x")
    remote = GitFolder.bare(tmp_path / "remote.git", "main", {}).path
    git = Git(made.root, wait=wait)
    git.run("remote", "add", "origin", remote)
    git.run("push", "--quiet", "origin", "HEAD:refs/heads/main", "HEAD:refs/heads/other")
    return git


def _lock(git: Git, name: str) -> Path:
    lock = git.root / ".git" / f"{name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("")
    return lock


def _fetch(git: Git) -> None:
    git.fetch("+refs/heads/*:refs/windlass/remote/heads/*")


def test_what_a_killed_run_left_of_windlass_s_own_refs_is_cleared(git: Git, wait: _Watched) -> None:
    """A killed transaction leaves a lock a ref; all of them go at once."""
    locks = [_lock(git, f"refs/windlass/remote/heads/{name}") for name in ("main", "other")]
    locks.append(_lock(git, "refs/windlass/remote/tags/v1.0.0"))
    _fetch(git)

    assert git.resolve("refs/windlass/remote/heads/other")
    assert not any(lock.exists() for lock in locks)
    assert wait.waited_s >= 3


def test_a_lock_that_is_given_up_meanwhile_was_a_living_git_s(git: Git, wait: _Watched) -> None:
    """Two runs at once: the other one's lock is waited for, and its work goes on."""
    lock = _lock(git, "refs/windlass/remote/heads/main")
    wait.happens = lambda: lock.unlink(missing_ok=True)
    _fetch(git)

    assert wait.waited_s < 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no processes are seen here: such a lock is named")
def test_a_lock_of_the_user_s_own_refs_is_cleared_where_no_git_works_here(git: Git) -> None:
    lock = _lock(git, "refs/tags/v1.0.0")
    git.run("push", "--quiet", "origin", "HEAD:refs/tags/v1.0.0")
    git.fetch("refs/tags/v1.0.0:refs/tags/v1.0.0")

    assert git.resolve("refs/tags/v1.0.0")
    assert not lock.exists()


def test_a_lock_beside_a_git_that_works_here_stays_and_is_named(git: Git, tmp_path: Path) -> None:
    """It may be that one's; the error says what to do when it is not."""
    program = tmp_path / "git-at-work"  # a process is known by its program's name
    program.write_text("#!/bin/sh\necho ready\nread -r _\n")
    program.chmod(0o755)
    lock = _lock(git, "refs/tags/v1.0.0")
    git.run("push", "--quiet", "origin", "HEAD:refs/tags/v1.0.0")
    with subprocess.Popen([program], cwd=git.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        with pytest.raises(RepositoryError) as refused:
            git.fetch("refs/tags/v1.0.0:refs/tags/v1.0.0")
        other.communicate(b"\n")

    assert refused.value.problem.startswith("a lock file is in git's way")
    assert refused.value.facts == {"file": str(lock)}
    assert f"rm '{lock}'" in str(refused.value.remedy)
    assert lock.exists()
