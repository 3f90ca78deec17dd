"""Deadlines: every call to a remote has one of its own; the environment may set a shorter one for all of them."""

from __future__ import annotations

import os

from windlass.errors import ConfigError

VARIABLE = "WINDLASS_DEADLINE_S"


def within(own_s: float) -> float:
    """How long one call to a remote may take, in seconds: its own deadline, or WINDLASS_DEADLINE_S where that is less.

    Raises:
        ConfigError: WINDLASS_DEADLINE_S is no number above 0.
    """
    asked = os.environ.get(VARIABLE, "")
    if not asked:
        return own_s
    try:
        cap_s = float(asked)
    except ValueError:
        cap_s = 0.0
    if not cap_s > 0:
        facts = {"found": asked, "expected": "seconds, such as 30"}
        raise ConfigError(f"{VARIABLE} is no number above 0", facts=facts, remedy=f"correct it, or unset {VARIABLE}")
    return min(own_s, cap_s)
