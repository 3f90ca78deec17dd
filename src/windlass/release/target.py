"""What a release is about: which version, on which commit; steps 0 to 2."""

from __future__ import annotations

from pathlib import Path

from windlass.errors import UsageError
from windlass.history.version_tags import HOTFIX
from windlass.model import Release
from windlass.release import notes, rules, version_choice, worktree
from windlass.release.context import ReleaseContext
from windlass.release.repository_state import RepositoryState
from windlass.release.rules import Existing, New, Nothing, Request, Resume, Target


def aim(site: ReleaseContext, facts: RepositoryState, request: Request) -> Target:
    """Steps 0 and 1: what is to be released.

    Raises:
        UsageError, VersionError, RepositoryError: it can't be.
    """
    asked = rules.wanted(request, site.project.config.tag_prefix)
    if asked is not None and (found := rules.named(asked, facts, site.project.config.tag_prefix)):
        return found
    if asked is None and (pending := rules.unfinished(facts)):
        return Resume(pending[0])
    if asked is None and (ended := _ended_here(site, facts)):
        site.bring_home(ended)
        return Nothing(f"{ended.tag} was released from what is checked out")
    target = upcoming(site, facts, request)
    if isinstance(target, New) and site.project.config.flow == "pull-request":
        raise _by_pull_request(target.tag, request)
    return target


def upcoming(site: ReleaseContext, facts: RepositoryState, request: Request) -> New | Nothing:
    """The new version that is to be made of what is checked out.

    Raises:
        VersionError, RepositoryError: it can't be.
    """
    prefix = site.project.config.tag_prefix
    asked = rules.wanted(request, prefix)
    rules.refuse_half_rolled_back(facts)
    rules.check_tree(facts, (site.project.config.branch, f"{HOTFIX}*"))
    here = version_choice.standing(site)
    now = here.current
    if asked is None and now and now.commit == facts.head and not rules.promotes(now.version, request):
        return Nothing(f"{now.name} is what is checked out: there is nothing new to release")
    version = (
        version_choice.rules(site.project).check(asked)
        if asked
        else version_choice.after(site, facts, here, request).next
    )
    if version is None:
        reason = f"no commit since {now.name if now else 'the beginning'} asks for a release"
        return Nothing(f"{reason}; `--part patch` makes one anyway")
    rules.check_version(version, facts, prefix)
    since = now if version.prerelease else here.final
    return New(version, version.tag(prefix), facts.head, since.name if since else "")


def _ended_here(site: ReleaseContext, facts: RepositoryState) -> Release | None:
    """The finished release of what is checked out, where the run that made it ended before it moved the branch."""
    ended = (entry for entry in facts.entries.values() if entry.says("done") and not entry.withdrawn)
    last = next((entry.release for entry in ended if entry.release.commit == facts.remote_head), None)
    return last if last is not None and site.git.resolve(f"{last.commit}^") == facts.head else None


def release_of(site: ReleaseContext, facts: RepositoryState, target: New | Existing) -> Release:
    """Step 2: the release commit, and what is known of the release before it is built."""
    version = target.version
    text = notes.of(site, facts, target)
    if isinstance(target, New):

        def write(tree: Path) -> list[str]:
            return [*version_choice.write(site.project, tree, version), *notes.write(tree, text)]

        made, branch = worktree.make(site.git, site.home, target.parent, str(version), write), facts.branch
    else:
        version_choice.check_named(site, target.commit, version)
        made, branch = target.commit, ""
    return Release(
        project=site.project.name,
        version=str(version),
        pep440=version.pep440,
        tag=target.tag,
        commit=made,
        branch=branch,
        epoch=site.git.author_of(made).epoch,
        artifacts=(),
        notes=text,
        prerelease=version.prerelease,
    )


def _by_pull_request(tag: str, request: Request) -> UsageError:
    words = {"--part": request.part, "--pre": request.pre} if not request.version else {"--version": request.version}
    options = "".join(f" {name} {value}" for name, value in words.items() if value and value != "auto")
    return UsageError(
        f"{tag} is not out, and the release commits of this project arrive by pull request",
        facts={"flow": "pull-request, says [tool.windlass]"},
        remedy=f"`inv release.prepare{options}` opens it; once it is merged `inv release.tag`, then "
        f"`inv release --version {tag}` (the tag's workflow does that, where there is one)",
    )
