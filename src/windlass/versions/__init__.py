"""Versions: SemVer values with their order, and their PEP 440 spelling. No processes."""

from __future__ import annotations

from windlass.versions.bump import PARTS, PRES, VersionRules, bump
from windlass.versions.tags import floating_names, floating_owners, from_tag
from windlass.versions.version import Version

__all__ = [
    "PARTS",
    "PRES",
    "Version",
    "VersionRules",
    "bump",
    "floating_names",
    "floating_owners",
    "from_tag",
]
