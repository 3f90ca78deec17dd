"""`inv rehearse --faults` of a small real project. Of the example, with its image, `.ci/run` tries sixty."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rehearsal.conftest import FILES

pytestmark = pytest.mark.faults


def test_rehearse_faults_tries_them_side_by_side_and_counts_them(tmp_path: Path) -> None:
    for path, text in FILES.items():
        if not path.startswith(("Dockerfile", "mkdocs", "docs")):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text.partition("[tool.windlass.github]")[0])
    argv = [sys.executable, "-m", "invoke", "rehearse", "--faults", "--sample", "6", "--seed", "3", "--json"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ok"]
    assert [one["name"] for one in found["channels"]] == ["git", "index"]
    assert (found["faults"]["tried"], found["faults"]["seed"]) == (6, 3)
    assert found["faults"]["finished"] == found["faults"]["injected"] >= 5, "the faults must be reached"
    assert set(re.findall(r"^\d/6 .* (?:left|the last) +(\w+) ", done.stderr, re.M)) == {"release", "rollback"}
    assert found["faults"]["violations"] == []
