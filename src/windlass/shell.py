"""Programs: the one place that starts them. Every one has a deadline and dies with windlass, SIGKILL included."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from windlass.errors import ToolError, ToolMissingError

_LEADER = "read -r _; kill -9 0"
"""The program of a group's leader: its standard input ends when windlass dies, and then so does its whole group."""


class Group:
    """A process group that ends when windlass does, however windlass ends.

    Its leader is a small shell that waits on a pipe which only this process holds open. Programs join its group as they
    start (there is no moment in which one runs outside), so neither a crash nor SIGKILL of windlass leaves an orphan.
    """

    def __init__(self) -> None:
        read_end, self._write_end = os.pipe()
        self._leader = subprocess.Popen(
            ["/bin/sh", "-c", _LEADER],
            stdin=read_end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        os.close(read_end)

    @property
    def id(self) -> int:
        """The process group's id, for `Popen(process_group=…)`."""
        return self._leader.pid

    def end(self, grace_s: float = 0.0) -> None:
        """End every program of the group: SIGTERM, then SIGKILL after `grace_s` seconds; safe to repeat."""
        if self._leader.poll() is not None:
            return
        if grace_s > 0:
            self._terminate_and_wait(grace_s)
        try:
            os.killpg(self.id, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._leader.wait()
        os.close(self._write_end)

    def _terminate_and_wait(self, grace_s: float) -> None:
        try:
            os.killpg(self.id, signal.SIGTERM)  # the leader dies of it too and stays a zombie until reaped, so its id holds
        except ProcessLookupError:
            return
        until = time.monotonic() + grace_s
        while time.monotonic() < until and _members(self.id):
            time.sleep(0.01)

    def __enter__(self) -> Group:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def _members(group: int) -> bool:
    """Whether a process of the group still runs, zombies apart."""
    listing = subprocess.run(["ps", "-o", "stat=", "-g", str(group)], capture_output=True, text=True, check=False)
    return any(not state.startswith("Z") for state in listing.stdout.split())


@dataclass(frozen=True)
class Done:
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


def group() -> Group:
    """The process group of this process's own programs (made when first asked for, anew after a fork)."""
    with _group_lock:
        pid = os.getpid()
        if pid not in _groups:
            _groups[pid] = Group()
        return _groups[pid]


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
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout_s: float = 600.0,
    ok: Sequence[int] | None = (0,),
    into: Group | None = None,
) -> Done:
    """Run a program to its end.

    Args:
        argv: program and arguments; never a shell's line. No secrets: others can read them.
        env: added to this process's environment.
        timeout_s: its whole group's deadline.
        ok: exit codes that are no error; None for any.
        into: the group it joins; this process's own when None.

    Raises:
        ToolMissingError: there is no such program.
        ToolError: it ended with another code, or not in time.
    """
    words = tuple(str(word) for word in argv)
    try:
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=(into or group()).id,
        )
    except FileNotFoundError as missing:
        if cwd is not None and not cwd.exists():
            raise ToolError(f"the folder to run {words[0]} in is gone", facts={"folder": cwd}) from missing
        raise ToolMissingError(f"{words[0]} is not installed", remedy=f"install {words[0]}") from missing
    try:
        out, err = process.communicate(stdin, timeout=timeout_s)
    except subprocess.TimeoutExpired as late:
        process.kill()
        process.communicate()
        raise ToolError(
            f"{words[0]} did not finish within {timeout_s:g} s",
            facts={"command": " ".join(words)},
            remedy="see why it hangs; then run the same again",
        ) from late
    done = Done(words, process.returncode, out, err.decode("utf-8", "replace"))
    if ok is not None and done.code not in ok:
        raise failure(done)
    return done


def failure(done: Done) -> ToolError:
    """The error for a program that failed: its command, its code and its last lines."""
    last = "\n".join((done.err or done.text).strip().splitlines()[-12:])
    ended = f"exited with {done.code}" if done.code >= 0 else f"was ended by {signal.Signals(-done.code).name}"
    return ToolError(
        f"{Path(done.argv[0]).name} {ended}",
        facts={"command": " ".join(done.argv), "it said": last or "(nothing)"},
    )
