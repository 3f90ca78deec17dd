"""The next release of a working copy: its history read, its version decided; for the preview and for the release."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from msgspec import Struct

from windlass.deadline import within
from windlass.errors import WindlassError
from windlass.git import command
from windlass.history.commit import Commit
from windlass.history.log import read
from windlass.history.version_tags import REMOTE_TAGS, Base, Tag, base, contains
from windlass.next_version.next_version_rules import Following, following
from windlass.next_version.refuse_lower_version import passed_over_tags, refuse_lower, refuse_taken, refuse_unread_tags
from windlass.next_version.unrecognized_commits import PassedOver, passed_over_commits, passed_over_files
from windlass.versions.bump import VersionRules
from windlass.versions.version import Version
from windlass.versions.version_in_files import Standing
from windlass.versions.version_like_tags import TagNames


class VersionSettings(Struct, frozen=True):
    """What a project says of its versions.

    Attributes:
        names: how its tags are named.
        main: its main branch.
        rules: how it counts.
        standing: the version in its files.
        unrecognised: what may be the version in a file, and is not written by a release: the file, and why.
        first_parent: whether only commits on the branch itself count.
        paths: only commits that touch one of these count; every one where there are none.
    """

    names: TagNames
    main: str = "main"
    rules: VersionRules = VersionRules()
    standing: Standing | None = None
    unrecognised: tuple[tuple[str, str], ...] = ()
    first_parent: bool = False
    paths: tuple[str, ...] = ()


class NextRelease(Struct, frozen=True):
    """The next release.

    Attributes:
        base: the versions that it continues from.
        commits: since the newest final version, newest first.
        following: its version, and why.
        nothing: why there is nothing to release; empty where there is something.
        passed_over: what was seen on the way and not recognised.
    """

    base: Base
    commits: tuple[Commit, ...]
    following: Following
    nothing: str
    passed_over: tuple[PassedOver, ...]

    @property
    def since(self) -> Tag | None:
        """The version whose readers its notes are for: a final version goes back to the final version before it."""
        version = self.following.next
        return self.base.current if version is None or version.prerelease else self.base.final


_ASK_S = 10.0
"""How long a preview waits for the remote."""


def asked_base(root: Path, prefix: str, main: str, remote: str) -> tuple[Base, tuple[PassedOver, ...]]:
    """Where HEAD stands among the remote's versions, as a release sees them, and what differs here.

    Tags here may be older, or nobody else's. Where the remote does not answer soon they are all that is known, and
    that is said.

    Raises:
        RepositoryError: as `base`.
    """
    here = base(root, prefix, main)
    if not remote or command.run(root, "remote", "get-url", "--", remote, ok=None).code != 0:
        return here, ()
    if not _remote_tags_are_here(root, remote):
        return here, (PassedOver(f"the remote {remote}", "it did not answer: only the tags of this clone are known"),)
    there = base(root, prefix, main, where=REMOTE_TAGS)
    known = {tag.name for tag in there.tags}
    local = [tag.name for tag in here.tags if tag.name not in known]
    why = f"of this clone alone: {remote} has not got it, so nothing continues from it"
    return there, tuple(PassedOver(name, why) for name in local[-1:])


def _remote_tags_are_here(root: Path, remote: str) -> bool:
    """Fetch the remote's tags to where they are kept apart; whether that could be done."""
    words = ("fetch", "--no-tags", "--no-write-fetch-head", "--quiet", "--prune", "--end-of-options", remote)
    try:
        done = command.run(root, *words, f"+refs/tags/*:{REMOTE_TAGS}*", ok=None, timeout_s=within(_ASK_S))
    except WindlassError:
        return False
    return done.code == 0


def trusted_base(root: Path, prefix: str, main: str, remote: str) -> Base:
    """Where HEAD stands among the versions: those tagged here, or, in a clone without tags, on the remote.

    A remote that does not answer says nothing; then what is here is all that is known.

    Raises:
        RepositoryError: as `base`.
    """
    here = base(root, prefix, main)
    if here.tags or not remote or command.run(root, "remote", "get-url", "--", remote, ok=None).code != 0:
        return here
    return base(root, prefix, main, where=REMOTE_TAGS) if _remote_tags_are_here(root, remote) else here


def next_release(
    root: Path,
    settings: VersionSettings,
    here: Base,
    *,
    part: str = "auto",
    pre: str = "",
    version: Version | None = None,
    sealed: Collection[Version] = (),
) -> NextRelease:
    """The next release of what is checked out: what `inv version.next` shows, and what `inv release` releases.

    Args:
        settings: the project's.
        here: where HEAD stands among the versions.
        part: `auto` lets the commits decide.
        pre: `alpha`, `beta`, `rc`, or empty for a final version.
        version: exactly this one, as a person asks for it.
        sealed: versions that are used up although no tag has them: those of releases that were given up.

    Raises:
        UsageError: no such part or channel.
        VersionError: the commits contradict each other or the rules, or the version is taken; or it is lower than one
            that is out in another spelling, or than what the files say.
    """
    now, final = here.current, here.final
    commits = read(
        root, [final.commit] if final else None, here.head, first_parent=settings.first_parent, paths=settings.paths
    )
    nothing = ""
    if version is not None:
        found = Following(now.version if now else None, settings.rules.check(version), "version")
    elif now is not None and now.commit == here.head and not promotes(now.version, pre):
        found = Following(now.version, None, "")
        nothing = f"{now.name} is what is checked out: there is nothing new to release"
    else:
        found = _following(root, settings, here, commits, part, pre, sealed)
        since = now.name if now else "the beginning"
        nothing = "" if found.next else f"no commit since {since} asks for a release; `--part patch` makes one anyway"
    if found.next is not None:
        refuse_taken(found.next, here, sealed, settings.names.prefix)
    passed_over = (
        *passed_over_commits(commits, nothing=found.next is None),
        *passed_over_files(settings.unrecognised),
        *passed_over_tags(found.next, here, settings.names, settings.standing),
    )
    return NextRelease(here, commits, found, nothing, passed_over)


def promotes(version: Version, pre: str) -> bool:
    """Whether what is asked for can be made of a pre-release as it is: the final version, or a later channel's."""
    return version.prerelease and pre != version.channel


def _following(
    root: Path,
    settings: VersionSettings,
    here: Base,
    commits: Sequence[Commit],
    part: str,
    pre: str,
    sealed: Collection[Version],
) -> Following:
    """What the commits, or a part, make of the version before."""
    refuse_unread_tags(here, settings.names)
    now, standing = here.current.version if here.current else None, settings.standing
    branched = here.hotfix(settings.names.prefix) if part == "hotfix" and not pre else None
    if branched is not None and branched not in sealed:
        return Following(now, settings.rules.check(branched), part)
    found = following(
        now,
        commits,
        part,
        pre or None,
        settings.rules,
        final=here.final.version if here.final else None,
        fresh=here.current is None or here.current.commit != here.head,
        first=standing.version if standing else None,
        taken=(*here.used_versions, *sealed),
    )
    if found.next is not None:
        refuse_lower(found.next, here, settings.names, standing, lambda commit: contains(root, commit, here.head))
    return found
