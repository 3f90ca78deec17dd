"""The registry's token server: where a login is wanted, every request must carry a token with the right scope."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from pathlib import Path

_LASTS_S = 300


class LoginRules:
    """Who may do what; nothing is asked for until `want` named a user.

    Attributes:
        home: the registry's folder.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    def want(self, user: str, password: str) -> None:
        """From now on, everything needs this login."""
        self.home.mkdir(parents=True, exist_ok=True)
        file = self.home / "login.json"
        file.write_text(json.dumps({"user": user, "password": password, "key": secrets.token_hex(16)}))
        file.chmod(0o600)

    @property
    def is_wanted(self) -> bool:
        """Whether a login is asked for."""
        return (self.home / "login.json").exists()

    def token(self, authorization: str, scopes: list[str]) -> str:
        """A token for these scopes (`repository:demo:pull,push`); empty for a wrong login."""
        known = self._users()
        pair = f"{known['user']}:{known['password']}"
        if not hmac.compare_digest(_basic(authorization), pair.encode()):
            return ""
        claim = json.dumps({"scopes": scopes, "until": time.time() + _LASTS_S}).encode()
        return f"{base64.urlsafe_b64encode(claim).decode()}.{self._sign(claim)}"

    def grants(self, authorization: str, name: str, action: str) -> bool:
        """Whether a request may do `action` (`pull`, `push`) in a repository; any repository when `name` is empty."""
        if not self.is_wanted:
            return True
        encoded, _, signature = authorization.removeprefix("Bearer ").partition(".")
        try:
            claim = base64.urlsafe_b64decode(encoded)
        except ValueError:
            return False
        if not hmac.compare_digest(signature.encode(), self._sign(claim).encode()):
            return False
        said = json.loads(claim)
        rights = [scope.rsplit(":", 1) for scope in said["scopes"]]
        fits = not name or any(what == f"repository:{name}" and action in does.split(",") for what, does in rights)
        return bool(fits and time.time() < said["until"])

    def _sign(self, claim: bytes) -> str:
        return hmac.new(self._users()["key"].encode(), claim, hashlib.sha256).hexdigest()

    def _users(self) -> dict[str, str]:
        known: dict[str, str] = json.loads((self.home / "login.json").read_text())
        return known


def _basic(authorization: str) -> bytes:
    try:
        return base64.b64decode(authorization.removeprefix("Basic "))
    except ValueError:
        return b""
