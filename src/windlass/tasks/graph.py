"""`inv graph`: what would run, drawn."""

from __future__ import annotations

from typing import Any

from invoke.context import Context
from invoke.tasks import Task

from windlass.graph import task
from windlass.graph.invoke.graph_task import Drawing


@task(
    klass=Drawing,
    help={
        "format_": "text, mermaid or dot.",
        "json": "Print it as JSON.",
    },
)
def graph(c: Context, format_: str = "text", json: bool = False) -> None:
    """Draw the tasks that follow (`inv graph test scan`) and all that they need, or every task; nothing runs."""


def namespace() -> tuple[Task[Any], ...]:
    """`graph`."""
    return (graph,)
