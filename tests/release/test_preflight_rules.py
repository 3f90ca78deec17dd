"""What a release is to do, decided from values: no repository, no remote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from windlass.errors import RepositoryError, UsageError, VersionError
from windlass.model import Release
from windlass.release.ledger import LedgerEntry, Record
from windlass.release.preflight_rules import (
    ExistingTag,
    ReleaseRequest,
    ResumeRelease,
    begun_target,
    check_tree,
    live_versions,
    requested_version,
    unfinished_releases,
)
from windlass.release.repository_state import RepositoryState
from windlass.versions import Version

CLEAN = RepositoryState(
    head="c" * 40,
    branch="main",
    dirty=(),
    remote_head="b" * 40,
    contains_remote=True,
    tags={"v1.2.2": "a" * 40, "v1.3.0": "b" * 40, "nightly": "d" * 40, "v1$(id)": "e" * 40},
    merged=frozenset({"v1.2.2", "v1.3.0", "nightly"}),
    entries={},
)


def entry(version: str, *kinds: str) -> LedgerEntry:
    release = Release("demo", version, version, f"v{version}", "f" * 40, "main", 0, ())
    return LedgerEntry(f"v{version}", "0" * 40, release, tuple(Record(kind, version) for kind in kinds))


def test_a_version_is_understood_with_and_without_its_prefix() -> None:
    assert (
        requested_version(ReleaseRequest(version="v1.4.0"), "v")
        == requested_version(ReleaseRequest(version="1.4.0"), "v")
        == Version.parse("1.4.0")
    )


def test_nonsense_is_refused_before_anything_is_read() -> None:
    with pytest.raises(VersionError):
        requested_version(ReleaseRequest(version="nonsense"), "v")


def test_a_detached_head_and_a_feature_branch_are_refused() -> None:
    for branch in ("", "feature"):
        with pytest.raises(RepositoryError, match="made from a release branch"):
            check_tree(replace(CLEAN, branch=branch), ("main", "hotfix/*"), "v")
    check_tree(replace(CLEAN, branch="hotfix/v1.2.3"), ("main", "hotfix/*"), "v")


def test_a_dirty_tree_is_refused_with_what_changed() -> None:
    with pytest.raises(RepositoryError) as dirty:
        check_tree(replace(CLEAN, dirty=("a.py", "b.py")), ("main",), "v")
    assert str(dirty.value) == (
        "the working copy has changes that no commit holds\n"
        "  changed: a.py, b.py\n"
        "  fix:     commit them, or put them aside with `git stash --include-untracked`"
    )


def test_a_branch_that_is_behind_is_refused() -> None:
    with pytest.raises(RepositoryError, match="behind the remote"):
        check_tree(replace(CLEAN, contains_remote=False), ("main",), "v")


def test_what_was_sealed_and_not_finished_is_unfinished() -> None:
    entries = {e.tag: e for e in (entry("1.2.0", "done"), entry("1.4.0"), entry("1.5.0", "abandoned"))}
    assert [e.tag for e in unfinished_releases(replace(CLEAN, entries=entries))] == ["v1.4.0"]


def test_another_version_than_the_unfinished_one_is_an_error_that_names_it() -> None:
    facts = replace(CLEAN, entries={"v1.4.0": entry("1.4.0")})
    assert begun_target(Version.parse("1.4.0"), facts, "v") == ResumeRelease(facts.entries["v1.4.0"])
    with pytest.raises(UsageError) as first:
        begun_target(Version.parse("1.5.0"), facts, "v")
    assert str(first.value) == (
        "v1.4.0 is unfinished and comes first\n"
        "  asked for:  v1.5.0\n"
        "  unfinished: v1.4.0\n"
        "  fix:        `inv release --version v1.4.0` finishes it; `inv release.abandon` ends it"
    )


def test_a_tag_without_a_ledger_is_released_from_its_own_commit() -> None:
    assert begun_target(Version.parse("1.3.0"), CLEAN, "v") == ExistingTag(Version.parse("1.3.0"), "v1.3.0", "b" * 40)


def test_a_version_that_was_taken_back_is_not_released_again() -> None:
    facts = replace(CLEAN, entries={"v1.3.0": entry("1.3.0", "done", "taken-back")})
    with pytest.raises(VersionError, match="taken back or abandoned"):
        begun_target(Version.parse("1.3.0"), facts, "v")
    assert Version.parse("1.3.0") not in live_versions(facts, "v")
