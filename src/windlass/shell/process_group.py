"""A process group that ends when windlass does, and the programs that start in it."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from windlass.errors import CancelledError
from windlass.shell import processes

if TYPE_CHECKING:
    from windlass.shell.posix_spawn import Spawner

_LEADER = "trap '' INT TERM HUP; read -r _; kill -9 0"
"""A group's leader: its standard input ends when windlass dies, and then so does its whole group."""


class Group:
    """A process group that ends when windlass does, however windlass ends.

    Its leader is a small shell that waits on a pipe which only this process holds open. Programs join the
    group as they start (no moment in which one runs outside), so neither a crash nor SIGKILL of windlass
    leaves an orphan. The leader starts with the first program.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # so that no program joins a group that is being ended
        self._leader: subprocess.Popen[bytes] | None = None
        self._write_end = -1
        self._ended = False
        self._spawner: Spawner | None = None

    @property
    def id(self) -> int:
        """The process group's id, for what does not start by `start`; makes the leader."""
        with self._lock:
            return self._lead()

    @property
    def is_ended(self) -> bool:
        """Whether `end` was called: nothing can start in it any more."""
        return self._ended

    def start(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start a program in the group; `options` are `subprocess.Popen`'s.

        Raises:
            CancelledError: the group has ended.
            FileNotFoundError: as Popen.
        """
        with self._lock:
            self._open(argv[0])
            return subprocess.Popen(argv, process_group=self._lead(), **options)

    def spawn(self, argv: Sequence[str], folder: str, env: Mapping[str, str]) -> RunningProgram:
        """Start a program whose output is read and that reads nothing: as `start`, in half of the time.

        Args:
            argv: the program's path (or a name on PATH) and its arguments.
            folder: where it starts, absolute.
            env: its whole environment.

        Raises:
            CancelledError: the group has ended.
            FileNotFoundError: there is no such program, or no such folder.
        """
        ends = [*os.pipe(), *os.pipe()]
        try:
            return self._spawn(argv, folder, env, ends)
        except BaseException:
            os.close(ends[0])
            os.close(ends[2])
            raise
        finally:
            os.close(ends[1])
            os.close(ends[3])

    def _spawn(self, argv: Sequence[str], folder: str, env: Mapping[str, str], ends: Sequence[int]) -> RunningProgram:
        path = argv[0] if "/" in argv[0] else _find_program(argv[0], env.get("PATH"))
        if path is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
        with self._lock:
            self._open(argv[0])
            group = self._lead()
            if self._spawner is None:
                self._spawner = _spawner(group)
            if self._spawner is not None:
                pid = self._spawner.start([path, *argv[1:]], folder, env, ends[1], ends[3])
                return RunningProgram(pid, ends[0], ends[2])
        program = self.start(argv, cwd=folder, env=env, stdin=_null(), stdout=ends[1], stderr=ends[3])
        return RunningProgram(program.pid, ends[0], ends[2], program)

    def _open(self, program: str) -> None:
        if self._ended:
            raise CancelledError(f"{program} was not started: the run is ending")

    def _lead(self) -> int:
        if self._leader is None:
            read_end, self._write_end = os.pipe()
            self._leader = subprocess.Popen(
                ["/bin/sh", "-c", _LEADER],
                stdin=read_end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                process_group=0,
            )
            os.close(read_end)
        return self._leader.pid

    def terminate(self) -> None:
        """Ask every program of the group to end (SIGTERM), and let none start any more."""
        with self._lock:
            self._ended = True
            if self._leader is not None and self._leader.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._leader.pid, signal.SIGTERM)

    def busy(self) -> bool:
        """Whether a program of the group still runs, its leader and zombies apart."""
        leader = self._leader.pid if self._leader else 0
        return bool(leader) and any(p.group == leader and p.pid != leader for p in processes.running())

    def end(self, grace_s: float = 0.0) -> None:
        """End every program of the group: SIGTERM, then SIGKILL after `grace_s` seconds; safe to repeat."""
        if grace_s > 0 and not self._ended and self.busy():
            self.terminate()
            until = time.monotonic() + grace_s
            while time.monotonic() < until and self.busy():
                time.sleep(0.005)
        with self._lock:
            self._ended = True
            if self._leader is None or self._write_end < 0:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._leader.pid, signal.SIGKILL)
            self._leader.wait()
            if self._spawner is not None:
                self._spawner.close()
            os.close(self._write_end)
            self._write_end = -1

    def __enter__(self) -> Group:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class RunningProgram(NamedTuple):
    """A program that runs.

    Attributes:
        pid: its process.
        out: descriptor to read its standard output from; the reader closes it.
        err: the same of its standard error.
    """

    pid: int
    out: int
    err: int
    popen: subprocess.Popen[bytes] | None = None

    def wait(self) -> int:
        """Its exit code once it has ended; negative for the signal that ended it."""
        if self.popen is not None:
            return self.popen.wait()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@functools.lru_cache(maxsize=64)
def _find_program(name: str, path: str | None) -> str | None:
    """Where a program lies; looked up once for each PATH."""
    return shutil.which(name, path=path)


def _spawner(group: int) -> Spawner | None:
    """What starts programs in a group; None where only Python's own way is left."""
    from windlass.shell.posix_spawn import Spawner, libc

    library = libc()
    return None if library is None else Spawner(library, group, _null())


_nulls: list[int] = []


def _null() -> int:
    """A descriptor of /dev/null; one for all programs."""
    if not _nulls:
        _nulls.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    return _nulls[0]
