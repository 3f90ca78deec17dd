"""A folder of artifacts: bytes go in to be named by their digest, and come out checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from windlass.digest import file_digest
from windlass.errors import ConflictError, WindlassError
from windlass.model import Artifact


@dataclass(frozen=True)
class Files:
    """The files of a release in one folder."""

    folder: Path

    def artifact(self, name: str, kind: str) -> Artifact:
        """The file `name` as an artifact of that kind (`wheel`, `sdist`, `source`, …)."""
        path = self.folder / name
        return Artifact(name=name, kind=kind, sha256=file_digest(path), size_bytes=path.stat().st_size)

    def path(self, artifact: Artifact) -> Path:
        """Where the artifact's bytes lie; they were read, and are the artifact's.

        Raises:
            WindlassError: the file is not there.
            ConflictError: it holds other bytes.
        """
        path = self.folder / artifact.name
        if not path.is_file():
            raise WindlassError(
                f"{artifact.name} is not in the folder of built files",
                facts={"folder": self.folder, "wanted": artifact.sha256},
                remedy="build it again",
            )
        if (found := file_digest(path)) != artifact.sha256:
            raise ConflictError(
                f"{artifact.name} is not the file that was built",
                facts={"file": path, "built": artifact.sha256, "here": found},
                remedy="remove it, then build again",
            )
        return path

    def holds(self, artifact: Artifact) -> bool:
        """Whether the artifact's very bytes are here."""
        path = self.folder / artifact.name
        return path.is_file() and file_digest(path) == artifact.sha256
