"""Killed by a real SIGKILL at every record of the journal and in every body, and run again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ORDER = ["a", "b", "c", "d", "e"]
RIGHT = {"a": "a", "b": "b", "c": "abc", "d": "abcd", "e": "abcbe"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every case: how its three runs ended, whose bodies ran in each, the values and the files."""
    script = Path(__file__).with_name("killed.py")
    argv = [sys.executable, str(script), str(tmp_path_factory.mktemp("killed"))]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    cases: dict[str, Any] = json.loads(done.stdout)
    assert cases.pop("records") >= 7  # the code, the task, and five nodes
    return cases


def test_every_case_was_really_killed(found: dict[str, Any]) -> None:
    assert {name: case["first"][0] for name, case in found.items()} == dict.fromkeys(found, -9)
    assert len(found) >= 3 * 7 + 5


def test_killed_at_a_record_the_next_run_does_only_what_had_not_been_done(found: dict[str, Any]) -> None:
    """Whatever was written of the record: what ended is kept, so each body runs once over both runs."""
    for name, case in found.items():
        if "record" in name:
            assert case["first"][1] + case["second"][1] == ORDER, name


def test_killed_in_a_body_the_next_run_does_that_one_again_and_what_is_left(found: dict[str, Any]) -> None:
    for one in ORDER:
        case = found[f"in {one}"]
        assert case["first"][1] == ORDER[: ORDER.index(one) + 1]
        assert case["second"][1] == ORDER[ORDER.index(one) :]


def test_after_any_of_them_the_results_are_right_and_nothing_is_left_to_do(found: dict[str, Any]) -> None:
    for name, case in found.items():
        assert case["second"][0] == case["third"][0] == 0, name
        assert case["third"][1] == [], name
        assert case["files"] == case["second"][2] == case["third"][2] == RIGHT, name
