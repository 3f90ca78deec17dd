"""What a build of an sdist and a wheel gives: a value, light to import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from windlass.artifact import Artifact

NO_EPOCH = 315_532_800
"""SOURCE_DATE_EPOCH where no release sets one, so that the bytes follow from the files alone.

Source: the zip format, and so a wheel, knows no time before 1980.
"""

RELEASED = "WINDLASS_TAG"
"""The environment variable that names the tag which is being released, where builds take their version from it."""


@dataclass(frozen=True)
class Dists:
    """What was built.

    Attributes:
        folder: where the files lie.
        artifacts: the sdist, then the wheels.
    """

    folder: Path
    artifacts: tuple[Artifact, ...]

    @property
    def wheel(self) -> Artifact:
        """The wheel (the first one, by name, where a project builds several)."""
        return next(artifact for artifact in self.artifacts if artifact.kind == "wheel")

    @property
    def sdist(self) -> Artifact:
        """The sdist."""
        return next(artifact for artifact in self.artifacts if artifact.kind == "sdist")
