"""The channels: places where a release lands. One file each; adding one is its file and one word in CHANNELS."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from windlass.model import Channel

if TYPE_CHECKING:
    from windlass.builds.artifact_folder import Files
    from windlass.git import Git
    from windlass.project import Project
    from windlass.release.lock import Held

CHANNELS = ("git", "oci", "docs", "index", "github")
"""The module of each channel, in the order they are shown. Each has `open_channel(place) -> Channel | None`."""


@dataclass(frozen=True)
class Place:
    """What a channel is opened with.

    Attributes:
        project: whose release it is.
        git: its repository and remote.
        files: the bytes that ship.
        held: the release lock, where it is held.
    """

    project: Project
    git: Git
    files: Files
    held: Held | None = None


def open_channels(place: Place) -> tuple[Channel, ...]:
    """Every channel that the project has."""
    modules = (importlib.import_module(f"windlass.channels.{name}") for name in CHANNELS)
    opened = (module.open_channel(place) for module in modules)
    return tuple(channel for channel in opened if channel is not None)
