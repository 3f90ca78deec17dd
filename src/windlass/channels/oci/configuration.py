"""`[tool.windlass.image]`: the container image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from windlass.config import Config, Names, Python, Table, Words


class ImageTable(Table, frozen=True):
    """The container image."""

    name: Annotated[str, Meta(description="Name without registry; found: the project's name.")] = ""
    registries: Annotated[
        Names,
        Meta(description="Where it is pushed, such as ghcr.io/acme; none: nowhere."),
    ] = ()
    platforms: Annotated[Names, Meta(description="Built for these.")] = (
        "linux/amd64",
        "linux/arm64",
    )
    dockerfile: Annotated[str, Meta(description="Its Dockerfile; found: Dockerfile.")] = ""
    files: Annotated[
        Words,
        Meta(description="More files (globs) for the build's context; Dockerfile and dist/*.whl always are there."),
    ] = ()
    requirements: Annotated[
        str,
        Meta(description="A requirements file with hashes: its wheels are put in dist/wheels/OS-ARCHITECTURE/."),
    ] = ""
    python: Annotated[Python, Meta(description="The image's Python, for which those wheels are.")] = "3.11"
    smoke: Annotated[Words, Meta(description="What `docker run IMAGE` must run; --version, which must name it.")] = ()
    smoke_environment: Annotated[
        dict[str, str],
        Meta(description="Variables that the image gets when it is run to be judged; no secrets."),
    ] = msgspec.field(default_factory=dict)
    smoke_entrypoint: Annotated[
        str, Meta(description="A program of the image that is run to judge it, in the place of its entrypoint.")
    ] = ""
    smoke_by_healthcheck: Annotated[
        bool, Meta(description="Judge it by its HEALTHCHECK alone, started as it is: for a service with no --version.")
    ] = False

    def with_found(self, root: Path, metadata: Mapping[str, Any], config: Config) -> ImageTable:
        """The image has the project's name, and is built by its Dockerfile, unless something else is said."""
        dockerfile = self.dockerfile or ("Dockerfile" if (root / "Dockerfile").exists() else "")
        return replace(self, name=self.name or metadata["name"].lower(), dockerfile=dockerfile)
