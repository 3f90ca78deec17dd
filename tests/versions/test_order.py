"""One order in three implementations: ours, semver's and packaging's, over random versions."""

from __future__ import annotations

import semver
from hypothesis import assume, example, given
from hypothesis import strategies as st
from packaging.version import Version as Packaged

from windlass.errors import VersionError
from windlass.versions import PARTS, PRES, Version, VersionRules, bump, floating_names, from_tag

NUMBERS = st.one_of(st.integers(0, 3), st.integers(0, 10**18))
IDENTIFIERS = st.one_of(
    st.integers(0, 12),
    st.sampled_from(["alpha", "beta", "rc", "hotfix", "dev", "a", "A", "-", "0a", "rc1"]),
    st.from_regex(r"[0-9]*[a-zA-Z-][0-9a-zA-Z-]*", fullmatch=True),
)
PRE = st.one_of(
    st.just(()),
    st.tuples(st.sampled_from(["alpha", "beta", "rc", "hotfix"])),
    st.tuples(st.sampled_from(["alpha", "beta", "rc", "hotfix"]), st.integers(0, 12)),
    st.lists(IDENTIFIERS, max_size=3).map(tuple),
)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS, PRE)
RULES = st.builds(VersionRules, hotfix=st.sampled_from(["patch", "suffix"]))


@given(VERSIONS, VERSIONS)
def test_our_order_is_semvers(one: Version, other: Version) -> None:
    theirs = semver.Version.parse(str(one)).compare(str(other))
    assert (one > other) - (one < other) == theirs
    assert (one == other) == (theirs == 0)
    assert hash(one) == hash(other) or one != other


@given(VERSIONS, VERSIONS, RULES)
def test_what_the_rules_allow_sorts_the_same_for_python(one: Version, other: Version, rules: VersionRules) -> None:
    assume(not rules.flaw(one) and not rules.flaw(other))
    first, second = Packaged(one.pep440), Packaged(other.pep440)
    assert (one < other) == (first < second)
    assert (one == other) == (first == second)
    assert str(first) == one.pep440, "the spelling is PEP 440's normal form"


@given(VERSIONS)
def test_what_is_written_is_read_again(version: Version) -> None:
    assert Version.parse(str(version)).pre == version.pre
    assert from_tag(version.tag("v"), "v") in (version, None)
    if not version.pep440_problem:
        assert Version.from_pep440(version.pep440) == version
        assert from_tag(version.tag("v"), "v") == version


@example(Version(0, 0, 0, ("hotfix", 1)), "major", "alpha", VersionRules())
@given(VERSIONS, st.sampled_from(PARTS[1:]), st.sampled_from([None, *PRES]), RULES)
def test_a_bump_is_higher_and_allowed_or_refused(
    current: Version, part: str, pre: str | None, rules: VersionRules
) -> None:
    try:
        version = bump(current, part, pre, rules)
    except VersionError:
        return
    assert version > current
    assert not rules.flaw(version)
    assert version.prerelease == (pre is not None)


@given(st.text(max_size=30), st.sampled_from(["v", "", "demo-v", "v1"]))
def test_any_text_is_a_version_or_is_not(text: str, prefix: str) -> None:
    version = from_tag(text, prefix)
    assert version is None or f"{prefix}{version}" == text


@given(st.lists(VERSIONS.filter(lambda version: not version.pep440_problem), min_size=1, max_size=6))
def test_each_floating_name_goes_to_one_version_at_most(versions: list[Version]) -> None:
    distinct = list(dict.fromkeys(versions))
    names = [name for version in distinct for name in floating_names(version, distinct)]
    assert len(names) == len(set(names))
    finals = [version for version in distinct if not version.prerelease]
    assert ("latest" in names) == bool(finals)
    if finals:
        assert "latest" in floating_names(max(finals), distinct)
