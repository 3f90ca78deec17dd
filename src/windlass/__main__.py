"""`python -m windlass TASK`: windlass's own tasks, in any project, whatever its tasks.py has or calls its own.

It runs no code of the project's tasks.py.
"""

from __future__ import annotations

from importlib.metadata import version

from invoke.program import Program

from windlass.graph.invoke.executor import Executor
from windlass.tasks import collection


def main(argv: list[str] | None = None) -> None:
    """Run the tasks that the command line names, in this folder."""
    program = Program(
        namespace=collection(),
        executor_class=Executor,
        name="windlass",
        binary="python -m windlass",
        version=version("windlass"),
    )
    program.run(argv)


if __name__ == "__main__":
    main()
