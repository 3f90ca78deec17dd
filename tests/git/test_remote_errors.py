"""What git says when a remote fails it, and how often it is asked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.channels.repository import Repository
from windlass.errors import RemoteRefusedError, RemoteUnreachableError
from windlass.git import Git, RefUpdate, push_errors, remote_errors
from windlass.git.git_folder import GitFolder
from windlass.stage import Fault, Stage
from windlass.testing.git_history import MadeHistory

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
    with Stage(tmp_path / "stage") as stage:
        repository = Repository(tmp_path / "work", stage)
        waits: list[float] = []
        git = Git(repository.git.root, "origin", waits.append)
        commit = repository.commit("one", git.resolve("main"))
        stage.effects.arm(Fault(1, "before", "status", status=503))
        git.push(RefUpdate("refs/heads/one", commit, ""))
        git.run("config", "http.proxy", "http://127.0.0.1:9")  # no proxy leads to this machine
        assert git.ls_remote("refs/heads/one") == {"refs/heads/one": commit}
        assert waits == [0.5]
        hook = stage.repository / "hooks" / "update"
        hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
        hook.chmod(0o755)
        with pytest.raises(RemoteRefusedError, match="the git remote refused the push; nothing was changed"):
            git.push(RefUpdate("refs/heads/two", commit, ""))
        assert waits == [0.5]


_TAG_RULE = """\
remote: error: GH013: Repository rule violations found for refs/tags/v1.1.0.
remote: - Cannot create ref due to creations being restricted.
!\tabc:refs/heads/main\t[remote rejected] (atomic push failure)
!\tabc:refs/tags/v1.1.0\t[remote rejected] (push declined due to repository rule violations)
"""
_GITLAB_TAG = """\
remote: GitLab: You are not allowed to create this tag as it is protected.
!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)
!\tabc:refs/tags/v1.1.0\t[remote rejected] (pre-receive hook declined)
"""
_GITEA_TAG = """\
remote: Gitea: Tag v1.1.0 is protected
!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)
!\tabc:refs/tags/v1.1.0\t[remote rejected] (pre-receive hook declined)
"""
_HIDDEN = """\
!\tabc:refs/windlass/lock\t[remote rejected] (deny updating a hidden ref)
"""
_BOTH = """\
remote: error: GH006: Protected branch update failed for refs/heads/main.
remote: error: GH013: Repository rule violations found for refs/tags/v1.1.0.
"""
_REFS = ("refs/heads/main", "refs/tags/v1.1.0")


@pytest.mark.parametrize(
    ("refs", "words", "problem", "remedy", "never"),
    [
        (_REFS, _TAG_RULE, "for this tag (v1.1.0) refused", "bypass the rule for tags", "pull-request"),
        (_REFS, _GITLAB_TAG, "for this tag (v1.1.0) refused", "bypass the rule for tags", "pull-request"),
        (_REFS, _GITEA_TAG, "for this tag (v1.1.0) refused", "bypass the rule for tags", "pull-request"),
        (("refs/windlass/lock",), _HIDDEN, "for windlass's own refs", "refs/windlass/**", "pull-request"),
        (_REFS, GH006, "for this branch refused", "pull-request", "bypass"),
        (_REFS, GITLAB, "for this branch refused", "pull-request", "bypass"),
        (_REFS, _BOTH, "for this tag (v1.1.0) and this branch", "bypass", "nothing"),
    ],
)
def test_a_rule_is_told_by_the_ref_that_it_is_about(
    refs: tuple[str, ...], words: str, problem: str, remedy: str, never: str
) -> None:
    """Another way for the branch does not help where the tag is what the rule forbids."""
    error = push_errors.push_error([RefUpdate(ref, "abc", "") for ref in refs], "origin", words)

    assert isinstance(error, RemoteRefusedError)
    assert problem in error.problem
    assert remedy in str(error.remedy)
    assert never not in str(error.remedy)


@pytest.fixture
def plain_remote(tmp_path: Path) -> Path:
    return GitFolder.bare(tmp_path / "remote.git", "main", {"receive.advertiseAtomic": "false"}).path


def test_a_remote_without_atomic_pushes_is_known_before_anything_is_pushed(tmp_path: Path, plain_remote: Path) -> None:
    made = MadeHistory(tmp_path / "work")
    made.commit("feat: x")
    git = Git(made.root, str(plain_remote))

    with pytest.raises(RemoteRefusedError, match="takes no atomic pushes"):
        git.refuse_without_atomic_push()
    assert git.ls_remote() == {}

    git.push(RefUpdate("refs/heads/main", made.tip(), ""))  # one ref needs no such thing
    assert git.ls_remote() == {"HEAD": made.tip(), "refs/heads/main": made.tip()}
    git.run("config", "--file", plain_remote / "config", "receive.advertiseAtomic", "true")
    git.refuse_without_atomic_push()
    assert "refs/windlass/asked" not in git.ls_remote()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("remote.origin.mirror", "true"),
        ("push.pushOption", "ci.skip"),
        ("push.followTags", "true"),
        ("push.gpgSign", "true"),
        ("push.default", "nothing"),
        ("remote.origin.push", "refs/heads/*:refs/heads/*"),
        ("remote.pushDefault", "elsewhere"),
        ("fetch.prune", "true"),
        ("fetch.pruneTags", "true"),
        ("remote.origin.prune", "true"),
        ("remote.origin.pruneTags", "true"),
        ("remote.origin.tagOpt", "--tags"),
        ("fetch.recurseSubmodules", "true"),
        ("transfer.hideRefs", "refs/windlass"),
    ],
)
def test_a_remote_s_settings_add_nothing_to_what_is_pushed_or_fetched(
    name: str, value: str, tmp_path: Path, plain_remote: Path
) -> None:
    made = MadeHistory(tmp_path / "work")
    made.commit("feat: x")
    made.tag("mine", message="not for others")
    git = Git(made.root)
    git.run("remote", "add", "origin", plain_remote)
    git.run("config", name, value)

    git.push(RefUpdate("refs/windlass/lock", made.tip(), ""))
    git.fetch("+refs/windlass/*:refs/windlass/seen/*")

    assert git.ls_remote() == {"refs/windlass/lock": made.tip()}
    assert git.resolve("refs/windlass/seen/lock") == git.resolve("refs/tags/mine") == made.tip()


@pytest.mark.parametrize("way", ["core.sshCommand", "GIT_SSH", "GIT_SSH_COMMAND"])
def test_ssh_is_the_one_that_the_user_set(
    way: str, tmp_path: Path, plain_remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key for this repository alone (a deploy key, actions/checkout's ssh-key) stands in one of these."""
    with_key = tmp_path / "ssh-with-key"
    with_key.write_text('#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    with_key.chmod(0o755)
    for name in ("GIT_SSH", "GIT_SSH_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    made = MadeHistory(tmp_path / "work")
    made.commit("feat: x")
    git = Git(made.root, f"ssh://git@deploy.invalid{plain_remote}")
    if way == "core.sshCommand":
        git.run("config", way, str(with_key))
    else:
        monkeypatch.setenv(way, str(with_key))
        monkeypatch.setenv("GIT_SSH_VARIANT", "simple")

    git.push(RefUpdate("refs/heads/main", made.tip(), ""))
    assert git.ls_remote("refs/heads/main") == {"refs/heads/main": made.tip()}
