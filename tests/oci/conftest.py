"""The registries that every test here runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oci.registries import REGISTRIES


@pytest.fixture(params=[pytest.param("debian", marks=pytest.mark.registry), "stage"])
def kind(request: pytest.FixtureRequest) -> str:
    """Debian's docker-registry, then the stage's."""
    return str(request.param)


@pytest.fixture
def registry(kind: str, tmp_path: Path) -> Iterator[str]:
    """One of the kind: `127.0.0.1:PORT`."""
    with REGISTRIES[kind](tmp_path / "registry") as host:
        yield host


@pytest.fixture
def second(kind: str, tmp_path: Path) -> Iterator[str]:
    """Another of the kind."""
    with REGISTRIES[kind](tmp_path / "second") as host:
        yield host
