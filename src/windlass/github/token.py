"""Where a token for GitHub comes from: the environment, then the keyring. Never a file of ours."""

from __future__ import annotations

import os
from collections.abc import Mapping

VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
KEYRING_USER = "windlass"


def find(api_url: str, environment: Mapping[str, str] = os.environ) -> str:
    """The token for an API; empty when there is none."""
    for name in VARIABLES:
        if token := environment.get(name, "").strip():
            return token
    return _from_keyring(api_url)


def where(api_url: str) -> str:
    """What to do so that `find` finds one."""
    return f"a token for {api_url}: set GITHUB_TOKEN (or GH_TOKEN), or `keyring set {api_url} {KEYRING_USER}`"


def _from_keyring(api_url: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(api_url, KEYRING_USER) or ""
    except KeyringError:
        return ""
