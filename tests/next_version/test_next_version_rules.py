"""The next version, and the commits that decided it."""

from __future__ import annotations

import pytest

from windlass.errors import UsageError, VersionError
from windlass.history import Commit
from windlass.next_version.next_version_rules import Following, following
from windlass.next_version.part_from_commits import Reason, decide
from windlass.versions import Version, VersionRules


def commits(*messages: str) -> tuple[Commit, ...]:
    """Newest first."""
    made = []
    for number, message in enumerate(messages):
        subject, _, body = message.partition("\n")
        made.append(Commit(f"{number:040x}", (), 0, "Ann", "a@example.org", subject, body.strip()))
    return tuple(made)


def after(current: str | None, *messages: str, **options: object) -> Following:
    version = Version.parse(current) if current else None
    return following(version, commits(*messages), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("current", "messages", "wanted", "part"),
    [
        ("1.2.3", ["fix: a"], "1.2.4", "patch"),
        ("1.2.3", ["perf: a"], "1.2.4", "patch"),
        ("1.2.3", ["fix: a", "feat: b", "docs: c"], "1.3.0", "minor"),
        ("1.2.3", ["feat!: a", "feat: b"], "2.0.0", "major"),
        ("1.2.3", ["docs: a\n\nBREAKING CHANGE: b"], "2.0.0", "major"),
        ("1.2.3", ["docs: a", "chore: b", "words"], None, ""),
        ("1.2.3", [], None, ""),
        ("1.2.3", ['Revert "feat: released"'], "1.2.4", "patch"),
        ("0.3.1", ["feat!: a"], "0.4.0", "minor"),
        ("0.3.1", ["feat: a"], "0.4.0", "minor"),
        ("0.3.1", ["fix: a"], "0.3.2", "patch"),
        (None, ["feat: a"], "0.1.0", "first"),
        (None, ["chore: a"], "0.1.0", "first"),
    ],
)
def test_commits_decide_the_next_version(
    current: str | None, messages: list[str], wanted: str | None, part: str
) -> None:
    found = after(current, *messages)
    assert (found.next and str(found.next), found.part) == (wanted, part)


def test_a_breaking_change_takes_0_x_to_1_where_configured() -> None:
    assert after("0.3.1", "feat!: a", rules=VersionRules(major_below_one=True)).next == Version.parse("1.0.0")


def test_a_first_release_is_what_the_files_say() -> None:
    assert after(None, "feat: a", first=Version.parse("0.4.0")).next == Version.parse("0.4.0")
    assert after(None, "feat: a", first=Version.parse("0.4.0"), pre="rc").next == Version.parse("0.4.0-rc.1")


def test_files_that_say_nothing_but_zeros_say_nothing() -> None:
    for nothing in ("0.0.0", "0.0.0-rc.1"):
        assert after(None, "feat: a", first=Version.parse(nothing)).next == Version.parse("0.1.0")


def test_the_reasons_are_the_commits_that_decided_highest_part_first() -> None:
    found = after("1.2.3", "docs: z", "fix: a", "feat: b", "fix: c")
    assert found.reasons == (
        Reason(f"{2:040x}", "feat: b", "minor"),
        Reason(f"{1:040x}", "fix: a", "patch"),
        Reason(f"{3:040x}", "fix: c", "patch"),
    )


@pytest.mark.parametrize(
    ("current", "final", "messages", "pre", "wanted"),
    [
        ("1.2.3", None, ["feat: a"], "alpha", "1.3.0-alpha.1"),
        ("1.3.0-alpha.1", "1.2.3", ["fix: b", "feat: a"], "alpha", "1.3.0-alpha.2"),
        ("1.3.0-alpha.2", "1.2.3", ["fix: b", "feat: a"], "rc", "1.3.0-rc.1"),
        ("1.3.0-rc.1", "1.2.3", ["feat: a"], None, "1.3.0"),
        ("1.3.0-rc.1", "1.2.3", ["feat!: b", "feat: a"], None, "2.0.0"),
        ("1.3.0-rc.1", "1.2.3", ["feat!: b", "feat: a"], "rc", "2.0.0-rc.1"),
        ("2.0.0-rc.1", "1.2.3", ["fix: only"], None, "2.0.0"),
        ("2.0.0-rc.1", "1.2.3", ["fix: only"], "rc", "2.0.0-rc.2"),
        ("0.1.0-alpha.1", None, ["feat: a"], "alpha", "0.1.0-alpha.2"),
        ("0.1.0-alpha.1", None, ["feat: a"], None, "0.1.0"),
    ],
)
def test_pre_releases_lead_to_the_version_that_all_commits_since_the_last_final_one_ask_for(
    current: str, final: str | None, messages: list[str], pre: str | None, wanted: str
) -> None:
    last = Version.parse(final) if final else None
    assert str(after(current, *messages, pre=pre, final=last).next) == wanted


def test_a_pre_release_is_promoted_unchanged() -> None:
    final = Version.parse("1.2.3")
    found = after("1.3.0-rc.1", "docs: a", final=final, fresh=False)
    assert (str(found.next), found.part) == ("1.3.0", "promotion")


def test_another_pre_release_of_the_same_commit_is_nothing_to_release() -> None:
    assert after("1.3.0-rc.1", "feat: a", pre="rc", final=Version.parse("1.2.3"), fresh=False).next is None


def test_a_commit_and_its_revert_decide_nothing() -> None:
    assert after("1.2.3", f'Revert "feat!: a"\n\nThis reverts commit {1:040x}.', "feat!: a", "fix: b").part == "patch"


def test_the_newest_release_as_names_the_version() -> None:
    found = after("1.2.3", "fix: a\n\nRelease-As: 1.9.0", "feat!: b\n\nRelease-As: 3.0.0")
    assert (str(found.next), found.part) == ("1.9.0", "release-as")
    assert found.reasons[0] == Reason("0" * 40, "fix: a", "release-as")


def test_a_part_given_by_a_person_wins() -> None:
    found = after("1.2.3", "feat!: a\n\nRelease-As: 9.0.0", part="minor")
    assert found == Following(Version.parse("1.2.3"), Version.parse("1.3.0"), "minor", ())


def test_a_release_as_is_read_as_git_reads_trailers() -> None:
    for trailer in ("release-as: 1.9.0", "Release-As:1.9.0", "RELEASE-AS:   1.9.0  "):
        assert str(after("1.2.3", f"fix: a\n\n{trailer}").next) == "1.9.0"


@pytest.mark.parametrize("text", ["banana", "v1.4.0", "1.4", "1.4.0; rm -rf", "`id`", ""])
def test_a_release_as_that_is_no_version_is_an_error(text: str) -> None:
    with pytest.raises(VersionError) as refused:
        after("1.2.3", f"fix: a\n\nRelease-As: {text}")
    assert str(refused.value) == (
        "a Release-As trailer names no version\n"
        f"  trailer: {f'Release-As: {text}'.rstrip()}\n"
        "  fix:     choose the version yourself: --version, or --part"
    )


@pytest.mark.parametrize("text", ["1.2.3", "1.0.0", "1.2.3-rc.1"])
def test_a_release_as_that_is_not_higher_is_an_error(text: str) -> None:
    with pytest.raises(VersionError, match="a Release-As trailer names a version that is not higher than the last"):
        after("1.2.3", f"fix: a\n\nRelease-As: {text}")


def test_a_release_as_that_python_can_t_sort_is_an_error() -> None:
    with pytest.raises(VersionError, match="this version can't be released"):
        after("1.2.3", "fix: a\n\nRelease-As: 1.3.0+build")


def test_a_doubtful_breaking_change_is_an_error_until_a_person_decides() -> None:
    with pytest.raises(VersionError) as refused:
        after("1.2.3", "fix: a\n\nBreaking change: all of it")
    assert str(refused.value) == (
        "a commit may or may not declare a breaking change\n"
        "  commit: 0000000 fix: a\n"
        "  line:   Breaking change: all of it\n"
        "  fix:    a footer is written `BREAKING CHANGE: what breaks`, in upper case; as the commit is made, say which "
        "it is: --part major, --part minor or --part patch"
    )
    assert str(after("1.2.3", "fix: a\n\nBreaking change: all of it", part="major").next) == "2.0.0"


@pytest.mark.parametrize("line", ["Release as: 1.9.0", "Release-As 1.9.0", "Release_As: v2.0", "* release-as: 1.9.0"])
def test_a_doubtful_release_as_is_an_error_until_a_person_decides(line: str) -> None:
    with pytest.raises(VersionError) as refused:
        after("1.2.3", f"fix: a \u202e\x1b[31m\n\n{line}")
    assert str(refused.value) == (
        "a commit may or may not name the next version\n"
        "  commit: 0000000 fix: a \\u202e\\x1b[31m\n"
        f"  line:   {line}\n"
        "  fix:    the trailer is written `Release-As: 1.4.0`; as the commit is made, choose the version yourself: "
        "--version, or --part"
    )
    assert str(after("1.2.3", f"fix: a\n\n{line}", part="patch").next) == "1.2.4"


def test_prose_about_a_release_names_no_version() -> None:
    prose = "fix: a\n\nTreat the release as 1.9.0 was treated.\nrelease as soon as 2.0 is there"
    assert str(after("1.2.3", prose).next) == "1.2.4"


def test_a_version_that_is_out_elsewhere_is_an_error() -> None:
    taken = [Version.parse(text) for text in ("1.2.3", "1.2.4", "2.0.0")]
    with pytest.raises(VersionError) as refused:
        after("1.2.3", "fix: a", taken=taken)
    assert str(refused.value) == (
        "1.2.4 is not free: 1.2.4 is out, on a commit that this history does not contain\n"
        "  next here:          1.2.4\n"
        "  newest of its line: 1.2.4\n"
        "  fix:                release from a branch that contains 1.2.4, or choose a higher --part"
    )
    assert str(after("1.2.3", "feat: a", taken=taken).next) == "1.3.0"


def test_an_unknown_part_or_channel_is_refused_before_anything_else() -> None:
    for options in ({"part": "huge"}, {"pre": "dev"}, {"part": "auto", "pre": "RC"}):
        with pytest.raises(UsageError, match="no such"):
            after("1.2.3", **options)


def test_other_types_decide_as_configured() -> None:
    assert decide(commits("docs: a"), {"docs": "patch"}).part == "patch"
