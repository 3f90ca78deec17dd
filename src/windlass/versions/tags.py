"""Tags that are versions, and the floating names that follow the newest of them."""

from __future__ import annotations

from collections.abc import Iterable

from windlass.versions.version import Version, read


def from_tag(tag: str, prefix: str) -> Version | None:
    """The version that a tag names: prefix and SemVer, whole.

    None for any other tag: `nightly`, `v1`, ``v1$(id)``, and pre-releases on channels that windlass doesn't know, such
    as `v2.0.0-1f3a-nightly`, which no release continues from.
    """
    version = read(tag[len(prefix) :]) if tag.startswith(prefix) else None
    if version is None or (version.prerelease and version.pep440_problem):
        return None
    return version


def floating_names(version: Version, others: Iterable[Version]) -> tuple[str, ...]:
    """Which of `latest`, `1` and `1.3` go to this version.

    Args:
        others: every other version that is released and not taken back.

    Returns:
        The names whose newest final version this is, widest first; none for a pre-release, so that no name ever goes
        backwards because an older line was patched.
    """
    if version.prerelease:
        return ()
    newer = [other for other in others if other > version and not other.prerelease]
    names = {
        "latest": not newer,
        f"{version.major}": not any(other.major == version.major for other in newer),
        f"{version.major}.{version.minor}": not any(other.line == version.line for other in newer),
    }
    return tuple(name for name, goes in names.items() if goes)
