"""Moving a whole image between a layout and a repository; what is there already does not move."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from windlass.atomic_write import written_beside
from windlass.digest import RunningDigest
from windlass.errors import ConflictError
from windlass.oci.layout import Layout
from windlass.oci.manifest import Descriptor, Manifest
from windlass.oci.repository import ImageRepository


def push(layout: Layout, repository: ImageRepository, tag: str) -> Manifest:
    """Store a layout's image under a tag: blobs, then children, then the index.

    Raises:
        ConflictError: the layout is damaged.
        RemoteRefusedError: the registry said no.
        RemoteUnreachableError: it broke; pushing again goes on from there.
    """
    *children, root = layout.manifests()
    for manifest in (*children, root):
        for blob in manifest.blobs:
            if not repository.has(blob):
                repository.put_blob(blob, layout.blob(blob))
    for child in children:
        if not repository.look(child.digest):
            repository.put_manifest(child)
    repository.put_manifest(root, tag)
    return root


def fetch(repository: ImageRepository, digest: str, folder: Path) -> Layout:
    """Make a layout of an image in a repository; files that are there are kept.

    Raises:
        RemoteRefusedError: it is not there, or not whole.
        ConflictError: content is not what its digest says.
    """
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    root = _fetch(repository, digest, blobs)
    row = {"mediaType": root.media_type, "digest": root.digest, "size": len(root.content)}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [row]}, separators=(",", ":")))
    return Layout(folder)


def read(repository: ImageRepository, digest: str) -> None:
    """Read all of an image in a repository, as a pull would that has nothing yet, and keep nothing.

    Raises:
        RemoteRefusedError: it is not there, or not whole.
        ConflictError: content is not what its digest says.
    """
    manifest = repository.manifest(digest)
    for child in manifest.children:
        read(repository, child.digest)
    for blob in manifest.blobs:
        for _ in _check_digest(repository, blob):
            pass


def _fetch(repository: ImageRepository, digest: str, blobs: Path) -> Manifest:
    manifest = repository.manifest(digest)
    for child in manifest.children:
        _fetch(repository, child.digest, blobs)
    for blob in manifest.blobs:
        _save(repository, blob, blobs / blob.digest.removeprefix("sha256:"))
    (blobs / digest.removeprefix("sha256:")).write_bytes(manifest.content)
    return manifest


def _save(repository: ImageRepository, blob: Descriptor, path: Path) -> None:
    if path.exists():
        return
    with written_beside(path) as scratch, scratch.open("wb") as file:
        file.writelines(_check_digest(repository, blob))


def _check_digest(repository: ImageRepository, blob: Descriptor) -> Iterator[bytes]:
    """A blob's content in pieces; after the last, the digest of the whole is compared."""
    whole = RunningDigest()
    for piece in repository.blob(blob):
        whole.add(piece)
        yield piece
    if (found := str(whole)) != blob.digest:
        raise ConflictError(
            "content is not what its digest says",
            facts={"wanted": blob.digest, "found": found, "where": repository.address},
            remedy="it was damaged on its way or where it lies: push it again",
        )
