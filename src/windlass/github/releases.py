"""Releases and their assets: one function a question or an act."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from windlass.digest import content_digest
from windlass.github.api_types import Asset, GitHubRelease, Ref, Repository, TagObject
from windlass.github.client import GitHub

Fields = Mapping[str, str | bool]


def every(github: GitHub) -> list[GitHubRelease]:
    """Every release, drafts included where the token may see them."""
    return list(github.pages(GitHubRelease, "/releases"))


def by_id(github: GitHub, release_id: int) -> GitHubRelease | None:
    """One release or draft; None when it is gone."""
    return github.find(GitHubRelease, f"/releases/{release_id}")


def latest(github: GitHub) -> GitHubRelease | None:
    """The release that readers are sent to; None when there is none."""
    return github.find(GitHubRelease, "/releases/latest")


def create(github: GitHub, fields: Fields) -> GitHubRelease:
    """Make a release or a draft; which fields, see GitHub's contract."""
    return github.ask(GitHubRelease, "/releases", method="POST", ok=(201,), json=dict(fields))


def edit(github: GitHub, release_id: int, fields: Fields) -> GitHubRelease:
    """Change a release; fields that are not named stay as they are."""
    return github.ask(GitHubRelease, f"/releases/{release_id}", method="PATCH", json=dict(fields))


def delete(github: GitHub, release_id: int) -> None:
    """Remove a draft (or a release); nothing when it is gone already."""
    github.send("DELETE", f"{github.base}/releases/{release_id}", ok=(204, 404))


def assets(github: GitHub, release_id: int) -> dict[str, Asset]:
    """The files of a release or draft, by name, leftovers of uploads that were cut included."""
    return {asset.name: asset for asset in github.pages(Asset, f"/releases/{release_id}/assets")}


def upload(github: GitHub, release: GitHubRelease, name: str, file: Path) -> Asset:
    """Add a file to a release or draft."""
    return github.upload(release.upload_url, name, file.read_bytes(), Asset)


def delete_asset(github: GitHub, asset_id: int) -> None:
    """Remove a file; nothing when it is gone already."""
    github.send("DELETE", f"{github.base}/releases/assets/{asset_id}", ok=(204, 404))


def digest(github: GitHub, asset: Asset) -> str:
    """An asset's digest, `sha256:<64 hex>`: GitHub's own where it names one, else that of the bytes it serves."""
    if asset.digest and asset.digest.startswith("sha256:"):
        return asset.digest
    content = github.download(asset.url)
    return "" if content is None else content_digest(content)


def commit_of_tag(github: GitHub, tag: str) -> str:
    """The commit that a tag of the repository leads to; empty when there is no such tag."""
    ref = github.find(Ref, f"/git/ref/tags/{quote(tag)}")
    if ref is None:
        return ""
    there = ref.object
    while there.type == "tag":
        there = github.ask(TagObject, f"/git/tags/{there.sha}").object
    return there.sha


def repository(github: GitHub) -> Repository:
    """The repository itself."""
    return github.ask(Repository, "")
