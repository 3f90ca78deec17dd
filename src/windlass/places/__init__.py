"""Places: where the version stands in files, read, compared and rewritten with everything around it kept."""

from __future__ import annotations

from windlass.places.dynamic import Dynamic
from windlass.places.find import find, of
from windlass.places.place import Pattern, Place, Standing, agreed, read, rewrite

__all__ = ["Dynamic", "Pattern", "Place", "Standing", "agreed", "find", "of", "read", "rewrite"]
