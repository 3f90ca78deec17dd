"""A program's output as it comes: read while it still writes."""

from __future__ import annotations

import fcntl
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, cast

from windlass import shell
from windlass.errors import ToolError, ToolMissingError
from windlass.shell import environment

_CHUNK_BYTES = 1 << 18
_PIPE_BYTES = 1 << 20
"""So that the program goes on writing while a chunk is parsed."""


def stream(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str | None],
    timeout_s: float,
    failed: Callable[[shell.ProgramResult], Exception],
) -> Iterator[bytes]:
    """Run a program and give its standard output, chunk by chunk.

    It ends with its reader, with windlass, or at the deadline.

    Args:
        argv: program and arguments.
        env: added to this process's environment, all of which it sees (this is for git alone); None takes one out.
        failed: makes the error for one that ended with another code than 0; what it printed is not in it.

    Raises:
        ToolMissingError: there is no such program.
        ToolError: the folder is gone.
    """
    process = _start(argv, cwd, env)
    stdout = cast("IO[bytes]", process.stdout)
    _widen(stdout.fileno())
    said = _StderrReader(process)
    deadline = threading.Timer(timeout_s, process.kill)
    deadline.daemon = True
    deadline.start()
    try:
        while chunk := os.read(stdout.fileno(), _CHUNK_BYTES):
            yield chunk
        process.wait()
    finally:
        deadline.cancel()
        process.kill()
        stdout.close()
        process.wait()
        said.join()
    if process.returncode:
        raise failed(shell.ProgramResult(tuple(argv), process.returncode, b"", said.text))


def _widen(pipe: int) -> None:
    """Let a pipe hold more, where the system does: it is only faster."""
    try:
        fcntl.fcntl(pipe, getattr(fcntl, "F_SETPIPE_SZ", -1), _PIPE_BYTES)
    except OSError:
        return


def _start(argv: Sequence[str], cwd: Path, env: Mapping[str, str | None]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env=environment.merged(environment.inherited(), env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=shell.group().id,
        )
    except FileNotFoundError as missing:
        if not cwd.exists():
            raise ToolError(f"the folder to run {argv[0]} in is gone", facts={"folder": cwd}) from missing
        raise ToolMissingError(f"{argv[0]} is not installed", remedy=f"install {argv[0]}") from missing


class _StderrReader:
    """Standard error, read beside standard output so that neither fills up and waits."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._lines: list[bytes] = []
        self._thread = threading.Thread(target=self._read, args=(cast("IO[bytes]", process.stderr),), daemon=True)
        self._thread.start()

    def _read(self, stderr: IO[bytes]) -> None:
        with stderr:
            self._lines.extend(stderr)

    def join(self) -> None:
        self._thread.join()

    @property
    def text(self) -> str:
        return b"".join(self._lines[-12:]).decode("utf-8", "replace").strip()
