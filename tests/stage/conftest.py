"""An open stage, and packages to publish to it."""

from tests.channels.index.conftest import effects, ours, packages, stage

__all__ = ["effects", "ours", "packages", "stage"]
