"""An open stage."""

from tests.channels.index.conftest import stage

__all__ = ["stage"]
