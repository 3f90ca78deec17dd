"""The stage: local stand-ins that a rehearsal publishes to, with histories to judge by and faults to break with.

The names are loaded when first used: the stage's server needs the extra `rehearse`, its histories need
nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from windlass.errors import ToolMissingError

if TYPE_CHECKING:
    from windlass.stage.exactly_once_check import exactly_once as exactly_once
    from windlass.stage.exactly_once_check import pointers as pointers
    from windlass.stage.stage import Stage as Stage
    from windlass.stage.stand_in import StandIn as StandIn
    from windlass.stage.state_history import Effect as Effect
    from windlass.stage.state_history import Effects as Effects
    from windlass.stage.state_history import Fault as Fault
    from windlass.stage.state_history import Firing as Firing
    from windlass.stage.state_history import Request as Request

__all__ = ["Effect", "Effects", "Fault", "Firing", "Request", "Stage", "StandIn", "exactly_once", "pointers"]

_HOMES = {
    **dict.fromkeys(("Effect", "Effects", "Fault", "Firing", "Request"), "windlass.stage.state_history"),
    **dict.fromkeys(("exactly_once", "pointers"), "windlass.stage.exactly_once_check"),
    "Stage": "windlass.stage.stage",
    "StandIn": "windlass.stage.stand_in",
}


_EXTRA = {"starlette", "uvicorn", "python_multipart"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'windlass.stage' has no attribute '{name}'")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _EXTRA:
            raise
        remedy = "pip install 'windlass[rehearse]'"
        raise ToolMissingError(f"{missing.name} is not installed: the stage needs it", remedy=remedy) from missing
