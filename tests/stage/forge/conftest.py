"""A forge, a working copy, and the channel between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github.forge import Forge, Work


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    """A running forge; at its end, nothing that was asked or answered may be against GitHub's contract."""
    running = Forge(tmp_path / "stage")
    running.server.start()
    yield running
    running.web.close()
    running.server.stop()
    assert running.checked.problems == []


@pytest.fixture
def work(forge: Forge, tmp_path: Path) -> Work:
    return Work(tmp_path / "work", forge.remote)
