"""What a release is to do: a pure function of what was asked and what is so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from windlass.errors import RepositoryError, UsageError, VersionError
from windlass.release.ledger import Entry
from windlass.release.repository_state import RepositoryState
from windlass.versions import Version, from_tag


@dataclass(frozen=True)
class Request:
    """What a person or CI asked for.

    Attributes:
        part: `auto`, `major`, `minor`, `patch` or `hotfix`.
        pre: `alpha`, `beta`, `rc`, or empty.
        version: an exact version, with or without the tag's prefix; empty to derive it.
        skip_gates: leave tests and scans out (recorded).
    """

    part: str = "auto"
    pre: str = ""
    version: str = ""
    skip_gates: bool = False


@dataclass(frozen=True)
class Resume:
    """A sealed release is finished (or, where it is finished, compared)."""

    entry: Entry


@dataclass(frozen=True)
class Existing:
    """The tag is there and the release is not: its commit is the release commit."""

    version: Version
    tag: str
    commit: str


@dataclass(frozen=True)
class New:
    """A new version on top of what is checked out."""

    version: Version
    tag: str
    parent: str
    since: str


@dataclass(frozen=True)
class Nothing:
    """There is nothing to release."""

    reason: str


Target = Resume | Existing | New | Nothing


def wanted(request: Request, prefix: str) -> Version | None:
    """The version that was asked for by name.

    Raises:
        VersionError: it is no version.
    """
    if not request.version:
        return None
    return Version.parse(request.version.removeprefix(prefix))


def unfinished(facts: RepositoryState) -> tuple[Entry, ...]:
    """The releases that were sealed and are neither finished nor given up, oldest version first."""
    return tuple(sorted((e for e in facts.entries.values() if e.open), key=lambda e: Version.parse(e.release.version)))


def refuse_half_rolled_back(facts: RepositoryState) -> None:
    """A rollback that was begun is finished before anything new is released.

    Raises:
        UsageError: one is unfinished.
    """
    half = next((entry for entry in facts.entries.values() if entry.rolling_back_to), None)
    if half is not None:
        raise UsageError(
            f"the rollback of {half.tag} to {half.rolling_back_to} is unfinished and comes first",
            remedy=f"`inv rollback --to {half.rolling_back_to}` finishes it",
        )


def named(version: Version, facts: RepositoryState, prefix: str) -> Target | None:
    """The target for a version asked for by name that somebody already began; None when it is new.

    Raises:
        UsageError: another release must be finished first.
        VersionError: the version was given up or taken back.
    """
    tag = version.tag(prefix)
    pending = unfinished(facts)
    if pending and all(entry.tag != tag for entry in pending):
        raise UsageError(
            f"{pending[0].tag} is unfinished and comes first",
            facts={"asked for": tag, "unfinished": ", ".join(entry.tag for entry in pending)},
            remedy=f"`inv release --version {pending[0].tag}` finishes it; `inv release.abandon` ends it",
        )
    entry = facts.entries.get(tag)
    if entry is not None and entry.withdrawn:
        raise VersionError(
            f"{tag} was taken back or abandoned; a version is released once",
            remedy="release the next version",
        )
    if entry is not None:
        return Resume(entry)
    return Existing(version, tag, facts.tags[tag]) if tag in facts.tags else None


def versions(tags: Iterable[str], prefix: str) -> dict[Version, str]:
    """The tags that are versions: version → tag."""
    pairs = ((from_tag(tag, prefix), tag) for tag in tags)
    return {version: tag for version, tag in pairs if version is not None}


def promotes(version: Version, request: Request) -> bool:
    """Whether what is asked for can be made of a pre-release as it is: the final version, or a later channel's."""
    return version.prerelease and request.pre != version.channel


def check_tree(facts: RepositoryState, branches: Iterable[str]) -> None:
    """The working copy is fit to release a new version from.

    Raises:
        RepositoryError: detached, on another branch, dirty, or behind the remote.
    """
    allowed = tuple(branches)
    if not facts.branch or not any(_matches(facts.branch, pattern) for pattern in allowed):
        raise RepositoryError(
            "a release is made from a release branch",
            facts={"checked out": facts.branch or "(detached HEAD)", "release branches": ", ".join(allowed)},
            remedy="check one of them out, or set `branch` in [tool.windlass]",
        )
    if facts.dirty:
        shown = [*facts.dirty[:5], *(["…"] if len(facts.dirty) > 5 else [])]
        raise RepositoryError(
            "the working copy has changes that no commit holds",
            facts={"changed": ", ".join(shown)},
            remedy="commit them, or put them aside with `git stash --include-untracked`",
        )
    if not facts.contains_remote:
        raise RepositoryError(
            f"{facts.branch} is behind the remote",
            facts={"here": facts.head, "there": facts.remote_head},
            remedy="git pull --ff-only",
        )


def check_version(version: Version, facts: RepositoryState, prefix: str) -> None:
    """A new version is free, and higher than all that it builds on and than the newest of its own line.

    Raises:
        VersionError: it is taken, or lower.
    """
    tag = version.tag(prefix)
    if tag in facts.tags or tag in facts.entries:
        raise VersionError(
            f"{tag} is taken",
            facts={"commit": facts.tags.get(tag) or facts.entries[tag].release.commit},
            remedy="release another version, or let `--part auto` find it",
        )
    built_on = versions(facts.merged, prefix)
    own_line = [other for other in versions(facts.tags, prefix) if other.line == version.line]
    newest = max([*built_on, *own_line], default=None)
    if newest is not None and version <= newest:
        raise VersionError(
            f"{version} is not higher than {newest}",
            facts={"newest": newest.tag(prefix), "asked for": tag},
            remedy="release a higher version, or let `--part auto` find it",
        )


def standing(facts: RepositoryState, prefix: str) -> tuple[Version, ...]:
    """Every version that floating names may go to: released, final or not, and not taken back."""
    return tuple(v for v, tag in versions(facts.tags, prefix).items() if not _withdrawn(facts.entries, tag))


def _withdrawn(entries: Mapping[str, Entry], tag: str) -> bool:
    return tag in entries and entries[tag].withdrawn


def _matches(branch: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(branch, pattern)
