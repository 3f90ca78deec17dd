"""Pull requests through the client, merged for real in the forge's repository."""

from __future__ import annotations

import pytest

from tests.github.forge import Forge, Work
from windlass.errors import RemoteRefusedError
from windlass.github import Pull, PullState, pull_requests
from windlass.stage import Fault


@pytest.fixture
def head(work: Work) -> str:
    """A branch `release/v1.0.0` with two commits that main has not; main has gone on meanwhile."""
    one = work.commit("one", work.base, **{"file.txt": "base", "one.txt": "1"})
    two = work.commit("two", one, **{"file.txt": "base", "one.txt": "1", "two.txt": "2"})
    work.push("refs/heads/release/v1.0.0", two)
    later = work.commit("later", work.base, **{"file.txt": "base", "later.txt": "3"})
    work.push("refs/heads/main", later)
    return two


def opened(forge: Forge) -> Pull:
    with forge.client() as github:
        return pull_requests.open_one(github, "release/v1.0.0", "main", "release v1.0.0", "## 1.0.0")


def test_a_pull_request_is_opened_once(forge: Forge, head: str) -> None:
    first, second = opened(forge), opened(forge)
    assert (first.number, second.number) == (1, 1)
    assert (first.stands, first.head.sha, first.merge_commit) == (PullState.OPEN, head, "")


def test_a_lost_reply_to_opening_one_is_looked_up(forge: Forge, head: str) -> None:
    forge.effects.arm(Fault(1, "after", "cut"))
    assert opened(forge).number == 1


def test_one_that_was_closed_is_over_and_another_is_opened(forge: Forge, head: str) -> None:
    opened(forge)
    forge.json(forge.ask("PATCH", "/pulls/1", json={"state": "closed"}))
    with forge.client() as github:
        assert pull_requests.find(github, "release/v1.0.0", "main") is None
    assert opened(forge).number == 2


@pytest.mark.parametrize(("method", "parents"), [("merge", 2), ("squash", 1), ("rebase", 1)])
def test_a_merge_is_a_commit_on_the_base_that_holds_both_sides(
    forge: Forge, work: Work, head: str, method: str, parents: int
) -> None:
    pull = opened(forge)
    with forge.client() as github:
        merged = pull_requests.merge(github, pull.number, head, method)
        there = pull_requests.get(github, pull.number)
    assert (there.stands, there.merge_commit) == (PullState.MERGED, merged)
    work.git.fetch("+refs/heads/main:refs/heads/fetched")
    assert work.git.resolve("fetched") == merged
    held = {name: work.git.show(merged, name) for name in ("file.txt", "one.txt", "two.txt", "later.txt")}
    assert held == {"file.txt": b"base", "one.txt": b"1", "two.txt": b"2", "later.txt": b"3"}
    assert len(work.git.run("rev-parse", f"{merged}^@").text.split()) == parents


def test_a_rebase_keeps_each_commits_author_and_words(forge: Forge, work: Work, head: str) -> None:
    pull = opened(forge)
    with forge.client() as github:
        pull_requests.merge(github, pull.number, head, "rebase")
    work.git.fetch("+refs/heads/main:refs/heads/fetched")
    log = work.git.run("log", "--format=%an|%s", "fetched").text.splitlines()
    assert log == ["Ada|feat: two", "Ada|feat: one", "Ada|feat: later", "Ada|feat: base"]


def test_a_lost_reply_to_a_merge_is_looked_up(forge: Forge, work: Work, head: str) -> None:
    pull = opened(forge)
    forge.effects.arm(Fault(1, "after", "cut"))
    with forge.client() as github:
        merged = pull_requests.merge(github, pull.number, head)
    assert work.git.ls_remote("refs/heads/main")["refs/heads/main"] == merged


def test_a_merged_one_is_found_and_the_next_needs_commits(forge: Forge, work: Work, head: str) -> None:
    pull = opened(forge)
    with forge.client() as github:
        pull_requests.merge(github, pull.number, head)
        found = pull_requests.find(github, "release/v1.0.0", "main")
        assert found is not None
        assert found.stands is PullState.MERGED
        with pytest.raises(RemoteRefusedError) as refused:
            pull_requests.open_one(github, "release/v1.0.0", "main", "again", "")
    said = "Validation Failed: No commits between main and release/v1.0.0"
    assert (refused.value.problem, refused.value.facts["it said"]) == ("GitHub refused with 422", said)


def test_a_head_that_moved_is_not_merged(forge: Forge, work: Work, head: str) -> None:
    pull = opened(forge)
    work.push("refs/heads/release/v1.0.0", work.commit("three", head))
    with forge.client() as github, pytest.raises(RemoteRefusedError) as refused:
        pull_requests.merge(github, pull.number, head)
    assert refused.value.facts["it said"] == "Head branch was modified. Review and try the merge again."


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_sides_that_contradict_each_other_are_not_merged(forge: Forge, work: Work, method: str) -> None:
    ours = work.commit("ours", work.base, **{"file.txt": "ours"})
    work.push("refs/heads/release/v1.0.0", ours)
    theirs = work.commit("theirs", work.base, **{"file.txt": "theirs"})
    work.push("refs/heads/main", theirs)
    pull = opened(forge)
    with forge.client() as github, pytest.raises(RemoteRefusedError, match="405"):
        pull_requests.merge(github, pull.number, ours, method)
    assert work.git.ls_remote("refs/heads/main")["refs/heads/main"] == theirs
