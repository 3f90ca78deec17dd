"""The stage: local stand-ins that a rehearsal publishes to, with histories to judge by and faults to break with.

The names are loaded when first used: the stage's server needs the extra `rehearse`, its histories need
nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from windlass.errors import ToolMissingError

if TYPE_CHECKING:
    from windlass.stage.effects import Effect as Effect
    from windlass.stage.effects import Effects as Effects
    from windlass.stage.effects import Fault as Fault
    from windlass.stage.effects import Firing as Firing
    from windlass.stage.effects import Request as Request
    from windlass.stage.history_check import exactly_once as exactly_once
    from windlass.stage.history_check import pointers as pointers
    from windlass.stage.stage import Stage as Stage

__all__ = ["Effect", "Effects", "Fault", "Firing", "Request", "Stage", "exactly_once", "pointers"]

_HOMES = {
    **dict.fromkeys(("Effect", "Effects", "Fault", "Firing", "Request"), "windlass.stage.effects"),
    **dict.fromkeys(("exactly_once", "pointers"), "windlass.stage.history_check"),
    "Stage": "windlass.stage.stage",
}


_EXTRA = {"starlette", "uvicorn", "python_multipart"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'windlass.stage' has no attribute '{name}'")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as missing:
        if missing.name not in _EXTRA:
            raise
        remedy = "pip install 'windlass[rehearse]'"
        raise ToolMissingError(f"{missing.name} is not installed: the stage needs it", remedy=remedy) from missing
