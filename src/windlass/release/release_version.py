"""A release's number: found from the commits, written wherever it stands, and checked to be what the files say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from windlass import version_files
from windlass.errors import VersionError
from windlass.history.version_tags import Base, base
from windlass.next_version.lower_versions import passed_over_tags, refuse_lower, refuse_unread_tags
from windlass.next_version.next_version_rules import Following, following
from windlass.next_version.passed_over import PassedOver, passed_over_commits, passed_over_files
from windlass.project import Project
from windlass.release import release_notes
from windlass.release.context import ReleaseContext
from windlass.release.preflight_rules import ReleaseRequest, versions
from windlass.release.repository_state import TAGS, RepositoryState
from windlass.release.worktree import worktree
from windlass.version_files.configured import configured_places, configured_search, places_to_write, standing
from windlass.versions import Version, VersionRules


def version_base(context: ReleaseContext) -> Base:
    """Where what is checked out stands among the remote's versions; `context.look` has fetched them."""
    config = context.project.config
    return base(context.project.root, config.tag_prefix, config.branch, where=TAGS)


def next_version(context: ReleaseContext, state: RepositoryState, here: Base, request: ReleaseRequest) -> Following:
    """The version that comes next, and the commits that make it so.

    Raises:
        VersionError: the commits contradict each other or the rules, or the version is taken; or it is lower than one
            that is out in another spelling, or than what the files say.
    """
    prefix, now = context.project.config.tag_prefix, here.current.version if here.current else None
    refuse_unread_tags(here, context.project.tag_names)
    branched = here.hotfix(prefix)
    if request.part == "hotfix" and not request.pre and branched and branched.tag(prefix) not in state.entries:
        return Following(now, rules(context.project).check(branched), "hotfix")
    sealed = versions(state.entries, prefix)
    files = standing(context.project.root, context.project.config)
    found = following(
        now,
        release_notes.commits(context, here.final.commit if here.final else None, state.head),
        request.part,
        request.pre or None,
        rules(context.project),
        final=here.final.version if here.final else None,
        fresh=here.current is None or here.current.commit != state.head,
        first=files.version if files else None,
        taken=(*here.used_versions, *sealed),
    )
    if found.next is not None:
        names = context.project.tag_names
        refuse_lower(found.next, here, names, files, lambda commit: context.git.is_ancestor(commit, state.head))
    return found


def passed_over(context: ReleaseContext, here: Base, version: Version | None) -> tuple[PassedOver, ...]:
    """What was seen and not recognised where the next version was looked for.

    Args:
        version: what comes next; None where there is nothing to release.
    """
    commits = release_notes.commits(context, here.final.commit if here.final else None, here.head)
    found = configured_search(context.project.root, context.project.config)
    files = standing(context.project.root, context.project.config)
    return (
        *passed_over_commits(commits, nothing=version is None),
        *passed_over_files(found.unrecognised),
        *passed_over_tags(version, here, context.project.tag_names, files),
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
