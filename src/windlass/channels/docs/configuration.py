"""`[tool.windlass.docs]`: the documentation site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from windlass.config import Config, Table
from windlass.github import remote_forge
from windlass.github.configuration import GitHubTable


class DocsTable(Table, frozen=True):
    """The documentation site."""

    config: Annotated[str, Meta(description="MkDocs' configuration; found: mkdocs.yml.")] = ""
    branch: Annotated[str, Meta(description="The branch that the site is published from.")] = "gh-pages"
    url: Annotated[str, Meta(description="Where readers find the site.")] = ""

    def with_found(self, root: Path, metadata: Mapping[str, Any], config: Config) -> DocsTable:
        """MkDocs' configuration where it usually lies, and the address that it names, or that of GitHub Pages."""
        file = self.config or ("mkdocs.yml" if (root / "mkdocs.yml").exists() else "")
        if self.url or not file:
            return replace(self, config=file)
        text = (root / file).read_text("utf-8") if (root / file).is_file() else ""
        named = re.search(r"""^site_url:\s*["']?([^\s"'#]+)""", text, re.MULTILINE)
        return replace(self, config=file, url=named[1] if named else _on_github(root, metadata, config))


def _on_github(root: Path, metadata: Mapping[str, Any], config: Config) -> str:
    github = config.table(GitHubTable).with_found(root, metadata, config)
    return remote_forge.github_site(github.repository, github.api_url)
