"""The task graph: Invoke tasks with needs, skipped when nothing changed, run side by side. Usable on its own.

The names are loaded when first used: Invoke imports this package for its `Executor` on every command.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windlass.graph.answers import answer as answer
    from windlass.graph.executor import Executor as Executor
    from windlass.graph.job import pause as pause
    from windlass.graph.job import progress as progress
    from windlass.graph.job import runs_so_far as runs_so_far
    from windlass.graph.node import Node as Node
    from windlass.graph.node import NodeReport as NodeReport
    from windlass.graph.plans import plan as plan
    from windlass.graph.report import Report as Report
    from windlass.graph.runs import run as run
    from windlass.graph.tasks import GraphTask as GraphTask
    from windlass.graph.tasks import each as each
    from windlass.graph.tasks import need as need
    from windlass.graph.tasks import task as task

_HOMES = {
    "Executor": "executor",
    "GraphTask": "tasks",
    "Node": "node",
    "NodeReport": "node",
    "Report": "report",
    "answer": "answers",
    "each": "tasks",
    "need": "tasks",
    "pause": "job",
    "plan": "plans",
    "progress": "job",
    "run": "runs",
    "runs_so_far": "job",
    "task": "tasks",
}
"""Public name → the module that has it. No module is called as a public name is: importing it would hide the name."""

__all__ = [
    "Executor", "GraphTask", "Node", "NodeReport", "Report", "answer", "each", "need", "pause", "plan", "progress",
    "run", "runs_so_far", "task",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'windlass.graph' has no attribute '{name}'")
    return getattr(importlib.import_module(f"windlass.graph.{_HOMES[name]}"), name)
