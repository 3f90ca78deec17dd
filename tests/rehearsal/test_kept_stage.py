"""A rehearsal from a kept stage is the rehearsal that it would have been: only time is saved."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.conftest import FILES

pytestmark = pytest.mark.faults


def rehearsed(folder: Path) -> tuple[dict[str, Any], str]:
    """What `inv rehearse --json` printed, times apart, and what it said meanwhile."""
    argv = [sys.executable, "-m", "invoke", "rehearse", "--json"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {name: found[name] for name in ("commit", "artifacts", "image", "violations")}, done.stderr


def test_an_unchanged_project_is_rehearsed_from_the_kept_stage_and_nothing_else_differs(tmp_path: Path) -> None:
    for path, text in FILES.items():
        if not path.startswith("Dockerfile"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
    first, said = rehearsed(tmp_path)
    assert "kept by an earlier rehearsal" not in said
    second, said = rehearsed(tmp_path)
    assert "rehearsal: v1.2.2 is on the stage already, kept by an earlier rehearsal\n" in said
    shutil.rmtree(tmp_path / ".windlass")
    third, said = rehearsed(tmp_path)
    assert "kept by an earlier rehearsal" not in said
    assert first == second == third
