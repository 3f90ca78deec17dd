"""The ready-made Invoke collection: modules with namespaces, light to import; bodies import what they need."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from invoke.collection import Collection

MODULES: tuple[str, ...] = (
    "audit",
    "build",
    "changelog",
    "docker",
    "docs",
    "graph",
    "publish",
    "release",
    "scan",
    "test",
    "version",
)
"""Modules of this package; each has `namespace() -> Sequence[Task | Collection]`: what it puts at the top."""


def collection() -> Collection:
    """Every ready-made task: `ns = windlass.collection()` is all that a project's tasks.py needs."""
    from invoke.collection import Collection

    root = Collection()
    for name in MODULES:
        for part in importlib.import_module(f"{__name__}.{name}").namespace():
            if isinstance(part, Collection):
                root.add_collection(part)
            else:
                root.add_task(part)
    return root
