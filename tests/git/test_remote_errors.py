"""What git says when a remote fails it, and how often it is asked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.channels.repository import Repository
from windlass.errors import RemoteRefusedError, RemoteUnreachableError
from windlass.git import Git, RefUpdate, remote_errors
from windlass.stage import Fault
from windlass.testing.full_stage import full_stage

GH006 = """\
remote: error: GH006: Protected branch update failed for refs/heads/main.
remote: error: Changes must be made through a pull request.
!\trefs/heads/main:refs/heads/main\t[remote rejected] (protected branch hook declined)
"""
GH013 = """\
remote: error: GH013: Repository rule violations found for refs/heads/main.
remote: - Commits must have verified signatures.
!\trefs/heads/main:refs/heads/main\t[remote rejected] (push declined due to repository rule violations)
"""
GITLAB = """\
remote: GitLab: You are not allowed to push code to protected branches on this project.
!\trefs/heads/main:refs/heads/main\t[remote rejected] (pre-receive hook declined)
"""


@pytest.mark.parametrize("words", [GH006, GH013, GITLAB])
def test_branches_that_take_no_pushes_are_recognised(words: str) -> None:
    assert remote_errors.is_protected(words)
    assert remote_errors.is_rejected(words)
    assert not remote_errors.is_transient(words)


@pytest.mark.parametrize(
    "words",
    [
        "fatal: unable to access 'https://host/': Could not resolve host: host",
        "ssh: connect to host 127.0.0.1 port 9: Connection refused\nfatal: Could not read from remote repository.",
        "send-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly",
        "fatal: unable to access 'https://host/': The requested URL returned error: 429",
        "error: RPC failed; HTTP 503 curl 22 The requested URL returned error: 503",
    ],
)
def test_what_may_be_over_in_a_moment_is_tried_again(words: str) -> None:
    assert remote_errors.is_transient(words)
    assert not remote_errors.is_rejected(words)


@pytest.mark.parametrize(
    "words",
    [
        "fatal: unable to access 'https://host/': The requested URL returned error: 403",
        "remote: Permission to acme/demo.git denied to ada.",
        "fatal: Authentication failed for 'https://host/'",
        "git@host: Permission denied (publickey).",
    ],
)
def test_a_right_that_is_lacking_is_a_no(words: str) -> None:
    assert remote_errors.is_rejected(words)
    assert not remote_errors.is_transient(words)


def test_a_remote_that_does_not_answer_is_asked_a_bounded_number_of_times(tmp_path: Path) -> None:
    waits: list[float] = []
    git = Git(tmp_path, "http://127.0.0.1:9/nobody.git", waits.append)
    git.run("init", "-q")
    with pytest.raises(RemoteUnreachableError, match="did not answer as it should"):
        git.ls_remote()
    assert waits == [0.5, 1.0, 2.0, 4.0]


def test_a_push_to_a_busy_remote_is_made_again_and_one_that_was_refused_is_not(tmp_path: Path) -> None:
    with full_stage(tmp_path / "stage") as stage:
        repository = Repository(tmp_path / "work", stage)
        waits: list[float] = []
        git = Git(repository.git.root, "origin", waits.append)
        commit = repository.commit("one", git.resolve("main"))
        stage.effects.arm(Fault(1, "before", "status", status=503))
        git.push(RefUpdate("refs/heads/one", commit, ""))
        assert git.ls_remote("refs/heads/one") == {"refs/heads/one": commit}
        assert waits == [0.5]
        hook = stage.repository / "hooks" / "update"
        hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
        hook.chmod(0o755)
        with pytest.raises(RemoteRefusedError, match="the git remote refused the push; nothing was changed"):
            git.push(RefUpdate("refs/heads/two", commit, ""))
        assert waits == [0.5]
