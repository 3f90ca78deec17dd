"""GitHub's REST API, as far as a release needs it: a thin client whose every request is checked against the contract.

Source: https://docs.github.com/rest, and npm's `@octokit/openapi`, which holds the same as OpenAPI.
"""

from windlass.github.api_types import Asset, Branch, GitHubRelease, Pull, PullState, Ref, Repository, Rule
from windlass.github.client import GitHub

__all__ = [
    "Asset",
    "Branch",
    "GitHub",
    "GitHubRelease",
    "Pull",
    "PullState",
    "Ref",
    "Repository",
    "Rule",
]
