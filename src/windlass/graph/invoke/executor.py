"""Where Invoke hands over: everything asked for on one command line is one graph."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import invoke.executor
from invoke.collection import Collection
from invoke.exceptions import Exit
from invoke.tasks import Call, Task

from windlass.errors import WindlassError

if TYPE_CHECKING:
    from windlass.graph.body.settings import Settings


_OBJECTS = 100_000
"""A graph is many small objects that stay: looking for garbage among them every 700 takes a fifth of the time."""


class Executor(invoke.executor.Executor):
    """Runs tasks as one graph. Named in invoke.yaml: `tasks: {executor_class: windlass.graph.Executor}`."""

    def execute(self, *tasks: Any) -> dict[Task[Any], Any]:
        """Run these tasks and all that they need; task → value.

        Raises:
            Exit: something failed: with the error's text and our exit code, so that Invoke shows no traceback.
        """
        _open_what_was_closed()
        calls = self.normalize(tasks)
        root = Path(self.collection.loaded_from or Path.cwd())
        if any(getattr(call.task, "draws", False) for call in calls):
            return _draw(calls, root, self.collection)
        from windlass.graph.body.settings import of_collection

        settings = of_collection(self.config, self.collection)
        return execute(calls, root, settings, self.collection, self.core.remainder)


def execute(
    calls: list[Call], root: Path, settings: Settings, collection: Collection | None, remainder: str
) -> dict[Task[Any], Any]:
    """Plan, run and show these calls; task → value (of a matrix: the tuple of its cells' values)."""
    from windlass.graph.invoke.command_line import Invocation

    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
    try:
        return Invocation(calls, root, settings, named_tasks(collection), remainder).values()
    except WindlassError as error:
        _exit(error)


def _open_what_was_closed() -> None:
    """Standard streams that were closed when we began lead nowhere, or the next file that is opened would be one."""
    for number, name, flags in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_WRONLY), (2, "stderr", os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, flags)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
        if getattr(sys, name) is None:
            stream = open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - stays
            setattr(sys, name, stream)


def _draw(calls: list[Call], root: Path, collection: Collection) -> dict[Task[Any], Any]:
    """Show these calls as a graph."""
    from windlass.graph.invoke.graph_task import draw_calls

    try:
        sys.stdout.write(draw_calls(calls, named_tasks(collection), root))
    except WindlassError as error:
        _exit(error)
    return {}


def _exit(error: WindlassError) -> NoReturn:
    from windlass.graph.display.github_actions import for_log

    raise Exit(for_log(str(error)), code=error.exit_code) from None


def named_tasks(collection: Collection | None) -> dict[str, Task[Any]]:
    """A collection's tasks by full name; a collection's default task is called as the collection is."""
    if collection is None:
        return {}
    found: dict[str, Task[Any]] = {}
    for primary, aliases in collection.task_names.items():
        short = [alias for alias in aliases if primary.startswith(alias + ".")]
        found[min([primary, *short], key=len)] = collection[primary]
    for primary, aliases in collection.task_names.items():
        for other in (primary, *aliases):
            found.setdefault(other, collection[primary])
    return found
