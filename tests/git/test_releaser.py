"""Whose name a release carries."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from windlass.git import Git, Identity
from windlass.git.releaser import identity
from windlass.testing.git_history import MadeHistory


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository whose last commit is a contributor's, on a machine where nobody is set up."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_"))] + ["EMAIL"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    made = MadeHistory(tmp_path / "project")
    made.commit("fix: theirs (#7)", author="Carl Contributor")
    return Git(made.root)


def test_it_is_who_works_here(git: Git) -> None:
    git.run("config", "user.name", "Zoë <Maintainer>")
    git.run("config", "user.email", "zoe@example.org")

    assert identity(git, "", 7) == Identity("Zoë Maintainer", "zoe@example.org", 7)


def test_variables_of_git_s_count_as_they_do_for_git(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git.run("config", "user.name", "Ann")
    git.run("config", "user.email", "ann@example.org")
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Bot")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")

    assert identity(git, "", 7) == Identity("Bot", "ann@example.org", 7)


def test_what_is_configured_comes_first(git: Git) -> None:
    git.run("config", "user.name", "Ann")
    git.run("config", "user.email", "ann@example.org")

    assert identity(git, "Release Bot <bot@example.org>", 7) == Identity("Release Bot", "bot@example.org", 7)


def test_where_nobody_is_set_up_it_is_the_job_s_bot_or_windlass(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never the contributor whose commit happens to be the last, and never a name that git makes up of the host's."""
    assert identity(git, "", 7) == Identity("windlass", "windlass@localhost", 7)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert identity(git, "", 7).name == "github-actions[bot]"
