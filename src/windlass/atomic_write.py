"""Files that appear whole or not at all: written beside, then put in place of what was there."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Where to write what is to be a file: it takes its place at the end, unless the block fails.

    The folder that it is in is made. Safe from several threads and processes: the last one stays.

    Raises:
        OSError: it can't be put in place; what was there is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file so that whoever reads it sees the old one or the new one; its folder is made.

    Safe from several threads and processes: the last one stays.

    Raises:
        OSError: it can't be written; what was there is as it was.
    """
    with written_beside(path) as beside:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
