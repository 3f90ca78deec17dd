"""`[tool.windlass.github]`: where the repository is on GitHub; for its releases and for its pull requests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from windlass.config import Config, Table
from windlass.forge import NoForge
from windlass.github import forge_from_remote_url


class GitHubTable(Table, frozen=True):
    """The GitHub repository."""

    repository: Annotated[
        str,
        Meta(description="OWNER/NAME; found from the remote.", pattern=r"^$|^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$"),
    ] = ""
    api_url: Annotated[str, Meta(description="GitHub's API.")] = "https://api.github.com"
    web_url: Annotated[str, Meta(description="Its pages, which notes link to; told from api-url.")] = ""

    def with_found(self, root: Path, metadata: Mapping[str, Any], config: Config) -> GitHubTable:
        """The repository is the one that the remote leads to; none where that is not on GitHub."""
        found = forge_from_remote_url.look(root, config, self)
        return replace(self, repository="" if isinstance(found, NoForge) else found)
