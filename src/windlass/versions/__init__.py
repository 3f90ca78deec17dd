"""Versions: SemVer values with their order, their PEP 440 spelling, and how the next one is found. No processes."""

from __future__ import annotations

from windlass.versions.bump import PARTS, PRES, Rules, bump
from windlass.versions.decide import TYPES, Decision, Reason, decide
from windlass.versions.following import Following, following
from windlass.versions.tags import floating, from_tag
from windlass.versions.value import Version

__all__ = [
    "PARTS",
    "PRES",
    "TYPES",
    "Decision",
    "Following",
    "Reason",
    "Rules",
    "Version",
    "bump",
    "decide",
    "floating",
    "following",
    "from_tag",
]
