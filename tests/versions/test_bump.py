"""One version to the next: parts, channels, hotfixes, promotion."""

from __future__ import annotations

import pytest

from windlass.errors import UsageError, VersionError
from windlass.versions import Version, VersionRules, bump

SUFFIX = VersionRules(hotfix="suffix")


@pytest.mark.parametrize(
    ("current", "part", "pre", "wanted"),
    [
        ("1.2.3", "major", None, "2.0.0"),
        ("1.2.3", "minor", None, "1.3.0"),
        ("1.2.3", "patch", None, "1.2.4"),
        ("1.2.3", "hotfix", None, "1.2.4"),
        ("0.3.1", "major", None, "1.0.0"),
        ("1.2.3", "minor", "rc", "1.3.0-rc.1"),
        ("1.2.3", "patch", "alpha", "1.2.4-alpha.1"),
        ("1.3.0-rc.1", "minor", "rc", "1.3.0-rc.2"),
        ("1.3.0-rc.9", "minor", "rc", "1.3.0-rc.10"),
        ("1.3.0-alpha.4", "minor", "beta", "1.3.0-beta.1"),
        ("1.3.0-beta", "minor", "beta", "1.3.0-beta.1"),
        ("1.3.0-rc.2", "major", "alpha", "2.0.0-alpha.1"),
        ("1.3.0-rc.2", "minor", None, "1.3.0"),
        ("1.3.0-rc.2", "patch", None, "1.3.0"),
        ("1.3.0-rc.2", "major", None, "2.0.0"),
        ("1.3.1-rc.2", "minor", None, "1.4.0"),
        ("2.0.0-rc.1", "major", None, "2.0.0"),
        (None, "major", None, "1.0.0"),
        (None, "minor", None, "0.1.0"),
        (None, "patch", None, "0.0.1"),
        (None, "minor", "alpha", "0.1.0-alpha.1"),
    ],
)
def test_a_part_and_a_channel_give_the_next_version(
    current: str | None, part: str, pre: str | None, wanted: str
) -> None:
    assert str(bump(Version.parse(current) if current else None, part, pre)) == wanted


@pytest.mark.parametrize(
    ("current", "part", "wanted"),
    [
        ("1.2.3", "hotfix", "1.2.4-hotfix.1"),
        ("1.2.4-hotfix.1", "hotfix", "1.2.4-hotfix.2"),
        ("1.2.4-hotfix.2", "patch", "1.2.4"),
        ("1.2.4-hotfix.2", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
    ],
)
def test_hotfixes_in_the_suffix_form_come_before_the_next_patch(current: str, part: str, wanted: str) -> None:
    assert str(bump(Version.parse(current), part, rules=SUFFIX)) == wanted


def test_a_channel_never_goes_backwards() -> None:
    with pytest.raises(VersionError) as refused:
        bump(Version.parse("1.3.0-rc.1"), "minor", "beta")
    assert str(refused.value) == (
        "1.3.0-beta.1 would be lower than 1.3.0-rc.1, which is out\n"
        "  channels: alpha < beta < rc\n"
        "  fix:      go on with --pre rc, or leave --pre out to release 1.3.0"
    )


def test_a_hotfix_needs_something_to_fix() -> None:
    for current in (None, Version.parse("1.3.0-rc.1")):
        with pytest.raises(VersionError, match="a hotfix needs a final version to fix"):
            bump(current, "hotfix")


def test_beside_suffix_hotfixes_a_patch_has_no_beta() -> None:
    with pytest.raises(VersionError) as refused:
        bump(Version.parse("1.2.3"), "patch", "beta", SUFFIX)
    assert str(refused.value) == (
        "this version can't be released\n"
        "  version: 1.2.4-beta.1\n"
        "  because: beside suffix hotfixes a patch version has no alpha or beta: the two orders would differ\n"
        "  fix:     choose another part or pre-release channel"
    )


@pytest.mark.parametrize("part", ["epoch", "", "Minor"])
def test_an_unknown_part_is_refused(part: str) -> None:
    with pytest.raises(UsageError, match="no such part"):
        bump(Version.parse("1.2.3"), part)


def test_an_unknown_channel_is_refused() -> None:
    with pytest.raises(UsageError, match="no such pre-release channel: dev"):
        bump(Version.parse("1.2.3"), "minor", "dev")


def test_auto_needs_commits() -> None:
    with pytest.raises(UsageError, match="auto is no part of its own: commits decide it"):
        bump(Version.parse("1.2.3"), "auto")
