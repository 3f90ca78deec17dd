from __future__ import annotations

from pathlib import Path

import pytest

from windlass.testing.histories import MadeHistory


@pytest.fixture
def made(tmp_path: Path) -> MadeHistory:
    return MadeHistory(tmp_path / "repository")
