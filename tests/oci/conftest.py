"""The registries that every test here runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oci.registries import REGISTRIES


@pytest.fixture(params=sorted(REGISTRIES))
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Debian's docker-registry, then the stage's: `127.0.0.1:PORT`."""
    with REGISTRIES[request.param](tmp_path / "registry") as host:
        yield host
