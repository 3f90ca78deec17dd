"""What a task is called with: its defaults, what was given, and how a node is named for it."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from invoke.tasks import Call, Task

from windlass.errors import GraphError

_PLAIN = re.compile(r"[\w.+/:@-]+")
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_MISSING = inspect.Parameter.empty


def task_and_arguments(one: Any) -> tuple[Task[Any], Mapping[str, Any]]:
    """A task of `pre` or `post`, with the arguments that `call(…)` gave it."""
    if not isinstance(one, Call):
        return one, {}
    names = list(one.task.argspec(one.task.body).parameters)
    return one.task, {**dict(zip(names, one.args, strict=False)), **one.kwargs}


def defaults(task: Task[Any]) -> dict[str, Any]:
    """Each parameter's value when nothing was given: for a list flag what Invoke passes then."""
    parameters = [one for one in task.argspec(task.body).parameters.values() if one.kind not in _VARIADIC]
    empty = {one.name for one in parameters if one.default is None and one.name in task.iterable}
    return {one.name: [] if one.name in empty else one.default for one in parameters}


def with_defaults(name: str, task: Task[Any], usual: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with the defaults filled in, so that `d` and `d(x=default)` are one node.

    Raises:
        GraphError: one that the task does not take, or one that is missing.
    """
    for given in args:
        if given not in usual and not _open(task):
            raise GraphError(f"{name} takes no argument {given}", remedy=f"see `inv --help {name}`")
    whole = {**usual, **args}
    for parameter, value in whole.items():
        if value is _MISSING:
            raise GraphError(f"{name} was not given its argument {parameter}", remedy="pass it")
    return whole


def _open(task: Task[Any]) -> bool:
    parameters = task.argspec(task.body).parameters.values()
    return any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters)


def node_name(name: str, usual: Mapping[str, Any], args: Mapping[str, Any]) -> str:
    """A node's name: the task's, and the arguments that are not its defaults: `unit[python=3.11]`."""
    shown = [f"{key}={_value_text(value)}" for key, value in args.items() if usual.get(key, _MISSING) != value]
    return f"{name}[{','.join(shown)}]" if shown else name


def _value_text(value: Any) -> str:
    if type(value) is int or (isinstance(value, str) and _PLAIN.fullmatch(value)):
        return str(value)
    return json.dumps(value, default=repr, ensure_ascii=False, separators=(",", ":"))


class Axes:
    """The values of matrices; a function is asked for them, and an iterator used up, once."""

    def __init__(self, root: Path) -> None:
        """`root`: what a function gets, if it takes something."""
        self._root = root
        self._known: dict[int, tuple[Any, list[Any]]] = {}

    def values(self, axis: Any) -> Sequence[Any]:
        """The values of one axis, as its task has it."""
        if isinstance(axis, list | tuple | range):
            return axis
        if id(axis) not in self._known:
            found = axis
            if callable(axis):
                found = axis(self._root) if inspect.signature(axis).parameters else axis()
            self._known[id(axis)] = (axis, list(found))  # itself, so that its id stays its own
        return self._known[id(axis)][1]
