from __future__ import annotations

import pytest

from windlass.versions import Version
from windlass.versions.version_in_output import names_version


@pytest.mark.parametrize(
    "text", ["demo 1.2.3", "1.2.3", "demo v1.2.3 (python 3.12)", "demo, version 1.2.3\n", "demo-1.2.3"]
)
def test_a_version_as_a_word_of_its_own_is_named(text: str) -> None:
    assert names_version(text, Version.parse("1.2.3"))


@pytest.mark.parametrize("text", ["demo 11.2.34", "demo 1.2.34", "demo 1.2.3.4", "demo 0.1.2.3", "demo 1.2.3rc1", ""])
def test_a_version_that_only_contains_it_is_another(text: str) -> None:
    assert not names_version(text, Version.parse("1.2.3"))


@pytest.mark.parametrize("text", ["demo 1.3.0rc1", "demo 1.3.0-rc.1"])
def test_either_spelling_names_a_prerelease(text: str) -> None:
    assert names_version(text, Version.parse("1.3.0-rc.1"))
