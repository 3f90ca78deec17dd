"""Which version a release gets: the same that `inv version.next` shows, of the remote's tags."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from invoke.context import Context

from windlass.errors import RepositoryError, UsageError, VersionError
from windlass.git.git_folder import GitFolder
from windlass.model import Release
from windlass.next_version.unrecognized_commits import PassedOver
from windlass.release.after.status import Status
from windlass.release.context import ReleaseContext
from windlass.release.ledger import LedgerEntry, Record
from windlass.release.preflight_rules import (
    ExistingTag,
    NewRelease,
    NothingToRelease,
    ReleaseRequest,
    ResumeRelease,
    Target,
)
from windlass.release.repository_state import RepositoryState
from windlass.release.version_and_commit import choose_target
from windlass.tasks import collection, version
from windlass.testing.git_history import MadeHistory
from windlass.versions import Version

PYPROJECT = '[project]\nname = "demo"\nversion = "1.2.0"\n'


@pytest.fixture
def made(tmp_path: Path) -> MadeHistory:
    """A project whose v1.2.0 is out."""
    made = MadeHistory(tmp_path / "work")
    made.commit("feat: begin", files={"pyproject.toml": PYPROJECT, ".gitignore": ".windlass\n"})
    made.tag("v1.2.0")
    GitFolder.bare(tmp_path / "remote", "main", {"receive.autogc": "false"})
    made.git("remote", "add", "origin", str(tmp_path / "remote"))
    return made


def aimed(made: MadeHistory, *, part: str = "auto", pre: str = "", version: str = "") -> Target:
    made.git("push", "-q", "origin", "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*")
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


def test_main_follows_a_hotfix_that_was_not_merged(made: MadeHistory) -> None:
    made.on("hotfix/v1.2.1")
    made.commit("fix: hot")
    made.tag("v1.2.1")
    made.on("main")
    made.commit("fix: b")
    assert new(made) == ("1.2.2", "v1.2.1")


def test_a_hotfix_branch_says_which_version_it_was_made_for(made: MadeHistory) -> None:
    """1.2.1 was given up: it is used, on a commit that this branch does not contain."""
    made.on("given-up")
    made.commit("fix: wrong")
    made.tag("v1.2.1")
    made.on("hotfix/v1.2.2", "v1.2.0")
    made.commit("fix: hot")
    assert new(made, part="hotfix") == ("1.2.2", "v1.2.0")


def as_it_was_released(made: MadeHistory) -> None: ...


def nothing_since(made: MadeHistory) -> None:
    made.commit("docs: a")


def feature(made: MadeHistory) -> None:
    made.commit("feat: a")


def pre_release_checked_out(made: MadeHistory) -> None:
    made.commit("feat: a")
    made.tag("v1.3.0-rc.1")


def pre_release_and_a_fix(made: MadeHistory) -> None:
    pre_release_checked_out(made)
    made.commit("fix: b")


def hotfix_branch(made: MadeHistory) -> None:
    made.on("hotfix/v1.2.1")
    made.commit("fix: hot")


def given_up_and_its_tag_removed(made: MadeHistory) -> None:
    hotfix_branch(made)
    context = in_folder(made, ".")
    begun(made, context, "1.2.1")
    context.ledger.append("v1.2.1", Record("abandoned", "1.2.1"))


def hotfix_beside_main(made: MadeHistory) -> None:
    hotfix_branch(made)
    made.tag("v1.2.1")
    made.on("main")
    made.commit("fix: b")


def files_higher_than_tags(made: MadeHistory) -> None:
    made.commit("feat: a", files={"pyproject.toml": PYPROJECT.replace("1.2.0", "2.0.0")})


def release_as(made: MadeHistory) -> None:
    made.commit("feat: a\n\nRelease-As: 2.0.0-rc.1")


def another_spelling(made: MadeHistory) -> None:
    made.commit("feat: a")
    made.tag("v1.3.0rc1")
    made.commit("fix: b")


@pytest.mark.parametrize(
    "arranged",
    [
        as_it_was_released, nothing_since, feature, pre_release_checked_out, pre_release_and_a_fix, hotfix_branch,
        given_up_and_its_tag_removed, hotfix_beside_main, files_higher_than_tags, release_as, another_spelling,
    ],
)  # fmt: skip
def test_what_version_next_shows_is_what_is_released(
    made: MadeHistory, arranged: Callable[[MadeHistory], None]
) -> None:
    arranged(made)
    context = in_folder(made, ".")
    state = context.look()
    for part, pre in [("auto", ""), ("auto", "rc"), ("auto", "alpha"), ("minor", ""), ("patch", "rc"), ("hotfix", "")]:
        request = ReleaseRequest(part, pre)
        assert shown(made, part, pre) == refusal_or(partial(released, context, state, request)), request


def released(context: ReleaseContext, state: RepositoryState, request: ReleaseRequest) -> object:
    """The version, or why there is none, and what was passed over."""
    target = choose_target(context, state, request)
    assert isinstance(target, NewRelease | NothingToRelease)
    what = str(target.version) if isinstance(target, NewRelease) else f"nothing to release: {target.reason}"
    return what, [one._asdict() for one in target.passed_over]


def shown(made: MadeHistory, part: str, pre: str) -> object:
    """The same, as `inv version.next` shows it."""
    words, context = io.StringIO(), Context()
    with contextlib.redirect_stdout(words), context.cd(str(made.root)):
        found = refusal_or(lambda: version.next_(context, part=part, pre=pre))
    return (words.getvalue().partition("\n")[0], found["passed_over"]) if isinstance(found, dict) else found


def refusal_or(found: Callable[[], object]) -> object:
    """What was found, or the words of the refusal."""
    try:
        return found()
    except VersionError as refused:
        return str(refused)


def test_a_version_asked_for_is_judged_as_one_that_is_found(made: MadeHistory) -> None:
    pre_release_and_a_fix(made)
    context = in_folder(made, ".")
    state = context.look()
    asked = released(context, state, ReleaseRequest(version="v1.3.0"))
    assert asked == released(context, state, ReleaseRequest())
    for low in ("v1.2.1", "1.3.0-alpha.2"):
        with pytest.raises(VersionError, match=r"not higher than 1\.3\.0-rc\.1"):
            released(context, state, ReleaseRequest(version=low))


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


_WHO = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")


def test_a_tag_of_a_tag_is_its_commit_and_a_tag_of_a_file_is_no_version(made: MadeHistory) -> None:
    oid = made.commit("fix: a")
    made.tag("v1.2.1-rc.1", message="a candidate")
    made.git(*_WHO, "tag", "-a", "-m", "final", "v1.2.1", "v1.2.1-rc.1")
    made.git(*_WHO, "tag", "-a", "-m", "a file", "v9.0.0", "HEAD:pyproject.toml")
    assert aimed(made, version="v1.2.1") == ExistingTag(Version.parse("1.2.1"), "v1.2.1", oid)
    made.commit("fix: b")
    assert new(made) == ("1.2.2", "v1.2.1")


FOLDER = '[project]\nname = "{0}"\nversion = "1.0.0"\n[tool.windlass]\ntag-prefix = "{0}-v"\n'


def two_projects(made: MadeHistory) -> tuple[ReleaseContext, ReleaseContext]:
    """Two projects in folders of one repository, each released once, under tags of its own."""
    made.commit("feat: two projects", files={f"{one}/pyproject.toml": FOLDER.format(one) for one in ("api", "web")})
    made.tag("api-v1.0.0")
    made.tag("web-v1.0.0")
    return in_folder(made, "api"), in_folder(made, "web")


def in_folder(made: MadeHistory, name: str) -> ReleaseContext:
    made.git("push", "-q", "origin", "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*")
    made.git("checkout", "-q", "-f", made.branch)
    return ReleaseContext.open(made.root / name, lambda line: None, collection)


def begun(made: MadeHistory, context: ReleaseContext, version: str) -> LedgerEntry:
    """A release that was sealed and not finished."""
    prefix, name = context.project.config.tag_prefix, context.project.name
    release = Release(name, version, version, f"{prefix}{version}", made.tip(), "main", 0, (), "")
    return context.ledger.seal(release)


def target(context: ReleaseContext, part: str = "auto") -> Target:
    return choose_target(context, context.look(), ReleaseRequest(part))


def test_another_project_of_the_repository_finishes_nobody_elses_release(made: MadeHistory) -> None:
    api, web = two_projects(made)
    sealed = begun(made, web, "1.1.0")
    assert target(web) == ResumeRelease(sealed)
    assert target(api) == NothingToRelease("api-v1.0.0 is what is checked out: there is nothing new to release")
    assert set(api.look().entries) == set()
    assert Status.read(api).lines() == ["no release has a ledger yet"]
    assert set(web.look().entries) == {"web-v1.1.0"}


def test_a_ledger_of_another_project_that_cant_be_read_is_its_own_trouble(made: MadeHistory) -> None:
    api, web = two_projects(made)
    made.git("push", "-q", "origin", "main:refs/windlass/releases/web-v1.1.0")
    assert target(api) == NothingToRelease("api-v1.0.0 is what is checked out: there is nothing new to release")
    with pytest.raises(RepositoryError):
        target(web)


def test_the_commits_of_a_project_in_a_folder_are_those_that_touch_it(made: MadeHistory) -> None:
    two_projects(made)
    made.commit("feat: pages", files={"web/page.py": ""})
    made.commit("fix: close", files={"api/close.py": ""})
    versions = [target(in_folder(made, name)) for name in ("api", "web")]
    assert [one.tag for one in versions if isinstance(one, NewRelease)] == ["api-v1.0.1", "web-v1.1.0"]


def test_a_hotfix_branch_of_another_project_is_none_to_release_from(made: MadeHistory) -> None:
    two_projects(made)
    made.on("hotfix/web-v1.0.1")
    made.commit("fix: both", files={"api/a.py": "", "web/a.py": ""})
    with pytest.raises(RepositoryError, match="for a hotfix of another project"):
        target(in_folder(made, "api"))
    assert isinstance(target(in_folder(made, "web"), part="hotfix"), NewRelease)


def test_two_projects_with_the_same_tags_do_not_finish_each_others_releases(made: MadeHistory) -> None:
    made.commit("feat: a second one", files={"other/pyproject.toml": PYPROJECT.replace("demo", "other")})
    demo, other = in_folder(made, "."), in_folder(made, "other")
    sealed = begun(made, demo, "1.3.0")
    assert target(demo) == ResumeRelease(sealed)
    with pytest.raises(UsageError) as refused:
        target(other)
    assert str(refused.value) == (
        "v1.3.0 is under way, and is a release of another project: demo\n"
        "  this project: other\n"
        "  fix:          finish it where demo is; give each project of a repository tags of its own: tag-prefix in "
        "[tool.windlass]"
    )
