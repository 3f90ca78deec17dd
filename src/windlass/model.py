"""The nouns that every part speaks in: artifacts, releases, changes and receipts. All are values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from windlass.artifact import Artifact

if TYPE_CHECKING:
    from windlass.survey import Survey


class Phase(StrEnum):
    """When a change happens, in this order."""

    SEAL = "seal"  # fix the bytes before anybody can see the version
    RESERVE = "reserve"  # take the version: branch and tag
    PUBLISH = "publish"  # content
    POINT = "point"  # floating names, once what they point to was verified
    RETRACT = "retract"  # rollback only: what was superseded is marked as such

    @property
    def order(self) -> int:
        """Position among the phases, from 0."""
        return list(Phase).index(self)


class State(StrEnum):
    """What a channel holds, compared with what it should hold."""

    ABSENT = "absent"
    SAME = "same"
    DIFFERS = "differs"


class Reversal(StrEnum):
    """How a change can be taken back."""

    UNDONE = "undone"
    SUPERSEDED = "superseded"
    PERSON = "by a person"
    NONE = "none"


@dataclass(frozen=True)
class Release:
    """A version and the bytes that it is: what a seal fixes and every channel is compared with.

    Attributes:
        project: the distribution's name.
        version: SemVer, without a prefix: `1.3.0-rc.1`.
        pep440: the same as Python packages spell it: `1.3.0rc1`.
        tag: the git tag: `v1.3.0-rc.1`.
        commit: the release commit's object id, 40 hex digits.
        branch: the branch it was released from, without `refs/heads/`.
        epoch: SOURCE_DATE_EPOCH of every build, seconds.
        artifacts: what ships.
        notes: the changelog of this version, Markdown.
        prerelease: whether `version` is a pre-release.
        skipped: names of the gates that were skipped.
        tools: tool → version that made the bytes.
        floating: the floating names that go to this version now (`latest`, `1`, `1.3`); decided at plan time from
            what else was released and taken back, so not part of the seal.
    """

    project: str
    version: str
    pep440: str
    tag: str
    commit: str
    branch: str
    epoch: int
    artifacts: tuple[Artifact, ...]
    notes: str = ""
    prerelease: bool = False
    skipped: tuple[str, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)
    floating: tuple[str, ...] = ()

    def of_kind(self, *kinds: str) -> tuple[Artifact, ...]:
        """The artifacts of these kinds, in the release's order."""
        return tuple(artifact for artifact in self.artifacts if artifact.kind in kinds)


@dataclass(frozen=True)
class Change:
    """One thing a channel would do to hold what it should: a value to show, then to do.

    Attributes:
        channel: the channel's name.
        what: the name in the channel that changes: a ref, a file, a tag, a folder.
        phase: when.
        state: what is there now, compared with what should be.
        here: digest (`sha256:…`, or a git object id) that should be there.
        there: digest that is there; empty when absent or unknown.
        reversal: how it can be taken back.
        needs: keys of changes that must be done first, beyond those of earlier phases.
        url: where an outsider can look at it; for reversal `by a person` in a rollback, where the button is.
        facts: what else `do`, `verify` and a later rollback need, on any machine; no secrets.
    """

    channel: str
    what: str
    phase: Phase
    state: State
    here: str
    there: str
    reversal: Reversal
    needs: tuple[str, ...] = ()
    url: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`channel:what`, unique within a plan."""
        return f"{self.channel}:{self.what}"

    def receipt(self, **facts: str) -> Receipt:
        """The receipt for this change, once it was looked at again and found done."""
        return Receipt(
            channel=self.channel,
            what=self.what,
            phase=self.phase,
            digest=self.here,
            was=self.there,
            url=self.url,
            facts={**self.facts, **facts},
        )


@dataclass(frozen=True)
class Receipt:
    """What a channel was seen to hold after a change; all that verification and rollback need, on any machine.

    Attributes:
        digest: what was seen there after the change.
        was: what was there before; empty when nothing was.
    """

    channel: str
    what: str
    phase: Phase
    digest: str
    was: str = ""
    url: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`channel:what`, as the change's."""
        return f"{self.channel}:{self.what}"


class Channel(Protocol):
    """A place where a release lands.

    `plan` and `back` read only; `do` is the only method that writes, and ends by looking again; `verify` looks as an
    outsider would. Every network call has a deadline; comparison is by digest. Each is safe to repeat.
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    """Channels whose publish phase comes before this one's."""

    def missing(self) -> tuple[str, ...]:
        """The secrets this channel lacks, by name and where to put them; told without a connection."""
        ...

    def taken(self, version: str) -> str:
        """What the channel already holds under this version (SemVer), in words; empty when free or unknown."""
        ...

    def plan(self, release: Release) -> tuple[Change, ...]:
        """Every change that makes the channel hold `release`, those already SAME included."""
        ...

    def do(self, change: Change) -> Receipt:
        """Make one change of `plan` or `back`, look again, and say what was seen.

        Raises:
            ConflictError: other bytes are there.
            RemoteRefusedError: the remote said no.
            RemoteUnreachableError: no answer, and a look again could not settle whether it happened.
        """
        ...

    def verify(self, receipt: Receipt) -> None:
        """Look as a consumer would.

        Raises:
            NotVerifiedError: it is not there, or not whole, within the channel's bound.
        """
        ...

    def back(self, to: Release, taken_back: tuple[Release, ...]) -> tuple[Change, ...]:
        """The changes that take releases back: floating names to `to`, the rest by their reversal."""
        ...

    def survey(self, releases: Sequence[Release]) -> Survey:
        """What is there of these releases and of the floating names, as somebody who only reads sees it.

        Args:
            releases: sealed ones, and, without artifacts, versions from before windlass.
        """
        ...

    def discard(self, release: Release) -> tuple[Change, ...]:
        """The changes that remove what of a release nobody saw: drafts, holding tags.

        What a channel can't remove stays: the receipt's `facts["stays"]` says why.
        """
        ...

    def fetch(self, release: Release, artifact: Artifact, target: Path) -> bool:
        """Write an artifact's bytes to `target`, where this channel has them; the caller checks their digest.

        An image stays where it is: True says that `do` can take it from there, and nothing was written.
        """
        ...
