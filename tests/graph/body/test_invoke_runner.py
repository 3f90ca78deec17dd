"""The environment that programs inherit is the process's own, whenever it changes."""

from __future__ import annotations

import os

import pytest

from windlass.graph.body.invoke_runner import inherited_environment


def test_a_change_is_seen_and_a_copy_is_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inherited_environment() == dict(os.environ)
    inherited_environment()["WINDLASS_TRIED"] = "in the copy"
    assert "WINDLASS_TRIED" not in inherited_environment()
    monkeypatch.setenv("WINDLASS_TRIED", "ü")
    assert inherited_environment() == dict(os.environ)
    monkeypatch.setenv("WINDLASS_TRIED", "other")
    assert inherited_environment()["WINDLASS_TRIED"] == "other"
    monkeypatch.delenv("WINDLASS_TRIED")
    assert "WINDLASS_TRIED" not in inherited_environment()
