"""One platform's image as a tar file that `docker load` takes."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from windlass.oci.layout import Layout


@contextmanager
def archive(layout: Layout, digest: str, name: str) -> Iterator[IO[bytes]]:
    """An OCI archive of the image `digest`, called `name` (`HOST/REPOSITORY:TAG`); a temporary file, at its start."""
    manifest = layout.manifest(digest)
    naming = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name.rpartition(":")[2]}
    row = {**manifest.descriptor.as_json(), "annotations": naming}
    with tempfile.TemporaryFile(prefix="windlass-image-") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            _add(tar, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
            _add(tar, "index.json", json.dumps({"schemaVersion": 2, "manifests": [row]}).encode())
            _add(tar, f"blobs/sha256/{digest.removeprefix('sha256:')}", manifest.content)
            for blob in {blob.digest: blob for blob in manifest.blobs}.values():
                tar.add(layout.blob(blob).path, f"blobs/sha256/{blob.digest.removeprefix('sha256:')}")
        file.seek(0)
        yield file


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))
