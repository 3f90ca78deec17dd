"""Versions: SemVer values with their order, and their PEP 440 spelling. No processes."""

from __future__ import annotations

from windlass.versions.bump import PARTS, PRES, Rules, bump
from windlass.versions.tags import floating, from_tag
from windlass.versions.version import Version

__all__ = [
    "PARTS",
    "PRES",
    "Rules",
    "Version",
    "bump",
    "floating",
    "from_tag",
]
