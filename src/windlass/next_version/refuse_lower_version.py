"""What keeps a version from being proposed that is lower than one which is out, or than the files say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

from windlass.errors import VersionError
from windlass.history.version_tags import Base
from windlass.next_version.unrecognized_commits import PassedOver
from windlass.versions.version import Version
from windlass.versions.version_in_files import Standing
from windlass.versions.version_like_tags import LookAlike, TagNames, look_alikes, packaged, under_any_prefix

_SHOWN = 5


def refuse_unread_tags(here: Base, names: TagNames) -> None:
    """Where no tag is a version of the project, none may look like one: what is out would be taken for nothing.

    Where somebody said what tags begin with, others are not the project's.

    Raises:
        VersionError: some do.
    """
    if here.tags:
        return
    every = under_any_prefix(here.other_tags)
    found = [one for one in every if not names.configured or one.prefix == names.prefix]
    if not found:
        return
    usual = Counter(one.prefix for one in found).most_common(1)[0][0]
    if usual != names.prefix:
        remedy = f'where they are this project\'s, tag-prefix = "{usual}" in [tool.windlass]; where they are not, '
        remedy += f'tag-prefix = "{names.prefix}"'
    else:
        remedy = f"choose the version yourself, higher than {found[-1].tag}: --version"
    shown = [one.tag for one in reversed(found[-_SHOWN:])]
    raise VersionError(
        "no tag is a version as this project writes them, and some look like versions",
        facts={
            "tags": ", ".join(shown) + (f", … ({len(found)} of them)" if len(found) > _SHOWN else ""),
            "a version": f"{names.prefix}1.2.3, {names.prefix}1.2.3-rc.1 (not PEP 440's spelling)",
        },
        remedy=remedy,
    )


def refuse_taken(version: Version, here: Base, sealed: Collection[Version], prefix: str) -> None:
    """A new version is free, and higher than all that it builds on and than the newest of its own line.

    Args:
        version: what would be released.
        here: the tags.
        sealed: versions that are used up although no tag has them.
        prefix: what stands before the version in a tag.

    Raises:
        VersionError: it is taken, or lower.
    """
    tagged = next((tag for tag in here.tags if tag.version == version), None)
    if tagged is not None or version in sealed:
        raise VersionError(
            f"{version.tag(prefix)} is taken",
            facts={"commit": tagged.commit} if tagged else {"ledger": "it was sealed, and given up or taken back"},
            remedy="release another version, or let `--part auto` find it",
        )
    below = [here.contained.version] if here.contained else []
    newest = max([*below, *(other for other in here.used_versions if other.line == version.line)], default=None)
    if newest is not None and version <= newest:
        raise VersionError(
            f"{version} is not higher than {newest}",
            facts={"newest": newest.tag(prefix), "asked for": version.tag(prefix)},
            remedy="release a higher version, or let `--part auto` find it",
        )


def refuse_lower(
    version: Version,
    here: Base,
    names: TagNames,
    standing: Standing | None,
    contains: Callable[[str], bool],
) -> None:
    """A version is higher than what it builds on, and than the newest of its line, in whatever spelling that is out.

    Args:
        version: what would be released.
        here: the tags.
        standing: the version in the files.
        contains: whether what is checked out contains a commit.

    Raises:
        VersionError: it is not; or the files name a higher one.
    """
    for one in reversed(look_alikes(here.other_tags, names)):
        if one.value < packaged(version):
            break
        if one.line == version.line or (one.commit and contains(one.commit)):
            raise _out_otherwise(version, one, names)
    if standing is not None and standing.is_higher_than(version) and not _leads_to(version, here, standing):
        raise VersionError(
            f"{version} is lower than what the files say: {standing.text}",
            facts={"files": standing.place, "newest tag": here.current.name if here.current else "(none)"},
            remedy="if that one is out, tag it; else raise another --part, or choose the version yourself: --version",
        )


def _leads_to(version: Version, here: Base, standing: Standing) -> bool:
    """Whether it is a pre-release of the very first version, which the files name already."""
    return not here.tags and version.prerelease and version.core == standing.version


def passed_over_tags(
    version: Version | None, here: Base, names: TagNames, standing: Standing | None
) -> tuple[PassedOver, ...]:
    """The tags that look like versions and that nothing continues from, and a first version that only files name."""
    said = []
    ours = [one for one in look_alikes(here.other_tags, names) if here.current is None or _newer(one, here)]
    if ours:
        said.append(PassedOver(ours[-1].tag, "looks like a version, in another spelling; nothing continues from it"))
    others = () if here.tags else under_any_prefix(here.other_tags)
    foreign = [one for one in others if not names.may_be_ours(one.prefix)]
    if foreign:
        count = f"{len(foreign)} tags" if len(foreign) > 1 else "1 tag"
        why = f'another prefix than "{names.prefix}": not this project\'s'
        said.append(PassedOver(f"{count}, such as {foreign[-1].tag}", why))
    if version is not None and standing is not None and standing.is_higher_than(version):
        first = f"no tag says that it is out before {version}"
        why = f"higher than {version}, which was asked for" if here.tags else first
        said.append(PassedOver(f"{standing.place}: {standing.text}", why))
    return tuple(said)


def _newer(one: LookAlike, here: Base) -> bool:
    return here.current is not None and one.value > packaged(here.current.version)


def _out_otherwise(version: Version, one: LookAlike, names: TagNames) -> VersionError:
    return VersionError(
        f"{version} is not higher than {one.tag}, which is not written as this project's tags are, and may be out",
        facts={"tag": f"{one.tag} ({one.commit[:7]})", "next here": version.tag(names.prefix)},
        remedy=f"choose a version that follows {one.text}: --version; tags are SemVer ({names.prefix}1.3.0-rc.1), "
        "not PEP 440",
    )
