"""The index that this machine uses: where the stage sends readers for other projects' names."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from windlass import shell
from windlass.errors import WindlassError

_DEFAULT = "https://pypi.org/simple"


def address(environment: Mapping[str, str] = os.environ) -> str:
    """The simple API's address, without a last slash; PyPI's where nothing else is configured.

    Asked in this order: uv's and pip's variables, uv's user and system files, pip's configuration.
    """
    for found in _configured_urls(environment):
        if found.startswith(("http://", "https://")):
            return found.rstrip("/")
    return _DEFAULT


def _configured_urls(environment: Mapping[str, str]) -> Iterator[str]:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        # uv takes `name=URL`, too
        url = environment.get(name, "")
        yield url if url.startswith("http") else url.partition("=")[2]
    config = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for file in (config / "uv" / "uv.toml", Path("/etc/uv/uv.toml")):
        yield _of_uv(file)
    yield _of_pip()


def _of_uv(file: Path) -> str:
    try:
        settings: dict[str, Any] = tomllib.loads(file.read_text())
    except (OSError, ValueError):
        return ""
    defaults = [index["url"] for index in settings.get("index", []) if index.get("default")]
    return str((defaults or [settings.get("index-url", "")])[0])


def _of_pip() -> str:
    """From `pip config list`, since `get` leaves out the file that PIP_CONFIG_FILE names."""
    try:
        listing = shell.run([sys.executable, "-m", "pip", "config", "list"], timeout_s=30, credentials=True).text
    except WindlassError:  # pip is not there
        return ""
    rows = dict(line.split("=", 1) for line in listing.splitlines() if "=" in line)
    return rows.get("global.index-url", "").strip("'\"")
