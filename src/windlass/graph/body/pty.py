"""Terminals: one of its own for a program that wants one, and this process's own, left as it was found."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from collections.abc import Iterator, Mapping

from windlass.shell import DEVNULL, start_session

_HOST = """exec 3<&0
(trap '' INT TERM HUP; read -r _; kill -9 0) <&3 >/dev/null 2>&1 &
exec "$2" -c "$3" <>"$1" >&0 2>&1 3<&-"""
"""A session's leader. It becomes the program; who it leaves on watch waits on a pipe that only windlass holds open."""


class PtyProcess:
    """A shell's command on a new terminal, in a session of its own, which ends when windlass does.

    Being the first to open it, the session has it as its controlling terminal: passwords can be asked for, too.

    Attributes:
        fd: reads what the program shows, and writes what it is to read.
        process: the program.
    """

    def __init__(self, shell: str, command: str, folder: str, env: Mapping[str, str], size: tuple[int, int]) -> None:
        """`size`: columns and rows."""
        self.fd, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        watched, self._watch = os.pipe()
        self.process = start_session(
            ["/bin/sh", "-c", _HOST, "sh", os.ttyname(self._slave), shell, command],
            cwd=folder,
            env=env,
            stdin=watched,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        os.close(watched)

    def wait(self) -> int:
        """Until the program has ended: its exit code, negative for a signal. What it showed can still be read."""
        code = self.process.wait()
        if self._slave >= 0:
            os.close(self._slave)  # held open until now: without a program on it, reading it would have ended
            self._slave = -1
        return code

    def terminate(self) -> None:
        """Ask the session's programs to end (SIGTERM)."""
        self._signal(signal.SIGTERM)

    def end(self) -> None:
        """End all of them; safe to repeat."""
        if self._watch >= 0:
            self._signal(signal.SIGKILL)
            self.wait()
            os.close(self._watch)
            self._watch = -1

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


@contextlib.contextmanager
def left_as_found() -> Iterator[None]:
    """How the terminal takes what is typed is afterwards as it was: a prompt for a password that is ended hides it."""
    try:
        fd = sys.__stdin__.fileno() if sys.__stdin__ else -1
        before = termios.tcgetattr(fd)
    except (termios.error, OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(termios.error, OSError):
            if os.tcgetpgrp(fd) == os.getpgrp() and termios.tcgetattr(fd) != before:
                termios.tcsetattr(fd, termios.TCSANOW, before)
