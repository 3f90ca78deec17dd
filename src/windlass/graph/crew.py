"""Threads that do the scheduler's work. A body runs in a thread; what it starts is a process and can be killed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from windlass import shell
from windlass.graph.job import Job
from windlass.graph.node import DONE, FAILED, Node
from windlass.graph.output import Output
from windlass.graph.schedule import Ended, Stop


class Threads:
    """As many threads as run side by side, made when needed; each has a process group for its programs.

    What a body leaves running ends with the run at the latest, and at once when its node fails or is ended.

    Attributes:
        jobs: what runs now, by name.
    """

    def __init__(
        self,
        do: Callable[[Job], str],
        quick: Callable[[Node], Ended | None],
        output: Callable[[Node], Output],
    ) -> None:
        """`do` runs a job to its end and gives its state; it must not raise."""
        self.jobs: dict[str, Job] = {}
        self._do = do
        self._quick = quick
        self._output = output
        self._events: queue.SimpleQueue[Ended | Stop] = queue.SimpleQueue()
        self._idle: list[_Worker] = []
        self._workers: list[_Worker] = []

    def quick(self, node: Node) -> Ended | None:
        """The end of a node that needs no work."""
        return self._quick(node)

    def start(self, node: Node) -> None:
        """Begin a node in a thread that is free."""
        worker = self._idle.pop() if self._idle else self._hire()
        job = Job(node, worker.fresh_group(), self._output(node))
        self.jobs[node.name] = job
        worker.inbox.put(job)

    def _hire(self) -> _Worker:
        worker = _Worker(self._do, self._report)
        self._workers.append(worker)
        return worker

    def _report(self, worker: _Worker, job: Job, state: str) -> None:
        self._idle.append(worker)
        self._events.put(Ended(job.node.name, state))

    def stop(self, stop: Stop) -> None:
        """Have the run end; safe in a signal's handler."""
        self._events.put(stop)

    def wait(self, timeout_s: float | None) -> Ended | Stop | None:
        """The next thing that happens."""
        try:
            return self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def tell(self, name: str, reason: str) -> None:
        """Tell a running node to end."""
        self.jobs[name].tell(reason)

    def kill(self, name: str) -> None:
        """SIGKILL a node's programs."""
        self.jobs[name].group.end()

    def close(self) -> list[str]:
        """End every program; names of the nodes whose bodies still have not returned."""
        stuck = [worker.job.node.name for worker in self._workers if worker.job is not None]
        for worker in self._workers:
            worker.inbox.put(None)
            worker.group.end()
        return stuck


class _Worker:
    def __init__(self, do: Callable[[Job], str], report: Callable[[_Worker, Job, str], None]) -> None:
        self.inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.group = shell.Group()
        self.job: Job | None = None
        self._do = do
        self._report = report
        threading.Thread(target=self._work, daemon=True, name="windlass-node").start()

    def fresh_group(self) -> shell.Group:
        if self.group.ended:
            self.group = shell.Group()
        return self.group

    def _work(self) -> None:
        while (job := self.inbox.get()) is not None:
            self.job = job
            state = FAILED
            try:
                state = self._do(job)
            finally:
                if state != DONE:
                    job.group.end()
                job.output.close()
                self.job = None
                self._report(self, job, state)
