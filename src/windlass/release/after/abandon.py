"""Giving a release up: one that can't finish is ended, so that the next can begin. What it left behind is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from windlass.errors import UsageError, VersionError
from windlass.model import Change, Phase, Receipt, Release, State
from windlass.release import lock
from windlass.release.apply_changes import plan
from windlass.release.context import ReleaseContext
from windlass.release.discard_unpublished import is_reserved, remove_unseen, withdraw
from windlass.release.ledger import LedgerEntry, Record
from windlass.release.preflight_rules import live_versions, unfinished_releases
from windlass.release.report import change_lines
from windlass.release.repository_state import RepositoryState
from windlass.versions import Version
from windlass.versions.tags import asked_version


@dataclass(frozen=True)
class Abandonment:
    """A release that was given up.

    Attributes:
        tag: its tag.
        free: whether nobody saw it, so that its version can be released after all.
        removed: what nobody saw, and is gone; a receipt whose facts have `stays` is of what could not be removed.
        left: what others may have seen: it stays.
    """

    tag: str
    free: bool
    removed: tuple[Receipt, ...]
    left: tuple[Change, ...]

    def lines(self) -> list[str]:
        """As a person reads it."""
        ended = f"{self.tag} is abandoned; "
        ended += "nobody saw it: its version is free" if self.free else "its version is used up"
        stays = [f"  stays: {r.what}: {r.facts.stays}" for r in self.removed if r.facts.stays]
        gone = [f"  gone:  {r.channel}: {r.what}" for r in self.removed if not r.facts.stays]
        left = ["this stays behind, as others may have seen it:", *change_lines(self.left)] if self.left else []
        return [ended, *gone, *stays, *left]

    def as_json(self) -> dict[str, Any]:
        """The stable form of `release.abandon --json`."""
        return {
            "ok": True,
            "tag": self.tag,
            "free": self.free,
            "removed": [{"channel": r.channel, "what": r.what, "stays": r.facts.stays or None} for r in self.removed],
            "left": [{"channel": change.channel, "what": change.what, "url": change.url} for change in self.left],
        }


def candidate(context: ReleaseContext, version: str = "") -> LedgerEntry:
    """The unfinished release that is to be given up.

    Args:
        version: which one, with or without the tag's prefix; empty where there is only one.

    Raises:
        UsageError: none is unfinished, or several are.
        VersionError: this one is not.
    """
    pending = unfinished_releases(context.look())
    if version:
        prefix = context.project.config.tag_prefix
        tag = asked_version(version, prefix).tag(prefix)
        found = next((entry for entry in pending if entry.tag == tag), None)
        if found is None:
            raise VersionError(f"{tag} is not unfinished", remedy="`inv release.status` lists what is")
        return found
    if len(pending) != 1:
        names = ", ".join(entry.tag for entry in pending) or "(none)"
        raise UsageError("it is not clear what to abandon", facts={"unfinished": names}, remedy="name it: --version")
    return pending[0]


def abandon(context: ReleaseContext, entry: LedgerEntry) -> Abandonment:
    """End a release under the lock: remove what nobody saw of it, and tell what stays.

    Before the tag is out the version is free again; after, it is used up, and nothing will ever point to it.

    Raises:
        LockedError: somebody works on it.
        UsageError: floating names lead to it already: it is to be taken back.
        VersionError: it was finished or ended meanwhile.
    """
    release = entry.release
    with lock.hold(context.git, f"abandon {entry.tag}") as held:
        state = context.look()
        if entry.tag not in state.entries or not state.entries[entry.tag].open:
            raise VersionError(f"{entry.tag} is not unfinished any more", remedy="`inv release.status` shows it")
        if not is_reserved(context, release):
            return Abandonment(entry.tag, entry.tag not in state.tags, withdraw(context, release, held), ())
        _refuse_pointed(context, state, release)
        removed = remove_unseen(context, release, held)
        context.ledger.append(entry.tag, Record("abandoned", release.version))
    changes = plan(context.channels(entry.tag), release)
    return Abandonment(entry.tag, False, removed, tuple(c for c in changes if _was_seen(c)))


def _was_seen(change: Change) -> bool:
    return change.state is State.SAME and change.phase is not Phase.SEAL


def _refuse_pointed(context: ReleaseContext, state: RepositoryState, release: Release) -> None:
    """Only a rollback brings floating names to where they were."""
    names = context.with_floating_names(state, release)
    moved = [c for c in plan(context.channels(release.tag), names) if c.phase is Phase.POINT and c.state is State.SAME]
    if moved:
        raise _pointed_error(moved, release, _before(context, state, release))


def _before(context: ReleaseContext, state: RepositoryState, release: Release) -> str:
    prefix, version = context.project.config.tag_prefix, Version.parse(release.version)
    older = [other for other in live_versions(state, prefix) if other < version and not other.prerelease]
    return max(older).tag(prefix) if older else "VERSION"


def _pointed_error(moved: Sequence[Change], release: Release, before: str) -> UsageError:
    return UsageError(
        f"{release.tag} is what readers are sent to already; it is too late to abandon it",
        facts={"floating names": ", ".join(change.key for change in moved)},
        remedy=f"`inv release --version {release.tag}` finishes it; `inv rollback --to {before}` takes it back",
    )
