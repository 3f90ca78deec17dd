"""Bringing a clone up to a release that is out: a nicety, which fails nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from invoke.collection import Collection

from windlass.git import Git, Identity
from windlass.git.git_folder import GitFolder
from windlass.model import Release
from windlass.release.context import ReleaseContext
from windlass.testing.git_history import MadeHistory

_WHO = Identity("Ann", "ann@example.org", 1_750_000_000)
_PYPROJECT = '[project]\nname = "demo"\nversion = "1.0.0"\n'


class _Clone:
    """A clone of a project whose release v1.1.0 is on the remote alone; `said` is what the context told."""

    def __init__(self, folder: Path) -> None:
        made = MadeHistory(folder / "clone")
        made.commit("feat: x", files={"pyproject.toml": _PYPROJECT, ".gitignore": ".windlass\n"})
        self.git = Git(made.root, wait=lambda _: None)
        self.git.run("reset", "--quiet", "--hard")
        self.git.run("remote", "add", "origin", GitFolder.bare(folder / "remote.git", "main", {}).path)
        self.base = made.tip()
        tree = self.git.tree({"pyproject.toml": _PYPROJECT.replace("1.0.0", "1.1.0").encode(), ".gitignore": b"x\n"})
        self.commit = self.git.commit(tree, [self.base], "chore(release): 1.1.0\n", _WHO)
        self.git.run("push", "--quiet", "origin", f"{self.commit}:refs/tags/v1.1.0", f"{self.commit}:refs/heads/main")
        self.said: list[str] = []

    def update(self) -> None:
        release = Release(
            project="demo",
            version="1.1.0",
            pep440="1.1.0",
            tag="v1.1.0",
            commit=self.commit,
            branch="main",
            epoch=_WHO.epoch,
            artifacts=(),
            notes="",
        )
        context = ReleaseContext.open(self.git.root, self.said.append, Collection)
        replace(context, git=self.git).update_local_refs(release)


@pytest.fixture
def clone(tmp_path: Path) -> _Clone:
    return _Clone(tmp_path)


def test_a_clone_gets_the_tag_and_the_branch(clone: _Clone) -> None:
    clone.update()

    assert clone.git.resolve("refs/tags/v1.1.0") == clone.git.resolve("HEAD") == clone.commit
    assert clone.said == []


def test_a_tag_of_that_name_that_was_made_here_is_told_and_stays(clone: _Clone) -> None:
    """It was never pushed; whose it is, windlass can't know."""
    clone.git.run("update-ref", "refs/tags/v1.1.0", clone.base)
    clone.update()

    assert clone.said == [
        "the tag v1.1.0 here is on another commit than the one that is out: "
        "`git fetch --force origin tag v1.1.0` takes that one"
    ]
    assert clone.git.resolve("refs/tags/v1.1.0") == clone.base
    assert clone.git.resolve("HEAD") == clone.commit


def test_a_branch_that_can_t_be_moved_is_told(clone: _Clone) -> None:
    """An index lock, of an editor's git that died."""
    (clone.git.root / ".git" / "index.lock").write_text("")
    clone.update()

    assert clone.said[0].startswith("main here was not moved to the release; `git pull --ff-only` does it. git said: ")
    assert "index.lock" in clone.said[0]
    assert clone.git.resolve("HEAD") == clone.base


def test_a_remote_that_is_gone_by_then_fails_nothing(clone: _Clone, tmp_path: Path) -> None:
    (tmp_path / "remote.git").rename(tmp_path / "elsewhere.git")
    clone.update()

    assert clone.said == [
        "v1.1.0 is out; this clone was not brought up to it: the git remote did not answer as it should"
    ]


def test_the_user_s_own_hooks_and_filters_are_at_work_in_their_working_copy(clone: _Clone) -> None:
    """What moves their branch is what `git pull` would have done."""
    hook = clone.git.root / ".git" / "hooks" / "post-merge"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch .git/merged\n")
    hook.chmod(0o755)
    clone.update()

    assert (clone.git.root / ".git" / "merged").exists()
