"""Tagging a release commit that was merged, in whatever way: by a merge commit, squashed, or rebased."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from windlass.channels.git.git_channel import tag_object
from windlass.errors import ConflictError, RepositoryError, VersionError
from windlass.forge import NoForge
from windlass.git import RefUpdate, releaser
from windlass.history.version_tags import HOTFIX
from windlass.release import preflight_rules, release_notes, release_version
from windlass.release.context import ReleaseContext
from windlass.release.preflight_rules import ReleaseRequest
from windlass.release.repository_state import HEADS, RepositoryState
from windlass.versions import Version
from windlass.versions.version import read

_SUBJECT = re.compile(r"chore\(release\): (\S+)(?: \(#\d+\))?")
_DEPTH = "500"
"""How many of a branch's last commits are looked through for a release commit."""


@dataclass(frozen=True)
class RemoteTag:
    """A tag on the remote.

    Attributes:
        tag: its name.
        commit: the merged release commit.
        pushed: whether it was pushed now; else it was there.
        warning: what else the forge would say of it; empty for nothing.
    """

    tag: str
    commit: str
    pushed: bool
    warning: str = ""

    def lines(self) -> list[str]:
        """As a person reads it."""
        lines = [f"{self.tag} {'is pushed' if self.pushed else 'is there already'}, on {self.commit[:12]}"]
        lines.append(f"`inv release --version {self.tag}` releases it, here or in the tag's workflow")
        return [*lines, self.warning] if self.warning else lines

    def as_json(self) -> dict[str, Any]:
        """The stable form of `release.tag --json`."""
        return {"ok": True, "tag": self.tag, "commit": self.commit, "pushed": self.pushed}


def tag(context: ReleaseContext, version: str = "") -> RemoteTag:
    """Push the tag of a release commit that was merged; safe to repeat.

    Args:
        version: which one, with or without the tag's prefix; the newest on the branch by default.

    Raises:
        VersionError: none was merged, its files do not name the version, or the version is used up.
        ConflictError: the tag is there, on another commit.
    """
    state = context.look()
    prefix = context.project.config.tag_prefix
    branch, head = _branch(context, state)
    wanted = preflight_rules.requested_version(ReleaseRequest(version=version), prefix) or _newest(context, head)
    commit = _merge_commit(context, head, wanted) if wanted is not None else ""
    if wanted is None or not commit:
        raise VersionError(
            f"no release commit {f'of {wanted} ' if wanted else ''}was merged into {branch}",
            facts={branch: head},
            remedy="`inv release.prepare` makes one and opens its pull request; merge that first",
        )
    return _push_tag(context, state, wanted, commit)


def _branch(context: ReleaseContext, state: RepositoryState) -> tuple[str, str]:
    """The branch that releases are merged into (the hotfix branch that is checked out, else the main one), its tip."""
    branch = state.branch if state.branch.startswith(HOTFIX) else context.project.config.branch
    head = context.git.resolve(HEADS + branch)
    if not head:
        raise RepositoryError(f"the remote has no branch {branch}", remedy="push it, or set `branch`")
    return branch, head


def _newest(context: ReleaseContext, head: str) -> Version | None:
    """The version of the last release commit that a branch contains."""
    subjects = context.git.run("log", f"--max-count={_DEPTH}", "--format=%s", head, "--").text.splitlines()
    found = (match for subject in subjects if (match := _SUBJECT.fullmatch(subject)))
    return next((version for match in found if (version := read(match[1])) is not None), None)


def _merge_commit(context: ReleaseContext, head: str, version: Version) -> str:
    """The commit by which a branch came to hold the release: the first one, on the branch itself, whose changelog has
    the version's section. Empty when there is none."""
    paths = release_notes.pathspecs(context)
    words = ("log", "--first-parent", f"--max-count={_DEPTH}", "--format=%H", head, "--", *paths)
    found = ""
    for commit in context.git.run(*words).text.splitlines():
        if release_notes.written_section(context, commit, version):
            found = commit
        elif found:
            break
    return found


def _push_tag(context: ReleaseContext, state: RepositoryState, version: Version, commit: str) -> RemoteTag:
    name = version.tag(context.project.config.tag_prefix)
    there = state.tags.get(name, "")
    if there and there != commit:
        raise ConflictError(
            f"{name} is there, on another commit than the one that was merged",
            facts={"there": there, "merged": commit},
            remedy="a tag that was seen is never moved: release the next version",
        )
    if there:
        return RemoteTag(name, commit, pushed=False)
    if name in state.entries and state.entries[name].superseded_or_abandoned:
        raise VersionError(f"{name} was abandoned; its version is used up", remedy="release the next version")
    release_version.check_named(context, commit, version)
    who = releaser.identity(context.git, context.project.config.identity, context.git.epoch_of(commit))
    oid = tag_object(context.git, name, commit, context.project.name, str(version), who)
    context.git.push(RefUpdate(f"refs/tags/{name}", oid, ""))
    forge = context.forge
    warning = "" if isinstance(forge, NoForge) else forge.tag_push_warning(os.environ)
    return RemoteTag(name, commit, pushed=True, warning=warning)
