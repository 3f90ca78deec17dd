"""GitHub's REST API, as far as a release needs it: a thin client whose every request is checked against the contract.

The names are loaded when first used: addresses of pages, which every changelog asks for, need no connection.

Source: https://docs.github.com/rest, and npm's `@octokit/openapi`, which holds the same as OpenAPI.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windlass.github.api_types import Asset as Asset
    from windlass.github.api_types import GitHubRelease as GitHubRelease
    from windlass.github.api_types import Pull as Pull
    from windlass.github.api_types import PullState as PullState
    from windlass.github.api_types import Ref as Ref
    from windlass.github.api_types import Repository as Repository
    from windlass.github.client import GitHub as GitHub

__all__ = ["Asset", "GitHub", "GitHubRelease", "Pull", "PullState", "Ref", "Repository"]

_TYPES = frozenset(__all__) - {"GitHub"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'windlass.github' has no attribute '{name}'")
    home = "windlass.github.api_types" if name in _TYPES else "windlass.github.client"
    return getattr(importlib.import_module(home), name)
