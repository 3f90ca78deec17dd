"""Threads that do the scheduler's work. A body runs in a thread; what it starts is a process and can be killed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from windlass import shell
from windlass.graph.body.node_execution import Job
from windlass.graph.body.output import Output
from windlass.graph.node import CACHED, DONE, FAILED, Node
from windlass.graph.running.scheduler import NodeEnd, Stop

_LISTEN_S = 0.5
"""How long a signal can go unheard that came in the moment before a wait began: Python acts on it only afterwards."""


class Threads:
    """As many threads as run side by side, made when needed; each has a process group for its programs.

    What a body leaves running ends with the run at the latest, and at once when its node fails or is ended.

    Attributes:
        jobs: what has begun, by name.
    """

    def __init__(
        self,
        do: Callable[[Job], str],
        quick: Callable[[Node], NodeEnd | None],
        output: Callable[[Node], Output],
        outer: Job | None = None,
    ) -> None:
        """`do` runs a job to its end and gives its state; it must not raise.

        `outer`: the job that all of this is part of.
        """
        self.jobs: dict[str, Job] = {}
        self._do = do
        self._quick = quick
        self._output = output
        self._outer = outer
        self._events: queue.SimpleQueue[Stop | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # around what follows
        self._doomed: dict[str, str] = {}
        self._idle: list[_Worker] = []
        self._asking: dict[int, _Worker] = {}  # by thread: those that tell of an end and can take the next node
        self._workers: list[_Worker] = []

    def quick(self, node: Node) -> NodeEnd | None:
        """The end of a node that needs no work."""
        return self._quick(node)

    def start(self, node: Node, then: Callable[[NodeEnd], None]) -> None:
        """Begin a node in a thread that is free: in this one, where it is one that tells of an end."""
        with self._lock:
            worker = self._asking.pop(threading.get_ident(), None)
            worker = worker or (self._idle.pop() if self._idle else self._hire())
        worker.inbox.put((node, then))

    def _hire(self) -> _Worker:
        worker = _Worker(self)
        self._workers.append(worker)
        return worker

    def work(self, worker: _Worker, node: Node, then: Callable[[NodeEnd], None]) -> None:
        """Do a node, in the worker's thread, and tell of its end."""
        state, problem, here = FAILED, None, threading.get_ident()
        try:
            state = self._run_node(worker, node)
        except BaseException as raised:  # noqa: BLE001 - the run ends with it
            problem = raised
        with self._lock:
            self._asking[here] = worker
        then(NodeEnd(node.name, state, problem))
        with self._lock:
            if self._asking.pop(here, None) is not None:
                self._idle.append(worker)

    def _run_node(self, worker: _Worker, node: Node) -> str:
        """Do a node; how it ended."""
        job = Job(node, worker.fresh_group(), self._output(node), self._outer)
        with self._lock:
            worker.job = self.jobs[node.name] = job
            doomed = self._doomed.get(node.name)
        if doomed is not None:
            job.tell_to_end(doomed)
        state = FAILED
        try:
            state = self._do(job)
        finally:
            if state not in {DONE, CACHED}:
                job.group.end()
            job.output.close()
            worker.job = None
        return state

    def stop(self, stop: Stop) -> None:
        """Have the run end; safe in a signal's handler."""
        self._events.put(stop)

    def wait(self, timeout_s: float | None) -> Stop | None:
        """Until the run is to end; None when woken, or after a while, at `timeout_s` at the latest."""
        try:
            return self._events.get(timeout=_LISTEN_S if timeout_s is None else min(timeout_s, _LISTEN_S))
        except queue.Empty:
            return None

    def wake(self) -> None:
        """Have `wait` return."""
        self._events.put(None)

    def tell_to_end(self, name: str, reason: str) -> None:
        """Tell a node to end; one that has not begun is left."""
        with self._lock:
            job = self.jobs.get(name)
            if job is None:
                self._doomed[name] = reason  # a worker has it in its hand
        if job is not None:
            job.tell_to_end(reason)

    def kill(self, name: str) -> None:
        """SIGKILL a node's programs."""
        if name in self.jobs:
            self.jobs[name].group.end()

    def close(self) -> list[str]:
        """End every program; names of the nodes whose bodies still have not returned."""
        stuck = [job.node.name for worker in self._workers if (job := worker.job) is not None]
        for worker in self._workers:
            worker.inbox.put(None)
            worker.group.end()
        return stuck


class _Worker:
    """A thread that does one node after the other."""

    def __init__(self, crew: Threads) -> None:
        self.inbox: queue.SimpleQueue[tuple[Node, Callable[[NodeEnd], None]] | None] = queue.SimpleQueue()
        self.group = shell.Group()
        self.job: Job | None = None
        self._crew = crew
        threading.Thread(target=self._work, daemon=True, name="windlass-node").start()

    def fresh_group(self) -> shell.Group:
        """A group in which programs can start."""
        if self.group.is_ended:
            self.group.end()  # it may only have been told to
            self.group = shell.Group()
        return self.group

    def _work(self) -> None:
        while (given := self.inbox.get()) is not None:
            self._crew.work(self, *given)
