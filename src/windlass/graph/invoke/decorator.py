"""`@task`: Invoke's, with needs, inputs and outputs; and what calling such a task does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast, overload

from invoke.config import Config
from invoke.context import Context
from invoke.tasks import Call, Task
from invoke.tasks import task as invoke_task

from windlass.graph.declare.tasks import GraphTask

P = ParamSpec("P")
R = TypeVar("R")


class InvokedTask(GraphTask[P, R]):
    """A task of the graph that Invoke may call itself, in a project without invoke.yaml."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the body only, or, where Invoke's own executor calls it, its needs too.

        Raises:
            TypeError: a value that a need would give was not passed.
        """
        given, flags = self.split(kwargs)
        if flags:  # only Invoke gives those
            return cast("R", _run_alone(self, cast("Context", args[0]), given, flags))
        from windlass.graph.body.json_output import unheard_answers  # not before: `inv --list` is quicker without it

        with unheard_answers():
            return super().__call__(*args, **kwargs)


@overload
def task(body: Callable[Concatenate[Context, P], R], /) -> GraphTask[Concatenate[Context, P], R]: ...
@overload
def task(
    *pre: Task[Any], **options: Any
) -> Callable[[Callable[Concatenate[Context, P], R]], GraphTask[Concatenate[Context, P], R]]: ...
def task(*args: Any, **options: Any) -> Any:
    """Declare a task: Invoke's `@task`, plus `needs`, `inputs`, `outputs`, `env`, `tools`, `matrix`.

    And `optional_outputs`, `effect`, `timeout_s`, `retries`, `ttl_s`, `pool`: see `windlass.graph.node.Node`. Globs
    may name arguments (`"in/{i}.txt"`). A matrix's values are an iterable, or a function of the project's root that
    gives one. `json=True` adds the option `--json`, which prints what the body returns, or gave `answer`; a text is its
    help.
    """
    options.setdefault("klass", InvokedTask)
    return invoke_task(*args, **options)


def _run_alone(task: GraphTask[Any, Any], context: Context, given: Mapping[str, Any], flags: Mapping[str, Any]) -> Any:
    """One task and its needs, where Invoke's own executor called it."""
    from windlass.graph.body.settings import of_one
    from windlass.graph.invoke.executor import execute

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
