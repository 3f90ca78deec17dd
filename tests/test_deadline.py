"""WINDLASS_DEADLINE_S shortens every call to a remote, and lengthens none."""

from __future__ import annotations

import pytest

from windlass.deadline import VARIABLE, within
from windlass.errors import ConfigError


@pytest.mark.parametrize(("asked", "own_s", "within_s"), [("", 60.0, 60.0), ("8", 60.0, 8.0), ("90", 60.0, 60.0)])
def test_the_shorter_deadline_counts(
    monkeypatch: pytest.MonkeyPatch, asked: str, own_s: float, within_s: float
) -> None:
    monkeypatch.setenv(VARIABLE, asked)
    assert within(own_s) == within_s


@pytest.mark.parametrize("nonsense", ["soon", "0", "-1", "nan"])
def test_nonsense_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch, nonsense: str) -> None:
    monkeypatch.setenv(VARIABLE, nonsense)
    with pytest.raises(ConfigError) as error:
        within(60.0)
    assert str(error.value) == (
        "WINDLASS_DEADLINE_S is no number above 0\n"
        f"  found:    {nonsense}\n"
        "  expected: seconds, such as 30\n"
        "  fix:      correct it, or unset WINDLASS_DEADLINE_S"
    )
