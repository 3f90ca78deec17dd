"""A Docker engine that answers; without one these tests fail, they are not left out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from windlass.builds.docker_engine import Engine
from windlass.errors import WindlassError


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    try:
        connected = Engine.connect()
    except WindlassError as none:
        pytest.fail(f'{none}\n\nbring one up: eval "$(.ci/engine)"')
    with connected:
        yield connected
