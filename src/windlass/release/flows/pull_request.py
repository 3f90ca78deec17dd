"""Proposing a release where its branch takes no pushes: its commit on a branch of its own, and a pull request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from windlass.errors import ConflictError, CredentialError, RemoteRefusedError, RepositoryError, UsageError
from windlass.forge import Forge, NoForge, PullRequest
from windlass.git import RefUpdate
from windlass.model import Release
from windlass.next_version.unrecognized_commits import PassedOver
from windlass.release import preflight_rules, release_notes
from windlass.release.context import ReleaseContext
from windlass.release.preflight_rules import NewRelease, NothingToRelease, ReleaseRequest
from windlass.release.release_commit import subject
from windlass.release.repository_state import HEADS, RepositoryState
from windlass.release.version_and_commit import new_target, unbuilt_release
from windlass.versions import Version

BRANCH = "release/"
"""What the names of release branches begin with."""


@dataclass(frozen=True)
class Proposal:
    """A release commit that waits to be merged.

    Attributes:
        version: SemVer.
        tag: the tag that it will have.
        branch: where its commit is: `release/v1.3.0`.
        into: the branch that it is to be merged into.
        commit: the release commit.
        url: the pull request; empty where there is no forge, and a person opens one.
        merged: whether it is in the branch already.
        passed_over: what was seen and not recognised where the version was looked for.
    """

    version: str
    tag: str
    branch: str
    into: str
    commit: str
    url: str = ""
    merged: bool = False
    passed_over: tuple[PassedOver, ...] = ()

    def lines(self) -> list[str]:
        """As a person reads it."""
        then = f"`inv release.tag` tags it, and `inv release --version {self.tag}` releases it"
        if self.merged:
            return [f"{self.tag} is merged into {self.into}: {then}"]
        said = [f"passed over: {one.what}: {one.why}" for one in self.passed_over]
        by = self.url or f"a pull request that you open, from {self.branch} into {self.into}"
        return [f"{self.tag} is proposed: {by}", f"once it is merged (in any way), {then}", *said]

    def as_json(self) -> dict[str, Any]:
        """The stable form of `release.prepare --json`."""
        return {
            "ok": True,
            "version": self.version,
            "tag": self.tag,
            "branch": self.branch,
            "into": self.into,
            "commit": self.commit,
            "pull_request": self.url or None,
            "merged": self.merged,
            "passed_over": [one._asdict() for one in self.passed_over],
        }


def propose(context: ReleaseContext, request: ReleaseRequest) -> Proposal | NothingToRelease:
    """Make the release branch and its pull request; safe to repeat: what is there and fits stays.

    Raises:
        UsageError: another release must be finished first.
        RepositoryError: what is checked out is not what the remote has.
        VersionError: the version can't be.
        ConflictError: the release branch holds what windlass did not make.
        CredentialError: the forge's token is missing.
        ConfigError: nobody knows which forge the remote has.
    """
    forge = _known_forge(context)
    state = context.look()
    _refuse_pending(state)
    target = new_target(context, state, request)
    if isinstance(target, NothingToRelease):
        return target
    if state.head != state.remote_head:
        raise RepositoryError(
            f"{state.branch} here is not {state.branch} on the remote",
            facts={"here": state.head, "there": state.remote_head or "(no such branch)"},
            remedy="bring your commits in first, by a pull request of their own; then pull",
        )
    if _says(context, state.head, target.version):
        return _proposal(target, state, state.head, merged=True)
    _refuse_missing(forge)
    made = unbuilt_release(context, state, target)
    commit = _push_branch(context, target, made.commit)
    return _proposal(target, state, commit, url=_open(forge, state, made))


def _proposal(
    target: NewRelease, state: RepositoryState, commit: str, *, url: str = "", merged: bool = False
) -> Proposal:
    branch, into = BRANCH + target.tag, state.branch
    return Proposal(str(target.version), target.tag, branch, into, commit, url, merged, target.passed_over)


def _refuse_pending(state: RepositoryState) -> None:
    if pending := preflight_rules.unfinished_releases(state):
        raise UsageError(
            f"{pending[0].tag} is unfinished and comes first",
            remedy=f"`inv release --version {pending[0].tag}` finishes it; `inv release.abandon` ends it",
        )


def _known_forge(context: ReleaseContext) -> Forge | None:
    """Where the pull request is opened; None where a person does it."""
    forge = context.forge
    if not isinstance(forge, NoForge):
        return forge
    if not forge.known:
        raise forge.error("a release is to be proposed by a pull request")
    return None


def _refuse_missing(forge: Forge | None) -> None:
    if forge is not None and (missing := forge.missing()):
        raise CredentialError(
            "a credential is missing; nothing was touched",
            facts={"missing": ", ".join(missing)},
            remedy="set it, and run again",
        )


def _says(context: ReleaseContext, commit: str, version: Version) -> bool:
    """Whether the changelog of a commit has a section of this version: only a release commit writes one."""
    return bool(release_notes.written_section(context, commit, version))


def _push_branch(context: ReleaseContext, target: NewRelease, commit: str) -> str:
    """The release commit on its branch: the one that is there, where it is on what is checked out, else a new one."""
    git, branch = context.git, BRANCH + target.tag
    there = git.resolve(HEADS + branch)
    if there:
        if git.run("show", "-s", "--format=%s", there).text != subject(str(target.version)):
            raise ConflictError(
                f"{branch} on the remote holds what windlass did not make",
                facts={"there": there},
                remedy="delete that branch, then run the same again",
            )
        if git.resolve(f"{there}^") == target.parent:
            return there
    try:
        git.push(RefUpdate(f"refs/heads/{branch}", commit, there))
    except RemoteRefusedError as refused:
        if there:
            refused.remedy = f"a remote that takes no forced pushes: delete its {branch}, then run the same again"
        raise
    return commit


def _open(forge: Forge | None, state: RepositoryState, release: Release) -> str:
    """The address of the pull request; empty where a person opens it."""
    if forge is None:
        return ""
    title = subject(release.version)
    return forge.open_pull_request(PullRequest(BRANCH + release.tag, state.branch, title, release.notes))
