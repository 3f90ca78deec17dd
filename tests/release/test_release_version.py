"""Which version a release gets: the same that `inv version.next` shows, of the remote's tags."""

from __future__ import annotations

from pathlib import Path

import pytest

from windlass.errors import VersionError
from windlass.next_version.from_working_copy import next_release
from windlass.next_version.passed_over import PassedOver
from windlass.release.context import ReleaseContext
from windlass.release.preflight_rules import NewRelease, NothingToRelease, ReleaseRequest, Target
from windlass.release.version_and_commit import choose_target
from windlass.tasks import collection
from windlass.testing.git_history import MadeHistory

PYPROJECT = '[project]\nname = "demo"\nversion = "1.2.0"\n'


@pytest.fixture
def made(tmp_path: Path) -> MadeHistory:
    """A project whose v1.2.0 is out."""
    made = MadeHistory(tmp_path / "work")
    made.commit("feat: begin", files={"pyproject.toml": PYPROJECT, ".gitignore": ".windlass\n"})
    made.tag("v1.2.0")
    made.git("init", "-q", "--bare", str(tmp_path / "remote"))
    made.git("remote", "add", "origin", str(tmp_path / "remote"))
    return made


def aimed(made: MadeHistory, *, part: str = "auto", pre: str = "", version: str = "") -> Target:
    made.git("push", "-q", "--all", "origin")
    made.git("push", "-q", "--tags", "origin")
    made.git("checkout", "-q", "-f", made.branch)
    context = ReleaseContext.open(made.root, lambda line: None, collection)
    return choose_target(context, context.look(), ReleaseRequest(part, pre, version))


def new(made: MadeHistory, *, part: str = "auto", pre: str = "") -> tuple[str, str]:
    """The version, and the tag whose reader its notes are for."""
    target = aimed(made, part=part, pre=pre)
    assert isinstance(target, NewRelease), target
    return str(target.version), target.since


def test_a_pre_release_that_is_checked_out_is_promoted_and_its_notes_go_back_to_the_last_final_version(
    made: MadeHistory,
) -> None:
    made.commit("feat: a")
    assert new(made, pre="alpha") == ("1.3.0-alpha.1", "v1.2.0")
    made.tag("v1.3.0-alpha.1")
    assert isinstance(aimed(made, pre="alpha"), NothingToRelease), "another of the same commit"
    assert new(made, pre="rc") == ("1.3.0-rc.1", "v1.3.0-alpha.1")
    made.commit("fix: b")
    made.tag("v1.3.0-rc.1")
    assert new(made) == ("1.3.0", "v1.2.0")
    assert new(made, part="minor") == ("1.3.0", "v1.2.0")


def test_what_is_released_as_it_stands_is_nothing_to_release(made: MadeHistory) -> None:
    assert aimed(made) == NothingToRelease("v1.2.0 is what is checked out: there is nothing new to release")
    made.commit("docs: a")
    assert aimed(made) == NothingToRelease("no commit since v1.2.0 asks for a release; `--part patch` makes one anyway")


def test_main_follows_a_hotfix_that_was_not_merged_as_version_next_says(made: MadeHistory) -> None:
    made.on("hotfix/v1.2.1")
    made.commit("fix: hot")
    made.tag("v1.2.1")
    made.on("main")
    made.commit("fix: b")
    assert new(made) == ("1.2.2", "v1.2.1")
    assert str(next_release(made.root, "v", "main").following.next) == "1.2.2"


def test_a_hotfix_branch_says_which_version_it_was_made_for(made: MadeHistory) -> None:
    """1.2.1 was given up: it is used, on a commit that this branch does not contain."""
    made.on("given-up")
    made.commit("fix: wrong")
    made.tag("v1.2.1")
    made.on("hotfix/v1.2.2", "v1.2.0")
    made.commit("fix: hot")
    assert new(made, part="hotfix") == ("1.2.2", "v1.2.0")
    assert str(next_release(made.root, "v", "main", part="hotfix").following.next) == "1.2.2"


def test_a_tag_that_only_this_clone_has_is_nobody_s_version(made: MadeHistory) -> None:
    made.commit("fix: b")
    assert new(made)[0] == "1.2.1"
    made.tag("v1.9.0")
    made.git("checkout", "-q", "-f", "main")
    context = ReleaseContext.open(made.root, lambda line: None, collection)
    target = choose_target(context, context.look(), ReleaseRequest())
    assert isinstance(target, NewRelease)
    assert str(target.version) == "1.2.1"


@pytest.mark.parametrize(
    ("version", "because"),
    [
        ("v1.3.0-nightly.1", "pre-releases are alpha, beta or rc, not nightly.1"),
        ("1.3.0+build", "build metadata (+…) has no place in SemVer's order, but has one in PEP 440's"),
        ("1.2.1-hotfix.1", 'hotfixes are patch versions here; the suffix form is configured with `hotfix = "suffix"`'),
    ],
)
def test_a_version_asked_for_by_name_keeps_the_rules(made: MadeHistory, version: str, because: str) -> None:
    made.commit("fix: b")
    with pytest.raises(VersionError) as refused:
        aimed(made, version=version)
    assert refused.value.facts["because"] == because


def test_hotfixes_in_the_suffix_form_are_counted_on_their_own_branch(made: MadeHistory) -> None:
    suffix = PYPROJECT + '\n[tool.windlass.version]\nhotfix = "suffix"\n'
    made.on("hotfix/v1.2.1-hotfix.1")
    made.commit("fix: hot", files={"pyproject.toml": suffix})
    assert new(made, part="hotfix") == ("1.2.1-hotfix.1", "v1.2.0")
    made.tag("v1.2.1-hotfix.1")
    made.commit("fix: hotter")
    assert new(made, part="hotfix") == ("1.2.1-hotfix.2", "v1.2.1-hotfix.1")
    made.on("main")
    made.commit("fix: b", files={"pyproject.toml": suffix})
    assert new(made) == ("1.2.1", "v1.2.1-hotfix.1")


def test_commits_that_almost_follow_the_convention_are_said_with_the_plan(made: MadeHistory) -> None:
    oid = made.commit("feat (api): pages")
    why = "almost follows the convention, so it asks for nothing; the form is `feat: …` or `feat(scope): …`"
    said = PassedOver(f"{oid[:7]} feat (api): pages", why)
    nothing, patch = aimed(made), aimed(made, part="patch")
    assert isinstance(nothing, NothingToRelease)
    assert nothing.passed_over == (said,)
    assert isinstance(patch, NewRelease)
    assert patch.passed_over == (said,)


def test_commits_of_no_convention_are_counted_where_there_is_nothing_to_release(made: MadeHistory) -> None:
    made.commit("Add pages")
    made.commit("docs: say so")
    target = aimed(made)
    assert isinstance(target, NothingToRelease)
    assert [one.what for one in target.passed_over] == ["1 of 2 commits"]


def test_a_subject_that_seems_to_break_something_is_no_guess(made: MadeHistory) -> None:
    made.commit("feat!(api): gone")
    with pytest.raises(VersionError, match="may or may not declare a breaking change"):
        aimed(made)
    assert new(made, part="minor")[0] == "1.3.0"
