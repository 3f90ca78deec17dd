"""The nouns that every part speaks in: artifacts, releases, changes and receipts. All are values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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


class Facts:
    """What else a channel knows of a change: of its own type, or `StoredFacts` where it comes from a ledger.

    Its own type is a `windlass.channels.TypedFacts`. A channel reads both by `windlass.channels.read_facts`, which
    gives that type.
    """

    @property
    def artifact(self) -> str:
        """Name of the artifact that is sent, where the change's `what` does not say it."""
        return ""

    @property
    def stays(self) -> str:
        """Why what should be gone stays; empty where it is gone."""
        return ""


class StoredFacts(Facts, dict[str, Any]):
    """Facts as a ledger has them, whoever's they are: name → value as JSON has it; written again as they were read."""


@dataclass(frozen=True)
class _NoFacts(Facts):
    """None."""


NO_FACTS: Facts = _NoFacts()
"""Of a change about which nothing else is to be known."""


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
        facts: what else `do`, `verify` and a later rollback need, on any machine: the channel's own.
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
    facts: Facts = NO_FACTS

    @property
    def key(self) -> str:
        """`channel:what`, unique within a plan."""
        return f"{self.channel}:{self.what}"

    def receipt(self, facts: Facts | None = None) -> Receipt:
        """The receipt for this change, once it was looked at again and found done.

        Args:
            facts: other ones than the change's.
        """
        return Receipt(
            channel=self.channel,
            what=self.what,
            phase=self.phase,
            digest=self.here,
            was=self.there,
            url=self.url,
            facts=self.facts if facts is None else facts,
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
    facts: Facts = NO_FACTS

    @property
    def key(self) -> str:
        """`channel:what`, as the change's."""
        return f"{self.channel}:{self.what}"


@dataclass(frozen=True)
class Artifact:
    """A file (or an image) that ships.

    Attributes:
        name: the file name, such as `demo-1.3.0-py3-none-any.whl`; for an image, its name without a registry.
        kind: `wheel`, `sdist`, `source`, `docs`, `sbom` or `image`.
        sha256: `sha256:<64 hex>`; for an image, the digest of its index manifest.
        size_bytes: length in bytes; for an image, of all its blobs.
        platforms: for an image, such as `("linux/amd64", "linux/arm64")`.
    """

    name: str
    kind: str
    sha256: str
    size_bytes: int
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True)
class SurveyedName:
    """One name of one release on a channel.

    Attributes:
        tag: the release's tag.
        what: the name: a ref, a file, a tag, a folder.
        wanted: digest that was sealed; empty where nothing was (a version from before windlass).
        there: digest that is there, or in words what is there in its place; empty for nothing.
        url: where an outsider can look.
    """

    tag: str
    what: str
    wanted: str
    there: str
    url: str = ""


@dataclass(frozen=True)
class Mark:
    """Something that a channel says of a release to its readers.

    Attributes:
        tag: the release's tag.
        name: `yanked`, `pre-release` or `taken back`.
        on: what carries the mark; with a release of one name, that name.
        off: what does not.
        url: where it can be changed.
    """

    tag: str
    name: str
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    url: str = ""

    @classmethod
    def of(cls, tag: str, name: str, what: str, is_on: bool, url: str = "") -> Mark:
        """The mark of a release that has one name on the channel."""
        return cls(tag, name, (what,), (), url) if is_on else cls(tag, name, (), (what,), url)


@dataclass(frozen=True)
class Pointer:
    """A floating name and where it leads.

    Attributes:
        name: `latest`, `1` or `1.3`.
        where: what the channel calls it.
        there: the tag of the release that it leads to; otherwise in words what is there; empty for nothing.
    """

    name: str
    where: str
    there: str


@dataclass(frozen=True)
class Survey:
    """All that was seen on one channel."""

    seen: tuple[SurveyedName, ...] = ()
    marks: tuple[Mark, ...] = ()
    pointers: tuple[Pointer, ...] = ()
