"""A release's number: found from the commits, written wherever it stands, and checked to be what the files say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from windlass import version_files
from windlass.errors import VersionError
from windlass.history.version_tags import base
from windlass.next_version.from_working_copy import NextRelease
from windlass.next_version.from_working_copy import next_release as decided_release
from windlass.project import Project
from windlass.release.context import ReleaseContext
from windlass.release.preflight_rules import ReleaseRequest, requested_version
from windlass.release.repository_state import TAGS, RepositoryState
from windlass.release.worktree import worktree
from windlass.version_files.configured import configured_places, places_to_write
from windlass.versions import Version, VersionRules
from windlass.versions.tags import tagged_versions


def next_release(context: ReleaseContext, state: RepositoryState, request: ReleaseRequest) -> NextRelease:
    """The next release of what is checked out, among the remote's versions; `context.look` has fetched them.

    Raises:
        VersionError: as `next_version.next_release`.
    """
    project, prefix = context.project, context.project.config.tag_prefix
    return decided_release(
        project.root,
        project.version_settings(),
        base(project.root, prefix, project.config.branch, where=TAGS),
        part=request.part,
        pre=request.pre,
        version=requested_version(request, prefix),
        sealed=tuple(tagged_versions(state.entries, prefix)),
    )


def rules(project: Project) -> VersionRules:
    """How the project counts."""
    config = project.config.version
    return VersionRules(hotfix=config.hotfix, major_below_one=config.major_below_one)


def write(project: Project, tree: Path, version: Version) -> Sequence[str]:
    """Write a version wherever it stands in a tree; the paths that changed."""
    return version_files.rewrite(tree, places_to_write(tree, project.config), version)


def check_named(context: ReleaseContext, commit: str, version: Version) -> None:
    """The files of a commit name a version, where they name one at all.

    Raises:
        VersionError: they name another.
    """
    with worktree(context.git, context.home, commit) as tree:
        standings = version_files.read(tree, configured_places(tree, context.project.config))
        wrong = {f"{s.path}:{s.line}": s.text for s in standings if not s.says(version)}
    if wrong:
        raise VersionError(
            f"the tag says {version}, and its files do not",
            facts=wrong,
            remedy="a tag is set on the commit that `inv release.prepare` made; release the next version",
        )
