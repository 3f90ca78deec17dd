"""Invoke's runner of local commands, supervised: programs join the node's group, and nothing polls."""

from __future__ import annotations

import codecs
import contextlib
import functools
import os
import select
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import UnexpectedExit
from invoke.runners import Local, Result, normalize_hide
from invoke.terminals import pty_size

from windlass import shell as edge
from windlass.errors import CancelledError
from windlass.graph.body.commands_without_shell import words
from windlass.graph.body.context import Commands, NodeContext
from windlass.graph.body.node_execution import Job
from windlass.shell import environment

if TYPE_CHECKING:
    from windlass.graph.body.pty import PtyProcess

_CHUNK_BYTES = 65536
_THREADED = ("asynchronous", "disown", "pty", "dry", "watchers", "out_stream", "err_stream", "in_stream")
"""Options with which Invoke's own way is taken: threads that read and write."""


class SupervisedRunner(Local):
    """As Invoke's `Local`; a command that is only read from is read in this thread, without a start-up of threads."""

    context: NodeContext

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._job: Job = self.context.job
        self._own: edge.Group | None = None
        self._hosted: PtyProcess | None = None

    def run(self, command: str, **given: Any) -> Result:
        """Run a command to its end; options are Invoke's."""
        kept = self.context.commands
        commands = kept if kept.hold_for(self.context.config) else Commands(self.context.config)
        return self.run_by(commands, command, given)

    def run_by(self, commands: Commands, command: str, given: dict[str, Any]) -> Result:
        """The same, by what settings say that were read already."""
        opts = commands.run | {name: value for name, value in given.items() if value is not None}
        timed = opts.pop("timeout", commands.timeout) is not None
        asks = self._job.output.console
        if asks or timed or opts.keys() != commands.run.keys() or any(opts[name] for name in _THREADED):
            return self._run_in_threads(command, opts, given)
        return self._read(command, opts)

    # ---- the short way

    def _read(self, command: str, opts: dict[str, Any]) -> Result:
        """Run it and read both of its pipes here."""
        folder = self.context.cwd
        line = command.replace(f"cd {folder} && ", "", 1)  # Invoke's own way to change folder; breaks on odd names
        self.opts = {**opts, "hide": normalize_hide(opts["hide"])}
        if opts["echo"] and opts["hide"] is not True:
            self.echo(line)
        env = {} if opts["replace_env"] else inherited_environment()
        env.update(opts["env"])
        env["PWD"] = folder  # a shell would set it
        encoding = opts["encoding"] or self.default_encoding()
        program = self._start(line, opts["shell"], folder, env)
        hidden = self.opts["hide"]
        say = self._job.output.write
        out = _Pipe(program.out, encoding, None if "stdout" in hidden else say)
        err = _Pipe(program.err, encoding, None if "stderr" in hidden else say)
        _drain(out, err)
        result = Result(
            stdout=out.text, stderr=err.text, encoding=encoding, command=line, shell=opts["shell"], env=env,
            exited=program.wait(), hide=hidden, pid=program.pid,
        )  # fmt: skip
        if not (result or opts["warn"]):
            raise UnexpectedExit(result)
        return result

    def _start(self, line: str, shell: str, folder: str, env: dict[str, str]) -> edge.RunningProgram:
        argv = words(line, shell, env)
        if argv is not None:
            with contextlib.suppress(FileNotFoundError):  # gone since it was looked up: the shell says so better
                return self._job.group.spawn(argv, folder, env)
        return self._job.group.spawn([shell, "-c", line], folder, env)

    # ---- Invoke's own way

    def _run_in_threads(self, command: str, opts: Mapping[str, Any], given: dict[str, Any]) -> Result:
        for stream in ("out_stream", "err_stream"):
            if opts[stream] is None:
                given[stream] = self._job.output
        if opts["in_stream"] is None and not self._job.output.console:
            given["in_stream"] = False
        return super().run(command, **given)

    def should_use_pty(self, pty: bool = False, fallback: bool = True) -> bool:
        """Whenever it is asked for: a terminal is made for the program, whatever our own standard input is."""
        return pty

    def start(self, command: str, shell: str, env: dict[str, Any]) -> None:
        """Start it in the node's group (with a timeout: in one of its own), in the context's folder."""
        folder = self.context.cwd
        line = command.replace(f"cd {folder} && ", "", 1)
        if self.using_pty:
            self._host(shell, line, folder, env)
            return
        self.process = self._group().start(
            [shell, "-c", line],
            cwd=folder,
            env=env,
            stdin=edge.PIPE if self.streams["in"] or self.watchers else edge.DEVNULL,
            stdout=edge.PIPE,
            stderr=edge.PIPE,
        )

    def _host(self, shell: str, line: str, folder: str, env: dict[str, Any]) -> None:
        """Start it on a terminal of its own."""
        if self._job.is_ending:
            raise CancelledError(f"{line} was not started: the run is ending")
        from windlass.graph.body.pty import PtyProcess

        self._hosted = PtyProcess(shell, line, folder, env, pty_size())
        self.process, self.parent_fd, self.pid = self._hosted.process, self._hosted.fd, self._hosted.process.pid
        self._job.on_end(self._hosted.terminate)

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
        if self._hosted is not None:
            self._hosted.wait()
        else:
            self.process.wait()

    def returncode(self) -> int | None:
        """The program's exit code; negative for the signal that ended it."""
        return self.process.returncode

    def kill(self) -> None:
        """End the program and all that it started."""
        if self._hosted is not None:
            self._hosted.end()
        elif self._own is not None:
            self._own.end()
        else:
            super().kill()

    def stop(self) -> None:
        """Close what is left."""
        super().stop()
        for own in (self._own, self._hosted):
            if own is not None:
                own.end()
        process = getattr(self, "process", None)
        for pipe in (process.stdin, process.stdout, process.stderr) if process else ():
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


_decoder = functools.cache(codecs.getincrementaldecoder)
"""An encoding's decoder, looked up once."""


class _Pipe:
    """One of a program's pipes while it is read.

    Attributes:
        text: what came, decoded; characters that are split between two reads included.
    """

    def __init__(self, fd: int, encoding: str, say: Callable[[str], object] | None) -> None:
        self.fd = fd
        self._encoding = encoding
        self._say = say
        self._decode: Callable[[bytes, bool], str] | None = None
        self._parts: list[str] = []

    def read(self) -> bool:
        """Take what is there; False at the end."""
        data = os.read(self.fd, _CHUNK_BYTES)
        if self._decode is None:
            if not data:
                return False
            self._decode = _decoder(self._encoding)("replace").decode
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
    """Read pipes until all of them end, and close them."""
    open_ = {pipe.fd: pipe for pipe in pipes}
    poll = select.poll()
    for fd in open_:
        poll.register(fd, select.POLLIN)
    try:
        while open_:
            for fd, _ in poll.poll():
                if not open_[fd].read():
                    poll.unregister(fd)
                    del open_[fd]
    finally:
        for pipe in pipes:
            os.close(pipe.fd)


_seen: tuple[Mapping[bytes, bytes], Mapping[str, str]] | None = None


def inherited_environment() -> dict[str, str]:
    """All of this process's environment, in a tenth of the time where it has not changed since the last one."""
    global _seen  # noqa: PLW0603 - swapped whole, so threads see one or the other
    raw = getattr(os.environ, "_data", None)  # how CPython keeps it: bytes
    if not isinstance(raw, dict):
        return environment.inherited()
    seen = _seen
    if seen is None or seen[0] != raw:
        seen = _seen = (dict(raw), environment.inherited())
    return dict(seen[1])
