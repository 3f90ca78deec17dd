"""Programs: the one place that starts them. Each has a deadline and dies with windlass, SIGKILL included."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL as DEVNULL
from subprocess import PIPE as PIPE
from subprocess import TimeoutExpired as TimeoutExpired
from typing import Any, NamedTuple

from windlass.errors import CancelledError, ToolError, ToolMissingError
from windlass.shell import environment, processes
from windlass.shell.inherited_thread_locals import InheritedVariable
from windlass.shell.process_group import Group as Group
from windlass.shell.process_group import RunningProgram as RunningProgram

ROOM = "make room on the disk, then run the same again: what was done stays done"
"""The remedy for a full disk."""


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
