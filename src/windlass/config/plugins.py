"""Which channels and scanners there are: windlass's own, what other packages add by entry points, and their tables."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, TypeVar

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


class DeclaresTable(Protocol):
    """What is read of a channel's declaration here.

    Attributes:
        name: the channel's.
        table: a subclass of `windlass.config.Table`, as `module:Name`; empty for none.
        table_name: its name in `[tool.windlass]`, where it is not the channel's.
    """

    name: str
    table: str
    table_name: str


def channel_tables(names: Sequence[str]) -> Mapping[str, type[msgspec.Struct]]:
    """The tables of `[tool.windlass]` that channels have: windlass's own, and, of these names, those of other packages.

    Raises:
        ConfigError: a channel of another package can't be loaded, or has no such table.
    """
    own = _own_tables()
    points = entry_points(group=CHANNELS) if any(name not in own for name in names) else ()
    declared: list[tuple[EntryPoint, Any]] = [(point, _object(point, object)) for point in points]
    named = {_table_name(one): _extension_table(point, one.table) for point, one in declared if _has_table(one, names)}
    return {**own, **named}


def _has_table(declared: Any, names: Sequence[str]) -> bool:
    return bool(getattr(declared, "table", "")) and _table_name(declared) in names


@functools.cache
def _own_tables() -> Mapping[str, type[msgspec.Struct]]:
    declared: list[DeclaresTable] = [loaded_object(name) for name in BUILT_IN]
    return {_table_name(one): loaded_object(one.table) for one in declared if one.table}


def _table_name(declared: Any) -> str:
    return str(getattr(declared, "table_name", "") or getattr(declared, "name", ""))


@functools.cache
def _extension_table(point: EntryPoint, name: str) -> type[msgspec.Struct]:
    try:
        found = loaded_object(name)
    except (ImportError, AttributeError, ValueError) as missing:
        raise _misfit(point, f"its table {name or '(none)'} can't be loaded: {missing}") from missing
    if not (isinstance(found, type) and issubclass(found, msgspec.Struct)):
        raise _misfit(point, f"its table {name} is no subclass of windlass.config.Table")
    return found


def loaded_object(name: str) -> Any:
    """What `module:Name` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


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
