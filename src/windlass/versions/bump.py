"""One version to the next: parts, pre-release channels, hotfixes and promotion."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from windlass.errors import UsageError, VersionError
from windlass.versions.version import Version

PARTS = ("auto", "major", "minor", "patch", "hotfix")
PRES = ("alpha", "beta", "rc")


class VersionRules(Struct, frozen=True):
    """How a project counts.

    Attributes:
        hotfix: `patch`: a hotfix is the next patch version; `suffix`: it is `1.2.4-hotfix.N` (`1.2.3.postN`).
        major_below_one: whether a breaking change takes 0.x to 1.0.0; otherwise it bumps the minor version.
    """

    hotfix: Literal["patch", "suffix"] = "patch"
    major_below_one: bool = False

    def flaw(self, version: Version) -> str:
        """Why this version may not be released under these rules; empty when it may."""
        if version.pep440_problem:
            return version.pep440_problem
        if self.hotfix == "patch" and version.hotfix:
            return 'hotfixes are patch versions here; the suffix form is configured with `hotfix = "suffix"`'
        if self.hotfix == "suffix" and version.patch and version.channel in ("alpha", "beta"):
            return "beside suffix hotfixes a patch version has no alpha or beta: the two orders would differ"
        return ""

    def check(self, version: Version) -> Version:
        """The version itself, once it may be released.

        Raises:
            VersionError: SemVer and PEP 440 would sort it differently, or the project's rules exclude it.
        """
        flaw = self.flaw(version)
        if flaw:
            raise VersionError(
                "this version can't be released",
                facts={"version": version, "because": flaw},
                remedy="choose another part or pre-release channel",
            )
        return version


def bump(current: Version | None, part: str, pre: str | None = None, rules: VersionRules | None = None) -> Version:
    """The version that follows `current`.

    A pre-release is promoted where its final version already is the step asked for: 1.3.0-rc.2 and `minor` give 1.3.0
    (or, with `pre="rc"`, 1.3.0-rc.3), and `major` gives 2.0.0.

    Args:
        current: the newest version; None before the first.
        part: `major`, `minor`, `patch` or `hotfix`; `auto` needs commits, so it belongs to `following`.
        pre: `alpha`, `beta` or `rc`; None for a final version.

    Raises:
        UsageError: no such part or channel.
        VersionError: the result would not be higher, or is no version that the rules allow.
    """
    rules = rules or VersionRules()
    check_part(part, pre)
    if part == "auto":
        raise UsageError("auto is no part of its own: commits decide it", remedy=f"one of {', '.join(PARTS[1:])}")
    version = _hotfix(current, pre, rules) if part == "hotfix" else _step(current or Version(0, 0, 0), part, pre)
    return _higher(rules.check(version), current)


def _step(current: Version, part: str, pre: str | None) -> Version:
    core = _core(current, part)
    if pre is None:
        return core
    last = current.number if core == current.core and current.channel == pre else 0
    return _pre_release(core, pre, last + 1 if isinstance(last, int) else 1)


def _higher(version: Version, current: Version | None) -> Version:
    """The version itself, once it is higher than the newest one.

    Raises:
        VersionError: it is not.
    """
    if current is None or version > current:
        return version
    finish = f"leave --pre out to release {current.core}"
    raise VersionError(
        f"{version} would be lower than {current}, which is out",
        facts={"channels": " < ".join(PRES)},
        remedy=f"go on with --pre {current.channel}, or {finish}" if current.channel in PRES else finish,
    )


def check_part(part: str, pre: str | None) -> None:
    """See that there are such a part and such a channel.

    Raises:
        UsageError: there are not.
    """
    if part not in PARTS:
        raise UsageError(f"no such part: {part}", remedy=f"one of {', '.join(PARTS)}")
    if pre is not None and pre not in PRES:
        raise UsageError(f"no such pre-release channel: {pre}", remedy=f"one of {', '.join(PRES)}")


def _core(current: Version, part: str) -> Version:
    """The final version a step away; that of a pre-release itself, where it is such a step already."""
    major, minor, patch = current.major, current.minor, current.patch
    started = bool(current.pre)
    if part == "major":
        return Version(major if started and not (minor or patch) else major + 1, 0, 0)
    if part == "minor":
        return Version(major, minor if started and not patch else minor + 1, 0)
    return Version(major, minor, patch if started else patch + 1)


def _pre_release(core: Version, pre: str, number: int) -> Version:
    return Version(core.major, core.minor, core.patch, (pre, number))


def _hotfix(current: Version | None, pre: str | None, rules: VersionRules) -> Version:
    if current is None or current.prerelease:
        raise VersionError(
            "a hotfix needs a final version to fix",
            facts={"current": current or "(no release yet)"},
            remedy="start from a final release: inv hotfix --from v1.2.3",
        )
    if rules.hotfix == "suffix":
        if pre is not None:
            raise VersionError("a hotfix in the suffix form has no pre-release", remedy="leave --pre out")
        step = 0 if current.hotfix else 1
        return _pre_release(Version(current.major, current.minor, current.patch + step), "hotfix", current.hotfix + 1)
    core = _core(current, "patch")
    return _pre_release(core, pre, 1) if pre else core
