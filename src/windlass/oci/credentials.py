"""Credentials for registries: what `docker login` stored, found as Docker finds it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from windlass import shell
from windlass.errors import ConfigError, CredentialError

_HUB_KEY = "https://index.docker.io/v1/"
_HELPER_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Login:
    """What proves who asks.

    Attributes:
        user: a name; `<token>` where the secret is an identity token.
        secret: password or token.
    """

    user: str
    secret: str = field(repr=False)

    @property
    def is_token(self) -> bool:
        """Whether `secret` is an identity token, to be traded for an access token."""
        return self.user == "<token>"

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header."""
        pair = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        return f"Basic {pair}"


def find(host: str, environment: Mapping[str, str] | None = None) -> Login | None:
    """The login for a registry's host; None when there is none.

    Docker's config.json is asked first (its credential helper for the host, its store, then what it holds itself); a
    job on GitHub may push to ghcr.io with its own token.

    Raises:
        ConfigError: config.json can't be read.
        CredentialError: a credential helper fails.
    """
    env = os.environ if environment is None else environment
    found = _in_docker(host, _config(env))
    if found is None and host == "ghcr.io" and env.get("GITHUB_TOKEN"):
        return Login(env.get("GITHUB_ACTOR") or "windlass", env["GITHUB_TOKEN"])
    return found


def _config(env: Mapping[str, str]) -> Mapping[str, Any]:
    folder = (
        Path(env["DOCKER_CONFIG"]) if env.get("DOCKER_CONFIG") else Path(env.get("HOME", "~")).expanduser() / ".docker"
    )
    file = folder / "config.json"
    try:
        raw = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as broken:
        raise ConfigError(
            "Docker's config.json can't be read",
            facts={"file": file, "problem": type(broken).__name__},
            remedy="mend or remove it, then `docker login` again",
        ) from broken
    return raw if isinstance(raw, dict) else {}


def _in_docker(host: str, config: Mapping[str, Any]) -> Login | None:
    key = _HUB_KEY if host == "docker.io" else host
    helper = (config.get("credHelpers") or {}).get(host) or config.get("credsStore")
    if helper and (login := _ask(str(helper), key)):
        return login
    auths = {_host(name): entry for name, entry in (config.get("auths") or {}).items()}
    entry = auths.get(_host(key)) or {}
    if entry.get("identitytoken"):
        return Login("<token>", entry["identitytoken"])
    if entry.get("auth"):
        user, _, secret = base64.b64decode(entry["auth"]).decode().rstrip("\0").partition(":")
        return Login(user, secret)
    return Login(entry["username"], entry.get("password", "")) if entry.get("username") else None


def _ask(helper: str, key: str) -> Login | None:
    """What a credential helper has. Source: github.com/docker/docker-credential-helpers."""
    argv = [f"docker-credential-{helper}", "get"]
    done = shell.run(argv, stdin=key.encode(), timeout_s=_HELPER_TIMEOUT_S, ok=None, credentials=True)
    if done.code == 0:
        raw = json.loads(done.out)
        return Login(raw["Username"], raw["Secret"])
    if "credentials not found" in done.text + done.err:
        return None
    raise CredentialError(
        f"docker-credential-{helper} failed",
        facts={"asked for": key, "exit code": done.code},
        remedy="run `docker login` again, or correct credsStore and credHelpers in Docker's config.json",
    )


def _host(name: str) -> str:
    """Docker's keys may be addresses (`https://ghcr.io/v1/`)."""
    return name.removeprefix("https://").removeprefix("http://").partition("/")[0]
