"""Hotfix branches: where they begin, what they are called, and how what they mend comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release.demo import Demo
from windlass.errors import ConflictError, RepositoryError, VersionError
from windlass.release import release_version
from windlass.release.flows.hotfix import back_merge, start
from windlass.release.preflight_rules import ReleaseRequest
from windlass.stage import Stage
from windlass.versions import Version

pytestmark = pytest.mark.stage


def following(demo: Demo) -> Version | None:
    """The version that `release --part hotfix` takes on what is checked out."""
    context = demo.opened()
    state = context.look()
    return release_version.next_release(context, state, ReleaseRequest(part="hotfix")).following.next


def test_a_hotfix_branch_begins_at_its_version_and_is_made_once(demo: Demo) -> None:
    older = demo.out("1.2.3", "done")
    demo.out("1.3.0", "done")
    found = start(demo.opened(), "v1.2.3")
    assert (found.branch, found.commit, found.made) == ("hotfix/v1.2.4", older.commit, True)
    assert demo.git.branch() == "hotfix/v1.2.4"
    assert demo.git.resolve("HEAD") == older.commit
    demo.commit("fix")
    demo.git.run("checkout", "-q", "main")
    assert not start(demo.opened(), "1.2.3").made
    assert demo.git.branch() == "hotfix/v1.2.4"
    assert following(demo) == Version.parse("1.2.4")


def test_a_newer_version_of_the_line_that_stands_is_where_to_begin(demo: Demo) -> None:
    demo.out("1.2.3", "done")
    demo.out("1.2.4", "done")
    with pytest.raises(VersionError) as newer:
        start(demo.opened(), "v1.2.3")
    assert str(newer.value) == ("v1.2.4 is newer on the line of v1.2.3, and stands\n  fix: inv hotfix --from v1.2.4")


def test_numbers_of_versions_that_were_taken_back_stay_used(demo: Demo) -> None:
    demo.out("1.2.3", "done")
    demo.out("1.2.4", "done", "taken-back")
    found = start(demo.opened(), "v1.2.3")
    assert found.branch == "hotfix/v1.2.5"
    demo.commit("fix")
    assert following(demo) == Version.parse("1.2.5")
    demo.out("1.2.5", "done")
    demo.commit("another fix")
    assert following(demo) == Version.parse("1.2.6")


def test_what_is_in_the_way_is_said(demo: Demo) -> None:
    demo.out("1.2.3", "done")
    with pytest.raises(VersionError, match=r"there is no release v9\.9\.9"):
        start(demo.opened(), "9.9.9")
    demo.git.run("branch", "hotfix/v1.2.4", "HEAD~1")
    with pytest.raises(ConflictError, match="does not contain"):
        start(demo.opened(), "1.2.3")
    (demo.folder / "new.txt").write_text("new")
    with pytest.raises(RepositoryError, match="changes that no commit holds"):
        start(demo.opened(), "1.2.3")


def test_what_was_mended_is_offered_back_until_main_contains_it(demo: Demo) -> None:
    demo.out("1.2.3", "done")
    demo.commit("feature")
    start(demo.opened(), "1.2.3")
    demo.commit("fix")
    release = demo.out("1.2.4", "done")
    assert back_merge(demo.opened(), release) == [
        "v1.2.4 is not in main yet; to bring it back (where versions differ, keep main's):",
        "  git switch main && git pull --ff-only && git merge --no-ff v1.2.4",
    ]
    demo.git.run("checkout", "-q", "main")
    demo.merged(release.commit)
    assert back_merge(demo.opened(), release) == []


def test_in_the_pull_request_flow_the_branch_is_pushed_and_a_pull_request_brings_it_back(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stage.environment().items():
        monkeypatch.setenv(name, value)
    demo = Demo(tmp_path / "work", stage, more='\n[tool.windlass]\nflow = "pull-request"\n')
    older = demo.out("1.2.3", "done")
    demo.commit("feature")
    start(demo.opened(), "1.2.3")
    assert demo.refs("refs/heads/hotfix/*") == {"refs/heads/hotfix/v1.2.4": older.commit}
    release = demo.out("1.2.4", "done")
    said = back_merge(demo.opened(), release)
    assert said == [f"v1.2.4 comes back into main by {stage.address}/forge/demo-org/demo/pull/1"]
    assert back_merge(demo.opened(), release) == said
