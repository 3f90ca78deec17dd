"""What a release works with: one project, its repository and its ledger. Made once a run; never changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from invoke.collection import Collection

from windlass.builds.artifact_folder import Files
from windlass.channels import open_channels
from windlass.channels.protocol import Channel, ChannelContext
from windlass.errors import WindlassError
from windlass.forge import Forge, NoForge
from windlass.git import Git
from windlass.model import Release
from windlass.project import Project
from windlass.release import local_artifact_cache
from windlass.release.ledger import Ledger, unreadable_error
from windlass.release.lock import HeldLock
from windlass.release.preflight_rules import live_versions, refuse_anothers_release
from windlass.release.repository_state import RepositoryState, look
from windlass.release.worktree import home_of
from windlass.stage.addresses import Addresses
from windlass.versions import Version, floating_names


@dataclass(frozen=True)
class ReleaseContext:
    """The context of a release.

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
        """The context of the project in `root`.

        Raises:
            ConfigError: the project's configuration does not fit.
            RepositoryError: it is in no repository.
        """
        project = Project.load(root)
        git = Git(project.root, project.config.remote)
        return cls(
            project,
            git,
            Ledger(git, Addresses.of(git), project.config.tag_prefix),
            home_of(project.root),
            say,
            ready_made,
        )

    @property
    def forge(self) -> Forge | NoForge:
        """Where pull requests and the releases' pages are."""
        return self.project.forge

    def look(self) -> RepositoryState:
        """What is so now: who changes anything knows the state of every release, or does nothing.

        Raises:
            RepositoryError: a ledger can't be read.
            UsageError: another project of this repository, with the same tags, has a release under way.
        """
        state = look(self.git, self.ledger)
        if state.unreadable:
            raise unreadable_error(state.unreadable, self.git.remote)
        refuse_anothers_release(state, self.project.name)
        return state

    def with_floating_names(self, state: RepositoryState, release: Release) -> Release:
        """A release with the floating names that go to it now, as other releases stand."""
        version = Version.parse(release.version)
        others = [other for other in live_versions(state, self.project.config.tag_prefix) if other != version]
        return replace(release, floating=floating_names(version, others))

    def files(self, tag: str) -> Files:
        """The bytes of a release on this machine."""
        return Files(local_artifact_cache.folder_of(self.home, tag))

    def channels(self, tag: str, held: HeldLock | None = None) -> tuple[Channel, ...]:
        """The project's channels, for a release's bytes."""
        return open_channels(ChannelContext(self.project, self.git, self.files(tag), held))

    def update_local_refs(self, release: Release) -> None:
        """The local tag, and the local branch where it can simply be moved forward.

        A nicety once all is done: what keeps it from being done is said, and fails nothing that is out.
        """
        try:
            self._take_tag(release)
            self._move_branch(release)
        except WindlassError as problem:
            self.say(f"{release.tag} is out; this clone was not brought up to it: {problem.problem}")

    def _take_tag(self, release: Release) -> None:
        here = self.git.resolve(f"refs/tags/{release.tag}")
        if not here:
            self.git.fetch(f"refs/tags/{release.tag}:refs/tags/{release.tag}")
        elif here != release.commit:
            take = f"git fetch --force {self.git.remote} tag {release.tag}"
            self.say(
                f"the tag {release.tag} here is on another commit than the one that is out: `{take}` takes that one"
            )

    def _move_branch(self, release: Release) -> None:
        if not release.branch or self.git.branch() != release.branch or self.git.dirty():
            return
        moved = self.git.run_for_the_user("merge", "--ff-only", "--quiet", release.commit, ok=None)
        if moved.code != 0:
            said = (moved.err.strip().splitlines() or ["(nothing)"])[0]
            self.say(
                f"{release.branch} here was not moved to the release; `git pull --ff-only` does it. git said: {said}"
            )
