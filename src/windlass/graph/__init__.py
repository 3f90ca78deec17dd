"""The task graph: Invoke tasks with needs, skipped when nothing changed, run side by side. Usable on its own.

The names are loaded when first used: Invoke imports this package for its `Executor` on every command.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windlass.graph.body.json_output import answer as answer
    from windlass.graph.body.node_execution import pause as pause
    from windlass.graph.body.node_execution import progress as progress
    from windlass.graph.body.node_execution import runs_so_far as runs_so_far
    from windlass.graph.declare.tasks import GraphTask as GraphTask
    from windlass.graph.declare.tasks import each as each
    from windlass.graph.declare.tasks import need as need
    from windlass.graph.declare.tasks_to_nodes import plan as plan
    from windlass.graph.invoke.decorator import task as task
    from windlass.graph.invoke.executor import Executor as Executor
    from windlass.graph.node import Node as Node
    from windlass.graph.node import NodeReport as NodeReport
    from windlass.graph.report import Report as Report
    from windlass.graph.running.run import run as run

_HOMES = {
    "Executor": "invoke.executor",
    "GraphTask": "declare.tasks",
    "Node": "node",
    "NodeReport": "node",
    "Report": "report",
    "answer": "body.json_output",
    "each": "declare.tasks",
    "need": "declare.tasks",
    "pause": "body.node_execution",
    "plan": "declare.tasks_to_nodes",
    "progress": "body.node_execution",
    "run": "running.run",
    "runs_so_far": "body.node_execution",
    "task": "invoke.decorator",
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
