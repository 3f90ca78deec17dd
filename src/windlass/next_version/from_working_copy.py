"""What the next release of a working copy would be: its history read, and its version decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from windlass.history.commit import Commit
from windlass.history.log import read
from windlass.history.version_tags import Base, base
from windlass.next_version.next_version_rules import Following, following
from windlass.versions.bump import VersionRules
from windlass.versions.version import Version


class NextRelease(Struct, frozen=True):
    """The next release.

    Attributes:
        base: the versions that it continues from.
        commits: since the newest final version, newest first.
        following: its version, and why.
    """

    base: Base
    commits: tuple[Commit, ...]
    following: Following


def next_release(
    root: Path,
    prefix: str,
    main: str,
    *,
    part: str = "auto",
    pre: str | None = None,
    rules: VersionRules | None = None,
    first: Version | None = None,
    first_parent: bool = False,
    paths: Sequence[str] = (),
) -> NextRelease:
    """The next release of what is checked out; arguments as `base`'s, `read`'s and `following`'s.

    Raises:
        RepositoryError: the history can't be told: no repository, nothing committed, or a shallow clone.
        VersionError: the commits contradict each other or the rules, or the version is taken.
    """
    rules = rules or VersionRules()
    here = base(root, prefix, main)
    since = [here.final.commit] if here.final else None
    commits = read(root, since, here.head, first_parent=first_parent, paths=paths)
    branched = here.hotfix(prefix) if part == "hotfix" and not pre else None
    if branched is not None and here.current is not None:
        return NextRelease(here, commits, Following(here.current.version, rules.check(branched), part))
    found = following(
        here.current.version if here.current else None,
        commits,
        part,
        pre,
        rules,
        final=here.final.version if here.final else None,
        fresh=here.current is None or here.current.commit != here.head,
        first=first,
        taken=here.used_versions,
    )
    return NextRelease(here, commits, found)
