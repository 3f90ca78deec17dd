"""What a body gets as `c`: an Invoke Context of its own, in the run's root, whose programs die with the node."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from invoke.config import Config
from invoke.context import Context
from invoke.runners import Local, Result

from windlass import shell
from windlass.errors import CancelledError
from windlass.graph.job import Job


class NodeContext(Context):
    """A Context that starts in the run's root, whatever the process's folder is.

    `c.cwd` is that root, joined with what `c.cd` added. Standard input is closed unless `in_stream` is given.
    """

    def __init__(self, config: Config, job: Job, root: Path, remainder: str = "") -> None:
        super().__init__(config=config, remainder=remainder)
        object.__setattr__(self, "job", job)  # past DataProxy, for which every attribute is a setting
        object.__setattr__(self, "root", root)

    @property
    def cwd(self) -> str:
        """The folder where programs run; absolute, unescaped."""
        folder = str(object.__getattribute__(self, "root"))
        for step in self.command_cwds:
            folder = os.path.join(folder, os.path.expanduser(step))  # noqa: PTH111, PTH118 - keeps `..` as `cd` has it
        return folder

    def run(self, command: str, **options: Any) -> Result:
        """Invoke's `run`: output goes to the node's, the program joins its group.

        Raises:
            CancelledError: the run is ending.
        """
        with self._listening(options):
            return super().run(command, **options)

    def sudo(self, command: str, **options: Any) -> Result:
        """Invoke's `sudo`, likewise."""
        with self._listening(options):
            return super().sudo(command, **options)

    @contextlib.contextmanager
    def _listening(self, options: dict[str, Any]) -> Iterator[None]:
        job: Job = object.__getattribute__(self, "job")
        for stream in ("out_stream", "err_stream"):
            if options.get(stream) is None:
                options[stream] = job.output
        if options.get("in_stream") is None and self.config.run.in_stream is None:
            options["in_stream"] = False
        try:
            yield
        except Exception as problem:
            if job.told and not isinstance(problem, CancelledError):
                raise CancelledError(f"{job.node.name} was ended: {job.reason}") from problem
            raise


class Supervised(Local):
    """Invoke's local runner; its programs join the node's group and are waited for without polling."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._job: Job = object.__getattribute__(context, "job")
        self._own: shell.Group | None = None

    def start(self, command: str, shell: str, env: dict[str, Any]) -> None:
        """Start it in the node's group (with a timeout: in one of its own), in the context's folder."""
        if self.using_pty:
            super().start(command, shell, env)
            return
        folder = self.context.cwd
        line = command.replace(f"cd {folder} && ", "", 1)  # Invoke's own way to change folder; breaks on odd names
        self.process = self._group().start(
            [shell, "-c", line],
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE if self._talks() else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def generate_result(self, **facts: Any) -> Result:
        """The result, its command as it was written."""
        command = facts["command"].replace(f"cd {self.context.cwd} && ", "", 1)
        return super().generate_result(**{**facts, "command": command})

    def _talks(self) -> bool:
        return bool(self.streams["in"]) or bool(self.watchers)

    def _group(self) -> shell.Group:
        if self.opts["timeout"] is None:
            return self._job.group
        self._own = shell.Group()
        self._job.on_end(self._own.terminate)
        return self._own

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
