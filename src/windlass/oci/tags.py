"""What an image's tags are called."""

from __future__ import annotations


def holding_tag(version: str, digest: str) -> str:
    """The tag that holds an image before its version is out: `sealed-1.3.0-9f2c41d0aa17`."""
    return f"sealed-{version}-{digest.removeprefix('sha256:')[:12]}"


def possible_floating_names(version: str) -> tuple[str, ...]:
    """The floating names that a version can have: `latest`, `1`, `1.3`."""
    major, minor, _ = version.split(".", 2)
    return ("latest", major, f"{major}.{minor}")
