"""The reader: sees and downloads a release as somebody who comes to its page would."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from windlass.digest import content_digest
from windlass.github import releases
from windlass.github.api_types import Asset, GitHubRelease
from windlass.github.client import GitHub
from windlass.http import download


def visible(github: GitHub, tag: str) -> GitHubRelease | None:
    """The release that a tag's page shows; None when there is none (drafts have no page)."""
    return github.find(GitHubRelease, f"/releases/tags/{quote(tag)}")


def reader_digests(github: GitHub, release: GitHubRelease, names: Collection[str]) -> dict[str, str]:
    """The files that a reader gets: name → `sha256:<64 hex>` of the bytes; without those that can't be had.

    Without a token, unless the repository is private.
    """
    private = releases.repository(github).private
    found = [asset for name, asset in releases.assets(github, release.id).items() if name in names]
    got = {asset.name: _with_token(github, asset) if private else _as_anybody(asset) for asset in found}
    return {name: sha256 for name, sha256 in got.items() if sha256}


def _as_anybody(asset: Asset) -> str:
    return download(asset.browser_download_url)


def _with_token(github: GitHub, asset: Asset) -> str:
    content = github.download(asset.url)
    return "" if content is None else content_digest(content)
