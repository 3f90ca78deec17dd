"""What the next release of a working copy would be: its history read, and its version decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from windlass.errors import WindlassError
from windlass.git import Git, command
from windlass.history.commit import Commit
from windlass.history.log import read
from windlass.history.version_tags import REMOTE_TAGS, Base, base, contains
from windlass.next_version.lower_versions import refuse_lower, refuse_unread_tags
from windlass.next_version.next_version_rules import Following, following
from windlass.versions.bump import VersionRules
from windlass.versions.look_alikes import TagNames
from windlass.versions.standing import Standing


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


def trusted_base(root: Path, prefix: str, main: str, remote: str) -> Base:
    """Where HEAD stands among the versions: those tagged here, or, in a clone without tags, on the remote.

    A remote that does not answer says nothing; then what is here is all that is known.

    Raises:
        RepositoryError: as `base`.
    """
    here = base(root, prefix, main)
    if here.tags or not remote or command.run(root, "remote", "get-url", "--", remote, ok=None).code != 0:
        return here
    try:
        Git(root, remote).fetch(f"+refs/tags/*:{REMOTE_TAGS}*", prune=True)
    except WindlassError:
        return here
    return base(root, prefix, main, where=REMOTE_TAGS)


def next_release(
    root: Path,
    prefix: str,
    main: str,
    *,
    part: str = "auto",
    pre: str | None = None,
    rules: VersionRules | None = None,
    names: TagNames | None = None,
    standing: Standing | None = None,
    remote: str = "",
    first_parent: bool = False,
    paths: Sequence[str] = (),
) -> NextRelease:
    """The next release of what is checked out; arguments as `base`'s, `read`'s, `following`'s, and `refuse_lower`'s.

    Raises:
        RepositoryError: the history can't be told: no repository, nothing committed, or a shallow clone.
        VersionError: the commits contradict each other or the rules, or the version is taken; or it is lower than one
            that is out in another spelling, or than what the files say.
    """
    rules, names = rules or VersionRules(), names or TagNames(prefix)
    here = trusted_base(root, prefix, main, remote)
    refuse_unread_tags(here, names)
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
        first=standing.version if standing else None,
        taken=here.used_versions,
    )
    if found.next is not None:
        refuse_lower(found.next, here, names, standing, lambda commit: contains(root, commit, here.head))
    return NextRelease(here, commits, found)
