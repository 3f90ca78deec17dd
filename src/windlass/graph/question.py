"""What a command line asks, as text: all that decides which nodes it is and what they do, but the contents of files."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from invoke.tasks import Task

import windlass
from windlass.graph.axes import Axes
from windlass.graph.caching.fingerprint import FORM, MACHINE
from windlass.graph.caching.source_code import outline, searched
from windlass.graph.caching.tool_texts import ToolTexts, asked_for, tool_stamp
from windlass.graph.declare.arguments import called, defaults
from windlass.graph.declare.planner import Planner
from windlass.graph.declare.tasks import GraphTask

_PLAIN = frozenset({str, int, bool, float, type(None), range})


class UntoldError(Exception):
    """It can't be told without planning: something always runs, or is given by a value that has no plain text."""


def question(
    calls: Sequence[tuple[Task[Any], Mapping[str, Any]]],
    tasks: Mapping[str, Task[Any]],
    root: Path,
    axes: Axes,
    texts: ToolTexts,
) -> str:
    """Digest of what these calls ask: the same as long as the same nodes would be planned, with the same bodies.

    Args:
        calls, tasks, root, axes: as `plans.planned` takes them.
        texts: what the functions among tools tell.

    Raises:
        UntoldError: it can't be told so.
        GraphError: a need is not there; ToolMissingError: a tool is not.
    """
    planner = Planner(tasks, axes)
    parts: list[str] = [FORM, MACHINE, windlass.__version__, str(root), *searched()]
    seen: set[str] = set()
    asking: dict[str, tuple[Task[Any], Mapping[str, Any]]] = {}
    todo: list[tuple[str, str, Task[Any], Mapping[str, Any]]] = [("", "asked", task, args) for task, args in calls]
    for above, how, task, args in todo:
        name = planner.name(task)
        call = repr((name, _written(dict(args))))
        parts.append(repr((above, how, call)))
        asking.setdefault(call, (task, args))
        if name not in seen:
            seen.add(name)
            parts.append(_task(task, axes, root))
            todo.extend((name, *edge) for edge in planner.edges(task))
            todo.extend((name, "post", *called(one)) for one in task.post)
    for task, args in asking.values():  # now that it is known that all of it can be told
        parts.append(repr(_outside(planner, task, args, texts)))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _task(task: Task[Any], axes: Axes, root: Path) -> str:
    """What holds for every node of a task."""
    if not isinstance(task, GraphTask) or task.effect or not (task.inputs or task.outputs):
        raise UntoldError
    matrix = {axis: _written(axes.values(values)) for axis, values in task.matrix.items()}
    usual = {name: _written(value) for name, value in defaults(task).items() if value is not inspect.Parameter.empty}
    env = [(name, os.environ.get(name)) for name in task.env]
    tools = [tool_stamp(one) for one in task.tools if isinstance(one, str)]
    code = outline(task.body, str(root), lambda name, path: f"{name} {path}")
    return repr((task.inputs, task.outputs, task.ttl_s, usual, matrix, env, tools, code))


def _outside(planner: Planner, task: Task[Any], args: Mapping[str, Any], texts: ToolTexts) -> list[dict[str, str]]:
    """What the functions among the tools of a call's nodes tell."""
    tools = task.tools if isinstance(task, GraphTask) else ()
    if all(isinstance(tool, str) for tool in tools):
        return []
    cells = planner.cells(task, args) if asked_for(tools) else [{}]
    return [texts.of(tools, cell) for cell in cells]


def _written(value: Any) -> str:
    """A value as text that is the same in every process."""
    if type(value) in _PLAIN:
        return repr(value)
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{_written(key)}:{_written(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}[{','.join(map(_written, value))}]"
    raise UntoldError
