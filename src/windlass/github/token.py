"""Where a token for GitHub comes from: the environment, then the keyring. Never a file of ours."""

from __future__ import annotations

import os
from collections.abc import Mapping

from windlass.errors import CredentialError

VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
KEYRING_USER = "windlass"


def find(api_url: str, environment: Mapping[str, str] = os.environ) -> str:
    """The token for an API; empty when there is none.

    Raises:
        CredentialError: a variable holds something that no header can carry.
    """
    for name in VARIABLES:
        if token := environment.get(name, "").strip():
            return _check_token(token, name)
    return _check_token(_from_keyring(api_url), "the keyring's entry")


def _check_token(token: str, where: str) -> str:
    if not all("!" <= character <= "~" for character in token):
        raise CredentialError(
            f"{where} holds more than a token",
            remedy="set it to the token alone, without spaces or line ends",
        )
    return token


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
