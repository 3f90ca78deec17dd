"""Digests, as all of windlass spells them: `sha256:<64 hex>`."""

from __future__ import annotations

import hashlib
from pathlib import Path


def content_digest(content: bytes) -> str:
    """The digest of bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def file_digest(path: Path) -> str:
    """The digest of a file's bytes.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
