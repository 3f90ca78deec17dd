"""Whether a project's name on an index is its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from packaging.version import InvalidVersion, Version

from windlass.errors import VersionError

_VERSION = re.compile(r"\d.*")


def refuse_anothers(project: str, index: str, versions: Iterable[str], tags: Callable[[], Collection[str]]) -> None:
    """See that what an index has under the project's name comes from this repository.

    An index does not tell who may upload; but a name under which no version is out that this repository has a tag of
    is another project's, and the upload would be refused after everything else is out.

    Args:
        versions: PEP 440, as the index lists them; empty ones are of files without a version.
        tags: tells the repository's tags; asked where there are versions.

    Raises:
        VersionError: none of them is this repository's.
    """
    there = sorted({Version(version) for version in versions if version})
    if not there or not {version for tag in tags() if (version := _version(tag))}.isdisjoint(there):
        return
    newest = there[-1]
    raise VersionError(
        f"{project} on {index} is not this repository's: no version that is out there has a tag here",
        facts={"out there": f"{len(there)} versions, the newest {newest}"},
        remedy=f"choose another name in [project]; if it is yours, tag the commit of a version that is out, such as "
        f"`git tag v{newest} COMMIT`, and push the tag",
    )


def _version(tag: str) -> Version | None:
    """The version that a tag names under any prefix."""
    found = _VERSION.search(tag.rpartition("/")[2])
    try:
        return Version(found[0]) if found else None
    except InvalidVersion:
        return None
