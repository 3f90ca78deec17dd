"""Tags that are versions, and the floating names that follow the newest of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from windlass.errors import VersionError
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


def tagged_versions(tags: Iterable[str], prefix: str) -> dict[Version, str]:
    """The tags that are versions: version → tag."""
    pairs = ((from_tag(tag, prefix), tag) for tag in tags)
    return {version: tag for version, tag in pairs if version is not None}


def asked_version(text: str, prefix: str) -> Version:
    """The version that a person names, with or without the tags' prefix: `v1.3.0`, `1.3.0`.

    Raises:
        VersionError: it is no version.
    """
    return Version.parse(text.removeprefix(prefix))


def release_tag(version: str, prefix: str) -> str:
    """The tag that a release of a version (PEP 440, as files name it) has; empty for one that is never released."""
    try:
        return Version.from_pep440(version).tag(prefix)
    except VersionError:
        return ""


_VERSION_AT_END = re.compile(r"(?P<prefix>.*?)(?P<version>(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)+(?:[-+._]?[0-9A-Za-z]+)*)")


def split(tag: str) -> tuple[str, str] | None:
    """A tag that looks like a version under any prefix, as prefix and version: `web-v5.1.0` → `web-v`, `5.1.0`.

    None for any other tag: `nightly`, `v1`.
    """
    found = _VERSION_AT_END.fullmatch(tag)
    return (found["prefix"], found["version"]) if found else None


def floating_names(version: Version, others: Iterable[Version]) -> tuple[str, ...]:
    """Which of `latest`, `1` and `1.3` go to this version.

    Args:
        others: every other version that is released and not taken back.

    Returns:
        The names whose newest final version this is, widest first; none for a pre-release, so that no name ever goes
        backwards because an older line was patched.
    """
    owners = floating_owners((*others, version))
    return tuple(name for name in _possible_names(version) if owners.get(name) == version)


def floating_owners(versions: Iterable[Version]) -> dict[str, Version]:
    """Floating name → the version that it goes to, among all that are released and not taken back."""
    owners: dict[str, Version] = {}
    for version in versions:
        if version.prerelease:
            continue
        for name in _possible_names(version):
            if name not in owners or owners[name] < version:
                owners[name] = version
    return owners


def _possible_names(version: Version) -> tuple[str, ...]:
    return ("latest", f"{version.major}", f"{version.major}.{version.minor}")
