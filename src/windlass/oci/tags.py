"""What an image's tags are called."""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
"""Source: the OCI distribution specification, "Pulling manifests"."""


def holding_tag(version: str, digest: str) -> str:
    """The tag that holds an image before its version is out: `sealed-1.3.0-9f2c41d0aa17`."""
    return f"sealed-{version}-{digest.removeprefix('sha256:')[:12]}"


def version_tags(version: str, git_tag: str) -> tuple[str, ...]:
    """What a version's image may be called where something else than windlass pushed it: `1.3.0`, `v1.3.0`."""
    return tuple(name for name in dict.fromkeys((version, git_tag)) if _REFERENCE.fullmatch(name))


def possible_floating_names(version: str) -> tuple[str, ...]:
    """The floating names that a version can have: `latest`, `1`, `1.3`."""
    major, minor, _ = version.split(".", 2)
    return ("latest", major, f"{major}.{minor}")
