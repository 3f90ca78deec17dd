"""The acts that bring GitHub to hold a release. Each looks, acts, and looks again; each is safe to repeat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from windlass.backoff import Backoff
from windlass.errors import ConflictError, NotVerifiedError, RemoteRefusedError, RemoteUnreachableError, WindlassError
from windlass.github import release_lookup, release_text, releases
from windlass.github.api_types import GitHubRelease
from windlass.github.client import GitHub

_ATTEMPTS = 3
_LOST = (RemoteRefusedError, RemoteUnreachableError)


@dataclass(frozen=True)
class Patience:
    """How long "not visible yet" is waited for.

    Attributes:
        wait_s: seconds in all.
    """

    wait_s: float = 60.0

    def until(self, seen: Callable[[], bool]) -> bool:
        """Ask until it is so, at growing intervals; False when it is not within the bound."""
        backoff = Backoff(self.wait_s, first_s=0.1, longest_s=8.0)
        while not seen():
            if not backoff.again(f"waiting for GitHub to show it, at most {self.wait_s:.0f} s"):
                return False
        return True


def draft(github: GitHub, tag: str, fields: releases.Fields) -> GitHubRelease:
    """Exactly one draft of ours for a tag (the lowest id), or the published release that it became.

    Raises:
        ConflictError: somebody else's draft is there.
    """
    there = release_lookup.look(github, tag)
    if there.published is None and there.foreign:
        raise foreign_draft(tag, there.foreign[0])
    if there.asset_release is None:
        there = _create_draft(github, tag, fields)
    for spare in there.surplus_drafts:
        releases.delete(github, spare.id)
    if there.asset_release is None:
        raise missing_release_error(tag)
    return there.asset_release


def _create_draft(github: GitHub, tag: str, fields: releases.Fields) -> release_lookup.TagReleases:
    try:
        made = [releases.create(github, {**fields, "tag_name": tag, "draft": True})]
    except _LOST:
        made = []
        there = release_lookup.look(github, tag)
        if there.asset_release is None:
            raise
        return there
    listed = [release for release in releases.every(github) if release.tag_name == tag]
    ids = {release.id for release in listed}  # a list may be a moment behind
    return release_lookup.sort_releases(tag, [*listed, *(release for release in made if release.id not in ids)])


def asset(github: GitHub, release: GitHubRelease, name: str, sha256: str, file: Callable[[], Path]) -> None:
    """A file of a release or draft, once, whole; what a cut upload left behind is removed first.

    Args:
        file: finds the bytes, once they are needed.

    Raises:
        ConflictError: other bytes have that name.
    """
    problem: WindlassError | None = None
    for _ in range(_ATTEMPTS):
        there, cleaned = _asset_digest(github, release, name)
        if there:
            _same_or_conflict(release, name, sha256, there)
            return
        if isinstance(problem, RemoteRefusedError) and not cleaned:
            raise problem
        try:
            releases.upload(github, release, name, file())
        except _LOST as lost:
            problem = lost
    there, _ = _asset_digest(github, release, name)
    if not there:
        raise problem or NotVerifiedError(
            f"GitHub took {name}, and does not show it",
            facts={"release": release.html_url},
            remedy="run the same again: what was done stays done",
        )
    _same_or_conflict(release, name, sha256, there)


def _asset_digest(github: GitHub, release: GitHubRelease, name: str) -> tuple[str, bool]:
    """A file's digest (empty when it is not there), and whether a leftover was removed."""
    there = releases.assets(github, release.id).get(name)
    if there is None:
        return "", False
    if there.state != "uploaded":
        releases.delete_asset(github, there.id)
        return "", True
    return releases.digest(github, there), False


def _same_or_conflict(release: GitHubRelease, name: str, here: str, there: str) -> None:
    if there != here:
        remedy = "delete that draft, then run the same again" if release.draft else "release a new version"
        raise ConflictError(
            f"{name} is already on GitHub with other contents",
            facts={"there": there, "here": here, "release": release.html_url},
            remedy=remedy,
        )


def publish(
    github: GitHub,
    release: GitHubRelease,
    commit: str,
    wanted: Mapping[str, str],
    fields: releases.Fields,
    patience: Patience,
) -> None:
    """Let readers see a draft that holds every file, under a tag that leads to `commit`; never as "latest".

    Args:
        wanted: file name → `sha256:<64 hex>`.

    Raises:
        ConflictError: a file is absent or another one, or the tag is not there or leads elsewhere.
    """
    there = release_lookup.digests(github, release)
    for name, sha256 in wanted.items():
        if name not in there:
            raise _incomplete(release, name)
        _same_or_conflict(release, name, sha256, there[name])
    tag = release.tag_name
    if release.draft:
        _tag_leads_to(github, tag, commit, patience)
        _nail_latest(github, tag)
        fields = {**fields, "tag_name": tag, "draft": False}
    else:  # what a person published, or has written since, stays; only a pre-release must be known for one
        fields = {"prerelease": fields["prerelease"]}
    marked = bool(fields["prerelease"])
    _edit(github, release.id, {**fields, "make_latest": "false"}, lambda there: _is_out(there, marked))


def _is_out(there: GitHubRelease, marked: bool) -> bool:
    """Whether readers see it, as a pre-release where it is one; one that was taken back keeps its mark."""
    return not there.draft and (there.prerelease or not marked)


def _tag_leads_to(github: GitHub, tag: str, commit: str, patience: Patience) -> None:
    """GitHub would make a tag that is not there, on whatever the default branch holds: never let it."""
    if patience.until(lambda: bool(releases.commit_of_tag(github, tag))):
        there = releases.commit_of_tag(github, tag)
        if there == commit:
            return
    else:
        there = "(no such tag)"
    raise ConflictError(
        f"tag {tag} on GitHub does not lead to the release's commit; nothing was published",
        facts={"there": there, "here": commit, "repository": github.repository},
        remedy="see that the git remote is this repository, and who moved the tag",
    )


def _nail_latest(github: GitHub, tag: str) -> None:
    """Say of the release that is "latest" now that it is.

    `make_latest: false` holds only while another release was explicitly made the latest; else GitHub shows the newest.
    Source: cli/cli issues 6963 and 10695.
    """
    there = releases.latest(github)
    if there is not None and there.tag_name != tag:
        releases.edit(github, there.id, {"make_latest": "true"})


def point(github: GitHub, tag: str, patience: Patience) -> None:
    """Make a published release the one that readers are sent to.

    Raises:
        ConflictError: it is not published.
    """
    if _latest_is(github, tag):
        return
    there = release_lookup.asset_release(github, tag)
    if there is None or there.draft:
        raise missing_release_error(tag)
    problem: WindlassError | None = None
    try:
        releases.edit(github, there.id, {"make_latest": "true"})
    except _LOST as lost:
        problem = lost
        patience = Patience(0.0)
    if not patience.until(lambda: _latest_is(github, tag)):
        raise problem or not_latest(github, tag)


def _latest_is(github: GitHub, tag: str) -> bool:
    there = releases.latest(github)
    return there is not None and there.tag_name == tag


def not_latest(github: GitHub, tag: str) -> NotVerifiedError:
    """The error for readers who are sent elsewhere."""
    there = releases.latest(github)
    return NotVerifiedError(
        f"GitHub's latest release is not {tag}",
        facts={"there": there.tag_name if there else "(none)", "here": tag, "repository": github.repository},
        remedy="run the same again; if it stays, see who moved it",
    )


def mark_taken_back(github: GitHub, tag: str, note: str) -> None:
    """Mark a published release as a pre-release, and say on its page what to use instead."""
    there = release_lookup.asset_release(github, tag)
    if there is None or there.draft:
        raise missing_release_error(tag)
    if is_taken_back(there):
        return
    fields: releases.Fields = {
        "prerelease": True,
        "make_latest": "false",
        "body": release_text.with_taken_back_note(there.text, note),
    }
    _edit(github, there.id, fields, is_taken_back)


def is_taken_back(release: GitHubRelease) -> bool:
    """Whether a release is marked and says so."""
    return release.prerelease and release_text.says_taken_back(release.text)


def remove_drafts(github: GitHub, tag: str) -> None:
    """Remove our drafts of a tag; a published release stays."""
    for own in release_lookup.look(github, tag).own:
        releases.delete(github, own.id)


def _edit(github: GitHub, release_id: int, fields: releases.Fields, seen: Callable[[GitHubRelease], bool]) -> None:
    """Change a release unless it is so already, then look: a reply alone proves nothing, lost or not."""
    problem: WindlassError | None = None
    before = releases.by_id(github, release_id)
    if before is not None and seen(before):
        return
    try:
        releases.edit(github, release_id, fields)
    except _LOST as lost:
        problem = lost
    after = releases.by_id(github, release_id)
    if after is None or not seen(after):
        raise problem or NotVerifiedError(
            "GitHub took a change of a release, and does not show it",
            facts={"release": after.html_url if after else "(gone)", "changed": ", ".join(sorted(fields))},
            remedy="run the same again: what was done stays done",
        )


def foreign_draft(tag: str, there: GitHubRelease) -> ConflictError:
    """The error for a draft that is not ours."""
    return ConflictError(
        f"somebody else's draft of {tag} is on GitHub",
        facts={"draft": there.html_url, "title": there.name or "(none)"},
        remedy=f"delete it; or make it this release's, with {release_text.marker(tag)} as its first line",
    )


def _incomplete(release: GitHubRelease, name: str) -> ConflictError:
    return ConflictError(
        f"{name} is not in the release on GitHub",
        facts={"release": release.html_url},
        remedy="run the same again: what is absent is uploaded first",
    )


def missing_release_error(tag: str) -> ConflictError:
    """The error for a release that was there a moment ago."""
    return ConflictError(
        f"the release {tag} is not on GitHub where it was",
        remedy="run the same again: what is absent is made again",
    )
