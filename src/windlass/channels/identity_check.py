"""Everything that was built is the release's: names and versions, outside and inside, before anything is touched.

What a build makes is held against the release and never against the project's files, which may not know their version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion
from packaging.version import Version as Packaged

from windlass.builds.identity import Identity
from windlass.channels import declarations
from windlass.errors import GateError
from windlass.model import Artifact, Release

Reader = Callable[[Path, Sequence[str]], Iterable[Identity]]


def refuse_others(release: Release, artifacts: Iterable[Artifact], folder: Path, packages: Sequence[str]) -> None:
    """Hold what was built against the release.

    Args:
        release: what is being released; its artifacts are not looked at.
        folder: where the files lie; an image lies in `NAME.oci`.
        packages: import names of the project's packages.

    Raises:
        GateError: something is of another name or version; all of it is told.
    """
    readers = identity_readers()
    wrong = {
        artifact.name: "\n".join(texts)
        for artifact in artifacts
        if (texts := list(_differing(release, _read(readers, artifact, folder, packages))))
    }
    if wrong:
        raise GateError(
            f"what was built is not {release.project} {release.version}; nothing was touched",
            facts=wrong,
            remedy="see where the build reads its version: `inv version` shows what a release writes, and "
            "`[[tool.windlass.version.files]]` names more",
        )


def identity_readers() -> Mapping[str, Reader]:
    """Kind of an artifact → what tells its identity, as the channels declare."""
    return {kind: one.load(reader) for one in declarations() for kind, reader in one.identities.items()}


def _read(
    readers: Mapping[str, Reader], artifact: Artifact, folder: Path, packages: Sequence[str]
) -> Iterable[Identity]:
    reader = readers.get(artifact.kind)
    place = folder / (f"{artifact.name}.oci" if artifact.kind == "image" else artifact.name)
    return reader(place, packages) if reader is not None else ()


def _differing(release: Release, identities: Iterable[Identity]) -> Iterator[str]:
    for found in identities:
        if found.name and canonicalize_name(found.name) != canonicalize_name(release.project):
            yield f"{found.where}: {found.name}, and not {release.project}"
        if not _is_version(found.version, release):
            yield f"{found.where}: {found.version or '(no version)'}, and not {release.pep440}"


def _is_version(text: str, release: Release) -> bool:
    if text in {release.version, release.pep440}:
        return True
    try:
        return Packaged(text) == Packaged(release.pep440)
    except InvalidVersion:
        return False
