"""What a release is to do: a pure function of what was asked and what is so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from windlass.errors import RepositoryError, UsageError, VersionError
from windlass.history.version_tags import HOTFIX
from windlass.next_version.unrecognized_commits import PassedOver
from windlass.release.ledger import LedgerEntry
from windlass.release.repository_state import RepositoryState
from windlass.versions import Version
from windlass.versions.tags import asked_version, split, tagged_versions


@dataclass(frozen=True)
class ReleaseRequest:
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
class ResumeRelease:
    """A sealed release is finished (or, where it is finished, compared)."""

    entry: LedgerEntry


@dataclass(frozen=True)
class ExistingTag:
    """The tag is there and the release is not: its commit is the release commit."""

    version: Version
    tag: str
    commit: str


@dataclass(frozen=True)
class NewRelease:
    """A new version on top of what is checked out; `passed_over`: what was seen on the way and not recognised."""

    version: Version
    tag: str
    parent: str
    since: str
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True)
class NothingToRelease:
    """There is nothing to release; `passed_over`: what was seen and not recognised."""

    reason: str
    passed_over: tuple[PassedOver, ...] = ()


Target = ResumeRelease | ExistingTag | NewRelease | NothingToRelease


def requested_version(request: ReleaseRequest, prefix: str) -> Version | None:
    """The version that was asked for by name.

    Raises:
        VersionError: it is no version.
    """
    if not request.version:
        return None
    return asked_version(request.version, prefix)


def unfinished_releases(state: RepositoryState) -> tuple[LedgerEntry, ...]:
    """The releases that were sealed and are neither finished nor given up, oldest version first."""
    return tuple(sorted((e for e in state.entries.values() if e.open), key=lambda e: Version.parse(e.release.version)))


def refuse_anothers_release(state: RepositoryState, project: str) -> None:
    """What is under way is this project's: nobody finishes (or ends) a release with another project's channels.

    Raises:
        UsageError: it is another's, whose tags look the same.
    """
    for entry in state.entries.values():
        theirs = entry.release.project
        if (entry.open or entry.rolling_back_to) and canonicalize_name(theirs) != canonicalize_name(project):
            raise UsageError(
                f"{entry.tag} is under way, and is a release of another project: {theirs}",
                facts={"this project": project},
                remedy=f"finish it where {theirs} is; give each project of a repository tags of its own: tag-prefix in "
                "[tool.windlass]",
            )


def refuse_half_rolled_back(state: RepositoryState) -> None:
    """A rollback that was begun is finished before anything new is released.

    Raises:
        UsageError: one is unfinished.
    """
    half = next((entry for entry in state.entries.values() if entry.rolling_back_to), None)
    if half is not None:
        raise UsageError(
            f"the rollback of {half.tag} to {half.rolling_back_to} is unfinished and comes first",
            remedy=f"`inv rollback --to {half.rolling_back_to}` finishes it",
        )


def begun_target(version: Version, state: RepositoryState, prefix: str) -> Target | None:
    """The target for a version asked for by name that somebody already began; None when it is new.

    Raises:
        UsageError: another release must be finished first.
        VersionError: the version was given up or taken back.
    """
    tag = version.tag(prefix)
    pending = unfinished_releases(state)
    if pending and all(entry.tag != tag for entry in pending):
        raise UsageError(
            f"{pending[0].tag} is unfinished and comes first",
            facts={"asked for": tag, "unfinished": ", ".join(entry.tag for entry in pending)},
            remedy=f"`inv release --version {pending[0].tag}` finishes it; `inv release.abandon` ends it",
        )
    entry = state.entries.get(tag)
    if entry is not None and entry.superseded_or_abandoned:
        raise VersionError(
            f"{tag} was taken back or abandoned; a version is released once",
            remedy="release the next version",
        )
    if entry is not None:
        return ResumeRelease(entry)
    return ExistingTag(version, tag, state.tags[tag]) if tag in state.tags else None


def check_tree(state: RepositoryState, branches: Iterable[str], prefix: str) -> None:
    """The working copy is fit to release a new version from.

    Raises:
        RepositoryError: detached, on another branch (that of another project's hotfix, too), dirty, or behind the
            remote.
    """
    allowed = tuple(branches)
    named = split(state.branch.removeprefix(HOTFIX)) if state.branch.startswith(HOTFIX) else None
    if named and named[0] != prefix:
        raise RepositoryError(
            "this branch is for a hotfix of another project: its tags begin otherwise",
            facts={"checked out": state.branch, "tags of this project": f"{prefix}…"},
            remedy="check out a branch of this project: `inv hotfix --from` makes one",
        )
    if not state.branch or not any(_matches(state.branch, pattern) for pattern in allowed):
        raise RepositoryError(
            "a release is made from a release branch",
            facts={"checked out": state.branch or "(detached HEAD)", "release branches": ", ".join(allowed)},
            remedy="check one of them out, or set `branch` in [tool.windlass]",
        )
    if state.dirty:
        shown = [*state.dirty[:5], *(["…"] if len(state.dirty) > 5 else [])]
        raise RepositoryError(
            "the working copy has changes that no commit holds",
            facts={"changed": ", ".join(shown)},
            remedy="commit them, or put them aside with `git stash --include-untracked`",
        )
    if not state.contains_remote:
        raise RepositoryError(
            f"{state.branch} is behind the remote",
            facts={"here": state.head, "there": state.remote_head},
            remedy="git pull --ff-only",
        )


def live_versions(state: RepositoryState, prefix: str) -> tuple[Version, ...]:
    """Every version that floating names may go to: released, final or not, and not taken back."""
    return tuple(
        v
        for v, tag in tagged_versions(state.tags, prefix).items()
        if not _is_superseded_or_abandoned(state.entries, tag)
    )


def _is_superseded_or_abandoned(entries: Mapping[str, LedgerEntry], tag: str) -> bool:
    return tag in entries and entries[tag].superseded_or_abandoned


def _matches(branch: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(branch, pattern)
