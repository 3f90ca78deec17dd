"""Where an image's bytes come from: this machine's files, or else a registry that has them already."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from windlass.errors import ConflictError, WindlassError
from windlass.oci import transfer
from windlass.oci.layout import Layout
from windlass.oci.repository import ImageRepository


@dataclass(frozen=True)
class Source:
    """One image.

    Attributes:
        folder: its OCI layout, where this machine built it.
        digest: `sha256:<hex>` of its index.
        repositories: those that may have it.
    """

    folder: Path
    digest: str
    repositories: Sequence[ImageRepository]

    def send(self, repository: ImageRepository, tag: str) -> None:
        """Put all of it into a repository, under a tag.

        Raises:
            ConflictError: the folder holds another image.
            WindlassError: it is nowhere.
        """
        if self.folder.is_dir():
            transfer.push(self._layout_in_folder(), repository, tag)
            return
        with tempfile.TemporaryDirectory(prefix="windlass-image-") as scratch:
            transfer.push(self._layout_from_registry(Path(scratch), f"{repository.address}:{tag}"), repository, tag)

    def _layout_in_folder(self) -> Layout:
        layout = Layout(self.folder)
        if (found := layout.root().digest) != self.digest:
            raise ConflictError(
                "the image in the folder of built files is not the one that was sealed",
                facts={"folder": self.folder, "sealed": self.digest, "here": found},
                remedy="remove it, then build it again",
            )
        return layout

    def _layout_from_registry(self, scratch: Path, what: str) -> Layout:
        for repository in self.repositories:
            if repository.look(self.digest):
                return transfer.fetch(repository, self.digest, scratch)
        raise WindlassError(
            f"the image for {what} is neither here nor on another registry",
            facts={"wanted": self.digest, "folder": self.folder},
            remedy="run on the machine that built it, or build again",
        )
