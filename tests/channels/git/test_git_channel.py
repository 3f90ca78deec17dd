"""The git channel on a real bare remote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.repository import Breaking, Repository
from windlass.channels.git.git_channel import GitRemote
from windlass.channels.protocol import Channel
from windlass.errors import ConflictError, LockedError, RemoteRefusedError, RepositoryError
from windlass.git import RefUpdate
from windlass.rehearsal import fault_trials
from windlass.release import lock
from windlass.stage import Stage
from windlass.testing.channel_suite import ChannelSuite, converge


class GitBench(Breaking):
    def __init__(self, folder: Path, stage: Stage, held: lock.HeldLock, repository: Repository) -> None:
        self.stage, self.held, self.repository = stage, held, repository
        base = repository.git.resolve("main")
        first = repository.commit("one", base)
        self.earlier = repository.release("1.2.2", first)
        self.release = repository.release("1.3.0", repository.commit("two", first))
        self.other = repository.release("1.3.0", repository.commit("another two", first))
        self.begun = len([e for e in stage.effects.history() if e.what != lock.REF])

    def open(self) -> Channel:
        return GitRemote(self.repository.git, "v", self.held)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[GitBench]:
    with Stage(tmp_path / "stage") as stage:
        repository = Repository(tmp_path / "work", stage, stage.repository)
        with lock.hold(repository.git, "a test") as held:
            stage.settle()
            repository.over_http()
            yield GitBench(tmp_path, stage, held, repository)


class TestGitRemote(ChannelSuite):
    """The suite that every channel passes."""


def test_branch_tag_and_lock_move_in_one_transaction(bench: GitBench) -> None:
    converge(bench.open(), bench.release)
    last = bench.stage.effects.requests()[-1]
    assert all(ref in last.request for ref in ("refs/heads/main", "refs/tags/v1.3.0", lock.REF))


def test_a_holder_whose_lock_was_taken_is_refused_whole(bench: GitBench) -> None:
    git = bench.repository.git
    fault_trials.take_lock(bench.stage.repository)
    with pytest.raises(LockedError) as lost:
        converge(bench.open(), bench.release)
    assert str(lost.value).startswith("the release lock was taken over by another run; nothing was changed\n")
    assert "another release" in lost.value.facts["holder"]
    assert lost.value.facts["age"].endswith("renewed 0 s ago"), "a clock that is hours ahead"
    assert "refs/tags/v1.3.0" not in git.ls_remote()
    with pytest.raises(LockedError):
        bench.held.check()


def test_a_branch_that_moved_meanwhile_is_a_conflict_and_the_tag_is_not_leaked(bench: GitBench) -> None:
    git = bench.repository.git
    (change,) = bench.open().plan(bench.release)
    base = git.ls_remote("refs/heads/main")["refs/heads/main"]
    git.push(RefUpdate("refs/heads/main", bench.repository.commit("by another", base), base))
    with pytest.raises(ConflictError) as conflict:
        bench.open().do(change)
    assert "refs/heads/main has commits that this release does not contain" in str(conflict.value)
    assert "refs/tags/v1.3.0" not in git.ls_remote()


def test_without_the_lock_nothing_is_reserved(bench: GitBench) -> None:
    channel = GitRemote(bench.repository.git, "v")
    (change,) = channel.plan(bench.release)
    with pytest.raises(RepositoryError):
        channel.do(change)
    assert bench.writes() == 0


def test_a_remote_that_refuses_a_branch_says_so_and_keeps_its_tags(bench: GitBench) -> None:
    hook = bench.stage.repository / "hooks" / "update"
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ] || { echo "GH006: protected branch"; exit 1; }\n')
    hook.chmod(0o755)
    (change,) = bench.open().plan(bench.release)
    with pytest.raises(RemoteRefusedError) as refused:
        bench.open().do(change)
    assert "GH006: protected branch" in str(refused.value)
    assert 'set flow = "pull-request"' in str(refused.value)
    assert "refs/tags/v1.3.0" not in bench.repository.git.ls_remote()
