"""The addresses of a repository's pages on GitHub, for people."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from windlass.forge import ForgePages


@dataclass(frozen=True)
class GitHubPages(ForgePages):
    """The pages of one repository.

    Attributes:
        address: the repository's, such as `https://github.com/owner/name`.
    """

    address: str

    def commit(self, oid: str) -> str:
        """A commit's page."""
        return f"{self.address}/commit/{oid}"

    def issue(self, number: int) -> str:
        """An issue's page; GitHub leads on to the pull request, where it is one."""
        return f"{self.address}/issues/{number}"

    def compare(self, older: str, newer: str) -> str:
        """What changed between two tags; empty without an older one."""
        return older and f"{self.address}/compare/{quote(older)}...{quote(newer)}"

    def tag(self, tag: str) -> str:
        """The page of a tag's release."""
        return f"{self.address}/releases/tag/{quote(tag)}"


def web_root(api_url: str) -> str:
    """Where pages are, told from the API's address: GitHub's own, its data residency's, or a server's.

    Source: docs.github.com, "Using the REST API" of GitHub, GitHub Enterprise Cloud and GitHub Enterprise Server.
    """
    parts = urlsplit(api_url)
    if parts.netloc.startswith("api."):
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"
    return api_url.removesuffix("/api/v3")
