"""Where Invoke hands over: everything asked for on one command line is one graph."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import invoke.executor
from invoke.collection import Collection
from invoke.config import Config
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Call, Task

from windlass.errors import WindlassError
from windlass.graph.declare.tasks import FLAGS, GraphTask

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
        calls = self.normalize(tasks)
        root = Path(self.collection.loaded_from or Path.cwd())
        if any(getattr(call.task, "draws", False) for call in calls):
            return _draw(calls, root, self.collection)
        from windlass.graph.body.settings import of_collection

        settings = of_collection(self.config, self.collection)
        return execute(calls, root, settings, self.collection, self.core.remainder)


def run_alone(task: GraphTask[Any, Any], context: Context, given: Mapping[str, Any], flags: Mapping[str, Any]) -> Any:
    """One task and its needs, where Invoke's own executor called it (a project without invoke.yaml)."""
    from windlass.graph.body.settings import of_one

    task = copy(task)
    task.pre, task.post = [], []  # Invoke has run those, or will
    call = Call(task, kwargs={**given, **flags})
    return execute([call], _root(context.config), of_one(context.config), None, context.remainder)[task]


def _root(config: Config) -> Path:
    """The folder of the collection's file: Invoke keeps the module that it loaded."""
    module = sys.modules.get(config.tasks.collection_name)
    file = getattr(module, "__file__", None)
    if file is None:
        return Path.cwd()
    path = Path(file).resolve()
    return path.parent.parent if path.name == "__init__.py" else path.parent


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


def _draw(calls: list[Call], root: Path, collection: Collection) -> dict[Task[Any], Any]:
    """Show these calls as a graph."""
    from windlass.graph.invoke.drawing import drawn

    try:
        sys.stdout.write(drawn(calls, named_tasks(collection), root))
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


def split(calls: list[Call]) -> tuple[list[tuple[Task[Any], dict[str, Any]]], dict[str, Any]]:
    """The tasks with their own arguments, and the run's flags: one that any task was given holds for the run."""
    whole = {name: default for name, (_, default, _) in FLAGS.items()}
    own: list[tuple[Task[Any], dict[str, Any]]] = []
    for call in calls:
        args = {**dict(zip(call.task.argspec(call.task.body).parameters, call.args, strict=False)), **call.kwargs}
        flags: dict[str, Any] = {}
        if isinstance(call.task, GraphTask):
            args, flags = call.task.split(args)
        whole.update({name: value for name, value in flags.items() if value is not None and value is not False})
        own.append((call.task, args))
    if whole["jobs"] is None and os.environ.get("WINDLASS_JOBS", "").isdigit():
        whole["jobs"] = int(os.environ["WINDLASS_JOBS"])
    return own, whole
