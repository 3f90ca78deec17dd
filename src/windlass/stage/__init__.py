"""The stage: local stand-ins that a rehearsal publishes to, with histories to judge by and faults to break with.

The names are loaded when first used: the stage's server needs the extra `rehearse`, its histories need
nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windlass.stage.effects import Effect as Effect
    from windlass.stage.effects import Effects as Effects
    from windlass.stage.effects import Fault as Fault
    from windlass.stage.effects import Firing as Firing
    from windlass.stage.effects import Request as Request
    from windlass.stage.history import exactly_once as exactly_once
    from windlass.stage.history import pointers as pointers
    from windlass.stage.stage import Stage as Stage

__all__ = ["Effect", "Effects", "Fault", "Firing", "Request", "Stage", "exactly_once", "pointers"]

_HOMES = {
    **dict.fromkeys(("Effect", "Effects", "Fault", "Firing", "Request"), "windlass.stage.effects"),
    **dict.fromkeys(("exactly_once", "pointers"), "windlass.stage.history"),
    "Stage": "windlass.stage.stage",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'windlass.stage' has no attribute '{name}'")
