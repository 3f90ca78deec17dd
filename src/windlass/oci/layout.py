"""An image in a folder: OCI image layout, every byte checked by digest when it is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from windlass.digest import file_digest
from windlass.errors import ConflictError, WindlassError
from windlass.oci.manifest import Descriptor, Manifest, media_type_in

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Bytes:
    """Content that can be read again and again, so that a request with it can be repeated.

    Attributes:
        path: the file.
        size_bytes: its length.
    """

    path: Path
    size_bytes: int

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                yield block


@dataclass(frozen=True)
class Layout:
    """An OCI image layout. Source: OCI image specification 1.1, image-layout.md.

    Attributes:
        folder: holds `oci-layout`, `index.json` and `blobs/sha256/`.
    """

    folder: Path

    def root(self) -> Manifest:
        """The one image (an index, for several platforms) that the layout holds.

        Raises:
            WindlassError: there is no layout, or it holds none or several images.
        """
        try:
            raw = json.loads((self.folder / "index.json").read_bytes())
        except (OSError, ValueError) as broken:
            raise WindlassError(
                "there is no OCI layout here",
                facts={"folder": self.folder, "problem": broken},
                remedy="build the image: `inv docker.buildx`",
            ) from broken
        digests = {str(row.get("digest")) for row in raw.get("manifests", ())}
        if len(digests) != 1:
            raise WindlassError("an OCI layout holds one image", facts={"folder": self.folder, "images": len(digests)})
        return self.manifest(digests.pop())

    def manifest(self, digest: str) -> Manifest:
        """A manifest by digest.

        Raises:
            ConflictError: it is gone, or damaged.
        """
        path = self._path(digest)
        content = path.read_bytes()
        Descriptor("", digest, len(content)).check(content, path)
        return Manifest(content, media_type_in(content))

    def blob(self, descriptor: Descriptor) -> Bytes:
        """A blob, read once from end to end to see that it is whole.

        Raises:
            ConflictError: it is gone, or damaged.
        """
        path = self._path(descriptor.digest)
        found = file_digest(path)
        if found != descriptor.digest:
            raise ConflictError(
                "a file of the image is damaged",
                facts={"file": path, "wanted": descriptor.digest, "found": found},
                remedy="remove the layout, then build the image again",
            )
        return Bytes(path, path.stat().st_size)

    def manifests(self) -> tuple[Manifest, ...]:
        """Every manifest of the image, children before what refers to them."""
        return tuple(self._below(self.root()))

    def size_bytes(self) -> int:
        """The length of all that the image consists of, shared blobs once."""
        sizes = {blob.digest: blob.size_bytes for one in self.manifests() for blob in one.blobs}
        return sum(sizes.values()) + sum({one.digest: len(one.content) for one in self.manifests()}.values())

    def tidy(self) -> None:
        """Make the folder the same for the same image: a plain `index.json`, and no file that nothing refers to."""
        root = self.root()
        row = {"mediaType": root.media_type, "digest": root.digest, "size": len(root.content)}
        text = json.dumps({"schemaVersion": 2, "manifests": [row]}, separators=(",", ":"))
        (self.folder / "index.json").write_text(text)
        kept = {one.digest for one in self.manifests()} | {
            blob.digest for one in self.manifests() for blob in one.blobs
        }
        for path in (self.folder / "blobs" / "sha256").iterdir():
            if f"sha256:{path.name}" not in kept:
                path.unlink()
        ingest = self.folder / "ingest"
        if ingest.is_dir() and not any(ingest.iterdir()):
            ingest.rmdir()

    def _below(self, manifest: Manifest) -> Iterator[Manifest]:
        for child in manifest.children:
            yield from self._below(self.manifest(child.digest))
        yield manifest

    def _path(self, digest: str) -> Path:
        path = self.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")
        if not path.is_file():
            raise ConflictError(
                "a file of the image is gone",
                facts={"file": path},
                remedy="remove the layout, then build the image again",
            )
        return path
