"""Where a run is shown: a stream that may fail without the work failing with it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TextIO


def written_to(stream: TextIO) -> Callable[[str], object]:
    """Writes to a stream at once; once that fails (nobody reads it any more, a full disk) all else is dropped."""
    broken = False

    def write(text: str) -> None:
        nonlocal broken
        if broken:
            return
        try:
            stream.write(text)
            stream.flush()
        except OSError:
            broken = True
            _silence(stream)

    return write


def _silence(stream: TextIO) -> None:
    """Have what is still buffered go nowhere: Python would fail on it once more when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
