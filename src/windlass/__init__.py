"""windlass: a commit to a verified release on every channel, and back, by Invoke tasks.

The public names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windlass.graph import need as need
    from windlass.graph import task as task
    from windlass.tasks import collection as collection

__version__ = "0.1.0"

__all__ = ["__version__", "collection", "need", "task"]

_HOMES = {"collection": "windlass.tasks", "need": "windlass.graph", "task": "windlass.graph"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'windlass' has no attribute '{name}'")
