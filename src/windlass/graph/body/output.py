"""What a node writes: `print` in its body and its programs' output land in its own text and its own log file."""

from __future__ import annotations

import codecs
import contextlib
import io
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO, cast

from windlass.errors import UsageError
from windlass.shell.inherited_thread_locals import InheritedVariable

_HEAD, _TAIL = 4_000_000, 100_000
"""Characters from the beginning and from the end of a node's output that are kept in memory; the log file has all."""


class Output:
    """One node's text, safe to write from several threads.

    Attributes:
        log: the file that gets all of it, line by line; made with the first word, so that silent nodes leave none.
        owner: the node's name.
        console: whether the node has the terminal for itself, and with it what a person types.
        stream: where it is shown then, for runs inside it.
        closed: whether the node has ended.
    """

    encoding = "utf-8"

    def __init__(
        self,
        log: Path | None,
        heard: Callable[[str], None] = lambda _: None,
        owner: str = "",
        console: bool = False,
        stream: TextIO | None = None,
        at: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`heard` is told of its words, `at` of what it is at."""
        self.log = log
        self.owner = owner
        self.console = console
        self.stream = stream
        self.closed = False
        self._heard = heard
        self._at = at
        self._lock = threading.Lock()
        self._kept = _HeadAndTail()
        self._file: TextIO | None = None
        self._bytes: _Bytes | None = None

    def write(self, text: str) -> int:
        """Add to it."""
        if text:
            with self._lock:
                self._kept.add(text)
                self._note(text)
                self._heard(text)
        return len(text)

    def progress(self, text: str) -> None:
        """Show what the node is at, where it has a line that changes: it is no part of its text."""
        if not self.closed:
            self._at(text)

    def note(self, text: str) -> None:
        """Into the log file alone: it is shown otherwise."""
        with self._lock:
            self._note(text)

    def _note(self, text: str) -> None:
        if self.log is not None and not self.closed:
            with contextlib.suppress(OSError):  # a full disk must not fail the work; the text is shown anyway
                if self._file is None:
                    self.log.parent.mkdir(parents=True, exist_ok=True)
                    self.log.unlink(missing_ok=True)  # another run may be writing to it
                    self._file = self.log.open("w", 1, encoding="utf-8", errors="replace", newline="")
                self._file.write(text)

    @property
    def buffer(self) -> io.RawIOBase:
        """The same for bytes, as `sys.stdout.buffer` is: UTF-8."""
        if self._bytes is None:
            self._bytes = _Bytes(self)
        return self._bytes

    def flush(self) -> None:
        """Nothing: every write is heard at once."""

    def isatty(self) -> bool:
        """Never: several nodes write side by side."""
        return False

    def close(self) -> None:
        """Close the log file."""
        with self._lock, contextlib.suppress(OSError):
            self.closed = True
            if self._file is not None:
                self._file.close()

    @property
    def text(self) -> str:
        """What was written so far; of very much the beginning and the end."""
        return self._kept.text(self.log)

    def error_facts(self, lines: int = 20) -> dict[str, str]:
        """For an error: its last lines that are not empty, and where the rest is; empty for one that wrote nothing."""
        found = [line for line in self.text.splitlines() if line.strip()]
        facts = {"it said": "\n".join(found[-lines:])} if found else {}
        if len(found) > lines and self.log is not None:
            here = Path.cwd()
            facts["all of it"] = str(self.log.relative_to(here) if self.log.is_relative_to(here) else self.log)
        return facts


class _HeadAndTail:
    """Text of which the beginning and the end are kept."""

    def __init__(self) -> None:
        self._head: list[str] = []
        self._head_size = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._dropped = 0

    def add(self, text: str) -> None:
        if self._head_size < _HEAD:
            self._head.append(text)
            self._head_size += len(text)
            return
        self._tail.append(text)
        self._tail_size += len(text)
        while self._tail_size - len(self._tail[0]) > _TAIL:
            gone = len(self._tail.popleft())
            self._tail_size -= gone
            self._dropped += gone

    def text(self, log: Path | None) -> str:
        where = f"; all of it is in {log}" if log else ""
        gap = [f"\n… {self._dropped} characters left out{where} …\n"] if self._dropped else []
        return "".join([*self._head, *gap, *self._tail])


class _Bytes(io.RawIOBase):
    """Bytes written here become the output's text; a character may come in two pieces."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output
        self._decode = codecs.getincrementaldecoder(output.encoding)("replace").decode

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._output.write(self._decode(bytes(data)))
        return len(data)


_current: InheritedVariable[Output] = InheritedVariable("windlass-output")


@contextlib.contextmanager
def print_to(output: Output) -> Iterator[None]:
    """In this block `print` goes to `output`, also in threads that are started there."""
    with _current.set_in_block(output):
        yield


def _speaker() -> Output | None:
    """The node at work in this thread, as long as it has not ended."""
    output = _current.get()
    return None if output is None or output.closed else output


class Router:
    """Stands in for `sys.stdout` or `sys.stderr`: a node's words go to its output, all others where they went."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def write(self, text: str) -> int:
        """To the current node's output, or to the stream that was there before."""
        return cast("int", (_speaker() or self.real).write(text))

    def writelines(self, lines: Iterable[str]) -> None:
        """Each of them."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> Any:
        """The same for bytes."""
        return (_speaker() or self.real).buffer

    def flush(self) -> None:
        """Flush the stream that was there before."""
        output = _speaker()
        if output is None or output.console:
            self.real.flush()

    def isatty(self) -> bool:
        """Whether it is a terminal; a node's output is one only where the node has the console."""
        output = _speaker()
        return (output is None or output.console) and bool(self.real.isatty())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class StdinGuard:
    """Stands in for `sys.stdin`: what a person types is for a node that has the console; any other that asks fails."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def isatty(self) -> bool:
        """Whether a person is there to be asked."""
        output = _speaker()
        return (output is None or output.console) and bool(self.real.isatty())

    def fileno(self) -> int:
        """The descriptor, for whoever may read it."""
        if not _may_ask():
            raise io.UnsupportedOperation("this node has no standard input")
        return cast("int", self.real.fileno())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("read") or name == "buffer":
            _check_may_ask()
        return getattr(self.real, name)

    def __iter__(self) -> Iterator[str]:
        _check_may_ask()
        return iter(self.real)

    def __next__(self) -> str:
        _check_may_ask()
        return cast("str", next(self.real))


def _may_ask() -> bool:
    output = _speaker()
    return output is None or output.console


def _check_may_ask() -> None:
    if not _may_ask():
        owner = cast("Output", _current.get()).owner
        raise UsageError(
            f"{owner} waits for what a person types, and other nodes have the terminal too",
            remedy='declare it with pool="console": then it runs alone, and the terminal is its own',
        )


@contextlib.contextmanager
def route_streams() -> Iterator[None]:
    """`sys.stdout`, `sys.stderr` and `sys.stdin` tell nodes apart in this block; harmless inside another such block."""
    before = sys.stdout, sys.stderr, sys.stdin
    out, err = (one if isinstance(one, Router) else Router(one) for one in before[:2])
    answers = before[2] if isinstance(before[2], StdinGuard) else StdinGuard(before[2])
    sys.stdout, sys.stderr, sys.stdin = cast("TextIO", out), cast("TextIO", err), cast("TextIO", answers)
    try:
        yield
    finally:
        sys.stdout, sys.stderr, sys.stdin = before
