"""What a channel is, and what it is opened with."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from windlass.model import Artifact, Change, Receipt, Release, Survey

if TYPE_CHECKING:
    from windlass.builds.artifact_folder import Files
    from windlass.git import Git, RefUpdate
    from windlass.project import Project


class Channel(Protocol):
    """A place where a release lands. Subclass it: what most channels leave empty has a default.

    `plan` and `rollback_changes` read only; `do` is the only method that writes, and ends by looking again; `verify`
    looks as an outsider would. Every network call has a deadline; comparison is by digest. Each is safe to repeat.
    """

    name: ClassVar[str]

    def missing(self) -> tuple[str, ...]:
        """The secrets this channel lacks, by name and where to put them; told without a connection."""
        return ()

    def version_in_use(self, version: str) -> str:
        """What the channel already holds under this version (SemVer), in words; empty when free or unknown."""
        return ""

    @abstractmethod
    def plan(self, release: Release) -> tuple[Change, ...]:
        """Every change that makes the channel hold `release`, those already SAME included."""
        ...

    @abstractmethod
    def do(self, change: Change) -> Receipt:
        """Make one change of `plan` or `rollback_changes`, look again, and say what was seen.

        Raises:
            ConflictError: other bytes are there.
            RemoteRefusedError: the remote said no.
            RemoteUnreachableError: no answer, and a look again could not settle whether it happened.
        """
        ...

    @abstractmethod
    def verify(self, receipt: Receipt) -> None:
        """Look as a consumer would.

        Raises:
            NotVerifiedError: it is not there, or not whole, within the channel's bound.
        """
        ...

    def rollback_changes(self, to: Release | None, taken_back: tuple[Release, ...]) -> tuple[Change, ...]:
        """The changes that take releases back: floating names to `to`, the rest by their reversal.

        Only names that are there move. One that shows what is taken back and has nowhere to go, because `to` was never
        here, is left to a person: a change whose reversal says so, for as long as it is so.

        Args:
            to: with the floating names that move to it; None where no release is left to go back to.
        """
        return ()

    @abstractmethod
    def survey(self, releases: Sequence[Release]) -> Survey:
        """What is there of these releases and of the floating names, as somebody who only reads sees it.

        Args:
            releases: sealed ones, and, without artifacts, versions from before windlass.
        """
        ...

    def withdrawal_changes(self, release: Release) -> tuple[Change, ...]:
        """The changes that remove what of a release nobody saw: drafts, holding tags.

        What a channel can't remove stays: the `stays` of the receipt's facts says why.
        """
        return ()

    def fetch(self, release: Release, artifact: Artifact, target: Path) -> bool:
        """Write an artifact's bytes to `target`, where this channel has them; the caller checks their digest.

        An image stays where it is: True says that `do` can take it from there, and nothing was written.
        """
        return False


class Lock(Protocol):
    """The release lock while it is held."""

    def push_with_advance(self, *updates: RefUpdate) -> None:
        """Push these refs together with the lock's advance: all of them or none; refused whole when it was lost."""
        ...


@dataclass(frozen=True)
class ChannelContext:
    """What a channel is opened with.

    Attributes:
        project: whose release it is.
        git: its repository and remote.
        files: the bytes that ship.
        lock: the release lock, where it is held.
    """

    project: Project
    git: Git
    files: Files
    lock: Lock | None = None


class ChannelRehearsal(Protocol):
    """What a rehearsal of a project does with a channel on this machine. Subclass it: the defaults say nothing."""

    def left_out(self) -> tuple[tuple[str, str], ...]:
        """What a release would do and the rehearsal does not, and why, in words."""
        return ()

    def settings(self, stage: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tables of `[tool.windlass]` for the rehearsed project, in the place of the stage's.

        Args:
            stage: those that the stand-ins give.
        """
        return {}

    def seed_settings(self, stage: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same, for the release of the version that was before: what is wrong with that one can't be mended."""
        return self.settings(stage)
