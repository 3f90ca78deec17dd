"""`python -m MODULE`, run by a process that has imported everything already: each run is a fork of it.

A fork has its own folder, environment, descriptors, signals and exit code, as a program has that was started; what it
saves is a fifth of a second of imports each time. Two servers take turns, each with a hash seed of its own, so that no
run can count on the order of a set in the run before. What a start itself must show is tested by starting Python.
"""

from __future__ import annotations

import atexit
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
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

_NOT_IMPORTED = ("windlass.__main__", "windlass.stage", "windlass.testing")
_LARGEST = 1 << 20

# ---- for tests


def run(
    *words: str, cwd: Path | str, env: Mapping[str, str] | None = None, timeout_s: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """`python -m WORDS` in a folder, to its end, what it prints captured.

    Args:
        env: its whole environment; this process's when None.

    Raises:
        subprocess.TimeoutExpired: it was killed.
    """
    pipes = [os.pipe() for _ in range(3)]
    request = {"words": words, "cwd": str(cwd), "env": dict(os.environ if env is None else env)}
    socket.send_fds(_server(), [json.dumps(request).encode()], [write for _, write in pipes])
    for _, write in pipes:
        os.close(write)
    out, err, end = _read([read for read, _ in pipes], words, timeout_s)
    return subprocess.CompletedProcess(words, os.waitstatus_to_exitcode(int(end.split()[1])), out, err)


def _read(pipes: list[int], words: tuple[str, ...], timeout_s: float) -> list[str]:
    """What comes out of each until all are closed; the last tells the process's id and then its end."""
    said = {pipe: bytearray() for pipe in pipes}
    until = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            if time.monotonic() > until:
                os.kill(int(said[pipes[-1]].split()[0]), signal.SIGKILL)
                raise subprocess.TimeoutExpired(words, timeout_s, *(bytes(said[pipe]) for pipe in pipes[:2]))
            for key, _ in selector.select(1.0):
                read = os.read(key.fd, 65536)
                said[key.fd] += read
                if not read:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return [text.decode().replace("\r\n", "\n") for text in said.values()]


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
                message, fds, _, _ = socket.recv_fds(control, _LARGEST, 3)
                if not message:
                    return None
                pid = os.fork()
                if pid == 0:
                    _take([*fds[:2]], [control.detach(), ended, wake, fds[2], *tell.values()])
                    return dict(json.loads(message))
                os.write(fds[2], b"%d " % pid)
                os.close(fds[0])
                os.close(fds[1])
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
