"""How a release commit arrives in a rehearsal of the pull-request flow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.release.conftest import stage
from tests.release.demo import Demo
from tests.release.flows.conftest import by_pull_request
from windlass.errors import ConfigError
from windlass.project import Project
from windlass.rehearsal.pull_request import bring_release_commit, refuse_unknown_forge
from windlass.rehearsal.staged_release import Rehearsal
from windlass.release.flows.pull_request import Proposal, propose
from windlass.release.flows.tag_merged import tag
from windlass.release.preflight_rules import ReleaseRequest

__all__ = ["by_pull_request", "stage"]

pytestmark = pytest.mark.stage


class InThisProcess(Rehearsal):
    """A rehearsal whose tasks are called, not started."""

    demo: Demo

    def inv_json(self, *words: str, step: str = "") -> Mapping[str, Any]:
        if words[0] == "release.tag":
            return tag(self.demo.opened()).as_json()
        found = propose(self.demo.opened(), ReleaseRequest(part=words[words.index("--part") + 1]))
        assert isinstance(found, Proposal)
        return found.as_json()


def rehearsed(demo: Demo, home: Path) -> InThisProcess:
    home.mkdir()
    made = InThisProcess(Project.load(demo.folder), home, demo.stage, print)
    made.demo, made.git = demo, demo.git
    return made


def test_it_is_merged_on_the_stand_in_and_tagged(by_pull_request: Demo, tmp_path: Path) -> None:
    demo = by_pull_request
    words = bring_release_commit(rehearsed(demo, tmp_path / "home"), ["--part", "minor", "--skip-tests"])
    assert words == ["--version", "v1.3.0", "--skip-tests"]
    merged = {e.what: e.now for e in demo.stage.effects.history() if e.what == "pull 1"}
    there = demo.refs("refs/tags/v1.3.0^{}", "refs/heads/main")
    assert set(there.values()) == {demo.git.resolve("HEAD"), merged["pull 1"]}


def test_the_real_remote_decides_whether_there_is_a_forge(by_pull_request: Demo) -> None:
    project = Project.load(by_pull_request.folder)
    refuse_unknown_forge(project)
    text = (project.root / "pyproject.toml").read_text().partition("[tool.windlass.github]")[0]
    (project.root / "pyproject.toml").write_text(text)
    by_pull_request.git.run("remote", "set-url", "origin", "https://git.example.org/demo-org/demo.git")
    with pytest.raises(ConfigError, match=r"arrives by a pull request, and windlass does not know which forge git\."):
        refuse_unknown_forge(Project.load(by_pull_request.folder))
