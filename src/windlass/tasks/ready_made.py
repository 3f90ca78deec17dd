"""The collection of ready-made tasks, to which a project adds its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from invoke.collection import Collection
from invoke.exceptions import Exit

from windlass.errors import UsageError

if TYPE_CHECKING:
    from invoke.tasks import Task


class ReadyMade(Collection):
    """Refuses what would take, or could not have, the name of a ready-made task; Invoke would show a traceback.

    Attributes:
        complete: whether all ready-made tasks are in it: what comes then is the project's own.
    """

    complete = False

    def add_task(
        self,
        task: Task[Any],
        name: str | None = None,
        aliases: tuple[str, ...] | None = None,
        default: bool | None = None,
    ) -> None:
        """As Invoke's.

        Raises:
            Exit: a ready-made task or namespace has the name.
        """
        self._refuse_taken(name or task.name)
        super().add_task(task, name, aliases, default)

    def add_collection(self, coll: Any, name: str | None = None, default: bool | None = None) -> None:
        """As Invoke's.

        Raises:
            Exit: a ready-made task or namespace has the name.
        """
        self._refuse_taken(name or str(getattr(coll, "name", None) or getattr(coll, "__name__", "")))
        super().add_collection(coll, name, default)

    def _refuse_taken(self, name: str) -> None:
        name = self.transform(name) if name else ""
        if self.complete and (name in self.tasks or name in self.collections):
            error = UsageError(
                f"this project has a task `{name}` of its own, and windlass has one",
                facts={"where": "tasks.py"},
                remedy="give yours another name; or hang windlass's below a name: ns = Collection(your, tasks), then "
                'ns.add_collection(windlass.collection(), "windlass"), and `inv windlass.release`',
            )
            raise Exit(str(error), code=error.exit_code)
