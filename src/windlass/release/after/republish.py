"""Publishing again: one channel (or every one) is brought to hold a version that was released, and nothing else moves.

What a release does for all channels at once, from the same plans by the same convergence; for what a channel lost
since, or for one that came later. It never decides what a version is: that was sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from windlass import graph
from windlass.channels import declaration_of
from windlass.channels.protocol import Channel
from windlass.errors import ConfigError, UsageError, VersionError
from windlass.forge import NoForge
from windlass.model import Artifact, Change, Phase, Release, State
from windlass.release import lock
from windlass.release.apply_changes import Convergence, plan, refuse_conflicts, refuse_missing
from windlass.release.artifacts import gather
from windlass.release.context import ReleaseContext
from windlass.release.ledger import LedgerEntry
from windlass.release.preflight_rules import unfinished_releases
from windlass.release.report import change_lines, channels_json
from windlass.release.repository_state import RepositoryState
from windlass.versions import Version
from windlass.versions.tags import asked_version


@dataclass(frozen=True)
class Publication:
    """What channels would do to hold a released version.

    Attributes:
        release: the version, with the floating names that go to it now.
        only: the channel's name; empty for all of them.
        changes: every change, those already done included.
        entry: the release's ledger.
    """

    release: Release
    only: str
    changes: tuple[Change, ...]
    entry: LedgerEntry

    @property
    def to_do(self) -> tuple[Change, ...]:
        """The changes that are not done yet."""
        return tuple(change for change in self.changes if change.state is not State.SAME)

    def lines(self) -> list[str]:
        """As a person reads it."""
        done = f"{self.release.tag}: {'nothing is left to do' if not self.to_do else f'{len(self.to_do)} to do'}"
        return [done, "", *change_lines(self.changes), ""]

    def as_json(self) -> dict[str, Any]:
        """The stable form of `publish --json`: what stands after it was done."""
        return {
            "ok": not self.to_do,
            "version": self.release.version,
            "tag": self.release.tag,
            "channels": channels_json(self.changes, self.entry),
        }


def plan_publication(context: ReleaseContext, version: str = "", only: str = "") -> Publication:
    """What one channel, or every one but git, would do; reads only.

    Args:
        version: which one, with or without the tag's prefix; empty for the newest that stands.
        only: a channel's name, such as `oci`; empty for all.

    Raises:
        VersionError: that version was never sealed, or was taken back.
        UsageError: a release is unfinished, and comes first.
        ConfigError: the project has no such channel.
        ConflictError: a channel holds other bytes under a name of it.
    """
    state = context.look()
    return _publication(context, _published_entry(context, state, version), state, only)


def perform(context: ReleaseContext, publication: Publication) -> tuple[Publication, graph.Report]:
    """Do it, under the lock, as planned anew; killed and run again, it finishes.

    Returns:
        The plan as it stands afterwards, and how it ran.

    Raises:
        CredentialError: a secret is missing; nothing was touched.
        LockedError: a release is under way; nothing was touched.
        ConflictError, RemoteRefusedError, RemoteUnreachableError, NotVerifiedError: as the channels say.
    """
    tag, only = publication.release.tag, publication.only
    asked = {change.channel for change in publication.to_do}
    refuse_missing(channel for channel in _channels(context, tag, only) if channel.name in asked)
    with lock.hold(context.git, f"publish {only or 'all'} of {tag}", wait_s=60.0, say=context.say) as held:
        state = context.look()
        now = _publication(context, _published_entry(context, state, tag), state, only)
        if gather(context, replace(now.release, artifacts=_needed_artifacts(now)), now.changes):
            now = _publication(context, now.entry, state, only)
        channels = _channels(context, tag, only, held)
        convergence = Convergence(tag, channels, context.ledger, held.check, context.say)
        report = convergence.run(now.changes, root=context.project.root, home=context.home)
        if report.error is not None:
            raise report.error
        after = plan(channels, now.release)
    return replace(now, changes=after, entry=context.ledger.look()[tag]), report


def _publication(context: ReleaseContext, entry: LedgerEntry, state: RepositoryState, only: str) -> Publication:
    release = context.with_floating_names(state, entry.release)
    changes = plan(_channels(context, release.tag, only), release)
    refuse_conflicts(changes)
    return Publication(release, only, changes, entry)


def _channels(context: ReleaseContext, tag: str, only: str, held: lock.HeldLock | None = None) -> tuple[Channel, ...]:
    """The channels that are asked for. Never git: a version is reserved by its release alone."""
    every = [channel for channel in context.channels(tag, held) if not declaration_of(channel.name).reserves]
    found = tuple(channel for channel in every if only in ("", channel.name))
    if not found:
        raise ConfigError(
            f"this project has no channel {only}",
            facts={
                "channels": ", ".join(channel.name for channel in every) or "(none)",
                **({"forge": context.forge.why} if isinstance(context.forge, NoForge) else {}),
            },
            remedy="see docs/channels: each is found by what the project has",
        )
    return found


def _published_entry(context: ReleaseContext, state: RepositoryState, version: str) -> LedgerEntry:
    """The ledger of the version that is meant.

    Raises:
        VersionError, UsageError: it is none that can be published.
    """
    if pending := unfinished_releases(state):
        raise UsageError(
            f"{pending[0].tag} is unfinished, and comes first",
            remedy=f"`inv release --version {pending[0].tag}` finishes it on every channel",
        )
    entries = [entry for entry in state.entries.values() if entry.says("done") and not entry.superseded_or_abandoned]
    if not version:
        newest = max(entries, key=lambda entry: Version.parse(entry.release.version), default=None)
        if newest is None:
            raise VersionError("nothing was released yet", remedy="inv release")
        return newest
    prefix = context.project.config.tag_prefix
    tag = asked_version(version, prefix).tag(prefix)
    found = state.entries.get(tag)
    if found is None:
        known = f"`inv release --version {tag}` releases that tag" if tag in state.tags else "inv release"
        raise VersionError(f"{tag} is not sealed: nothing says which bytes it is", remedy=known)
    if found.superseded_or_abandoned:
        raise VersionError(f"{tag} was taken back or abandoned", remedy="publish a version that stands")
    return found


def _needed_artifacts(publication: Publication) -> tuple[Artifact, ...]:
    """What is to be sent, and so must be at hand."""
    sent = [change for change in publication.to_do if change.phase in (Phase.SEAL, Phase.PUBLISH)]
    names = {name for change in sent for name in (change.what, change.facts.artifact)}
    digests = {change.here for change in sent if change.phase is Phase.SEAL}
    return tuple(a for a in publication.release.artifacts if a.name in names or a.sha256 in digests)
