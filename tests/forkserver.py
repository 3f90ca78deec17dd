"""`python -m MODULE`, run by a process that has imported everything already: each run is a fork of it.

A fork has its own folder, environment, descriptors, signals and exit code, as a program has that was started; what it
saves is a fifth of a second of imports each time. Two servers take turns, each with a hash seed of its own, so that no
run can count on the order of a set in the run before. What a start itself must show is tested by starting Python.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

_NOT_IMPORTED = ("windlass.__main__", "windlass.stage", "windlass.testing")
_LARGEST = 1 << 20
_MOST_FDS = 8

# ---- for tests


def run(
    *words: str, cwd: Path | str, env: Mapping[str, str] | None = None, timeout_s: float = 120.0, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """`python -m WORDS` in a folder, to its end, what it prints captured; the rest as `start`.

    Raises:
        subprocess.TimeoutExpired: it was killed.
    """
    return start(*words, cwd=cwd, env=env, before=before).ended(timeout_s)


def start(
    *words: str,
    cwd: Path | str,
    env: Mapping[str, str] | None = None,
    before: str = "",
    fds: Sequence[int] = (),
) -> Program:
    """`python -m WORDS` in a folder.

    Args:
        env: its whole environment; this process's when None.
        before: Python that it runs first, such as what limits it.
        fds: descriptors that it has as well, under the same numbers.
    """
    pipes = [os.pipe() for _ in range(3)]
    own = dict(os.environ if env is None else env)
    request = {"words": words, "cwd": str(cwd), "env": own, "before": before, "fds": list(fds)}
    socket.send_fds(_server(), [json.dumps(request).encode()], [*(write for _, write in pipes), *fds])
    for _, write in pipes:
        os.close(write)
    return Program(words, [read for read, _ in pipes])


class Program:
    """One that runs; whoever started it asks for its end."""

    def __init__(self, words: Sequence[str], pipes: Sequence[int]) -> None:
        self.words = words
        self._said = {pipe: bytearray() for pipe in pipes}
        self._open = set(pipes)
        self._out, self._err, self._end = pipes

    def line(self, timeout_s: float = 120.0) -> str:
        """The first line that it prints, once it has."""
        out = self._said[self._out]
        self._hear(lambda: b"\n" in out or self._out not in self._open, timeout_s)
        return out.partition(b"\n")[0].decode()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, once it is there."""
        self._hear(lambda: b" " in self._said[self._end], 120.0)
        os.kill(int(self._said[self._end].split()[0]), number)

    def ended(self, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """What it printed, and its exit code.

        Raises:
            subprocess.TimeoutExpired: it was killed.
        """
        self._hear(lambda: not self._open, timeout_s)
        out, err, end = (text.decode().replace("\r\n", "\n") for text in self._said.values())
        return subprocess.CompletedProcess(self.words, os.waitstatus_to_exitcode(int(end.split()[1])), out, err)

    def _hear(self, enough: Callable[[], bool], timeout_s: float) -> None:
        """Take what comes out of it; what tells its end tells its process's id first."""
        until = time.monotonic() + timeout_s
        with selectors.DefaultSelector() as selector:
            for pipe in self._open:
                selector.register(pipe, selectors.EVENT_READ)
            while not enough():
                if time.monotonic() > until:
                    os.kill(int(self._said[self._end].split()[0]), signal.SIGKILL)
                    said = (bytes(self._said[pipe]) for pipe in (self._out, self._err))
                    raise subprocess.TimeoutExpired(self.words, timeout_s, *said)
                for key, _ in selector.select(1.0):
                    read = os.read(key.fd, 65536)
                    self._said[key.fd] += read
                    if not read:
                        selector.unregister(key.fd)
                        self._open.remove(key.fd)
                        os.close(key.fd)


class _Server(NamedTuple):
    """A server that runs; it ends when our end of the socket is closed, however that comes."""

    control: socket.socket
    program: subprocess.Popen[bytes]


_servers: deque[_Server] = deque()


def _server() -> socket.socket:
    """The server whose turn it is."""
    if not _servers:
        _servers.extend((_start(), _start()))
    _servers.rotate()
    return _servers[0].control


def _start() -> _Server:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        argv = [sys.executable, __file__, str(theirs.fileno())]
        return _Server(ours, subprocess.Popen(argv, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]))


def end() -> None:
    """End the servers, if there are any."""
    while _servers:
        server = _servers.pop()
        server.control.close()
        server.program.wait()


# ---- the server


def serve(control: socket.socket) -> dict[str, Any] | None:
    """Fork for each request. In the server: None at its end; in a fork: the request that it is to become."""
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    tell: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(ended, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if ended in ready:
                os.read(ended, 512)
                _tell(tell)
            if control.fileno() in ready:
                message, fds, _, _ = socket.recv_fds(control, _LARGEST, _MOST_FDS)
                if not message:
                    return None
                pid = os.fork()
                if pid == 0:
                    request = dict(json.loads(message))
                    _take(fds[:2], [control.detach(), ended, wake, fds[2], *tell.values()])
                    _renumber(dict(zip(fds[3:], request["fds"], strict=True)))
                    return request
                os.write(fds[2], b"%d " % pid)
                for descriptor in (*fds[:2], *fds[3:]):
                    os.close(descriptor)
                tell[pid] = fds[2]


def _tell(tell: dict[int, int]) -> None:
    """Say of each fork that ended how it did, to who asked for it."""
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            asked = tell.pop(found[0])
            with suppress(BrokenPipeError):
                os.write(asked, b"%d" % found[1])
            os.close(asked)


def _take(outputs: list[int], not_ours: list[int]) -> None:
    """In a fork: the descriptors and signals of a program that was just started."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in enumerate(outputs, 1):
        os.dup2(descriptor, number)
    for descriptor in {*outputs, *not_ours}:
        os.close(descriptor)


def _renumber(numbers: Mapping[int, int]) -> None:
    """Give descriptors the numbers that they are known by."""
    away = {fcntl.fcntl(here, fcntl.F_DUPFD, max(numbers.values()) + 1): wanted for here, wanted in numbers.items()}
    for here in numbers:
        os.close(here)
    for here, wanted in away.items():
        os.dup2(here, wanted)
        os.close(here)


def _import_all() -> None:
    """Invoke and windlass, with what they stand on; what an extra would bring may be missing."""
    importlib.import_module("invoke.main")
    for module in pkgutil.walk_packages(importlib.import_module("windlass").__path__, "windlass."):
        if not module.name.startswith(_NOT_IMPORTED):
            with suppress(ImportError):
                importlib.import_module(module.name)


def become(request: Mapping[str, Any]) -> None:
    """Run the module as `python -m` would."""
    os.chdir(request["cwd"])
    servers = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ.clear()
    os.environ.update(request["env"])
    module, *words = request["words"]
    sys.argv = [module, *words]
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    own = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:] = [str(Path.cwd()), *own, *(path for path in sys.path if path not in servers)]
    importlib.invalidate_caches()
    exec(request["before"], {})
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code is not None and not isinstance(ended.code, int):
            raise
        _end(ended.code or 0)
    _end(0)


def _end(code: int) -> None:
    """As Python ends, but for taking apart every module, which takes longer than most runs."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    del sys.path[0]  # this file's folder
    _import_all()
    gc.collect()
    gc.freeze()
    if (request := serve(socket.socket(fileno=int(sys.argv[1])))) is not None:
        become(request)
