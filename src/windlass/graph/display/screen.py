"""Where a run is shown: a stream that never fails the work, and what can be done on it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Mapping
from typing import TextIO

_NO_REFLOW = ("screen", "rxvt", "linux", "vt")
"""Terminals by the beginning of TERM that cut lines when they get narrower; others break them."""


class Screen:
    """A stream, most often standard output.

    Attributes:
        stream: the stream itself.
        terminal: whether lines on it can be taken back.
        colour: whether colours may be used on it. Source: no-color.org.
        reflows: whether lines break anew when it gets narrower.
    """

    def __init__(self, stream: TextIO, env: Mapping[str, str] = os.environ) -> None:
        self.stream = stream
        self._gone = False
        term = env.get("TERM", "")
        self.terminal = term not in {"", "dumb"} and stream.isatty()
        self.colour = self.terminal and not env.get("NO_COLOR")
        self.reflows = "TMUX" in env or not ("XTERM_VERSION" in env or term.startswith(_NO_REFLOW))

    def write(self, text: str) -> None:
        """Show text at once; characters that the stream has no form for are replaced."""
        if self._gone:
            return
        try:
            self.stream.write(text)
        except UnicodeEncodeError:
            encoding = self.stream.encoding or "ascii"
            self.stream.write(text.encode(encoding, "replace").decode(encoding))
        except OSError:
            self._leave()
        with contextlib.suppress(ValueError):
            self._flush()

    def _flush(self) -> None:
        try:
            self.stream.flush()
        except OSError:
            self._leave()

    def _leave(self) -> None:
        """Whoever read it is gone (`inv test | head`), or the disk is full: the work goes on unseen."""
        self._gone = True
        with contextlib.suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.stream.fileno())  # what Python still has to write at its end goes there
            os.close(null)

    def size(self) -> tuple[int, int]:
        """Columns and rows as they are now."""
        with contextlib.suppress(OSError, ValueError):
            columns, rows = os.get_terminal_size(self.stream.fileno())
            if columns > 0 and rows > 0:
                return columns, rows
        return 80, 24


def on_coming_back(call: Callable[[], None]) -> Callable[[], None]:
    """Have `call` called when this process goes on after Ctrl-Z; what is returned ends that. Main thread only."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    before = signal.signal(signal.SIGCONT, lambda *_: call())

    def end() -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGCONT, before)

    return end
