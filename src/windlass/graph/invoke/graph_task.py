"""`inv graph TASK…`: the tasks that stand beside it on the command line are drawn, and none of them runs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from invoke.exceptions import Exit
from invoke.parser.argument import Argument
from invoke.tasks import Call, Task

from windlass.errors import GraphError, UsageError
from windlass.graph.declare.tasks import GraphTask

_GIVEN_LATER = "…"
"""Stands for an argument that a task can't do without, where a task is drawn without having been asked for."""


class Drawing(GraphTask[Any, Any]):
    """A task that has the others of its command line drawn. Its parameters are `format_` and `json`."""

    draws = True

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Its own alone: nothing runs, so the run's flags would do nothing."""
        return Task.get_arguments(self, ignore_unknown_help)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Where Invoke's own executor runs tasks one by one, this one can't know of the others: the run ends here.

        Raises:
            Exit: always.
        """
        problem = GraphError(
            f"{self.name} draws what windlass's executor would run, and that is not in use here",
            remedy="write `tasks: {executor_class: windlass.graph.Executor}` into invoke.yaml beside tasks.py",
        )
        raise Exit(str(problem), code=problem.exit_code)


def draw_calls(calls: Sequence[Call], tasks: Mapping[str, Task[Any]], root: Path) -> str:
    """The graph of these calls as text; of all tasks where no other than the drawing one was called.

    Args:
        calls: the command line's, the drawing task among them.
        tasks: the collection's tasks by full name.
        root: the project's root, given to matrices that are functions.

    Raises:
        UsageError: there is no such format.
        GraphError: what was asked for is no graph that could run.
    """
    from windlass.graph.body.json_output import as_json
    from windlass.graph.declare.tasks import split
    from windlass.graph.declare.tasks_to_nodes import plan_calls
    from windlass.graph.display import graph_drawing

    own = split(list(calls)).own
    asked = [(task, args) for task, args in own if not isinstance(task, Drawing)]
    options = next(args for task, args in own if isinstance(task, Drawing))
    nodes = plan_calls(asked or _all(tasks), tasks=tasks, root=root).nodes
    if options.get("json"):
        return as_json(graph_drawing.as_json(nodes))
    form = str(options["format_"])
    if form not in graph_drawing.FORMATS:
        raise UsageError(
            f"a graph can't be drawn as {form}", remedy=f"choose one of {', '.join(graph_drawing.FORMATS)}"
        )
    return graph_drawing.FORMATS[form](nodes)


def _all(tasks: Mapping[str, Task[Any]]) -> list[tuple[Task[Any], Mapping[str, Any]]]:
    """Every task once."""
    once = {id(task.body): task for task in tasks.values() if not isinstance(task, Drawing)}
    return [(task, _placeholder_arguments(task)) for task in once.values()]


def _placeholder_arguments(task: Task[Any]) -> dict[str, Any]:
    parameters = task.argspec(task.body).parameters.values()
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        one.name: _GIVEN_LATER
        for one in parameters
        if one.default is inspect.Parameter.empty and one.kind not in variadic
    }
