"""Programs: the one place that starts them. Each has a deadline and dies with windlass, SIGKILL included."""

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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL as DEVNULL
from subprocess import PIPE as PIPE
from subprocess import TimeoutExpired as TimeoutExpired
from typing import TYPE_CHECKING, Any, NamedTuple

from windlass.errors import CancelledError, ToolError, ToolMissingError
from windlass.shell import environment, processes
from windlass.shell.inherited_thread_locals import InheritedVariable

if TYPE_CHECKING:
    from windlass.shell.posix_spawn import Spawner

_LEADER = "trap '' INT TERM HUP; read -r _; kill -9 0"
"""A group's leader: its standard input ends when windlass dies, and then so does its whole group."""


ROOM = "make room on the disk, then run the same again: what was done stays done"
"""The remedy for a full disk."""


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


class ProgramResult(NamedTuple):
    """A program that ended.

    Attributes:
        argv: what ran.
        code: its exit code; negative for the signal that ended it.
        out: standard output, bytes.
        err: standard error, text.
    """

    argv: tuple[str, ...]
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text, undecodable bytes replaced, the last newline gone."""
        return self.out.decode("utf-8", "replace").rstrip("\n")


_group_lock = threading.Lock()
_groups: dict[int, Group] = {}
_joined: InheritedVariable[Group] = InheritedVariable("windlass-group")


def group() -> Group:
    """The process group that programs join here: a node's inside a node of the graph, else the process's own.

    The process's own is made when first asked for, anew after a fork.
    """
    joined = _joined.get()
    if joined is not None:
        return joined
    with _group_lock:
        pid = os.getpid()
        if pid not in _groups:
            _groups[pid] = Group()
        return _groups[pid]


@contextlib.contextmanager
def join_group(joined: Group) -> Iterator[None]:
    """Programs started in this block (by this thread and those that it starts) join `joined`."""
    with _joined.set_in_block(joined):
        yield


def which(program: str, *, remedy: str = "") -> str:
    """The program's path.

    Raises:
        ToolMissingError: it is not on PATH.
    """
    path = shutil.which(program)
    if path is None:
        raise ToolMissingError(f"{program} is not installed", remedy=remedy or f"install {program}")
    return path


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    stdin: bytes = b"",
    timeout_s: float = 600.0,
    ok: Sequence[int] | None = (0,),
    into: Group | None = None,
    pass_fds: Sequence[int] = (),
    credentials: bool = False,
) -> ProgramResult:
    """Run a program to its end.

    Args:
        argv: program and arguments; never a shell's line. No secrets: others can read them.
        env: added to what the program sees of this process's environment; None takes a variable out of it.
        timeout_s: the deadline of it and all that it started.
        ok: exit codes that are no error; None for any.
        into: the group it joins; `group()` when None.
        pass_fds: descriptors that it inherits.
        credentials: whether it sees all of this process's environment: for programs that act in windlass's name. All
            others may run somebody's code, and see the part that `windlass.shell.environment` names.

    Raises:
        ToolMissingError: there is no such program.
        ToolError: it ended with another code, or not in time.
        CancelledError: the run that this is part of is ending.
    """
    words = tuple(str(word) for word in argv)
    home = into or group()
    seen = environment.inherited() if credentials else environment.without_credentials()
    try:
        process = home.start(
            words,
            cwd=cwd,
            env=environment.merged(seen, env or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=pass_fds,
        )
    except FileNotFoundError as missing:
        if cwd is not None and not cwd.exists():
            raise ToolError(f"the folder to run {words[0]} in is gone", facts={"folder": cwd}) from missing
        raise ToolMissingError(f"{words[0]} is not installed", remedy=f"install {words[0]}") from missing
    try:
        out, err = process.communicate(stdin, timeout=timeout_s)
    except subprocess.TimeoutExpired as late:
        processes.kill_tree(process.pid)
        _reap(process)
        raise ToolError(
            f"{words[0]} did not finish within {timeout_s:g} s",
            facts={"command": " ".join(words)},
            remedy="see why it hangs; then run the same again",
        ) from late
    done = ProgramResult(words, process.returncode, out, err.decode("utf-8", "replace"))
    if done.code < 0 and home.is_ended:
        raise CancelledError(f"{words[0]} was ended: the run is ending", facts={"command": " ".join(words)})
    if ok is not None and done.code not in ok:
        raise failure(done)
    return done


def _reap(process: subprocess.Popen[bytes]) -> None:
    """Reap a killed process without waiting for pipes that something it left behind still holds."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    process.wait()


def failure(done: ProgramResult) -> ToolError:
    """The error for a program that failed: its command, its code and its last lines."""
    last = "\n".join((done.err or done.text).strip().splitlines()[-12:])
    ended = f"exited with {done.code}" if done.code >= 0 else f"was ended by {signal.Signals(-done.code).name}"
    return ToolError(
        f"{Path(done.argv[0]).name} {ended}",
        facts={"command": " ".join(done.argv), "it said": last or "(nothing)"},
        remedy=ROOM if os.strerror(errno.ENOSPC) in last else "",
    )


def start_session(argv: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a program as the leader of a session of its own, in no group of ours; `options` are Popen's."""
    return subprocess.Popen(argv, start_new_session=True, **options)
