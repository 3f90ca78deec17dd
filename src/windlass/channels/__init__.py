"""The channels: places where a release lands. One file each; adding one is its file and one word in CHANNELS."""

from __future__ import annotations

import importlib

from windlass.channels.protocol import Channel, Place

CHANNELS = ("git", "oci", "docs", "index", "github")
"""The module of each channel, in the order they are shown. Each has `open_channel(place) -> Channel | None`."""


def open_channels(place: Place) -> tuple[Channel, ...]:
    """Every channel that the project has."""
    modules = (importlib.import_module(f"windlass.channels.{name}") for name in CHANNELS)
    opened = (module.open_channel(place) for module in modules)
    return tuple(channel for channel in opened if channel is not None)
