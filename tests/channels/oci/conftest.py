"""Registries, a stage, and a Docker engine that answers; without one its tests fail, they are not left out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.index.conftest import stage
from tests.oci.conftest import kind, registry, second
from windlass.channels.oci.docker_engine import Engine
from windlass.errors import WindlassError

__all__ = ["engine", "kind", "registry", "second", "stage"]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    try:
        connected = Engine.connect()
    except WindlassError as none:
        pytest.fail(f'{none}\n\nbring one up: eval "$(.ci/engine)"')
    with connected:
        yield connected
