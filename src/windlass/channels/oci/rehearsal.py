"""What a rehearsal does with images on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from windlass.channels.oci.configuration import ImageTable
from windlass.channels.oci.oci_channel import is_used
from windlass.channels.protocol import ChannelRehearsal
from windlass.errors import WindlassError

if TYPE_CHECKING:
    from windlass.project import Project


@dataclass(frozen=True)
class ImageRehearsal(ChannelRehearsal):
    """Images go to as many registries on the stage as they do in a release.

    Attributes:
        image: `[tool.windlass.image]`.
        lacks: why images can't be built and run here; empty when they can, or the project pushes none.
    """

    image: ImageTable
    lacks: str = ""

    def left_out(self) -> tuple[tuple[str, str], ...]:
        """The image, without an engine or a registry."""
        if self.lacks:
            return (("image", self.lacks),)
        if self.image.dockerfile and not self.image.registries:
            return (("image", "no registry is named: [tool.windlass.image] registries"),)
        return ()

    def settings(self, stage: Mapping[str, Any]) -> Mapping[str, Any]:
        """The stage's registry in the place of each; none where the image is left out."""
        host = stage["image"]["registries"][0]
        return {"image": {"registries": [] if self.lacks else [f"{host}/{one}" for one in self.image.registries]}}


def rehearsal_of(project: Project) -> ImageRehearsal:
    """Looks for an engine, where the project pushes an image."""
    return ImageRehearsal(project.config.table(ImageTable), _lacks_engine() if is_used(project.config) else "")


def _lacks_engine() -> str:
    from windlass.channels.oci.docker_engine import Engine

    try:
        Engine.connect()
    except WindlassError as missing:
        return missing.problem
    return ""
