"""What a release is about: which version, on which commit; steps 0 to 2."""

from __future__ import annotations

from pathlib import Path

from windlass.errors import UsageError
from windlass.git import releaser
from windlass.history.version_tags import HOTFIX
from windlass.model import Release
from windlass.release import preflight_rules, release_commit, release_notes, release_version
from windlass.release.context import ReleaseContext
from windlass.release.preflight_rules import (
    ExistingTag,
    NewRelease,
    NothingToRelease,
    ReleaseRequest,
    ResumeRelease,
    Target,
)
from windlass.release.repository_state import RepositoryState


def choose_target(context: ReleaseContext, state: RepositoryState, request: ReleaseRequest) -> Target:
    """Steps 0 and 1: what is to be released.

    Raises:
        UsageError, VersionError, RepositoryError: it can't be.
    """
    asked = preflight_rules.requested_version(request, context.project.config.tag_prefix)
    if asked is not None and (found := preflight_rules.begun_target(asked, state, context.project.config.tag_prefix)):
        return found
    if asked is None and (pending := preflight_rules.unfinished_releases(state)):
        return ResumeRelease(pending[0])
    if asked is None and (ended := _ended_here(context, state)):
        context.update_local_refs(ended)
        return NothingToRelease(f"{ended.tag} was released from what is checked out")
    target = new_target(context, state, request)
    if isinstance(target, NewRelease) and context.project.config.flow == "pull-request":
        raise _by_pull_request(target.tag, request)
    return target


def new_target(
    context: ReleaseContext, state: RepositoryState, request: ReleaseRequest
) -> NewRelease | NothingToRelease:
    """The new version that is to be made of what is checked out.

    Raises:
        VersionError, RepositoryError: it can't be.
    """
    prefix = context.project.config.tag_prefix
    preflight_rules.refuse_half_rolled_back(state)
    preflight_rules.check_tree(state, (context.project.config.branch, f"{HOTFIX}*"), prefix)
    found = release_version.next_release(context, state, request)
    version = found.following.next
    if version is None:
        return NothingToRelease(found.nothing, found.passed_over)
    since = found.since.name if found.since else ""
    return NewRelease(version, version.tag(prefix), state.head, since, found.passed_over)


def _ended_here(context: ReleaseContext, state: RepositoryState) -> Release | None:
    """The finished release of what is checked out, where the run that made it ended before it moved the branch."""
    ended = (entry for entry in state.entries.values() if entry.says("done") and not entry.superseded_or_abandoned)
    last = next((entry.release for entry in ended if entry.release.commit == state.remote_head), None)
    return last if last is not None and context.git.resolve(f"{last.commit}^") == state.head else None


def unbuilt_release(context: ReleaseContext, state: RepositoryState, target: NewRelease | ExistingTag) -> Release:
    """Step 2: the release commit, and what is known of the release before it is built."""
    version = target.version
    text = release_notes.release_notes(context, state, target)
    if isinstance(target, NewRelease):

        def write(tree: Path) -> list[str]:
            return [*release_version.write(context.project, tree, version), *release_notes.write(tree, text)]

        who = releaser.identity(context.git, context.project.config.identity, context.git.epoch_of(target.parent))
        made = release_commit.make(context.git, context.home, target.parent, str(version), write, who)
        branch = state.branch
    else:
        release_version.check_named(context, target.commit, version)
        made, branch = target.commit, ""
    return Release(
        project=context.project.name,
        version=str(version),
        pep440=version.pep440,
        tag=target.tag,
        commit=made,
        branch=branch,
        epoch=context.git.epoch_of(made),
        artifacts=(),
        notes=text,
        prerelease=version.prerelease,
    )


def _by_pull_request(tag: str, request: ReleaseRequest) -> UsageError:
    words = {"--part": request.part, "--pre": request.pre} if not request.version else {"--version": request.version}
    options = "".join(f" {name} {value}" for name, value in words.items() if value and value != "auto")
    return UsageError(
        f"{tag} is not out, and the release commits of this project arrive by pull request",
        facts={"flow": "pull-request, says [tool.windlass]"},
        remedy=f"`inv release.prepare{options}` opens it; once it is merged `inv release.tag`, then "
        f"`inv release --version {tag}` (the tag's workflow does that, where there is one)",
    )
