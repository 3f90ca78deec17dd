"""The site of a release: one project with its edges open. Made once a run and passed on; nothing in it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from invoke.collection import Collection

from windlass.builds.artifact_folder import Files
from windlass.channels import open_channels
from windlass.channels.protocol import Channel, Place
from windlass.git import Git
from windlass.model import Release
from windlass.project import Project
from windlass.release import artifact_store
from windlass.release.ledger import Ledger
from windlass.release.lock import Held
from windlass.release.repository_state import RepositoryState, look
from windlass.release.rules import standing
from windlass.release.worktree import home_of
from windlass.stage.addresses import Addresses
from windlass.versions import Version, floating


@dataclass(frozen=True)
class ReleaseContext:
    """Where a release happens.

    Attributes:
        project: what is released.
        git: its repository and remote.
        ledger: every release's ledger.
        home: the `.windlass` folder.
        say: prints a line.
        ready_made: gives the tasks that test, scan and build; asked only where something is to be made.
    """

    project: Project
    git: Git
    ledger: Ledger
    home: Path
    say: Callable[[str], None]
    ready_made: Callable[[], Collection]

    @classmethod
    def open(cls, root: Path, say: Callable[[str], None], ready_made: Callable[[], Collection]) -> ReleaseContext:
        """The site of the project in `root`.

        Raises:
            ConfigError: the project's configuration does not fit.
            RepositoryError: it is in no repository.
        """
        project = Project.load(root)
        git = Git(project.root, project.config.remote)
        return cls(project, git, Ledger(git, Addresses.of(git)), home_of(project.root), say, ready_made)

    def look(self) -> RepositoryState:
        """What is so now."""
        return look(self.git, self.ledger)

    def floating(self, facts: RepositoryState, release: Release) -> Release:
        """A release with the floating names that go to it now, as other releases stand."""
        version = Version.parse(release.version)
        others = [other for other in standing(facts, self.project.config.tag_prefix) if other != version]
        return replace(release, floating=floating(version, others))

    def files(self, tag: str) -> Files:
        """The bytes of a release on this machine."""
        return Files(artifact_store.folder_of(self.home, tag))

    def channels(self, tag: str, held: Held | None = None) -> tuple[Channel, ...]:
        """The project's channels, for a release's bytes."""
        return open_channels(Place(self.project, self.git, self.files(tag), held))

    def bring_home(self, release: Release) -> None:
        """The local tag, and the local branch where it can simply be moved forward."""
        self.git.fetch(f"refs/tags/{release.tag}:refs/tags/{release.tag}")
        if release.branch and self.git.branch() == release.branch and not self.git.dirty():
            self.git.run("merge", "--ff-only", "--quiet", release.commit, ok=None)
