"""No version is proposed that is lower than one which is out, or than the files say, without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from windlass.errors import VersionError
from windlass.history.version_tags import Base, Tag, base
from windlass.next_version.from_working_copy import VersionSettings, asked_base, next_release, promotes, trusted_base
from windlass.next_version.refuse_lower_version import passed_over_tags, refuse_taken
from windlass.project import Project
from windlass.testing.git_history import MadeHistory
from windlass.version_files.configured import standing
from windlass.versions import Version
from windlass.versions.version_like_tags import TagNames

V = TagNames("v", project="demo")


@pytest.fixture
def made(tmp_path: Path) -> MadeHistory:
    """A project of which v1.2.0 is out."""
    made = MadeHistory(tmp_path / "repository")
    made.commit("feat: begin")
    made.tag("v1.2.0")
    return made


def following(made: MadeHistory, names: TagNames = V, *, files: str = "", part: str = "auto", pre: str = "") -> str:
    """The next version of what is checked out, whose pyproject.toml names one."""
    named = f'version = "{files}"' if files else 'dynamic = ["version"]'
    (made.root / "pyproject.toml").write_text(f'[project]\nname = "demo"\n{named}\n')
    settings = VersionSettings(names, standing=standing(made.root, Project.load(made.root).config))
    found = next_release(made.root, settings, base(made.root, names.prefix), part=part, pre=pre)
    return str(found.following.next)


OUT = Base(
    head="c" * 40,
    branch="main",
    current=Tag("v1.3.0", Version.parse("1.3.0"), "b" * 40),
    final=Tag("v1.3.0", Version.parse("1.3.0"), "b" * 40),
    tags=(Tag("v1.2.2", Version.parse("1.2.2"), "a" * 40), Tag("v1.3.0", Version.parse("1.3.0"), "b" * 40)),
    contained=Tag("v1.3.0", Version.parse("1.3.0"), "b" * 40),
)


@pytest.mark.parametrize("version", ["1.3.0", "1.2.9", "0.9.0", "1.3.0-rc.1"])
def test_a_version_that_is_taken_or_lower_is_refused(version: str) -> None:
    with pytest.raises(VersionError):
        refuse_taken(Version.parse(version), OUT, (), "v")
    refuse_taken(Version.parse("1.3.1"), OUT, (), "v")


def test_a_hotfix_of_an_older_line_need_only_be_higher_than_its_own_line() -> None:
    here = replace(OUT, current=OUT.tags[0], final=OUT.tags[0], contained=OUT.tags[0], branch="hotfix/v1.2.3")
    refuse_taken(Version.parse("1.2.3"), here, (), "v")
    later = Tag("v1.2.3", Version.parse("1.2.3"), "9" * 40)
    with pytest.raises(VersionError, match=r"not higher than 1\.2\.3"):
        refuse_taken(Version.parse("1.2.3-rc.1"), replace(here, tags=(*OUT.tags, later)), (), "v")


def test_a_version_that_was_sealed_is_taken_even_without_a_tag() -> None:
    sealed = Version.parse("1.4.0")
    with pytest.raises(VersionError) as refused:
        refuse_taken(sealed, OUT, (sealed,), "v")
    assert str(refused.value) == (
        "v1.4.0 is taken\n"
        "  ledger: it was sealed, and given up or taken back\n"
        "  fix:    release another version, or let `--part auto` find it"
    )


@pytest.mark.parametrize(
    ("version", "pre", "wanted"),
    [("1.3.0-rc.1", "", True), ("1.3.0-alpha.1", "rc", True), ("1.3.0-rc.1", "rc", False), ("1.3.0", "", False)],
)
def test_a_pre_release_is_promoted_as_it_is(version: str, pre: str, wanted: bool) -> None:
    assert promotes(Version.parse(version), pre) == wanted


def said(made: MadeHistory, version: str, names: TagNames = V, files: str = "") -> list[str]:
    here = base(made.root, names.prefix)
    (made.root / "pyproject.toml").write_text(f'[project]\nname = "demo"\nversion = "{files}"\n')
    stands = standing(made.root, Project.load(made.root).config) if files else None
    return [f"{one.what}: {one.why}" for one in passed_over_tags(Version.parse(version), here, names, stands)]


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("v1.3.0rc1", "1.3.0rc1"),
        ("1.3.0-rc.1", "1.3.0-rc.1"),
        ("V1.3.0rc1", "1.3.0rc1"),
        ("release-1.3.0rc1", "1.3.0rc1"),
        ("demo-v1.3.0.rc1", "1.3.0.rc1"),
    ],
)
def test_a_version_that_is_out_in_another_spelling_is_not_proposed_again(
    made: MadeHistory, tag: str, text: str
) -> None:
    made.commit("feat: a")
    made.tag(tag)
    made.commit("fix: b")
    with pytest.raises(VersionError) as refused:
        following(made, pre="rc")
    assert str(refused.value) == (
        f"1.3.0-rc.1 is not higher than {tag}, which is not written as this project's tags are, and may be out\n"
        f"  tag:       {tag} ({made.git('rev-parse', '--short=7', f'{tag}^{{commit}}')})\n"
        "  next here: v1.3.0-rc.1\n"
        f"  fix:       choose a version that follows {text}: "
        "--version; tags are SemVer (v1.3.0-rc.1), not PEP 440"
    )


@pytest.mark.parametrize("tag", ["v1.4", "1.4.0", "v1.4.0.1", "v1!1.0", "v1.4.0.post1", "v01.04.00", "v1.4.0-pre.1"])
def test_what_is_checked_out_builds_on_a_higher_version_that_is_not_read(made: MadeHistory, tag: str) -> None:
    made.commit("fix: a")
    made.tag(tag, message="annotated")
    made.commit("fix: b")
    with pytest.raises(VersionError, match="may be out"):
        following(made)


def test_a_higher_version_on_another_branch_and_line_is_no_hindrance_and_is_said(made: MadeHistory) -> None:
    made.on("next")
    made.commit("feat!: a")
    made.tag("v2.0rc1")
    made.on("main")
    made.commit("fix: b")
    assert following(made) == "1.2.1"
    assert said(made, "1.2.1") == ["v2.0rc1: looks like a version, in another spelling; nothing continues from it"]


@pytest.mark.parametrize("tag", ["v1", "v1.2", "nightly", "v9", "web-v9.0.0", "python3.12", "backup-2024.01.05"])
def test_floating_tags_and_those_of_others_are_no_hindrance(made: MadeHistory, tag: str) -> None:
    made.tag(tag)
    made.commit("fix: a")
    assert following(made) == "1.2.1"
    assert not said(made, "1.2.1")


@pytest.mark.parametrize(
    ("tags", "prefix"),
    [
        (("1.1.0", "1.2.0"), ""),
        (("web-v1.0.0", "web-v1.1.0", "api-v1.0.0"), "web-v"),
        (("release-1.0",), "release-"),
        (("release/3",), "release/"),
        (("2024.01.05",), ""),
    ],
)
def test_where_no_tag_is_a_version_those_that_look_like_one_are_asked_about(
    tmp_path: Path, tags: tuple[str, ...], prefix: str
) -> None:
    made = MadeHistory(tmp_path / "repository")
    made.commit("feat: begin")
    for tag in tags:
        made.tag(tag)
    for part in ("auto", "minor"):
        with pytest.raises(VersionError) as refused:
            following(made, part=part)
        assert "no tag is a version as this project writes them, and some look like versions" in str(refused.value)
        assert f'tag-prefix = "{prefix}" in [tool.windlass]; where they are not, tag-prefix = "v"' in str(refused.value)
    if prefix:
        assert following(made, TagNames("v", configured=True)) == "0.1.0"
        (line,) = said(made, "0.1.0", TagNames("cli-v", configured=True))
        assert line.endswith('another prefix than "cli-v": not this project\'s')


@pytest.mark.parametrize("tag", ["v1.2", "v3", "v1.2.0.1", "v1.2.0.dev1"])
def test_a_first_version_in_another_spelling_is_gone_on_from_by_name(tmp_path: Path, tag: str) -> None:
    made = MadeHistory(tmp_path / "repository")
    made.commit("feat: begin")
    made.tag(tag)
    with pytest.raises(VersionError, match=f"choose the version yourself, higher than {tag}: --version"):
        following(made, files="1.2")


@pytest.mark.parametrize(
    ("files", "part", "pre", "wanted"),
    [
        ("2.7.3", "auto", "", "2.7.3"),
        ("2.7.3", "minor", "", "2.8.0"),
        ("2.7.3", "major", "", "3.0.0"),
        ("0.1.0", "minor", "", "0.1.0"),
        ("0.1.0", "patch", "", "0.1.1"),
        ("0.0.0", "minor", "", "0.1.0"),
        ("2.0.0a3", "auto", "", "2.0.0"),
        ("2.0.0a3", "auto", "alpha", "2.0.0-alpha.4"),
        ("2.0.0a3", "major", "beta", "2.0.0-beta.1"),
        ("2.8.0.dev0", "auto", "", "2.8.0"),
        ("2.8.0.dev0", "minor", "", "2.8.0"),
        ("2.8.0.dev0", "auto", "alpha", "2.8.0-alpha.1"),
        ("1.0.0", "auto", "rc", "1.0.0-rc.1"),
        ("", "auto", "", "0.1.0"),
    ],
)
def test_a_first_version_is_never_lower_than_the_files_say(
    tmp_path: Path, files: str, part: str, pre: str, wanted: str
) -> None:
    made = MadeHistory(tmp_path / "repository")
    made.commit("feat: begin")
    assert following(made, files=files, part=part, pre=pre) == wanted


def test_a_pre_release_of_what_only_the_files_name_is_said(tmp_path: Path) -> None:
    made = MadeHistory(tmp_path / "repository")
    made.commit("feat: begin")
    assert said(made, "1.0.0-rc.1", files="1.0.0") == [
        "pyproject.toml:3: 1.0.0: no tag says that it is out before 1.0.0-rc.1"
    ]


@pytest.mark.parametrize("files", ["1.3.0", "1.3.0.dev0", "2024.1.2.3"])
def test_a_version_below_what_the_files_say_is_no_proposal(made: MadeHistory, files: str) -> None:
    made.commit("fix: a")
    with pytest.raises(VersionError) as refused:
        following(made, files=files)
    assert str(refused.value) == (
        f"1.2.1 is lower than what the files say: {files}\n"
        "  files:      pyproject.toml:3\n"
        "  newest tag: v1.2.0\n"
        "  fix:        if that one is out, tag it; else raise another --part, or choose the version yourself: --version"
    )
    assert said(made, "1.2.1", files=files) == [f"pyproject.toml:3: {files}: higher than 1.2.1, which was asked for"]


def test_files_that_lead_to_the_next_version_or_lag_behind_are_fine(made: MadeHistory) -> None:
    made.commit("feat: a")
    assert following(made, files="1.3.0.dev0") == following(made, files="1.3.0") == following(made, files="1.1.0")


def test_a_clone_without_tags_asks_the_remote(made: MadeHistory, tmp_path: Path) -> None:
    made.commit("fix: a")
    made.git("clone", "-q", "--no-tags", str(made.root), str(tmp_path / "clone"))
    found = next_release(
        tmp_path / "clone", VersionSettings(V), trusted_base(tmp_path / "clone", "v", "main", "origin")
    )
    assert str(found.following.next) == "1.2.1"
    nowhere = trusted_base(tmp_path / "clone", "v", "main", "elsewhere")
    assert str(next_release(tmp_path / "clone", VersionSettings(V), nowhere).following.next) == "0.1.0"


def shown(root: Path, remote: str = "origin") -> tuple[str, list[str]]:
    """What a preview says: the next version, and how this clone differs."""
    here, differing = asked_base(root, "v", "main", remote)
    found = next_release(root, VersionSettings(V), here).following.next
    return str(found), [f"{one.what}: {one.why}" for one in differing]


def test_a_preview_sees_the_tags_that_a_release_would_see(made: MadeHistory, tmp_path: Path) -> None:
    made.commit("fix: a")
    clone = tmp_path / "clone"
    made.git("clone", "-q", str(made.root), str(clone))
    assert shown(clone) == ("1.2.1", [])
    made.tag("v1.2.1")
    made.commit("fix: b")
    made.git("-C", str(clone), "pull", "-q", "--no-tags")
    assert shown(clone) == ("1.2.2", [])
    made.git("-C", str(clone), "tag", "v1.9.0")
    alone = "v1.9.0: of this clone alone: origin has not got it, so nothing continues from it"
    assert shown(clone) == ("1.2.2", [alone])


def test_a_remote_that_does_not_answer_is_said(made: MadeHistory) -> None:
    made.commit("fix: a")
    assert shown(made.root) == ("1.2.1", []), "it has no remote"
    made.git("remote", "add", "origin", str(made.root / "gone"))
    said = "the remote origin: it did not answer: only the tags of this clone are known"
    assert shown(made.root) == ("1.2.1", [said])
