"""The store: the bytes of a release on this machine, by name, checked by digest. Losing it costs time only."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from windlass.atomic_write import written_beside
from windlass.digest import file_digest
from windlass.errors import WindlassError
from windlass.model import Artifact


def folder_of(home: Path, tag: str) -> Path:
    """Where the bytes of a release are kept: a folder a tag."""
    return home / "releases" / tag.replace("/", "+")


def missing(folder: Path, artifacts: Iterable[Artifact]) -> tuple[Artifact, ...]:
    """The artifacts that are not there whole, with the bytes that their digest says."""
    return tuple(artifact for artifact in artifacts if not _holds(folder, artifact))


def forget(folder: Path, artifact: Artifact) -> None:
    """Remove what is here of an image."""
    shutil.rmtree(_path(folder, artifact), ignore_errors=True)


def keep(folder: Path, made: Path, artifacts: Iterable[Artifact]) -> None:
    """Copy what was built into the store; each file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for artifact in artifacts:
        if _holds(folder, artifact):
            continue
        source, target = _path(made, artifact), _path(folder, artifact)
        if source.is_dir():
            scratch = target.with_name(target.name + ".part")
            shutil.rmtree(scratch, ignore_errors=True)
            shutil.copytree(source, scratch)
            shutil.rmtree(target, ignore_errors=True)
            scratch.rename(target)
        else:
            with written_beside(target) as scratch:
                shutil.copyfile(source, scratch)


def _path(folder: Path, artifact: Artifact) -> Path:
    return folder / (f"{artifact.name}.oci" if artifact.kind == "image" else artifact.name)


def _holds(folder: Path, artifact: Artifact) -> bool:
    place = _path(folder, artifact)
    if artifact.kind == "image":
        return _whole(place, artifact.sha256)
    if not place.is_file():
        return False
    return file_digest(place) == artifact.sha256


def _whole(place: Path, digest: str) -> bool:
    """Whether an image's layout is there with all of its files; their bytes are checked as they are sent."""
    from windlass.oci import Layout

    blobs = place / "blobs" / "sha256"
    try:
        layout = Layout(place)
        parts = {blob.digest for manifest in layout.manifests() for blob in manifest.blobs}
        return layout.root().digest == digest and all(
            (blobs / part.removeprefix("sha256:")).is_file() for part in parts
        )
    except (WindlassError, OSError):
        return False
