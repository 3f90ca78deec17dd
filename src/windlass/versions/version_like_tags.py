"""Tags that look like versions and are not written as the project's are: spelled otherwise, or under another prefix."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from windlass.versions.tags import split
from windlass.versions.version import Version

if TYPE_CHECKING:
    from packaging.version import Version as Packaged

_ONE_NUMBER = re.compile(r"(?P<prefix>v|V|release[-/]v?)(?P<version>[0-9]+)")
_END = re.compile(r"[-_./@]*v?[-_./@]*$")
_USUAL = frozenset({"", "release", "releases", "rel", "version", "ver"})
"""What stands before versions in many projects, apart from `v` and marks."""


class TagNames(Struct, frozen=True):
    """How a project names its tags.

    Attributes:
        prefix: what stands before the version.
        configured: whether somebody said so; otherwise it is `v` because most have it.
        project: the project's name.
    """

    prefix: str
    configured: bool = False
    project: str = ""

    def may_be_ours(self, prefix: str) -> bool:
        """Whether tags with this prefix may be the project's: `1.2.0` and `release-1.2.0` beside `v1.2.0`."""
        stem = _END.sub("", prefix.lower())
        if self.configured:
            return stem == _END.sub("", self.prefix.lower())
        return stem in _USUAL or stem == self.project.lower()


class LookAlike(Struct, frozen=True, dict=True):
    """A tag that looks like a version.

    Attributes:
        tag: its name.
        commit: object id of what it is on; empty where that is no commit.
        prefix: what stands before the version.
        text: the version as it is written.
    """

    tag: str
    commit: str
    prefix: str
    text: str

    @cached_property
    def value(self) -> Packaged:
        """The version, as Python packages order it."""
        from packaging.version import Version as Packaged

        return Packaged(self.text)

    @property
    def line(self) -> tuple[int, int]:
        """Major and minor."""
        return self.value.major, self.value.minor


def look_alikes(tags: Iterable[tuple[str, str]], names: TagNames) -> tuple[LookAlike, ...]:
    """The tags that may be this project's versions, the lowest first.

    Args:
        tags: name and commit of tags that are not versions by the project's prefix and SemVer.
    """
    return _ordered(one for one in _read(tags) if names.may_be_ours(one.prefix))


def under_any_prefix(tags: Iterable[tuple[str, str]]) -> tuple[LookAlike, ...]:
    """The tags that look like anybody's versions, one number (`v3`) among them, the lowest first."""
    return _ordered(_read(tags, one_number=True))


def _read(tags: Iterable[tuple[str, str]], *, one_number: bool = False) -> Iterable[LookAlike]:
    for tag, commit in tags:
        parts = split(tag)
        if parts is None and one_number and (found := _ONE_NUMBER.fullmatch(tag)):
            parts = found["prefix"], found["version"]
        if parts is not None:
            yield LookAlike(tag, commit, *parts)


def _ordered(found: Iterable[LookAlike]) -> tuple[LookAlike, ...]:
    return tuple(sorted((one for one in found if _is_version(one)), key=lambda one: one.value))


def _is_version(one: LookAlike) -> bool:
    from packaging.version import InvalidVersion

    try:
        return one.value is not None
    except (InvalidVersion, ValueError):
        return False


def packaged(version: Version) -> Packaged:
    """A version as Python packages order it.

    Raises:
        VersionError: it has no Python spelling.
    """
    from packaging.version import Version as Packaged

    return Packaged(version.pep440)
