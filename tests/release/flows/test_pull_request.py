"""The flow for branches that take no pushes: proposed, merged in any way, tagged, released."""

from __future__ import annotations

import pytest

from tests.release.demo import Demo
from windlass.errors import ConflictError, RemoteRefusedError, RepositoryError, UsageError, VersionError
from windlass.git import RefUpdate
from windlass.github import GitHub, pull_requests, token
from windlass.model import Release
from windlass.release.flows.pull_request import Proposal, propose
from windlass.release.flows.tag_merged import tag
from windlass.release.preflight_rules import ExistingTag, ReleaseRequest, ResumeRelease
from windlass.release.version_and_commit import choose_target
from windlass.versions import Version

pytestmark = pytest.mark.stage


@pytest.fixture
def demo(by_pull_request: Demo) -> Demo:
    return by_pull_request


def proposed(demo: Demo, part: str = "minor") -> Proposal:
    found = propose(demo.opened(), ReleaseRequest(part=part))
    assert isinstance(found, Proposal)
    return found


def merge(demo: Demo, number: int, method: str = "merge") -> str:
    api_url = f"{demo.stage.address}/forge"
    with GitHub("demo-org/demo", api_url, token.find(api_url)) as hub:
        return pull_requests.merge(hub, number, pull_requests.get(hub, number).head.sha, method)


def pull(demo: Demo) -> None:
    demo.git.run("pull", "-q", "--ff-only", "origin", "main")


def names(demo: Demo, commit: str, version: str) -> bool:
    return f'version = "{version}"'.encode() in (demo.git.show(commit, "pyproject.toml") or b"")


def test_a_plain_release_says_how_it_goes_here(demo: Demo) -> None:
    with pytest.raises(UsageError) as flow:
        choose_target(demo.opened(), demo.opened().look(), ReleaseRequest(part="minor"))
    assert str(flow.value) == (
        "v1.3.0 is not out, and the release commits of this project arrive by pull request\n"
        "  flow: pull-request, says [tool.windlass]\n"
        "  fix:  `inv release.prepare --part minor` opens it; once it is merged `inv release.tag`, then "
        "`inv release --version v1.3.0` (the tag's workflow does that, where there is one)"
    )


def test_proposing_twice_makes_one_branch_and_one_pull_request(demo: Demo) -> None:
    first = proposed(demo)
    assert (first.tag, first.branch, first.into) == ("v1.3.0", "release/v1.3.0", "main")
    assert first.url == f"{demo.stage.address}/forge/demo-org/demo/pull/1"
    assert demo.refs("refs/heads/release/*") == {"refs/heads/release/v1.3.0": first.commit}
    assert names(demo, first.commit, "1.3.0")
    before = len(demo.stage.effects.history())
    assert proposed(demo) == first
    assert len(demo.stage.effects.history()) == before


def test_a_proposal_that_main_left_behind_is_made_anew_on_the_same_branch(demo: Demo) -> None:
    first = proposed(demo)
    head = demo.commit("another feature")
    with pytest.raises(RemoteRefusedError) as forced:  # the stage's remote takes no forced pushes; GitHub's do
        proposed(demo)
    assert "delete its release/v1.3.0, then run the same again" in str(forced.value)
    demo.git.run("--git-dir", demo.stage.repository, "config", "receive.denyNonFastForwards", "false")
    second = proposed(demo)
    assert second.url == first.url
    assert demo.git.resolve(f"{second.commit}^") == head
    assert demo.refs("refs/heads/release/*") == {"refs/heads/release/v1.3.0": second.commit}


def test_a_release_branch_with_somebody_elses_commits_stays_as_it_is(demo: Demo) -> None:
    there = demo.git.resolve("HEAD")
    demo.git.push(RefUpdate("refs/heads/release/v1.3.0", there, ""))
    with pytest.raises(ConflictError, match="holds what windlass did not make"):
        proposed(demo)
    assert demo.refs("refs/heads/release/*") == {"refs/heads/release/v1.3.0": there}


def test_what_the_remote_does_not_have_is_not_proposed(demo: Demo) -> None:
    oid = demo._commit("local", demo.git.resolve("HEAD"), {"local.txt": "local"})
    demo.git.run("reset", "-q", "--hard", oid)
    with pytest.raises(RepositoryError, match="main here is not main on the remote"):
        proposed(demo)


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_whatever_way_it_is_merged_the_merged_commit_is_tagged_and_released(demo: Demo, method: str) -> None:
    proposed(demo)
    demo.commit("something that came in between")
    merged = merge(demo, 1, method)
    pull(demo)
    demo.commit("something that came after")
    again = propose(demo.opened(), ReleaseRequest(part="minor"))
    assert isinstance(again, Proposal)
    assert again.merged

    found = tag(demo.opened())
    assert (found.tag, found.commit, found.pushed) == ("v1.3.0", merged, True)
    assert names(demo, merged, "1.3.0")
    assert tag(demo.opened()) == tag(demo.opened(), "1.3.0")
    assert not tag(demo.opened()).pushed
    target = choose_target(demo.opened(), demo.opened().look(), ReleaseRequest(version="v1.3.0"))
    assert target == ExistingTag(Version.parse("1.3.0"), "v1.3.0", merged)
    assert demo.violations() == ()


def test_nothing_merged_is_nothing_to_tag(demo: Demo) -> None:
    proposed(demo)
    with pytest.raises(VersionError) as nothing:
        tag(demo.opened(), "v1.3.0")
    assert str(nothing.value).startswith("no release commit of 1.3.0 was merged into main\n")
    with pytest.raises(VersionError, match="no release commit was merged into main"):
        tag(demo.opened())


def test_a_merged_commit_whose_files_name_another_version_is_not_tagged(demo: Demo) -> None:
    demo.commit("chore(release): 1.3.0", {"CHANGELOG.md": "# Changelog\n\n## 1.3.0\n\n- something\n"})
    with pytest.raises(VersionError, match=r"the tag says 1\.3\.0, and its files do not"):
        tag(demo.opened(), "1.3.0")
    assert "refs/tags/v1.3.0" not in demo.refs()


def test_an_unfinished_release_is_finished_in_this_flow_too(demo: Demo) -> None:
    release: Release = demo.out("1.3.0")
    target = choose_target(demo.opened(), demo.opened().look(), ReleaseRequest(part="minor"))
    assert isinstance(target, ResumeRelease)
    assert target.entry.tag == release.tag
    with pytest.raises(UsageError, match=r"v1\.3\.0 is unfinished and comes first"):
        proposed(demo)
