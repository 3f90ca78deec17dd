"""The stand-in for a forge: GitHub's contract for releases, assets, refs and pull requests.

The API is at `/repos/OWNER/NAME/…`, uploads at `/uploads/repos/OWNER/NAME/…`, pages for people at `/OWNER/NAME/…`. Refs
and merges are those of the stage's bare git remote. State: `HOME/forge/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from starlette.routing import Route, Router

from windlass.channels.github.stand_in import tokens
from windlass.channels.github.stand_in.assets import Assets
from windlass.channels.github.stand_in.pull_requests import Pulls
from windlass.channels.github.stand_in.release_html import ReleasePages
from windlass.channels.github.stand_in.releases import Releases
from windlass.channels.github.stand_in.repository import RepositoryHandlers
from windlass.channels.github.stand_in.store import ForgeStore
from windlass.stage.stand_in import StandIn
from windlass.stage.state_history import Effects

_REPO = "/repos/{owner}/{repo}"


class ForgeStandIn(StandIn):
    """The forge."""

    name: ClassVar[str] = "forge"

    def app(self, home: Path, effects: Effects) -> Router:
        """Its API, and its pages for people."""
        store = ForgeStore(home, effects)
        releases, assets, pulls = Releases(store), Assets(store), Pulls(store)
        repository, pages = RepositoryHandlers(store), ReleasePages(store)
        table: tuple[tuple[str, str, tokens.Handler], ...] = (
            ("GET", "/rate_limit", repository.rate_limit),
            ("GET", _REPO, repository.one),
            ("GET", f"{_REPO}/releases", releases.listing),
            ("POST", f"{_REPO}/releases", releases.make),
            ("GET", f"{_REPO}/releases/latest", releases.latest),
            ("GET", f"{_REPO}/releases/tags/{{tag:path}}", releases.by_tag),
            ("GET", f"{_REPO}/releases/assets/{{asset_id:int}}", assets.one),
            ("DELETE", f"{_REPO}/releases/assets/{{asset_id:int}}", assets.remove),
            ("GET", f"{_REPO}/releases/{{release_id:int}}", releases.one),
            ("PATCH", f"{_REPO}/releases/{{release_id:int}}", releases.change),
            ("DELETE", f"{_REPO}/releases/{{release_id:int}}", releases.remove),
            ("GET", f"{_REPO}/releases/{{release_id:int}}/assets", assets.listing),
            ("POST", f"/uploads{_REPO}/releases/{{release_id:int}}/assets", assets.upload),
            ("GET", f"{_REPO}/git/ref/{{ref:path}}", repository.ref),
            ("GET", f"{_REPO}/git/matching-refs/{{ref:path}}", repository.matching),
            ("GET", f"{_REPO}/git/tags/{{tag_sha}}", repository.tag),
            ("GET", f"{_REPO}/branches/{{branch:path}}", repository.branch),
            ("GET", f"{_REPO}/rules/branches/{{branch:path}}", repository.rules),
            ("GET", f"{_REPO}/pages", repository.pages),
            ("GET", f"{_REPO}/pulls", pulls.listing),
            ("POST", f"{_REPO}/pulls", pulls.make),
            ("GET", f"{_REPO}/pulls/{{pull_number:int}}", pulls.one),
            ("PATCH", f"{_REPO}/pulls/{{pull_number:int}}", pulls.change),
            ("PUT", f"{_REPO}/pulls/{{pull_number:int}}/merge", pulls.merge),
            ("GET", "/objects/{digest}", assets.content),
            ("GET", "/{owner}/{repo}/releases/latest", pages.latest),
            ("GET", "/{owner}/{repo}/releases/tag/{tag:path}", pages.release),
            ("GET", "/{owner}/{repo}/releases/download/{tag:path}/{asset}", assets.download),
        )
        return Router(
            [Route(path, tokens.with_access(store, handler), methods=[method]) for method, path, handler in table]
        )

    def settings(self, address: str) -> dict[str, Any]:
        """Where windlass finds it."""
        return {"github": {"api_url": address}}

    def environment(self, home: Path) -> dict[str, str]:
        """The token that it takes."""
        return {"GITHUB_TOKEN": tokens.write_token(home / "forge")}


def configure(home: Path, **options: Any) -> None:
    """Set how it behaves from now on; the names and their meaning are those of `store.Options`."""
    ForgeStore(home, Effects(home)).configure(**options)
