"""Versions as values: reading, order, the Python spelling, tags and floating names."""

from __future__ import annotations

import pytest

from windlass.errors import VersionError
from windlass.versions import Version, floating_names, from_tag


def versions(*texts: str) -> list[Version]:
    return [Version.parse(text) for text in texts]


@pytest.mark.parametrize(
    ("semver", "pep440"),
    [
        ("1.3.0", "1.3.0"),
        ("1.3.0-alpha.1", "1.3.0a1"),
        ("1.3.0-beta.12", "1.3.0b12"),
        ("1.3.0-rc.2", "1.3.0rc2"),
        ("1.3.0-beta", "1.3.0b0"),
        ("1.2.4-hotfix.1", "1.2.3.post1"),
        ("0.0.0", "0.0.0"),
    ],
)
def test_each_spelling_leads_to_the_other(semver: str, pep440: str) -> None:
    assert Version.parse(semver).pep440 == pep440
    assert str(Version.from_pep440(pep440)) == semver


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("1.3.0+build.5", "build metadata (+…) has no place in SemVer's order, but has one in PEP 440's"),
        ("1.3.0-dev.1", "pre-releases are alpha, beta or rc, not dev.1"),
        ("1.3.0-SNAPSHOT", "pre-releases are alpha, beta or rc, not SNAPSHOT"),
        ("1.3.0-rc1", "pre-releases are alpha, beta or rc, not rc1"),
        ("1.3.0-7", "pre-releases are alpha, beta or rc, not 7"),
        ("1.3.0-rc.1.2", "after rc comes one number"),
        ("1.3.0-rc.one", "after rc comes one number"),
        ("1.3.0-rc.0", "pre-releases count from 1; rc.0 and a bare rc would be the same version"),
        ("1.3.0-hotfix.1", "a hotfix follows a patch version, so its own patch number is above 0"),
        ("1.3.1-hotfix", "pre-releases are alpha, beta or rc, not hotfix"),
    ],
)
def test_what_would_sort_differently_is_refused_with_the_reason(text: str, because: str) -> None:
    with pytest.raises(VersionError) as refused:
        _ = Version.parse(text).pep440
    assert refused.value.facts == {"version": text, "because": because}


@pytest.mark.parametrize("text", ["1!2.0", "1.0+local", "1.0.dev3", "1.2.3.4", "1.0a1.post1", "1.0.post0", "x", ""])
def test_a_python_version_without_a_semver_place_is_refused(text: str) -> None:
    with pytest.raises(VersionError, match="this Python version has no SemVer version that sorts as it does"):
        Version.from_pep440(text)


@pytest.mark.parametrize(("text", "wanted"), [("v1.3", "1.3.0"), ("1.3.0-RC1", "1.3.0-rc.1"), ("1.3-c1", "1.3.0-rc.1")])
def test_a_loose_python_spelling_is_understood(text: str, wanted: str) -> None:
    assert str(Version.from_pep440(text)) == wanted


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("v1.2.3", "it has a prefix, which belongs to the tag"),
        ("1.2", "it has 2 numbers where SemVer has three"),
        ("1", "it has 1 number where SemVer has three"),
        ("1.02.3", "a number has a leading zero"),
        ("1.2.x", "its numbers are not plain digits between dots"),
        ("1.2.3-", "what follows the numbers is neither a pre-release nor build metadata"),
        ("1.2.3\n", "its numbers are not plain digits between dots"),
        ("١.٢.٣", "its numbers are not plain digits between dots"),
        ("1.2." + "9" * 5000, "it is longer than 200 characters"),
    ],
)
def test_what_is_no_semver_is_refused_with_the_flaw(text: str, because: str) -> None:
    with pytest.raises(VersionError) as refused:
        Version.parse(text)
    assert refused.value.facts["because"] == because


@pytest.mark.parametrize(
    "tag",
    [
        *("nightly", "v1", "v1.2", "v1$(id)", "v1.2.3;x", "-v1.2.3", "@here", "1.2.3", "V1.2.3", "v1.2.3 ", "vv1.2.3"),
        *("v", "v2.0.0-97002309-nightly", "v2.0.0-next.1", "v1.2.3\n", "v" + "1." * 500, "v1.2." + "9" * 5000),
    ],
)
def test_a_tag_that_is_no_version_of_ours_is_none(tag: str) -> None:
    assert from_tag(tag, "v") is None


def test_a_tag_names_its_version_behind_the_prefix() -> None:
    assert from_tag("v1.3.0-rc.1", "v") == Version.parse("1.3.0-rc.1")
    assert from_tag("demo-1.3.0", "demo-") == Version.parse("1.3.0")
    assert from_tag("1.3.0", "") == Version.parse("1.3.0")
    assert Version.parse("1.3.0-rc.1").tag("demo/v") == "demo/v1.3.0-rc.1"


def test_floating_names_go_to_the_newest_final_version_only() -> None:
    others = versions("1.2.2", "1.3.0", "2.0.0-rc.1")
    assert floating_names(Version.parse("1.2.3"), others) == ("1.2",)
    assert floating_names(Version.parse("1.3.1"), others) == ("latest", "1", "1.3")
    assert floating_names(Version.parse("1.2.1"), others) == ()
    assert floating_names(Version.parse("2.0.0-rc.2"), others) == ()
    assert floating_names(Version.parse("0.9.0"), others) == ("0", "0.9")
    assert floating_names(Version.parse("1.3.1-hotfix.1"), others) == ("latest", "1", "1.3")


def test_a_hotfix_in_the_suffix_form_is_no_pre_release() -> None:
    assert not Version.parse("1.2.4-hotfix.1").prerelease
    assert Version.parse("1.2.4-rc.1").prerelease


def test_build_metadata_counts_for_neither_order_nor_equality() -> None:
    first, second = versions("1.0.0+a", "1.0.0+b")
    assert first == second
    assert hash(first) == hash(second)
    assert not first < second
    assert str(first) == "1.0.0+a"
