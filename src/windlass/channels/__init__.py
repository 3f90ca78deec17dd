"""The channels: places where a release lands. A channel is a folder, or a file, and its declaration here.

Other packages add channels by entry points of the group `windlass.channels`: docs/contributing.md, "Add a channel".
"""

from __future__ import annotations

import functools

from windlass.channels.channel_declaration import ChannelDeclaration, loaded_object
from windlass.channels.protocol import Channel, ChannelContext, Lock
from windlass.config.plugins import CHANNELS, extensions
from windlass.errors import ConfigError

__all__ = [
    "BUILT_IN",
    "Channel",
    "ChannelContext",
    "ChannelDeclaration",
    "Lock",
    "declaration_of",
    "declarations",
    "open_channels",
]

BUILT_IN: tuple[ChannelDeclaration, ...] = (
    ChannelDeclaration("git", opens="windlass.channels.git:open_channel", reserves=True),
    ChannelDeclaration(
        "oci",
        opens="windlass.channels.oci:open_channel",
        used="windlass.channels.oci:is_used",
        makes={"image": "docker.buildx"},
        checks=("docker.smoke",),
        again="publish.images",
    ),
    ChannelDeclaration(
        "docs",
        opens="windlass.channels.docs:open_channel",
        used="windlass.channels.docs:is_used",
        makes={"docs": "docs.build"},
        again="docs.deploy",
    ),
    ChannelDeclaration(
        "index",
        opens="windlass.channels.index:open_channel",
        makes={"wheel": "build.dist", "sdist": "build.dist"},
        again="publish.index",
        mark="a person does it",
    ),
    ChannelDeclaration(
        "github",
        opens="windlass.channels.github:open_channel",
        makes={"source": "build.source", "sbom": "build.sbom"},
        again="publish.github",
    ),
)
"""windlass's own, in the order in which they are shown."""


@functools.cache
def declarations() -> tuple[ChannelDeclaration, ...]:
    """Every channel's declaration: windlass's own, then those of other packages.

    Raises:
        ConfigError: an entry point of another package can't be loaded, or takes a name that is taken.
    """
    return (*BUILT_IN, *extensions(CHANNELS, ChannelDeclaration, tuple(own.name for own in BUILT_IN)))


def declaration_of(name: str) -> ChannelDeclaration:
    """The declaration of a channel.

    Raises:
        ConfigError: no such channel is installed here (a ledger may name one of a package that is gone).
    """
    found = next((one for one in declarations() if one.name == name), None)
    if found is None:
        raise ConfigError(
            f"the channel {name} is not installed here",
            facts={"installed": ", ".join(one.name for one in declarations())},
            remedy="install the package that adds it beside windlass",
        )
    return found


def open_channels(context: ChannelContext) -> tuple[Channel, ...]:
    """Every channel that the project has."""
    opened = (loaded_object(one.opens)(context) for one in declarations())
    return tuple(channel for channel in opened if channel is not None)
