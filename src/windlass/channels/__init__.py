"""The channels: places where a release lands. A channel is a folder, declared in its `__init__`.

Other packages add channels by entry points of the group `windlass.channels`: docs/extending.md. Declarations are read
whenever `inv` starts, for their tasks, so what a channel is made with is loaded when first used.
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any

from windlass.channels.channel_declaration import ChannelDeclaration
from windlass.errors import ConfigError
from windlass.plugins import BUILT_IN, CHANNELS, extensions, loaded_object

if TYPE_CHECKING:
    from windlass.channels.protocol import Channel as Channel
    from windlass.channels.protocol import ChannelContext as ChannelContext
    from windlass.channels.protocol import ChannelRehearsal as ChannelRehearsal
    from windlass.channels.protocol import Lock as Lock
    from windlass.channels.receipt_types import TypedFacts as TypedFacts
    from windlass.channels.receipt_types import read_facts as read_facts
    from windlass.project import Project
    from windlass.stage.stand_in import StandIn

__all__ = [
    "Channel",
    "ChannelContext",
    "ChannelDeclaration",
    "ChannelRehearsal",
    "Lock",
    "TypedFacts",
    "declaration_of",
    "declarations",
    "open_channels",
    "own_declarations",
    "published_before",
    "read_facts",
    "rehearsals",
    "stand_ins",
]

_HOMES = {
    **dict.fromkeys(("Channel", "ChannelContext", "ChannelRehearsal", "Lock"), "windlass.channels.protocol"),
    **dict.fromkeys(("TypedFacts", "read_facts"), "windlass.channels.receipt_types"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'windlass.channels' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


@functools.cache
def declarations() -> tuple[ChannelDeclaration, ...]:
    """Every channel's declaration: windlass's own, then those of other packages.

    Raises:
        ConfigError: an entry point of another package can't be loaded, or takes a name that is taken.
    """
    own = own_declarations()
    return (*own, *extensions(CHANNELS, ChannelDeclaration, tuple(one.name for one in own)))


def own_declarations() -> tuple[ChannelDeclaration, ...]:
    """Those of windlass's own channels: quick, for nobody is asked what other packages add."""
    return tuple(loaded_object(name) for name in BUILT_IN)


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


def published_before(name: str) -> tuple[str, ...]:
    """The channels whose content is published before this one's."""
    return next((one.after for one in declarations() if one.name == name), ())


def open_channels(context: ChannelContext) -> tuple[Channel, ...]:
    """Every channel that the project has."""
    opened = (one.load(one.opens)(context) for one in declarations())
    return tuple(channel for channel in opened if channel is not None)


def rehearsals(project: Project) -> tuple[ChannelRehearsal, ...]:
    """What a rehearsal of the project does with the channels that have something to say of that."""
    return tuple(one.load(one.rehearsal)(project) for one in declarations() if one.rehearsal)


def stand_ins() -> tuple[StandIn, ...]:
    """The stand-ins of every channel that can be rehearsed, for a stage.

    Raises:
        ToolMissingError: what serves them is not installed.
        ConfigError: one of another package can't be loaded, or is something else.
    """
    from windlass.stage import StandIn

    made = [(one, one.load(one.stand_in)()) for one in declarations() if one.stand_in]
    if wrong := next((one for one, stand_in in made if StandIn not in type(stand_in).__mro__), None):
        raise ConfigError(
            f"the stand-in of the channel {wrong.name} is no subclass of windlass.stage.StandIn",
            facts={"declared": wrong.stand_in},
            remedy="mend the package that adds it, or uninstall it",
        )
    return tuple(stand_in for _, stand_in in made)
