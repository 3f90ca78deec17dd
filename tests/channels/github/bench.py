"""What the shared suite needs of the GitHub channel: releases on the stage's forge."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.channels.repository import Breaking, Repository, sdist, wheel, with_artifacts
from windlass.builds.artifact_folder import Files
from windlass.channels.github.github_channel import GitHubReleases
from windlass.channels.protocol import Channel
from windlass.github.release_edits import Patience
from windlass.model import Release
from windlass.stage import Stage


class GitHubBench(Breaking):
    def __init__(self, folder: Path, stage: Stage) -> None:
        self.stage, self.repository = stage, Repository(folder / "copy", stage)
        self.files = Files(folder / "dist")
        first = self.tagged("1.2.2", self.repository.git.resolve("main"))
        second = self.tagged("1.3.0", first)
        self.earlier, self.release = self.made("1.2.2", first), self.made("1.3.0", second)
        other = sdist(folder / "other", "demo", "1.3.0", "other")
        self.other = replace(self.release, artifacts=(self.release.artifacts[0], other))
        self.begun = len(stage.effects.history())

    def tagged(self, version: str, parent: str) -> str:
        commit = self.repository.commit(version, parent)
        self.repository.put(f"refs/tags/v{version}", commit)
        return commit

    def made(self, version: str, commit: str) -> Release:
        artifacts = (maker(self.files.folder, "demo", version) for maker in (wheel, sdist))
        return with_artifacts(self.repository.release(version, commit), *artifacts)

    def open(self) -> Channel:
        environment = self.stage.environment()
        address = f"{self.stage.address}/forge"
        patience = Patience(0.0)
        return GitHubReleases("org/demo", address, self.files, patience=patience, environment=environment)
