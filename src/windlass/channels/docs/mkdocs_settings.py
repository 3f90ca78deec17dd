"""MkDocs' configuration as MkDocs itself reads it: with what it inherits, and what it takes from the environment."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from windlass.errors import ConfigError, ToolMissingError


def site_url(file: Path) -> str:
    """The address that a configuration names; empty for none.

    Read by MkDocs' own loader, on a base that makes no objects: what a project's configuration would have Python
    import is left out.

    Raises:
        ToolMissingError: MkDocs is not installed.
        ConfigError: it can't be read.
    """
    raw = file.read_bytes() if file.is_file() else b""
    if b"site_url" not in raw and b"INHERIT" not in raw:
        return ""  # MkDocs takes a tenth of a second to be imported
    try:
        reading = importlib.import_module("mkdocs.utils.yaml")
    except ImportError as missing:
        raise ToolMissingError(
            "mkdocs is not installed, so the documentation's address can't be told",
            facts={"configuration": file},
            remedy="pip install 'windlass[docs]', or set `url` in [tool.windlass.docs]",
        ) from missing
    try:
        with file.open("rb") as source:
            found = reading.yaml_load(source, _loader(reading))
    except (OSError, ValueError, reading.exceptions.ConfigurationError) as problem:
        raise ConfigError(
            "MkDocs' configuration can't be read",
            facts={"configuration": file, "problem": problem},
            remedy="correct it: `inv docs.build` says more",
        ) from problem
    address = found.get("site_url") if isinstance(found, dict) else None
    return address if isinstance(address, str) else ""


def _loader(reading: Any) -> Any:
    """MkDocs' loader, to which a tag that would run something is nothing."""
    base: Any = type("Loader", (reading.yaml.SafeLoader,), {})
    base.add_constructor(None, _nothing)
    return reading.get_yaml_loader(base)


def _nothing(_loader: Any, _node: Any) -> None:
    """What a tag stands for that is none of YAML's own."""
