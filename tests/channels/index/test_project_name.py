"""Whose a project's name on an index is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from windlass.channels.index.project_name import refuse_anothers
from windlass.errors import VersionError


@pytest.mark.parametrize(
    ("there", "tags"),
    [
        ([], []),
        (["1.0.0"], ["v1.0.0"]),
        (["1.0"], ["1.0.0"]),
        (["0.9", "1.0rc1"], ["demo-v1.0.0-rc.1"]),
        (["2.0"], ["releases/2.0", "nightly"]),
        (["", "2.0"], ["demo@2.0"]),
    ],
)
def test_a_version_that_is_out_and_has_a_tag_here_under_any_spelling_is_ours(
    there: Sequence[str], tags: Sequence[str]
) -> None:
    refuse_anothers("demo", "https://pypi.org", there, lambda: tags)


def test_a_name_under_which_nothing_of_this_repository_is_out_is_anothers() -> None:
    with pytest.raises(VersionError) as refused:
        refuse_anothers("demo", "https://pypi.org", ["0.1", "4.2.0"], lambda: ["v1.0.0", "nightly"])
    assert refused.value.problem == (
        "demo on https://pypi.org is not this repository's: no version that is out there has a tag here"
    )
    assert refused.value.facts == {"out there": "2 versions, the newest 4.2.0"}
    assert "`git tag v4.2.0 COMMIT`" in refused.value.remedy


def test_the_repository_is_not_asked_where_the_name_is_free() -> None:
    def unexpected() -> Sequence[str]:
        raise AssertionError

    refuse_anothers("demo", "https://pypi.org", [], unexpected)
