"""The tables of `[tool.windlass]` that channels declare, by `table` and `table_name` of their declarations."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import msgspec

from windlass.plugins import BUILT_IN, CHANNELS, loaded_entry_point, loaded_object, misfit


def channel_tables(names: Sequence[str]) -> Mapping[str, type[msgspec.Struct]]:
    """The tables of `[tool.windlass]` that channels have: windlass's own, and, of these names, those of other packages.

    Raises:
        ConfigError: a channel of another package can't be loaded, or has no such table.
    """
    own = _own_tables()
    points = entry_points(group=CHANNELS) if any(name not in own for name in names) else ()
    declared: list[tuple[EntryPoint, Any]] = [(point, loaded_entry_point(point, object)) for point in points]
    named = {_table_name(one): _extension_table(point, one.table) for point, one in declared if _has_table(one, names)}
    return {**own, **named}


def _has_table(declared: Any, names: Sequence[str]) -> bool:
    return bool(getattr(declared, "table", "")) and _table_name(declared) in names


@functools.cache
def _own_tables() -> Mapping[str, type[msgspec.Struct]]:
    declared: list[Any] = [loaded_object(name) for name in BUILT_IN]
    return {_table_name(one): loaded_object(one.table) for one in declared if one.table}


def _table_name(declared: Any) -> str:
    return str(getattr(declared, "table_name", "") or getattr(declared, "name", ""))


@functools.cache
def _extension_table(point: EntryPoint, name: str) -> type[msgspec.Struct]:
    try:
        found = loaded_object(name)
    except (ImportError, AttributeError, ValueError) as missing:
        raise misfit(point, f"its table {name or '(none)'} can't be loaded: {missing}") from missing
    if not (isinstance(found, type) and issubclass(found, msgspec.Struct)):
        raise misfit(point, f"its table {name} is no subclass of windlass.config.Table")
    return found
