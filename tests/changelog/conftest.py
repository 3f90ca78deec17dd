from __future__ import annotations

from pathlib import Path

import pytest

from windlass.testing.git_history import MadeHistory


@pytest.fixture
def made(tmp_path: Path) -> MadeHistory:
    return MadeHistory(tmp_path / "repository")
