"""Digests, as all of windlass spells them: `sha256:<64 hex>`; and names that are made of texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
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


def pieces_digest(pieces: Iterable[bytes]) -> str:
    """The digest of bytes that come piece by piece."""
    running = RunningDigest()
    for piece in pieces:
        running.add(piece)
    return str(running)


class RunningDigest:
    """The digest of what passes by; as text, that of all so far."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """This came next."""
        self._sha256.update(piece)

    def __str__(self) -> str:
        """`sha256:<64 hex>`."""
        return f"sha256:{self._sha256.hexdigest()}"


def text_key(text: str) -> str:
    """64 hexadecimal digits that stand for a text: what is kept for it is found under them."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
