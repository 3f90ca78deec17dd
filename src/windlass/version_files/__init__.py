"""Places: where the version stands in files, read, compared and rewritten with everything around it kept."""

from __future__ import annotations

from windlass.version_files.dynamic import Dynamic
from windlass.version_files.find import find, of
from windlass.version_files.place import Pattern, Place, Standing, agreed, read, rewrite

__all__ = ["Dynamic", "Pattern", "Place", "Standing", "agreed", "find", "of", "read", "rewrite"]
