"""The git remote: branch and tag, taken together in one atomic push that also advances the lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from windlass.channels.protocol import Channel
from windlass.channels.receipt_types import TypedFacts, read_facts
from windlass.errors import ConflictError, NotVerifiedError, RepositoryError
from windlass.git import Git, Identity, RefUpdate
from windlass.model import Change, Phase, Receipt, Release, Reversal, State, Survey, SurveyedName
from windlass.versions.version import Version

if TYPE_CHECKING:
    from windlass.channels.protocol import ChannelContext, Lock


class ReservationFacts(TypedFacts, frozen=True):
    """Of a reservation.

    Attributes:
        branch: `refs/heads/…`, which moves with the tag; empty where the tag was there before.
        project: the distribution's name.
        version: SemVer.
    """

    branch: str
    project: str
    version: str


@dataclass(frozen=True)
class GitRemote(Channel):
    """Where the version is reserved.

    Attributes:
        git: the repository and its remote.
        tag_prefix: before the version in a tag's name.
        held: the lock, for the one change there is; without it this channel can only plan and look.
    """

    git: Git
    tag_prefix: str = "v"
    held: Lock | None = field(default=None, compare=False)

    name: ClassVar[str] = "git"

    def version_in_use(self, version: str) -> str:
        """The tag's commit, where the tag exists."""
        ref = f"refs/tags/{Version.parse(version).tag(self.tag_prefix)}"
        commit = self._commit_at(ref)
        return f"{ref} at {commit}" if commit else ""

    def plan(self, release: Release) -> tuple[Change, ...]:
        """One change: the reservation. The tag decides its state; the branch goes with it."""
        ref = f"refs/tags/{release.tag}"
        there = self._commit_at(ref)
        state = State.ABSENT if not there else State.SAME if there == release.commit else State.DIFFERS
        branch = f"refs/heads/{release.branch}" if release.branch else ""
        facts = ReservationFacts(branch, release.project, release.version)
        change = Change(self.name, ref, Phase.RESERVE, state, release.commit, there, Reversal.SUPERSEDED, facts=facts)
        return (change,)

    def do(self, change: Change) -> Receipt:
        """Push branch, tag and the lock's advance: all of them or none."""
        there = self._commit_at(change.what)
        if there == change.here:
            return change.receipt()
        if there:
            raise self._tag_conflict(change, there)
        if self.held is None:
            raise RepositoryError("a version is reserved under the release lock only")
        branch, parent = read_facts(change.facts, ReservationFacts).branch, self._parent(change.here)
        base = self.git.ls_remote(branch).get(branch, "")
        if base and not (self.git.has(base) and self.git.is_ancestor(base, parent or change.here)):
            raise ConflictError(
                f"{branch} has commits that this release does not contain; nothing was changed",
                facts={"there": base, "release": change.here},
                remedy="pull, and release again",
            )
        updates = [RefUpdate(change.what, self._object(change), "")]
        if base != change.here:
            updates.append(RefUpdate(branch, change.here, base))
        self.held.push_with_advance(*updates)
        return change.receipt()

    def verify(self, receipt: Receipt) -> None:
        """A fresh look at the tag: does it lead to the release commit?"""
        there = self._commit_at(receipt.what)
        if there != receipt.digest:
            raise NotVerifiedError(
                f"{receipt.what} is not what was released",
                facts={"released": receipt.digest, "there": there or "(absent)"},
                remedy="find out who moved it; a released tag must stay",
            )

    def survey(self, releases: Sequence[Release]) -> Survey:
        """Every version's tag, by the commit that it leads to."""
        there = self.git.ls_remote("refs/tags/*")
        refs = [(release, f"refs/tags/{release.tag}") for release in releases]
        found = [(release, ref, there.get(f"{ref}^{{}}", there.get(ref, ""))) for release, ref in refs]
        return Survey(tuple(SurveyedName(release.tag, ref, release.commit, commit) for release, ref, commit in found))

    def _commit_at(self, ref: str) -> str:
        there = self.git.ls_remote(ref, f"{ref}^{{}}")
        return there.get(f"{ref}^{{}}", there.get(ref, ""))

    def _parent(self, commit: str) -> str:
        return self.git.resolve(f"{commit}^")

    def _object(self, change: Change) -> str:
        name = change.what.removeprefix("refs/tags/")
        facts = read_facts(change.facts, ReservationFacts)
        return tag_object(self.git, name, change.here, facts.project, facts.version)

    def _tag_conflict(self, change: Change, there: str) -> ConflictError:
        return ConflictError(
            f"{change.what} is already another commit",
            facts={"there": there, "here": change.here},
            remedy="release a new version; a tag that was seen is never moved",
        )


def tag_object(git: Git, tag: str, commit: str, project: str, version: str, who: Identity | None = None) -> str:
    """Write a release's tag object (no ref); the same on any machine.

    Args:
        who: who tags; by default the one who made the release commit, which the seal fixes.
    """
    return git.tag_object(tag, commit, f"{project} {version}", who or git.committer_of(commit))


def open_channel(context: ChannelContext) -> GitRemote:
    """The git remote; every project has one."""
    return GitRemote(context.git, context.project.config.tag_prefix, context.lock)
