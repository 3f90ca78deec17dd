"""A run followed from outside: what a view is told, as lines of JSON on a pipe to the process that started this one.

The pipe is the program's alone: what the program itself starts does not have it, so that only its own runs are told.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from windlass.graph.display import wording
from windlass.graph.display.view import FOLLOWED
from windlass.graph.node import NodeReport

if TYPE_CHECKING:
    from windlass.graph.report import Report

_PATIENCE_S = 2.0
"""How long the pipe of a program that has ended is read on: something that it left behind may hold it open."""


class EventPipe:
    """The writing end of a pipe; safe to use from several threads. That nobody reads any more fails nothing."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._runs = 0

    def run(self) -> int:
        """A number for one more run."""
        with self._lock:
            self._runs += 1
            return self._runs

    def send(self, event: Mapping[str, Any]) -> None:
        """Send one event, whole; never from a fork of this process, which shares the pipe."""
        line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
        with self._lock, suppress(OSError):
            while line and os.getpid() == self._pid:
                line = line[os.write(self._fd, line) :]


_channels: dict[str, EventPipe] = {}


def follower(name: str) -> EventPipe | None:
    """The pipe that `name` (the variable's value) tells; None where this process does not have it."""
    if name not in _channels:
        fd = _pipe(name)
        if fd < 0:
            return None
        os.set_inheritable(fd, False)
        _channels[name] = EventPipe(fd)
    return _channels[name]


def _pipe(name: str) -> int:
    """The descriptor, where it is that very pipe; another process's may have the same number."""
    fd, _, inode = name.partition(":")
    try:
        found = os.fstat(int(fd))
    except (ValueError, OSError):
        return -1
    return int(fd) if stat.S_ISFIFO(found.st_mode) and str(found.st_ino) == inode else -1


class EventView:
    """Tells one run, as events.

    Every event has `event`, its kind, and `run`, the number of its run. A run inside a node that has the console is
    told by a view of its own.
    """

    def __init__(self, channel: EventPipe, explain: bool = False, stream: TextIO | None = None) -> None:
        """`stream`: where it would be shown otherwise."""
        self.explain = explain
        self.stream = stream
        self._channel = channel
        self._run = channel.run()
        self._reports: Mapping[str, NodeReport] = {}
        self._told = 0  # how many of these

    def on_plan(self, pools: Mapping[str, str], reports: Mapping[str, NodeReport]) -> None:
        """With the names of all."""
        self._reports = reports
        self._send("planned", names=list(pools))

    def on_start(self, name: str) -> None:
        """With its name."""
        self._send("started", name=name)

    def on_output(self, name: str, text: str) -> None:
        """With its words."""
        self._send("wrote", name=name, text=text)

    def progress(self, name: str, text: str) -> None:
        """With what it is at."""
        self._send("progress", name=name, text=text)

    def on_finish(self, report: NodeReport, text: str) -> None:
        """With its report and all that it wrote."""
        self._send("finished", report=report, text=text)

    def on_text(self, text: str) -> None:
        """With the words."""
        self._send("said", text=text)

    def on_end(self, report: Report) -> None:
        """With the summary, the error that the run ends with, and what bounded it, in seconds."""
        ended = {"summary": wording.summary(report), "error": str(report.error or "")}
        self._send("ended", **ended, critical_path_s=report.critical_path_s)

    def close(self) -> None:
        """Nothing: the pipe closes with the process."""

    def _send(self, event: str, **facts: Any) -> None:
        """An event, with the reports of nodes that ended since the last one, silent ones included."""
        over = list(self._reports.values())[self._told :]
        self._told += len(over)
        self._channel.send({"event": event, "run": self._run, **facts, **({"over": over} if over else {})})


class Listening(NamedTuple):
    """What a program that is to be followed is started with.

    Attributes:
        environment: variables that it needs.
        fd: a descriptor that it inherits.
    """

    environment: Mapping[str, str]
    fd: int


@contextmanager
def listening(heard: Callable[[Mapping[str, Any]], None]) -> Iterator[Listening]:
    """Follow the program that is started in this block, and has ended when the block does.

    Args:
        heard: is given each event, in order, in a thread of its own, and none after the block.
    """
    read_end, write_end = os.pipe()
    over = threading.Event()
    reader = threading.Thread(target=_read, args=(read_end, heard, over), daemon=True, name="windlass-events")
    reader.start()
    try:
        yield Listening({FOLLOWED: f"{write_end}:{os.fstat(write_end).st_ino}"}, write_end)
    finally:
        os.close(write_end)
        reader.join(_PATIENCE_S)
        over.set()


def _read(fd: int, heard: Callable[[Mapping[str, Any]], None], over: threading.Event) -> None:
    """Give whole lines on; a line that a killed program left torn is none."""
    with os.fdopen(fd, "rb") as lines:
        for line in lines:
            if over.is_set():
                return
            if line.endswith(b"\n"):
                heard(json.loads(line))
