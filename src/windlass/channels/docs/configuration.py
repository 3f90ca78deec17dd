"""`[tool.windlass.docs]`: the documentation site."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from windlass.channels.docs.mkdocs_settings import site_url
from windlass.config import Config, Table
from windlass.github import forge_from_remote_url
from windlass.github.configuration import GitHubTable


class DocsTable(Table, frozen=True):
    """The documentation site."""

    config: Annotated[str, Meta(description="MkDocs' configuration; found: mkdocs.yml.")] = ""
    branch: Annotated[str, Meta(description="The branch that the site is published from.")] = "gh-pages"
    url: Annotated[str, Meta(description="Where readers find the site.")] = ""

    def with_found(self, root: Path, metadata: Mapping[str, Any], config: Config) -> DocsTable:
        """MkDocs' configuration where it usually lies; the site's address is looked for where it is needed."""
        del metadata, config
        return replace(self, config=self.config or ("mkdocs.yml" if (root / "mkdocs.yml").exists() else ""))


def address(root: Path, config: Config) -> str:
    """Where readers find the site: what is configured, what MkDocs' configuration names, or GitHub Pages; or empty.

    Raises:
        ToolMissingError: MkDocs is not installed, which reads its configuration.
        ConfigError: it can't read it.
    """
    docs, github = config.table(DocsTable), config.table(GitHubTable)
    if docs.url or not docs.config:
        return docs.url
    return site_url(root / docs.config) or forge_from_remote_url.github_site(github.repository, github.api_url)
