"""Ending a release that can't finish, on a real remote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.repository import Repository
from windlass.errors import UsageError, VersionError
from windlass.release.after.abandon import abandon, candidate
from windlass.release.context import ReleaseContext
from windlass.release.preflight_rules import ReleaseRequest, ResumeRelease, unfinished_releases
from windlass.release.version_and_commit import choose_target
from windlass.stage import Stage
from windlass.tasks import collection

PYPROJECT = '[project]\nname = "demo"\nversion = "1.2.2"\n\n[tool.windlass.index]\nenabled = false\n'


@pytest.fixture
def context(tmp_path: Path) -> Iterator[ReleaseContext]:
    with Stage(tmp_path / "stage") as stage:
        repository = Repository(tmp_path / "work", stage, stage.repository)
        (tmp_path / "work" / "pyproject.toml").write_text(PYPROJECT)
        opened = ReleaseContext.open(tmp_path / "work", print, collection)
        head = repository.git.resolve("HEAD")
        opened.ledger.seal(repository.release("1.3.0", repository.commit("sealed", head)))
        yield opened


def test_an_unfinished_release_comes_first_until_it_is_abandoned(context: ReleaseContext) -> None:
    target = choose_target(context, context.look(), ReleaseRequest(part="minor"))
    assert isinstance(target, ResumeRelease)
    done = abandon(context, candidate(context))
    assert done.lines() == ["v1.3.0 is abandoned; nobody saw it: its version is free"]
    assert unfinished_releases(context.look()) == ()


def test_what_is_not_unfinished_can_not_be_abandoned(context: ReleaseContext) -> None:
    with pytest.raises(VersionError, match="is not unfinished"):
        candidate(context, "v9.9.9")
    abandon(context, candidate(context, "1.3.0"))
    with pytest.raises(UsageError, match="not clear what to abandon"):
        candidate(context)
