"""The process that runs a command and counts what it and its descendants take; see `tasks.cpu_time`."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tasks.kernel_events import Became, Ended, Event, Forked, Kernel

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_LOOK_S = 0.05
_PYTHON = re.compile(r"python[\d.]*")


def count(report: str, argv: Sequence[str]) -> int:
    """Run a command and write what it took into the file `report`, as JSON; its exit code.

    What outlives its parent becomes this process's child, so that it is counted when it ends.
    """
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with _Watch(os.getpid()) as watch:
        began = time.monotonic()
        try:
            code = subprocess.run(argv, check=False).returncode
        except FileNotFoundError:
            sys.exit(f"{argv[0]} is not installed")
        wall_s = time.monotonic() - began
        _reap()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime
    programs = watch.tally.shares(cpu_s) if watch.heard else None
    Path(report).write_text(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "programs": programs}))
    return code


class Tally:
    """Adds up what the kernel tells of one process's descendants; of that process itself, nothing."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._programs = {root: ""}
        self._process_of: dict[int, int] = {}
        self._started: Counter[str] = Counter()
        self._cpu_s: dict[str, float] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Hear the events, in their order."""
        for event in events:
            match event:
                case Forked(parent, process, thread) if process == thread:
                    self._born(parent, process)
                case Forked(_, process, thread) if process in self._programs and process != self._root:
                    self._process_of[thread] = process
                case Became(process, words) if process in self._programs:
                    self._programs[process] = program(words)
                    self._started[self._programs[process]] += 1
                case Ended(thread, cpu_s, name) if thread in self._process_of:
                    self._ended(self._process_of.pop(thread), cpu_s, name)
                case _:
                    pass

    def _born(self, parent: int, process: int) -> None:
        """Numbers are used again: whatever had this one before is over."""
        self._programs.pop(process, None)
        self._process_of.pop(process, None)
        if parent in self._programs:
            self._programs[process] = self._programs[parent]
            self._process_of[process] = process

    def _ended(self, process: int, cpu_s: float, name: str) -> None:
        known = self._programs[process] or program((name,))
        if not self._programs[process]:  # it was over before its words could be read, or never ran a program
            self._programs[process] = known
            self._started[known] += 1
        self._cpu_s[known] = self._cpu_s.get(known, 0.0) + cpu_s

    def shares(self, cpu_s: float) -> dict[str, tuple[int, float]]:
        """Program → how often it was started, and its share of so many seconds; the largest first."""
        told_s = sum(self._cpu_s.values()) or 1.0
        each_s = {name: cpu_s * self._cpu_s.get(name, 0.0) / told_s for name in {*self._cpu_s, *self._started} - {""}}
        return {name: (self._started[name], each_s[name]) for name in sorted(each_s, key=lambda n: -each_s[n])}


class _Watch:
    """Hears the kernel for the block; where it may not, nothing.

    Attributes:
        heard: whether it may.
    """

    def __init__(self, root: int) -> None:
        self.tally = Tally(root)
        self.heard = False
        self._over = threading.Event()

    def __enter__(self) -> _Watch:
        with contextlib.suppress(OSError, AttributeError):
            self._kernel = Kernel()
            self.heard = True
            self._thread = threading.Thread(target=self._hear, name="cpu-time", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.heard:
            self._over.set()
            self._thread.join()
            self.tally.add(self._kernel.events())
            self._kernel.close()

    def _hear(self) -> None:
        while not self._over.is_set():
            self._kernel.wait(_LOOK_S)
            self.tally.add(self._kernel.events())


def program(words: Sequence[str]) -> str:
    """What to call a process, by its argv: a Python is called by the module or the script that it runs.

    Empty where there are no words: it had ended before they could be read.
    """
    name = Path(words[0]).name if words else ""
    if not _PYTHON.fullmatch(name):
        return "git" if name.startswith("git-") else name
    rest = list(words[1:])
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c"):
        del rest[: 2 if rest[0] in ("-W", "-X") else 1]
    match rest:
        case ["-m", module, *_]:
            return module
        case ["-c", *_]:
            return "python -c"
        case [script, *_]:
            return Path(script).name
        case _:
            return "python"


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
