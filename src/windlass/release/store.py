"""The store: the bytes of a release on this machine, by name, checked by digest. Losing it costs time only."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from windlass.errors import ConflictError
from windlass.model import Artifact


def folder_of(home: Path, tag: str) -> Path:
    """Where the bytes of a release are kept: a folder a tag."""
    return home / "releases" / tag.replace("/", "+")


def complete(folder: Path, artifacts: Iterable[Artifact]) -> bool:
    """Whether every artifact is there, with the bytes that its digest says."""
    return all(_holds(folder, artifact) for artifact in artifacts)


def keep(folder: Path, made: Path, artifacts: Iterable[Artifact]) -> None:
    """Copy what was built into the store; each file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for artifact in artifacts:
        if _holds(folder, artifact):
            continue
        source, target = _place(made, artifact), _place(folder, artifact)
        scratch = target.with_name(target.name + ".part")
        if source.is_dir():
            shutil.rmtree(scratch, ignore_errors=True)
            shutil.copytree(source, scratch)
            shutil.rmtree(target, ignore_errors=True)
        else:
            shutil.copyfile(source, scratch)
        scratch.replace(target)


def same_bytes(sealed: Iterable[Artifact], made: Iterable[Artifact]) -> None:
    """A rebuild stands in for sealed bytes only where it gives the very same.

    Raises:
        ConflictError: it does not.
    """
    here = {artifact.name: artifact.sha256 for artifact in made}
    other = {a.name: (a.sha256, here.get(a.name, "(not built)")) for a in sealed if here.get(a.name) != a.sha256}
    if other:
        raise ConflictError(
            "the sealed bytes are gone from here, and building again gives others",
            facts={name: f"sealed {sealed_as}, built {built}" for name, (sealed_as, built) in other.items()},
            remedy="run on the machine that sealed it, or `inv release.abandon` and release a new version",
        )


def _place(folder: Path, artifact: Artifact) -> Path:
    return folder / (f"{artifact.name}.oci" if artifact.kind == "image" else artifact.name)


def _holds(folder: Path, artifact: Artifact) -> bool:
    place = _place(folder, artifact)
    if artifact.kind == "image":
        hexadecimal = artifact.sha256.removeprefix("sha256:")
        return (place / "blobs" / "sha256" / hexadecimal).is_file()
    if not place.is_file():
        return False
    with place.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == artifact.sha256
