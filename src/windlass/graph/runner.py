"""Invoke's runner of local commands, supervised: programs join the node's group, and nothing polls."""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from invoke.context import Context
from invoke.exceptions import UnexpectedExit
from invoke.runners import Local, Result, normalize_hide

from windlass import shell as edge
from windlass.graph.context import NodeContext
from windlass.graph.job import Job
from windlass.graph.words import words

_CHUNK_BYTES = 65536
_THREADED = ("asynchronous", "disown", "pty", "dry", "watchers", "out_stream", "err_stream", "in_stream")
"""Options with which Invoke's own way is taken: threads that read and write."""


class Supervised(Local):
    """As Invoke's `Local`; a command that is only read from is read in this thread, without a start-up of threads."""

    context: NodeContext

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._job: Job = self.context.job
        self._own: edge.Group | None = None

    def run(self, command: str, **given: Any) -> Result:
        """Run a command to its end; options are Invoke's."""
        config = self.context.config
        opts = {name: value if given.get(name) is None else given[name] for name, value in config.run.items()}
        timeout = given.get("timeout", config.timeouts.command)
        if (
            timeout is not None
            or any(opts[name] for name in _THREADED)
            or not opts.keys() | {"timeout"} >= given.keys()
        ):
            return self._threaded(command, opts, given)
        return self._read(command, opts)

    # ---- the short way

    def _read(self, command: str, opts: dict[str, Any]) -> Result:
        """Run it and read both of its pipes here."""
        folder = self.context.cwd
        line = command.replace(f"cd {folder} && ", "", 1)  # Invoke's own way to change folder; breaks on odd names
        self.opts = {**opts, "hide": normalize_hide(opts["hide"])}
        if opts["echo"] and opts["hide"] is not True:
            self.echo(line)
        env = self.generate_env(opts["env"], opts["replace_env"])
        encoding = opts["encoding"] or self.default_encoding()
        process = self._job.group.start(
            words(line, opts["shell"], env) or [opts["shell"], "-c", line],
            cwd=folder,
            env={**env, "PWD": folder},  # a shell would set it
            stdin=_null(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        hidden = self.opts["hide"]
        say = self._job.output.write
        out, err = _Pipe(process.stdout, encoding, say), _Pipe(process.stderr, encoding, say)
        _drain(out if "stdout" not in hidden else out.hushed(), err if "stderr" not in hidden else err.hushed())
        result = Result(
            stdout=out.text, stderr=err.text, encoding=encoding, command=line, shell=opts["shell"], env=env,
            exited=process.wait(), hide=hidden, pid=process.pid,
        )  # fmt: skip
        if not (result or opts["warn"]):
            raise UnexpectedExit(result)
        return result

    # ---- Invoke's own way

    def _threaded(self, command: str, opts: Mapping[str, Any], given: dict[str, Any]) -> Result:
        for stream in ("out_stream", "err_stream"):
            if opts[stream] is None:
                given[stream] = self._job.output
        if opts["in_stream"] is None:
            given["in_stream"] = False
        return super().run(command, **given)

    def start(self, command: str, shell: str, env: dict[str, Any]) -> None:
        """Start it in the node's group (with a timeout: in one of its own), in the context's folder."""
        if self.using_pty:
            super().start(command, shell, env)
            return
        folder = self.context.cwd
        self.process = self._group().start(
            [shell, "-c", command.replace(f"cd {folder} && ", "", 1)],
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE if self.streams["in"] or self.watchers else _null(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def _group(self) -> edge.Group:
        if self.opts["timeout"] is None:
            return self._job.group
        self._own = edge.Group()
        self._job.on_end(self._own.terminate)
        return self._own

    def generate_result(self, **facts: Any) -> Result:
        """The result, its command as it was written."""
        command = facts["command"].replace(f"cd {self.context.cwd} && ", "", 1)
        return super().generate_result(**{**facts, "command": command})

    def wait(self) -> None:
        """Until the program ended; readers end by themselves when its pipes close."""
        if self.using_pty:
            super().wait()
        else:
            self.process.wait()

    def kill(self) -> None:
        """End the program and all that it started."""
        if self._own is not None:
            self._own.end()
        else:
            super().kill()

    def stop(self) -> None:
        """Close what is left."""
        super().stop()
        if self._own is not None:
            self._own.end()
        process = getattr(self, "process", None)
        for pipe in (process.stdin, process.stdout, process.stderr) if process else ():
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class _Pipe:
    """One of a program's pipes while it is read.

    Attributes:
        text: what came, decoded; characters that are split between two reads included.
    """

    def __init__(self, file: Any, encoding: str, say: Callable[[str], object]) -> None:
        self.file = file
        self.fd: int = file.fileno()
        self._decode = codecs.getincrementaldecoder(encoding)("replace").decode
        self._say: Callable[[str], object] | None = say
        self._parts: list[str] = []

    def hushed(self) -> _Pipe:
        """The same, kept but not shown."""
        self._say = None
        return self

    def read(self) -> bool:
        """Take what is there; False at the end."""
        data = os.read(self.fd, _CHUNK_BYTES)
        text = self._decode(data, not data)
        if text:
            self._parts.append(text)
            if self._say is not None:
                self._say(text)
        return bool(data)

    @property
    def text(self) -> str:
        return "".join(self._parts)


def _drain(*pipes: _Pipe) -> None:
    """Read pipes until all of them end."""
    open_ = {pipe.fd: pipe for pipe in pipes}
    poll = select.poll()
    for fd in open_:
        poll.register(fd, select.POLLIN)
    try:
        while open_:
            for fd, _ in poll.poll():
                if not open_[fd].read():
                    poll.unregister(fd)
                    open_.pop(fd).file.close()
    finally:
        for pipe in open_.values():
            pipe.file.close()


_nulls: list[int] = []


def _null() -> int:
    """A descriptor of /dev/null; one for all programs."""
    if not _nulls:
        _nulls.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    return _nulls[0]
