"""The ready-made Invoke collection: modules with namespaces, light to import; bodies import what they need.

Tasks that need no release lie beside what they call: in `windlass.builds.tasks`, and in the channels' folders.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from invoke.collection import Collection
    from invoke.tasks import Task

MODULES: tuple[str, ...] = (
    "audit",
    "changelog",
    "graph",
    "one_channel_rollback",
    "publish",
    "release",
    "scan",
    "test",
    "version",
)
"""Modules of this package; each has `namespace() -> Sequence[Task | Collection]`: what it puts at the top."""


def collection() -> Collection:
    """Every ready-made task: `ns = windlass.collection()` is all that a project's tasks.py needs.

    A task of the project's own that is called as one of these is refused with the choices that there are.
    """
    from invoke.collection import Collection

    from windlass.tasks.ready_made import ReadyMade

    root = ReadyMade()
    for part in _parts():
        if not isinstance(part, Collection):
            root.add_task(part)
        elif (there := root.collections.get(part.name or "")) is not None:  # two that share a namespace
            for task in part.tasks.values():
                there.add_task(task)
        else:
            root.add_collection(part)
    root.complete = True
    return root


def _parts() -> Iterator[Task[Any] | Collection]:
    from windlass.builds.tasks import namespace as builds
    from windlass.channels import own_declarations
    from windlass.plugins import loaded_object

    yield from builds()
    for channel in own_declarations():
        if channel.tasks:
            yield from loaded_object(channel.tasks)()
    for name in MODULES:
        yield from importlib.import_module(f"{__name__}.{name}").namespace()
