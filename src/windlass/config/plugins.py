"""What other packages add: channels and scanners by entry points, and channels' tables of `[tool.windlass]`."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import msgspec

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
"""The group of entry points whose objects declare a channel: they have `name` and `table`."""


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
        raise _misfit(twice, f"the name {twice.name} is taken")
    return tuple(_object(point, kind) for point in found)


def extension_tables(names: Sequence[str]) -> Mapping[str, type[msgspec.Struct]]:
    """The tables of `[tool.windlass]` that channels of other packages have, of these names: name → its form."""
    points = {point.name: point for point in entry_points(group=CHANNELS)} if names else {}
    declared = {name: _object(points[name], object) for name in names if name in points}
    return {name: _table(points[name], str(getattr(one, "table", ""))) for name, one in declared.items()}


@functools.cache
def _table(point: EntryPoint, name: str) -> type[msgspec.Struct]:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as missing:
        raise _misfit(point, f"its table {name or '(none)'} can't be loaded: {missing}") from missing
    if not (isinstance(found, type) and issubclass(found, msgspec.Struct)):
        raise _misfit(point, f"its table {name} is no subclass of windlass.config.Table")
    return found


def _object(point: EntryPoint, kind: type[T]) -> T:
    try:
        found: Any = point.load()
    except Exception as broken:
        raise _misfit(point, f"it can't be loaded: {type(broken).__name__}: {broken}") from broken
    if not isinstance(found, kind):
        raise _misfit(point, f"it is no {kind.__name__}")
    return found


def _misfit(point: EntryPoint, problem: str) -> ConfigError:
    package = point.dist.name if point.dist else "(unknown)"
    return ConfigError(
        f"the extension {point.name} of {package} can't be used",
        facts={"entry point": f"{point.group}: {point.name} = {point.value}", "problem": problem},
        remedy=f"mend {package}, or uninstall it",
    )
