"""OCI registries: a release's image, by the digest of its index, under a holding tag, a version and floating names.

A tag has no compare-and-swap, so every write is: look, act, look again. The holding tag (`sealed-1.3.0-9f2c41d0aa17`)
keeps the registry's garbage collection away from bytes that nothing else names yet. It names its digest, so a version
that was sealed, given up and built anew holds another. Given up, it is removed where the registry removes a tag alone;
many remove by digest only, which would take every tag of that digest along: there it stays.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from windlass.channels.oci.configuration import ImageTable
from windlass.channels.oci.floating_names import left_to_person
from windlass.channels.protocol import Channel
from windlass.channels.receipt_types import TypedFacts, read_facts
from windlass.errors import (
    ConflictError,
    NotVerifiedError,
    RemoteRefusedError,
    RemoteUnreachableError,
)
from windlass.model import Artifact, Change, Phase, Receipt, Release, Reversal, State, Survey
from windlass.oci import Address, ImageRepository, Manifest, NotThereError, credentials, tag_listing, tags
from windlass.oci.image_source import Source

if TYPE_CHECKING:
    from windlass.builds.artifact_folder import Files
    from windlass.channels.protocol import ChannelContext
    from windlass.config import Config

Check = Callable[[str, str, str], None]
"""Pulls and runs an image on each platform: (address, digest, version); raises NotVerifiedError."""

_FRESH_S = 5.0
"""How long the look of a plan counts as the look before the act, in the same process."""


class ImageFacts(TypedFacts, frozen=True):
    """Of an image under a tag.

    Attributes:
        image: its name, without a registry.
        version: SemVer.
        platforms: such as `linux/amd64`.
        size_bytes: of all its blobs.
    """

    image: str
    version: str
    platforms: tuple[str, ...]
    size_bytes: int


class RemovalFacts(TypedFacts, frozen=True):
    """Of a holding tag that was to go."""

    stays: str = ""


@dataclass(frozen=True)
class Registries(Channel):
    """One image on one or several registries.

    Attributes:
        image: its name without a registry.
        registries: where it goes: hosts, with a namespace where there is one (`ghcr.io/acme`).
        files: the bytes that ship.
        check: pulls and runs; None where no engine is.
    """

    image: str
    registries: tuple[str, ...]
    files: Files
    check: Check | None = None
    _open: dict[str, ImageRepository] = field(default_factory=dict, repr=False, compare=False)
    _looks: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False, compare=False)

    name: ClassVar[str] = "oci"

    @property
    def repositories(self) -> tuple[ImageRepository, ...]:
        """The repository on each registry."""
        return tuple(self._repository(str(Address.of(registry, self.image))) for registry in self.registries)

    def missing(self) -> tuple[str, ...]:
        """A login for every registry that is not this machine."""
        hosts = {one.address.host: one.address.local for one in self.repositories}
        return tuple(
            f"a login for {host}: docker login {host}"
            for host, local in hosts.items()
            if not local and credentials.find(host) is None
        )

    def version_in_use(self, version: str) -> str:
        """The digests that the version's tag holds, where it exists."""
        held = {str(one.address): one.look(version) for one in self.repositories}
        return ", ".join(f"{address}:{version} at {digest}" for address, digest in held.items() if digest)

    def plan(self, release: Release) -> tuple[Change, ...]:
        """For each registry the holding tag, the version tag and the floating names that go to this release."""
        return tuple(
            change
            for artifact in release.of_kind("image")
            for repository in self.repositories
            for change in self._changes(repository, release, artifact)
        )

    def do(self, change: Change) -> Receipt:
        """Store the image, or put its manifest's exact bytes under a tag."""
        address, tag = _split(change.what)
        repository = self._repository(address)
        if change.phase is Phase.RETRACT:
            return change.receipt(RemovalFacts(_remove_holding_tag(repository, tag)))
        there = self._recent(change.what) or repository.look(tag)
        if there == change.here and (change.phase is not Phase.SEAL or self._whole(repository, there)):
            return change.receipt()
        if there not in ("", change.here, *([change.there] if change.phase is Phase.POINT else [])):
            raise self._tag_conflict(change, there)
        try:
            self._store(repository, change, tag)
        except (RemoteRefusedError, RemoteUnreachableError):  # a no can be as wrong as a yes: what is there counts
            if repository.look(tag) != change.here:
                raise
            return change.receipt()
        found = repository.look(tag)
        if found in ("", change.there) and found != change.here:
            raise _not_shown(change)
        if found != change.here:
            raise self._tag_conflict(change, found)
        return change.receipt()

    def verify(self, receipt: Receipt) -> None:
        """GET by tag and compare, see that all of it is there, and, for the version, pull and run each platform."""
        address, tag = _split(receipt.what)
        repository = self._repository(address)
        try:
            manifest = repository.manifest(tag)
        except NotThereError as absent:
            raise _not_there(receipt, "(absent)") from absent
        if manifest.digest != receipt.digest:
            raise _not_there(receipt, manifest.digest)
        if gone := repository.absent(manifest, blobs=receipt.phase is not Phase.POINT):
            raise NotVerifiedError(
                f"{receipt.what} is not whole",
                facts={"released": receipt.digest, "not there": ", ".join(gone)},
                remedy="run the same again: what is not there is sent",
            )
        if receipt.phase is Phase.PUBLISH and self.check is not None:
            self.check(address, receipt.digest, read_facts(receipt.facts, ImageFacts).version)

    def rollback_changes(self, to: Release | None, taken_back: tuple[Release, ...]) -> tuple[Change, ...]:
        """Every floating name goes to the manifest of `to`: its bytes are put under the name, nothing is pulled.

        On a registry that has no image of `to`, names that show what is taken back are left to a person.

        Raises:
            ConflictError: its image there is not whole, or not the one that was sealed.
        """
        if all(one.artifacts and not one.of_kind("image") for one in (*([to] if to else []), *taken_back)):
            return ()  # they were sealed without an image
        return tuple(change for one in self.repositories for change in self._moves_back(one, to, taken_back))

    def _moves_back(
        self, one: ImageRepository, to: Release | None, taken_back: tuple[Release, ...]
    ) -> Iterable[Change]:
        target = self._target(one, to) if to else None
        if to is None or target is None:
            yield from left_to_person(self.name, one, to, taken_back)
            return
        for name in to.floating:
            if (change := self._change(one, name, Phase.POINT, target, to)).there:
                yield change

    def fetch(self, release: Release, artifact: Artifact, target: Path) -> bool:
        """The image is taken from whichever registry has it, when it is needed; nothing is written."""
        return artifact.kind == "image" and any(
            one.look(artifact.sha256) and self._whole(one, artifact.sha256) for one in self.repositories
        )

    def survey(self, releases: Sequence[Release]) -> Survey:
        """Version tags and floating tags of every registry."""
        return tag_listing.survey(self.repositories, releases)

    def withdrawal_changes(self, release: Release) -> tuple[Change, ...]:
        """Every holding tag goes."""
        return tuple(
            Change(self.name, f"{one.address}:{tag}", Phase.RETRACT, State.ABSENT, "(none)", there, Reversal.UNDONE)
            for artifact in release.of_kind("image")
            for one in self.repositories
            if (there := one.look(tag := tags.holding_tag(release.version, artifact.sha256)))
        )

    def close(self) -> None:
        """Close the connections."""
        for repository in self._open.values():
            repository.close()
        self._open.clear()

    # ── planning ──

    def _changes(self, repository: ImageRepository, release: Release, artifact: Artifact) -> Iterable[Change]:
        version = self._change(repository, release.version, Phase.PUBLISH, artifact, release)
        seal = self._change(
            repository, tags.holding_tag(release.version, artifact.sha256), Phase.SEAL, artifact, release
        )
        yield seal
        yield version
        for name in release.floating:
            yield self._change(repository, name, Phase.POINT, artifact, release)

    def _change(
        self, repository: ImageRepository, tag: str, phase: Phase, target: Artifact, release: Release
    ) -> Change:
        there = repository.look(tag)
        what = f"{repository.address}:{tag}"
        self._looks[what] = (there, time.monotonic())
        state = State.ABSENT if not there else State.SAME if there == target.sha256 else State.DIFFERS
        if phase is Phase.SEAL and state is State.SAME and not self._whole(repository, there):
            state = State.ABSENT  # sent again: a registry can lose what a tag names
        return Change(
            self.name,
            what,
            phase,
            state,
            target.sha256,
            there,
            Reversal.UNDONE,
            url=f"{repository.address.url}/manifests/{tag}",
            facts=ImageFacts(target.name, release.version, target.platforms, target.size_bytes),
        )

    def _target(self, repository: ImageRepository, to: Release) -> Artifact | None:
        """What floating names are to hold; None where this registry has no image of that release."""
        sealed = next(iter(to.of_kind("image")), None)
        if to.artifacts and sealed is None:
            return None
        manifest = _first_manifest(repository, (to.version,) if sealed else tags.version_tags(to.version, to.tag))
        if manifest is None:
            return None
        where = f"{repository.address}:{to.version}"
        if sealed is not None and sealed.sha256 != manifest.digest:
            raise ConflictError(
                f"{where} is not the image that was released",
                facts={"released": sealed.sha256, "there": manifest.digest},
                remedy="find out who moved it; go back to another version until it is mended",
            )
        if gone := repository.absent(manifest):
            raise ConflictError(
                f"{where} is not whole; nothing was moved",
                facts={"index": manifest.digest, "not there": ", ".join(gone)},
                remedy="`inv publish.images --version` of that release sends what is not there; or go back to another",
            )
        return Artifact(self.image, "image", manifest.digest, len(manifest.content), manifest.platforms)

    # ── looking and storing ──

    def _repository(self, address: str) -> ImageRepository:
        if address not in self._open:
            self._open[address] = ImageRepository(Address.parse(address))
        return self._open[address]

    def _recent(self, what: str) -> str:
        """What a plan of this very process just saw; counts once, so that what is repeated looks again."""
        digest, at = self._looks.pop(what, ("", 0.0))
        return digest if time.monotonic() - at < _FRESH_S else ""

    def _whole(self, repository: ImageRepository, digest: str) -> bool:
        return not repository.absent(repository.manifest(digest), blobs=True)

    def _store(self, repository: ImageRepository, change: Change, tag: str) -> None:
        if change.phase is Phase.SEAL:
            folder = self.files.folder / f"{read_facts(change.facts, ImageFacts).image}.oci"
            Source(folder, change.here, self.repositories).send(repository, tag)
        else:
            repository.put_manifest(self._manifest(repository, change), tag)

    def _manifest(self, repository: ImageRepository, change: Change) -> Manifest:
        try:
            return repository.manifest(change.here)
        except NotThereError as gone:
            raise ConflictError(
                f"the image is no longer on {repository.address}",
                facts={"wanted": change.here, "for": change.what},
                remedy="run the same again: it is sent again",
            ) from gone

    def _tag_conflict(self, change: Change, there: str) -> ConflictError:
        if change.phase is Phase.POINT:
            return ConflictError(
                f"{change.what} was moved by somebody else meanwhile",
                facts={"was": change.there or "(absent)", "there": there or "(absent)", "here": change.here},
                remedy="run the same again: it is planned anew",
            )
        return ConflictError(
            f"{change.what} already holds another image",
            facts={"there": there or "(absent)", "here": change.here},
            remedy="release a new version; a version's tag is never moved",
        )


def _first_manifest(repository: ImageRepository, names: Iterable[str]) -> Manifest | None:
    for name in names:
        with suppress(NotThereError):
            return repository.manifest(name)
    return None


def _split(what: str) -> tuple[str, str]:
    address, _, tag = what.rpartition(":")
    return address, tag


def _remove_holding_tag(repository: ImageRepository, tag: str) -> str:
    """Remove a holding tag; where it stays, why. It names bytes that nobody was told of, so it may."""
    try:
        return "" if repository.remove_tag(tag) else "the registry removes by digest only"
    except RemoteRefusedError as refused:
        return refused.problem


def _not_there(receipt: Receipt, there: str) -> NotVerifiedError:
    return NotVerifiedError(
        f"{receipt.what} is not what was released",
        facts={"released": receipt.digest, "there": there},
        remedy="run the same again; if it stays, find out who moved it",
    )


def _not_shown(change: Change) -> NotVerifiedError:
    return NotVerifiedError(
        f"the registry said that it took {change.what}, and does not show it",
        facts={"sent": change.here},
        remedy="run the same again: what is not there is sent",
    )


def is_used(config: Config) -> bool:
    """Whether a project pushes an image."""
    image = config.table(ImageTable)
    return bool(image.registries and image.dockerfile)


def open_channel(context: ChannelContext) -> Registries | None:
    """The project's registries; None for a project that pushes no image."""
    if not is_used(context.project.config):
        return None
    image = context.project.config.table(ImageTable)
    from windlass.channels.oci import image_smoke

    return Registries(image.name, image.registries, context.files, image_smoke.checker(context.project))
