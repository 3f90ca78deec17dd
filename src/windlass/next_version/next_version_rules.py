"""The next version, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from windlass.errors import VersionError
from windlass.next_version.part_from_commits import TYPES, Decision, Reason, decide
from windlass.versions.bump import VersionRules, bump, check_part
from windlass.versions.version import Version, read, safe_text

if TYPE_CHECKING:
    from windlass.history.commit import Commit


class Following(Struct, frozen=True):
    """The version that comes next.

    Attributes:
        current: the newest version; None before the first.
        next: the version to release; None when there is nothing to release.
        part: `major`, `minor`, `patch` or `hotfix`; `release-as` where a commit names the version, `first` for the
            first release, `promotion` where a pre-release becomes final unchanged, `version` where a person named it;
            empty when there is nothing.
        reasons: the commits that ask for it, the deciding ones first; none where a person chose the part.
    """

    current: Version | None
    next: Version | None
    part: str
    reasons: tuple[Reason, ...] = ()


def following(
    current: Version | None,
    commits: Sequence[Commit],
    part: str = "auto",
    pre: str | None = None,
    rules: VersionRules | None = None,
    *,
    final: Version | None = None,
    fresh: bool = True,
    first: Version | None = None,
    taken: Collection[Version] = (),
    types: Mapping[str, str] = TYPES,
) -> Following:
    """The next version.

    Args:
        current: the newest version this history holds, pre-releases included.
        commits: since the newest final version, newest first.
        part: `auto` lets the commits decide.
        pre: `alpha`, `beta`, `rc`, or None for a final version.
        final: the newest final version; `current` when that is final itself.
        fresh: whether anything was committed since `current`.
        first: what the files say before the first release: `auto` releases it (0.1.0 where they say nothing or
            0.0.0), and a part that would be lower raises it.
        taken: every version that is out, on any branch.

    Raises:
        UsageError: no such part or channel.
        VersionError: the commits contradict each other or the rules, or the version is taken.
    """
    rules = rules or VersionRules()
    check_part(part, pre)
    if part == "auto":
        final = final if current is None or current.prerelease else current
        found = _auto(current, final, decide(commits, types), pre, rules, fresh, first)
    else:
        found = Following(current, _raised(current, first, part, pre, rules), part)
    if found.next is not None:
        _free(found.next, taken)
    return found


def _raised(current: Version | None, first: Version | None, part: str, pre: str | None, rules: VersionRules) -> Version:
    """The version that a part asks for; before the first release never one that is lower than what the files say."""
    version = bump(current, part, pre, rules)
    return bump(first, part, pre, rules) if current is None and first is not None and version < first else version


def _auto(
    current: Version | None,
    final: Version | None,
    decision: Decision,
    pre: str | None,
    rules: VersionRules,
    fresh: bool,
    first: Version | None,
) -> Following:
    if decision.release_as is not None:
        version = _release_as_version(decision.release_as, current, pre, rules)
        return Following(current, version, "release-as", decision.reasons)
    if current is None:
        # 0.0.0 is what a project says that has no version yet
        version = first if first is not None and first.core > Version(0, 0, 0) else Version(0, 1, 0)
        return Following(
            None,
            rules.check(_with_pre_release(version.core, first, pre) if pre else version.core),
            "first",
            decision.reasons,
        )
    if not decision.part or (pre and pre == current.channel and not fresh):
        promoted = current.core if current.prerelease and pre is None else None
        return Following(current, promoted, "promotion" if promoted else "", decision.reasons)
    part = _below_one(decision.part, final or current, rules)
    core = bump(final, part)
    if current.prerelease:
        core = max(core, current.core)
    return Following(current, rules.check(_with_pre_release(core, current, pre)), part, decision.reasons)


def _below_one(part: str, version: Version, rules: VersionRules) -> str:
    return "minor" if part == "major" and version.major == 0 and not rules.major_below_one else part


def _with_pre_release(core: Version, current: Version | None, pre: str | None) -> Version:
    """`core` itself, or its next pre-release on a channel."""
    if pre is None:
        return core
    if current is not None and current.prerelease and current.core == core:
        return bump(current, "patch", pre)
    return Version(core.major, core.minor, core.patch, (pre, 1))


def _release_as_version(text: str, current: Version | None, pre: str | None, rules: VersionRules) -> Version:
    """The version that a Release-As trailer names."""
    version = read(text)
    if version is None:
        raise VersionError(
            "a Release-As trailer names no version",
            facts={"trailer": f"Release-As: {safe_text(text)}".rstrip()},
            remedy="choose the version yourself: --version, or --part",
        )
    version = _with_pre_release(version, current, pre) if pre and not version.pre else version
    if current is not None and version <= current:
        raise VersionError(
            "a Release-As trailer names a version that is not higher than the last",
            facts={"trailer": f"Release-As: {text}", "last": current},
            remedy="choose the version yourself: --version, or --part",
        )
    return rules.check(version)


def _free(version: Version, taken: Collection[Version]) -> None:
    newest = max((other for other in taken if other.line == version.line), default=None)
    if newest is not None and newest >= version:
        raise VersionError(
            f"{version} is not free: {newest} is out, on a commit that this history does not contain",
            facts={"next here": version, "newest of its line": newest},
            remedy=f"release from a branch that contains {newest}, or choose a higher --part",
        )
