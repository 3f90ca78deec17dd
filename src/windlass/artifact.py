"""What ships: a value, light to import."""

from __future__ import annotations

from dataclasses import dataclass


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
