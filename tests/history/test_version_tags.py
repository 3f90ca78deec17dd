"""Where a history stands among the versions: never a wrong one, whatever the repository looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from windlass import history, shell
from windlass.errors import RepositoryError
from windlass.testing.git_history import MadeHistory


def stands(made: MadeHistory) -> tuple[str | None, str | None]:
    """Names of the newest version and of the newest final one."""
    base = history.base(made.root, "v")
    return base.current.name if base.current else None, base.final.name if base.final else None


def released(made: MadeHistory, *names: str) -> None:
    for name in names:
        made.commit(f"chore: release {name}")
        made.tag(name, message=f"Release {name}")


def test_the_newest_version_that_head_contains_counts(made: MadeHistory) -> None:
    released(made, "v1.0.0", "v1.10.0", "v1.9.0", "v1.11.0-rc.1")
    made.commit("fix: a")
    assert stands(made) == ("v1.11.0-rc.1", "v1.10.0")


def test_tags_that_are_no_versions_are_passed_over(made: MadeHistory) -> None:
    released(made, "v1.0.0")
    for name in ("nightly", "v1$(id)", "v2", "v2.0", "1.5.0", "v2.0.0-0badc0de-nightly", "demo-v3.0.0", "v1.0.0.1"):
        made.commit("fix: a")
        made.tag(name)
    assert stands(made) == ("v1.0.0", "v1.0.0")


def test_tags_on_what_is_no_commit_are_passed_over(made: MadeHistory) -> None:
    released(made, "v1.0.0")
    made.tag("v9.0.0", made.git("hash-object", "-w", "--stdin", stdin=b"blob"))
    made.tag("v9.1.0", made.git("rev-parse", "HEAD^{tree}"), message="of a tree")
    assert stands(made) == ("v1.0.0", "v1.0.0")
    assert [part.tag and part.tag.name for part in history.sections(made.root, "v")] == [None, "v1.0.0"]


def test_a_tag_of_a_tag_is_followed_to_its_commit(made: MadeHistory) -> None:
    released(made, "v1.0.0")
    made.tag("v1.1.0", "refs/tags/v1.0.0", message="of a tag")
    base = history.base(made.root, "v")
    assert base.current is not None
    assert (base.current.name, base.current.commit) == ("v1.1.0", made.tip())


def test_no_tags_at_all_is_the_beginning(made: MadeHistory) -> None:
    head = made.commit("feat: a")
    base = history.base(made.root, "v")
    assert (base.head, base.branch, base.current, base.final, base.used_versions) == (head, "main", None, None, ())


def test_a_detached_head_has_no_branch_and_its_own_versions(made: MadeHistory) -> None:
    released(made, "v1.0.0")
    here = made.tip()
    released(made, "v1.1.0")
    made.git("checkout", "-q", "--detach", here)
    base = history.base(made.root, "v")
    assert (base.head, base.branch, base.current and base.current.name) == (here, "", "v1.0.0")
    assert [str(version) for version in base.used_versions] == ["1.0.0", "1.1.0"]


def test_a_hotfix_branch_continues_from_what_it_contains(made: MadeHistory) -> None:
    released(made, "v1.2.3")
    made.on("hotfix/v1.2.4")
    made.commit("fix: a")
    made.on("main")
    released(made, "v1.3.0", "v2.0.0")
    made.on("hotfix/v1.2.4")
    assert stands(made) == ("v1.2.3", "v1.2.3")


def test_main_follows_a_hotfix_of_its_line_that_was_not_merged(made: MadeHistory) -> None:
    released(made, "v1.2.3")
    made.on("hotfix/v1.2.4")
    released(made, "v1.2.4")
    made.on("main")
    made.commit("fix: b")
    assert stands(made) == ("v1.2.4", "v1.2.4")


def test_main_does_not_go_back_to_a_patch_of_an_older_line(made: MadeHistory) -> None:
    released(made, "v1.2.3")
    made.on("hotfix/v1.2.4", "v1.2.3")
    made.on("main")
    released(made, "v1.3.0")
    made.on("hotfix/v1.2.4")
    released(made, "v1.2.4")
    made.on("main")
    assert stands(made) == ("v1.3.0", "v1.3.0")


def test_main_follows_a_version_tagged_on_a_release_branch_only(made: MadeHistory) -> None:
    released(made, "v1.2.0")
    made.commit("feat: a")
    made.on("release/1.3")
    released(made, "v1.3.0")
    made.on("main")
    made.commit("fix: b")
    assert stands(made) == ("v1.3.0", "v1.3.0")
    since = history.base(made.root, "v").final
    assert since is not None
    assert [commit.subject for commit in history.read(made.root, since.commit)] == ["fix: b"]


def test_main_does_not_follow_a_pre_release_of_another_branch(made: MadeHistory) -> None:
    released(made, "v1.5.0")
    made.commit("feat: a")
    made.on("next")
    released(made, "v2.0.0-rc.1")
    made.on("main")
    assert stands(made) == ("v1.5.0", "v1.5.0")


def test_a_maintenance_branch_does_not_follow_main(made: MadeHistory) -> None:
    released(made, "v1.2.0")
    made.commit("feat: a")
    made.on("1.x")
    made.on("main")
    released(made, "v1.3.0")
    made.on("1.x")
    made.commit("fix: b")
    assert stands(made) == ("v1.2.0", "v1.2.0")


def test_another_prefix_sees_its_own_versions(made: MadeHistory) -> None:
    released(made, "v1.0.0", "demo-2.0.0")
    assert str(history.base(made.root, "demo-").used_versions[0]) == "2.0.0"


def test_an_empty_repository_is_a_clear_error(made: MadeHistory) -> None:
    with pytest.raises(RepositoryError) as refused:
        history.base(made.root, "v")
    assert str(refused.value) == (
        f"nothing is committed yet\n  folder: {made.root}\n  fix:    commit something, then run the same again"
    )


def test_no_repository_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="this folder is in no git repository"):
        history.base(tmp_path, "v")


def test_a_shallow_clone_is_a_clear_error(made: MadeHistory, tmp_path: Path) -> None:
    released(made, "v1.0.0", "v1.1.0")
    clone = tmp_path / "clone"
    shell.run(["git", "clone", "-q", "--depth=1", f"file://{made.root}", str(clone)])
    for look in (history.base, history.sections):
        with pytest.raises(RepositoryError) as refused:
            look(clone, "v")
        assert str(refused.value) == (
            "this is a shallow clone: its tags and its history are cut off, so no version can be told from it\n"
            f"  folder: {clone}\n"
            "  fix:    git fetch --unshallow --tags (on GitHub: actions/checkout with fetch-depth: 0)"
        )
