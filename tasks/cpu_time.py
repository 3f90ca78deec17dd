"""CPU seconds of a command and of all that it starts, and which programs took them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import resource
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tasks.kernel_events import Became, Ended, Event, Forked, Kernel
from windlass import shell

HOW = """CPU seconds are what the kernel counted for the command and everything that it started (`getrusage`, orphans
adopted); by program they are shares of that sum, told for every thread that ended (taskstats, which root may hear)."""
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_DEADLINE_S = 4 * 3600.0
_LOOK_S = 0.05
_PYTHON = re.compile(r"python[\d.]*")


@dataclass(frozen=True)
class Share:
    """What one program had of it: how often it was started, and its CPU seconds, all of its processes together."""

    started: int
    cpu_s: float


@dataclass(frozen=True)
class Spent:
    """What a command took.

    Attributes:
        code: its exit code.
        wall_s: seconds from its start to its end.
        cpu_s: CPU seconds of it and of everything that it started and that ended.
        others_s: CPU seconds that the machine spent on something else meanwhile; 0 where nobody can tell.
        programs: program → its share; None where the kernel tells nobody but root, or is not Linux.
        out: what it printed.
        err: what it said on standard error.
    """

    code: int
    wall_s: float
    cpu_s: float
    others_s: float
    programs: Mapping[str, Share] | None
    out: str = field(default="", repr=False)
    err: str = field(default="", repr=False)


def measured(argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None) -> Spent:
    """Run a command to its end and add up what it took, as `HOW` says.

    By the clock's ticks, as the kernel tells them, a single short program may seem to take nothing: figures by program
    are right for many of them or for long ones.

    Args:
        env: added to this process's environment.

    Raises:
        ToolError: it takes hours.
    """
    into = shell.group()
    into.id  # noqa: B018  makes the group's leader, which is none of the command's programs
    with _adopting_orphans(), _Watch(os.getpid()) as watch:
        children, own, busy, began = _children_s(), time.process_time(), _busy_s(), time.monotonic()
        done = shell.run(argv, cwd=cwd, env=env, timeout_s=_DEADLINE_S, ok=None, into=into)
        wall_s = time.monotonic() - began
        _reap()
        cpu_s = _children_s() - children
        others_s = max(_busy_s() - busy - cpu_s - (time.process_time() - own), 0.0)
    programs = watch.tally.shares(cpu_s) if watch.heard else None
    return Spent(done.code, wall_s, cpu_s, others_s, programs, done.text, done.err)


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

    def shares(self, cpu_s: float) -> dict[str, Share]:
        """Program → its share of so many seconds, the largest first."""
        told_s = sum(self._cpu_s.values()) or 1.0
        each_s = {name: cpu_s * self._cpu_s.get(name, 0.0) / told_s for name in {*self._cpu_s, *self._started} - {""}}
        return {name: Share(self._started[name], each_s[name]) for name in sorted(each_s, key=lambda n: -each_s[n])}


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


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _busy_s() -> float:
    """CPU seconds that the machine has spent on anything. Source: proc_stat(5)."""
    try:
        user, nice, system, *_ = Path("/proc/stat").read_text().split()[1:]
    except OSError:
        return 0.0
    return (int(user) + int(nice) + int(system)) / float(os.sysconf("SC_CLK_TCK"))


@contextlib.contextmanager
def _adopting_orphans() -> Iterator[None]:
    """For the block, what outlives its parent becomes this process's child, so that it is counted when it ends."""
    libc = ctypes.CDLL(None) if os.uname().sysname == "Linux" else None
    if libc is not None:
        libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        _reap()
        yield
    finally:
        if libc is not None:
            libc.prctl(_SUBREAPER, 0, 0, 0, 0)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
