"""A forge, a working copy, and the channel between them."""

from tests.github.conftest import forge, work

__all__ = ["forge", "work"]
