"""Ledgers of the first form, where every fact was text: what had parts is read from it here, and nowhere else.

Numbers and booleans are read from text where a channel reads its facts. No ledger is ever written in this form again,
and none is rewritten: a ledger is append-only, and may hold lines of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

FORM = 2
"""The form of what is written now; a line that names none is of the first."""

_PARTS: Mapping[tuple[str, str], Callable[[str], Any]] = {
    ("github", "assets"): msgspec.json.decode,
    ("oci", "platforms"): lambda text: text.split(",") if text else [],
}
"""Channel and fact → what its text held."""


def with_parts(channel: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A receipt's facts as the form of today has them; those of channels of other packages stay text.

    Raises:
        msgspec.DecodeError: a text holds something else.
    """
    own = {name: read for (owner, name), read in _PARTS.items() if owner == channel}
    return {
        name: own[name](value) if name in own and isinstance(value, str) else value for name, value in facts.items()
    }
