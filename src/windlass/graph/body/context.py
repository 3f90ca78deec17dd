"""What a body gets as `c`: an Invoke Context of its own, in the run's root, whose programs die with the node."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from invoke.config import Config
from invoke.context import Context
from invoke.runners import Result, Runner

from windlass.errors import CancelledError
from windlass.graph.body.node_execution import Job


class NodeContext(Context):
    """A Context that starts in the run's root, whatever the process's folder is.

    `c.cwd` is that root, joined with what `c.cd` added. Standard input is closed unless `in_stream` is given.

    Attributes:
        job: the node at work.
        root: the run's root.
        commands: what the settings say of commands, as long as the body has not changed them.
    """

    commands: Commands
    job: Job
    root: Path

    def __init__(self, config: Config, job: Job, root: Path, commands: Commands, remainder: str = "") -> None:
        super().__init__(config=config, remainder=remainder)
        object.__setattr__(self, "job", job)  # past DataProxy, for which every attribute is a setting
        object.__setattr__(self, "root", root)
        object.__setattr__(self, "commands", commands)

    @property
    def cwd(self) -> str:
        """The folder where programs run; absolute, unescaped."""
        folder = str(self.root)
        for step in self.command_cwds:
            folder = os.path.join(folder, os.path.expanduser(step))  # noqa: PTH111, PTH118 - keeps `..` as `cd` has it
        return folder

    def run(self, command: str, **options: Any) -> Result:
        """Invoke's `run`: output goes to the node's, the program joins its group.

        Raises:
            CancelledError: the run is ending.
        """
        try:
            if self.commands.hold_for(self.config) and not self.command_prefixes:
                return self.commands.run_in(self, command, options)
            return super().run(command, **options)
        except Exception as problem:
            raise self._as_cancelled(problem) from problem

    def sudo(self, command: str, **options: Any) -> Result:
        """Invoke's `sudo`, likewise."""
        try:
            return super().sudo(command, **options)
        except Exception as problem:
            raise self._as_cancelled(problem) from problem

    def _as_cancelled(self, problem: Exception) -> Exception:
        """What a command's failure means: nothing of its own while the run is ending."""
        if not self.job.is_ending or isinstance(problem, CancelledError):
            return problem
        return CancelledError(f"{self.job.node.name} was ended: {self.job.reason}")


@runtime_checkable
class RunsBySettings(Protocol):
    """A runner that takes settings which were read already."""

    def run_by(self, commands: Commands, command: str, given: dict[str, Any]) -> Result:
        """Run a command to its end; options are Invoke's."""
        ...


class Commands:
    """What settings say of commands, read once: every look-up in Invoke's settings takes a tenth of a millisecond.

    Attributes:
        run: the settings below `run`.
        timeout: the setting `timeouts.command`, seconds or None.
        runner: the runner class.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self.run: dict[str, Any] = dict(config.run)
        self.timeout: float | None = config.timeouts.command
        self.runner: Callable[[Context], Runner] = config.runners.local

    def hold_for(self, config: Config) -> bool:
        """Whether these settings say the same."""
        return bool(config == self._config)

    def run_in(self, context: Context, command: str, options: dict[str, Any]) -> Result:
        """Run a command where these settings are known to hold, without comparing them once more."""
        runner = self.runner(context)
        if isinstance(runner, RunsBySettings):
            return runner.run_by(self, command, options)
        return runner.run(command, **options)
