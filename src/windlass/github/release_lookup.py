"""What GitHub holds for one tag: the published release, drafts of ours, and drafts of somebody else's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from windlass.github import release_text, releases
from windlass.github.api_types import GitHubRelease
from windlass.github.client import GitHub


@dataclass(frozen=True)
class TagReleases:
    """The releases and drafts of one tag.

    Attributes:
        published: the release that readers see.
        own: our drafts, lowest id first; the first is the one that counts.
        foreign: drafts without our marker.
    """

    published: GitHubRelease | None = None
    own: tuple[GitHubRelease, ...] = ()
    foreign: tuple[GitHubRelease, ...] = ()

    @property
    def asset_release(self) -> GitHubRelease | None:
        """Where assets are: the published release, else our first draft."""
        return self.published or next(iter(self.own), None)

    @property
    def surplus_drafts(self) -> tuple[GitHubRelease, ...]:
        """Our drafts that should not be: all beside a published release, all but the first otherwise."""
        return self.own if self.published else self.own[1:]


def look(github: GitHub, tag: str) -> TagReleases:
    """Everything for a tag; lists every page, as "get by tag" passes over drafts."""
    return sort_releases(tag, (release for release in releases.every(github) if release.tag_name == tag))


def sort_releases(tag: str, found: Iterable[GitHubRelease]) -> TagReleases:
    """Releases of one tag by what they are to us."""
    ordered = sorted(found, key=lambda release: release.id)
    drafts = [release for release in ordered if release.draft]
    own = tuple(draft for draft in drafts if release_text.is_marked(draft.text, tag))
    foreign = tuple(draft for draft in drafts if draft not in own)
    return TagReleases(next((release for release in ordered if not release.draft), None), own, foreign)


def asset_release(github: GitHub, tag: str, hint: int = 0) -> GitHubRelease | None:
    """The published release of a tag, else our first draft of it; None when there is neither.

    Args:
        hint: the id it had last time: looked at first, which saves listing every page.
    """
    there = releases.by_id(github, hint) if hint else None
    if there is not None and there.tag_name == tag and (not there.draft or release_text.is_marked(there.text, tag)):
        return there
    return look(github, tag).asset_release


def digests(github: GitHub, release: GitHubRelease) -> dict[str, str]:
    """The whole files of a release or draft: name → `sha256:<64 hex>`. What a cut upload left is not among them."""
    found = releases.assets(github, release.id)
    return {name: releases.digest(github, asset) for name, asset in found.items() if asset.state == "uploaded"}
