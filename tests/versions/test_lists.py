"""Lists that others wrote: SemVer's own, node-semver's, packaging's. Each file in data/ names its source."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version as Packaged

from windlass.errors import UsageError, VersionError
from windlass.next_version.next_version_rules import following
from windlass.versions import PRES, Version, VersionRules, bump

DATA = Path(__file__).with_name("data")


def data(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


SEMVER, NODE, PACKAGING = data("semver"), data("node-semver"), data("packaging")


@pytest.mark.parametrize("text", SEMVER["valid"])
def test_what_semver_calls_valid_is_read_and_written_alike(text: str) -> None:
    assert str(Version.parse(text)) == text


@pytest.mark.parametrize("text", SEMVER["invalid"])
def test_what_semver_calls_invalid_is_refused(text: str) -> None:
    with pytest.raises(VersionError, match="this is no SemVer version"):
        Version.parse(text)


def test_semvers_own_examples_ascend() -> None:
    versions = [Version.parse(text) for text in SEMVER["ascending"]]
    assert all(one < other for one, other in itertools.pairwise(versions))


@pytest.mark.parametrize(("one", "other", "loose"), NODE["comparisons"])
def test_node_semvers_comparisons_hold(one: str, other: str, loose: bool) -> None:
    """Its loose mode allows prefixes, which belong to the tag here."""
    first, second = (Version.parse(text.removeprefix("v") if loose else text) for text in (one, other))
    assert first > second
    assert second < first
    assert first != second


@pytest.mark.parametrize(("one", "other", "loose"), NODE["equality"])
def test_node_semvers_equalities_hold(one: str, other: str, loose: bool) -> None:
    """Leading blanks, `=` and `v` are what its parser forgives; they are taken off first."""
    first, second = (Version.parse(text.strip().lstrip("v= ")) for text in (one, other))
    assert first == second
    assert hash(first) == hash(second)


@pytest.mark.parametrize(("text", "major", "minor", "patch", "pre", "build"), NODE["valid"])
def test_node_semvers_valid_versions_have_its_parts(
    text: str, major: int, minor: int, patch: int, pre: list[str | int], build: list[str]
) -> None:
    version = Version.parse(text.removeprefix("v"))
    assert (version.major, version.minor, version.patch) == (major, minor, patch)
    assert version.pre == tuple(pre)
    assert version.build == ".".join(build)


@pytest.mark.parametrize("text", NODE["invalid"])
def test_node_semvers_invalid_versions_are_refused(text: str) -> None:
    with pytest.raises(VersionError):
        Version.parse(text)


@pytest.mark.parametrize("text", NODE["too_big"])
def test_numbers_that_only_javascript_can_t_hold_are_versions(text: str) -> None:
    """SemVer sets no limit, and its own list of valid versions has larger ones."""
    assert str(Version.parse(text)) == text


_KINDS = {"prerelease": "patch", "prepatch": "patch", "preminor": "minor", "premajor": "major"}


@pytest.mark.parametrize(("text", "kind", "wanted", "identifier", "base", "loose"), NODE["increments"])
def test_node_semvers_increments_hold(
    text: str, kind: str, wanted: str | None, identifier: str | None, base: Any, loose: bool
) -> None:
    """Every row: the same result; or, for what windlass leaves out by design, a refusal.

    Left out: loose versions, channels other than alpha, beta and rc, and pre-releases that count from 0.
    """
    try:
        current = Version.parse(text)
    except VersionError:
        assert loose or wanted is None
        return
    if kind == "release":
        assert following(current, ()).next == (Version.parse(wanted) if wanted else None)
    elif kind in ("major", "minor", "patch"):
        assert str(bump(current, kind)) == wanted
    elif kind not in _KINDS:
        with pytest.raises(UsageError):
            bump(current, kind)
    else:
        check_pre_release(current, kind, wanted, identifier)


def check_pre_release(current: Version, kind: str, wanted: str | None, identifier: str | None) -> None:
    pre = identifier or current.channel
    if pre not in PRES:
        with pytest.raises(UsageError, match="no such pre-release channel"):
            bump(current, _KINDS[kind], pre)
        return
    theirs = Version.parse(wanted or "")
    try:
        ours = bump(current, _KINDS[kind], pre)
    except VersionError:
        assert current.pep440_problem, "only a version that windlass would never write has no successor"
        return
    if not theirs.pep440_problem and theirs.number:
        assert str(ours) == wanted
    else:
        assert ours > current
        assert not ours.pep440_problem


def ours(text: str) -> Version | None:
    try:
        return Version.from_pep440(text)
    except VersionError:
        return None


def has_a_place(version: Packaged) -> bool:
    """What the rules let through, said in packaging's words."""
    plain = not version.epoch and len(version.release) <= 3 and version.dev is None and version.local is None
    return plain and version.post != 0 and not (version.post is not None and version.pre is not None)


@pytest.mark.parametrize("text", PACKAGING["versions"])
def test_packagings_versions_are_read_or_refused_by_the_rules(text: str) -> None:
    version = ours(text)
    assert (version is not None) == has_a_place(Packaged(text))
    if version is not None:
        assert Packaged(version.pep440) == Packaged(text)
        assert Version.from_pep440(version.pep440) == version


@pytest.mark.parametrize("rules", [VersionRules(), VersionRules(hotfix="suffix")], ids=["patch", "suffix"])
def test_packagings_order_is_semvers(rules: VersionRules) -> None:
    known = [version for text in PACKAGING["versions"] if (version := ours(text)) and not rules.flaw(version)]
    assert len(known) > 5
    assert known == sorted(known)
    assert len(set(known)) == len({Packaged(version.pep440) for version in known})


@pytest.mark.parametrize("text", PACKAGING["invalid"])
def test_packagings_invalid_versions_are_refused(text: str) -> None:
    assert ours(text) is None


@pytest.mark.parametrize(("text", "normal"), PACKAGING["normalized"])
def test_packagings_loose_spellings_are_understood(text: str, normal: str) -> None:
    version = ours(text)
    assert (version is not None) == has_a_place(Packaged(text))
    if version is not None:
        assert Packaged(version.pep440) == Packaged(normal)
