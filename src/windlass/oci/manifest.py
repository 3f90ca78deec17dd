"""Manifests: what they say is read, but what moves is always their exact bytes, because the digest is of the bytes."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from windlass.digest import content_digest
from windlass.errors import ConflictError

INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
ACCEPTED = (INDEX, IMAGE, DOCKER_INDEX, DOCKER_IMAGE)

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digest_of(content: bytes) -> str:
    """`sha256:<64 hex>` of some bytes."""
    return content_digest(content)


@dataclass(frozen=True)
class Descriptor:
    """A reference to content by its digest.

    Attributes:
        media_type: such as `application/vnd.oci.image.manifest.v1+json`.
        digest: `sha256:<64 hex>`.
        size_bytes: its length.
        platform: such as `linux/arm64`; empty where none is named.
        annotations: as the referring manifest has them.
        artifact_type: what a referrer is.
    """

    media_type: str
    digest: str
    size_bytes: int
    platform: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    artifact_type: str = ""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Descriptor:
        """A descriptor as it stands in a manifest.

        Raises:
            ConflictError: it has no usable digest.
        """
        digest = str(raw.get("digest"))
        if not _DIGEST.fullmatch(digest):
            raise ConflictError("a manifest names content without a sha256 digest", facts={"digest": digest})
        return cls(
            media_type=str(raw.get("mediaType", "")),
            digest=digest,
            size_bytes=int(raw.get("size", 0)),
            platform=_platform(raw.get("platform") or {}),
            annotations=raw.get("annotations") or {},
            artifact_type=str(raw.get("artifactType", "")),
        )

    def as_json(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        raw: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size_bytes}
        if self.artifact_type:
            raw["artifactType"] = self.artifact_type
        if self.annotations:
            raw["annotations"] = dict(self.annotations)
        return raw

    def check(self, content: bytes, where: object) -> None:
        """Raises:
        ConflictError: these are other bytes.
        """
        if digest_of(content) != self.digest:
            raise ConflictError(
                "content is not what its digest says",
                facts={"wanted": self.digest, "found": digest_of(content), "where": where},
                remedy="it was damaged on its way or where it lies: push it again",
            )


@dataclass(frozen=True)
class Manifest:
    """A manifest or an index.

    Attributes:
        content: its exact bytes.
        media_type: the Content-Type that goes with them.
    """

    content: bytes = field(repr=False)
    media_type: str

    @functools.cached_property
    def digest(self) -> str:
        """`sha256:<64 hex>` of the bytes."""
        return digest_of(self.content)

    @functools.cached_property
    def descriptor(self) -> Descriptor:
        """What refers to it."""
        kind = str(self._raw.get("artifactType") or (self._raw.get("config") or {}).get("mediaType") or "")
        return Descriptor(self.media_type, self.digest, len(self.content), artifact_type=kind)

    @functools.cached_property
    def children(self) -> tuple[Descriptor, ...]:
        """The manifests of an index; none for an image."""
        return tuple(Descriptor.read(raw) for raw in self._raw.get("manifests") or ())

    @functools.cached_property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Configuration and layers of an image; none for an index."""
        config = [self._raw["config"]] if "config" in self._raw else []
        return tuple(Descriptor.read(raw) for raw in [*config, *(self._raw.get("layers") or ())])

    @functools.cached_property
    def subject(self) -> str:
        """The digest of the manifest that this one refers to; empty when it is no referrer."""
        return str((self._raw.get("subject") or {}).get("digest") or "")

    @functools.cached_property
    def annotations(self) -> Mapping[str, str]:
        """Its annotations."""
        return self._raw.get("annotations") or {}

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms of an index, attestations apart."""
        return tuple(child.platform for child in self.children if child.platform)

    @functools.cached_property
    def _raw(self) -> dict[str, Any]:
        try:
            raw = json.loads(self.content)
        except ValueError:
            raw = None
        if not isinstance(raw, dict):
            raise ConflictError("a manifest is no JSON object", facts={"digest": self.digest})
        return raw


def media_type_in(content: bytes) -> str:
    """The media type that a manifest gives itself; an OCI image's where it leaves that out."""
    raw = json.loads(content)
    return str(raw.get("mediaType") or (INDEX if "manifests" in raw else IMAGE))


def _platform(raw: Mapping[str, Any]) -> str:
    """`os/architecture[/variant]`; empty for none and for BuildKit's attestations, which say `unknown/unknown`."""
    words = [str(raw.get(key) or "") for key in ("os", "architecture", "variant")]
    if not words[0] or words[0] == "unknown":
        return ""
    return "/".join(filter(None, words))
