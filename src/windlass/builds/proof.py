"""What an image showed when it ran: a value, light to import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    """What an image showed on one platform.

    Attributes:
        platform: such as `linux/arm64`.
        printed: what its command printed.
        health: `healthy`; `passed` for the check of a program that is no service; `none` without a HEALTHCHECK.
    """

    platform: str
    printed: str
    health: str
