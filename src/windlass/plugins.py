"""Which channels and scanners there are: windlass's own channels, and what other packages add by entry points."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from windlass.errors import ConfigError

T = TypeVar("T")

BUILT_IN = (
    "windlass.channels.git:GIT",
    "windlass.channels.oci:OCI",
    "windlass.channels.docs:DOCS",
    "windlass.channels.index:INDEX",
    "windlass.channels.github:GITHUB",
)
"""windlass's own channels, in the order in which they are shown; by text, as entry points name those of others."""
CHANNELS = "windlass.channels"
"""The group of entry points whose objects declare a channel (`windlass.channels.ChannelDeclaration`)."""


def extensions(group: str, kind: type[T], taken: Sequence[str]) -> tuple[T, ...]:
    """What the entry points of a group name, in the order of their names.

    Args:
        kind: what each must be.
        taken: names that windlass itself has.

    Raises:
        ConfigError: one can't be loaded, is something else, or has a name that is taken.
    """
    found = sorted(entry_points(group=group), key=lambda point: point.name)
    names = [*taken, *(point.name for point in found)]
    if twice := next((point for point in found if names.count(point.name) > 1), None):
        raise misfit(twice, f"the name {twice.name} is taken")
    return tuple(loaded_entry_point(point, kind) for point in found)


def loaded_object(name: str) -> Any:
    """What `module:Name` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def loaded_entry_point(point: EntryPoint, kind: type[T]) -> T:
    """What an entry point names.

    Args:
        kind: what it must be.

    Raises:
        ConfigError: it can't be loaded, or is something else.
    """
    try:
        found: Any = point.load()
    except Exception as broken:
        raise misfit(point, f"it can't be loaded: {type(broken).__name__}: {broken}") from broken
    if not isinstance(found, kind):
        raise misfit(point, f"it is no {kind.__name__}")
    return found


def misfit(point: EntryPoint, problem: str) -> ConfigError:
    """The error for what another package adds and can't be used."""
    package = point.dist.name if point.dist else "(unknown)"
    return ConfigError(
        f"the extension {point.name} of {package} can't be used",
        facts={"entry point": f"{point.group}: {point.name} = {point.value}", "problem": problem},
        remedy=f"mend {package}, or uninstall it",
    )
