"""The indexes that uv and pip are told of by the environment, without the logins that stand in their addresses."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import unquote

_VARIABLES = (
    *("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_INDEX", "UV_FIND_LINKS"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"),
)
"""Several indexes may stand in one, with spaces between."""
_WITH_LOGIN = re.compile(r"(?P<scheme>https?)://(?P<user>[^/\s:@]*)(?::(?P<password>[^/\s@]*))?@(?P<host>[^/\s?#]+)")


def index_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Those of the variables in which a login stands, each with addresses on this machine in its place.

    What installs from an index runs the code of what it installs, and so is never given a login: see
    `windlass.http.login_proxy`.
    """
    asked = {name: environ[name] for name in _VARIABLES if _WITH_LOGIN.search(environ.get(name, ""))}
    return {name: _WITH_LOGIN.sub(_address_here, text) for name, text in asked.items()}


def _address_here(found: re.Match[str]) -> str:
    from windlass.http.login_proxy import login_proxy

    user, password = unquote(found["user"]), unquote(found["password"] or "")
    return login_proxy(f"{found['scheme']}://{found['host']}", user, password)
