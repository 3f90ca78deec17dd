"""What a node writes: `print` in its body and its programs' output land in its own text and its own log file."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TextIO, cast

_KEPT = 4_000_000
"""Characters of a node's output that are kept in memory; the log file has all."""


class Output:
    """One node's text, safe to write from several threads.

    Attributes:
        log: the file that gets all of it; made with the first word, so that silent nodes leave none.
    """

    encoding = "utf-8"

    def __init__(self, log: Path | None, heard: Callable[[str], None] = lambda _: None) -> None:
        self.log = log
        self._heard = heard
        self._lock = threading.Lock()
        self._parts: list[str] = []
        self._size = 0
        self._file: TextIO | None = None

    def write(self, text: str) -> int:
        """Add to it."""
        if text:
            with self._lock:
                self._keep(text)
                self._heard(text)
        return len(text)

    def _keep(self, text: str) -> None:
        if self._size < _KEPT:
            self._parts.append(text)
            self._size += len(text)
        if self.log is not None:
            with contextlib.suppress(OSError):  # a full disk must not fail the work; the text is shown anyway
                if self._file is None:
                    self.log.parent.mkdir(parents=True, exist_ok=True)
                    self.log.unlink(missing_ok=True)  # another run may be writing to it
                    self._file = self.log.open("w", encoding="utf-8", errors="replace")
                self._file.write(text)

    def flush(self) -> None:
        """Nothing: every write is heard at once."""

    def isatty(self) -> bool:
        """Never: several nodes write side by side."""
        return False

    def close(self) -> None:
        """Close the log file."""
        with self._lock, contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()

    @property
    def text(self) -> str:
        """What was written so far."""
        return "".join(self._parts)

    def last(self, lines: int) -> str:
        """The last lines that are not empty."""
        return "\n".join([line for line in self.text.splitlines() if line.strip()][-lines:])


_current: ContextVar[Output | None] = ContextVar("windlass-output", default=None)


@contextlib.contextmanager
def writing(output: Output) -> Iterator[None]:
    """In this block (and this thread) `print` goes to `output`."""
    token = _current.set(output)
    try:
        yield
    finally:
        _current.reset(token)


class Router:
    """Stands in for `sys.stdout` or `sys.stderr`: a node's words go to its output, all others where they went."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def write(self, text: str) -> int:
        """To the current node's output, or to the stream that was there before."""
        output = _current.get()
        return cast("int", self.real.write(text)) if output is None else output.write(text)

    def writelines(self, lines: Iterator[str]) -> None:
        """Each of them."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the stream that was there before."""
        if _current.get() is None:
            self.real.flush()

    def isatty(self) -> bool:
        """Whether it is a terminal; a node's output never is."""
        return _current.get() is None and bool(self.real.isatty())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@contextlib.contextmanager
def routed() -> Iterator[None]:
    """`sys.stdout` and `sys.stderr` tell nodes apart in this block; harmless inside another such block."""
    before = sys.stdout, sys.stderr
    out, err = (one if isinstance(one, Router) else Router(one) for one in before)
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
