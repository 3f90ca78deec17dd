"""A node while it runs: its programs' group, its output, and whether it was told to end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windlass import shell
from windlass.backoff import pause as pause  # noqa: PLC0414 - `graph.pause` is found here
from windlass.backoff import paused_by
from windlass.errors import CancelledError
from windlass.graph.body.output import Output, print_to
from windlass.graph.node import Node
from windlass.progress import heard_by
from windlass.progress import progress as progress  # noqa: PLC0414 - `graph.progress` is found here
from windlass.shell.inherited_thread_locals import InheritedVariable

if TYPE_CHECKING:
    from windlass.graph.report import RunRecord


class Job:
    """One node at work. `end` may be called from any thread.

    Attributes:
        group: its programs.
        output: its words.
        reason: why it was told to end; empty while it was not.
        answers: what the body gave `answer`; the last one counts.
        runs: the runs that its body made, as far as they have ended.
        holds: what it, and the jobs that it is inside of, have locked.
    """

    def __init__(self, node: Node, group: shell.Group, output: Output, outer: Job | None = None) -> None:
        self.node = node
        self.group = group
        self.output = output
        self.reason = ""
        self.answers: list[Any] = []
        self.runs: list[RunRecord] = []
        self.holds: frozenset[Path] = outer.holds if outer else frozenset()
        self._told = threading.Event()
        self._then: list[Callable[[], None]] = []

    def tell_to_end(self, reason: str) -> None:
        """Tell it to end: its programs get SIGTERM, waits return, nested runs hear it too; at once, no waiting."""
        if not self._told.is_set():
            self.reason = reason
            self._told.set()
            for call in list(self._then):
                call()
        self.group.terminate()

    def on_end(self, call: Callable[[], None]) -> None:
        """Have `call` called when the job is told to end (a nested run ends its own nodes then)."""
        self._then.append(call)
        if self._told.is_set():
            call()

    @property
    def is_ending(self) -> bool:
        """Whether it was told to end."""
        return self._told.is_set()

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            CancelledError: it was told to end meanwhile.
        """
        if self._told.wait(seconds):
            raise CancelledError(f"{self.node.name} was ended: {self.reason}")

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """In this block `print`, `shell.run` and `current` belong to this job; in threads started there, too."""
        with (
            _current.set_in_block(self),
            shell.join_group(self.group),
            print_to(self.output),
            heard_by(self.output.progress),
            paused_by(self.pause),
        ):
            yield


_current: InheritedVariable[Job] = InheritedVariable("windlass-job")


def current() -> Job | None:
    """The job that this thread, or the one that started it, works on; None outside a run."""
    return _current.get()


def runs_so_far() -> tuple[RunRecord, ...]:
    """In a body: the runs that it made and that have ended, as its trace will have them."""
    job = current()
    return () if job is None else tuple(job.runs)
