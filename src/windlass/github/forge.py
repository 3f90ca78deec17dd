"""GitHub as the forge that what leads to a release speaks to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from windlass.forge import Forge, ForgePages, PullRequest
from windlass.github import token
from windlass.github.page_urls import GitHubPages, web_root

if TYPE_CHECKING:
    from windlass.github.client import GitHub


@dataclass(frozen=True)
class GitHubForge(Forge):
    """One repository on GitHub, or on a server that speaks its contract.

    Attributes:
        repository: `OWNER/NAME`.
        api_url: the API's root, without a last slash.
        web_url: the pages' root, without a last slash; empty to tell it from the API's.
        environment: where the token is looked up.
    """

    repository: str
    api_url: str
    web_url: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False, compare=False)

    name: ClassVar[str] = "GitHub"
    channel: ClassVar[str] = "github"

    @property
    def pages(self) -> ForgePages:
        """The repository's pages."""
        return GitHubPages(f"{self._web_root}/{self.repository}")

    @property
    def _web_root(self) -> str:
        return self.web_url or web_root(self.api_url)

    def missing(self) -> tuple[str, ...]:
        """A token, unless the environment or the keyring has one."""
        return () if token.find(self.api_url, self.environment) else (token.where(self.api_url),)

    def open_pull_request(self, wanted: PullRequest) -> str:
        """The address of the open pull request, made unless it is there."""
        from windlass.github import pull_requests

        with self._client() as github:
            return pull_requests.open_one(github, wanted.head, wanted.into, wanted.title, wanted.body).html_url

    def merge_pull_request(self, url: str, head: str) -> None:
        """Merge it by a merge commit."""
        from windlass.github import pull_requests

        with self._client() as github:
            pull_requests.merge(github, pull_requests.number_of(url), head)

    def rehearsal_settings(self) -> Mapping[str, Any]:
        """The same repository, whatever its copy's remote; and notes that link to the real pages."""
        return {"github": {"repository": self.repository, "web_url": self._web_root}}

    def on_stage(self, settings: Mapping[str, Any], environment: Mapping[str, str]) -> GitHubForge:
        """The stand-in's API, with its token."""
        return replace(self, api_url=settings[self.channel]["api_url"], environment=environment)

    def tag_push_warning(self, environment: Mapping[str, str]) -> str:
        """A job's own token starts no workflow. Source: docs.github.com, "Triggering a workflow from a workflow"."""
        if not environment.get("GITHUB_ACTIONS"):
            return ""
        return (
            "a tag that was pushed with GITHUB_TOKEN starts no workflow: run that command in this job, or push with a "
            "token that may start workflows"
        )

    def _client(self) -> GitHub:
        from windlass.github.client import GitHub

        return GitHub(self.repository, self.api_url, token.find(self.api_url, self.environment))
