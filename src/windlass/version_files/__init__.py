"""Places: where the version stands in files, read, compared and rewritten with everything around it kept."""

from __future__ import annotations

from windlass.version_files.dynamic import Dynamic
from windlass.version_files.find import dynamic_source, find_places, search
from windlass.version_files.version_location import Pattern, Place, VersionOccurrence, agreed_version, read, rewrite

__all__ = [
    "Dynamic",
    "Pattern",
    "Place",
    "VersionOccurrence",
    "agreed_version",
    "dynamic_source",
    "find_places",
    "read",
    "rewrite",
    "search",
]
