"""Hotfixes: a branch at an older version, to mend it without what came since; and the way back into the main branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from windlass.errors import ConflictError, RepositoryError, VersionError, WindlassError
from windlass.forge import NoForge, PullRequest
from windlass.git import RefUpdate
from windlass.history.version_tags import HOTFIX
from windlass.model import Release
from windlass.release import release_version
from windlass.release.context import ReleaseContext
from windlass.release.preflight_rules import live_versions
from windlass.release.repository_state import HEADS, RepositoryState
from windlass.versions import Version, bump
from windlass.versions.tags import asked_version


@dataclass(frozen=True)
class Hotfix:
    """A branch for a hotfix.

    Attributes:
        base: tag of the version that is mended.
        tag: tag of the version that mends it.
        commit: where the branch begins.
        made: whether it was made now; else it was there.
    """

    base: str
    tag: str
    commit: str
    made: bool

    @property
    def branch(self) -> str:
        """`hotfix/v1.2.4`."""
        return HOTFIX + self.tag

    def lines(self) -> list[str]:
        """As a person reads it."""
        where = "made" if self.made else "is there already"
        return [
            f"{self.branch} {where}, from {self.base}, and is checked out",
            f"commit the fix on it, then `inv release --part hotfix` releases {self.tag}",
        ]

    def as_json(self) -> dict[str, Any]:
        """The stable form of `hotfix --json`."""
        return {"ok": True, "from": self.base, "tag": self.tag, "branch": self.branch, "made": self.made}


def start(context: ReleaseContext, base: str) -> Hotfix:
    """Make the branch for the hotfix of a version, and check it out; safe to repeat.

    Args:
        base: the version to mend, with or without the tag's prefix.

    Raises:
        VersionError: there is no such release, or a newer one of its line stands.
        RepositoryError: the working copy has changes that no commit holds.
        ConflictError: a branch of that name is there, and does not contain the version.
    """
    state = context.look()
    prefix = context.project.config.tag_prefix
    version = asked_version(base, prefix)
    tag = version.tag(prefix)
    if tag not in state.tags:
        raise VersionError(f"there is no release {tag}", remedy="`inv release.status` lists the releases")
    if state.dirty:
        raise RepositoryError(
            "the working copy has changes that no commit holds",
            facts={"changed": ", ".join(state.dirty[:5])},
            remedy="commit them, or put them aside with `git stash --include-untracked`",
        )
    following = _next_version(context, state, version)
    found = Hotfix(tag, following.tag(prefix), state.tags[tag], made=False)
    return _checked_out(context, found)


def _next_version(context: ReleaseContext, state: RepositoryState, version: Version) -> Version:
    """The next version of the line that is free; those that were taken back are passed over, their numbers are used."""
    prefix, rules = context.project.config.tag_prefix, release_version.rules(context.project)
    stand = [other for other in live_versions(state, prefix) if other.line == version.line and not other.prerelease]
    newer = max((other for other in stand if other > version), default=None)
    if newer is not None:
        raise VersionError(
            f"{newer.tag(prefix)} is newer on the line of {version.tag(prefix)}, and stands",
            remedy=f"inv hotfix --from {newer.tag(prefix)}",
        )
    following = bump(version, "hotfix", None, rules)
    while following.tag(prefix) in state.tags or following.tag(prefix) in state.entries:
        following = bump(following, "hotfix", None, rules)
    return following


def _checked_out(context: ReleaseContext, wanted: Hotfix) -> Hotfix:
    git, ref = context.git, f"refs/heads/{wanted.branch}"
    there = git.resolve(ref) or git.resolve(HEADS + wanted.branch)
    if there and not git.is_ancestor(wanted.commit, there):
        raise ConflictError(
            f"the branch {wanted.branch} is there, and does not contain {wanted.base}",
            facts={"branch": there, wanted.base: wanted.commit},
            remedy="rename or remove that branch, then run the same again",
        )
    if not git.resolve(ref):
        git.run("branch", "--no-track", "--", wanted.branch, there or wanted.commit)
    git.run_for_the_user("checkout", "--quiet", wanted.branch, "--")
    if context.project.config.flow == "pull-request" and not git.resolve(HEADS + wanted.branch):
        git.push(RefUpdate(ref, wanted.commit, ""))  # what its pull requests go into
    return Hotfix(wanted.base, wanted.tag, wanted.commit, made=not there)


def back_merge(context: ReleaseContext, release: Release) -> list[str]:
    """How a released hotfix comes back into the main branch, in words; none where it is no hotfix, or is there already.

    With `flow = "pull-request"` the pull request is opened. Nothing here fails a release that is out.
    """
    main, branch = context.project.config.branch, release.branch or HOTFIX + release.tag
    by_hand = [
        f"{release.tag} is not in {main} yet; to bring it back (where versions differ, keep {main}'s):",
        f"  git switch {main} && git pull --ff-only && git merge --no-ff {release.tag}",
    ]
    try:
        if not branch.startswith(HOTFIX) or _is_back(context, release, branch):
            return []
        address = _asked_back(context, release, branch)
    except WindlassError as problem:
        return [*by_hand, f"  (no pull request was opened: {problem.problem})"]
    return [f"{release.tag} comes back into {main} by {address}"] if address else by_hand


def _is_back(context: ReleaseContext, release: Release, branch: str) -> bool:
    """Whether the main branch contains the release, or there is no such hotfix branch."""
    git, main = context.git, HEADS + context.project.config.branch
    git.fetch(f"+refs/heads/*:{HEADS}*", prune=True)
    return not git.resolve(HEADS + branch) or (bool(git.resolve(main)) and git.is_ancestor(release.commit, main))


def _asked_back(context: ReleaseContext, release: Release, branch: str) -> str:
    """The pull request's address; empty where this project works without.

    Raises:
        ConfigError: nobody knows which forge it is to be opened on.
    """
    config, forge = context.project.config, context.forge
    if config.flow != "pull-request":
        return ""
    if isinstance(forge, NoForge):
        if forge.known:
            return ""
        raise forge.error("a pull request is to be opened")
    title = f"chore: {release.tag} back into {config.branch}"
    body = f"What {release.tag} mended. Where versions differ, keep {config.branch}'s.\n"
    return forge.open_pull_request(PullRequest(branch, config.branch, title, body))
