"""Threads that do the scheduler's work. A body runs in a thread; what it starts is a process and can be killed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from windlass import shell
from windlass.graph.job import Job
from windlass.graph.node import CACHED, DONE, FAILED, LEFT, Node
from windlass.graph.output import Output
from windlass.graph.schedule import Ended, Stop

_LISTEN_S = 0.5
"""How long a signal can go unheard that came in the moment before a wait began: Python acts on it only afterwards."""


class Threads:
    """As many threads as run side by side, made when needed; each has a process group for its programs.

    Nodes of the pool `cpu` beyond the number of hands wait here, so that a thread that is done has its next node at
    once. What a body leaves running ends with the run at the latest, and at once when its node fails or is ended.

    Attributes:
        jobs: what has begun, by name.
    """

    def __init__(
        self,
        do: Callable[[Job], str],
        quick: Callable[[Node], Ended | None],
        output: Callable[[Node], Output],
        hands: int,
        outer: Job | None = None,
    ) -> None:
        """`do` runs a job to its end and gives its state; it must not raise.

        `hands`: threads for the pool `cpu`. `outer`: the job that all of this is part of.
        """
        self.jobs: dict[str, Job] = {}
        self._do = do
        self._quick = quick
        self._output = output
        self._free_hands = hands
        self._outer = outer
        self._events: queue.SimpleQueue[Ended | Stop] = queue.SimpleQueue()
        self._lock = threading.Lock()  # around what follows
        self._doomed: dict[str, str] = {}
        self._queued: dict[str, Node] = {}
        self._idle: list[_Worker] = []
        self._workers: list[_Worker] = []

    def quick(self, node: Node) -> Ended | None:
        """The end of a node that needs no work."""
        return self._quick(node)

    def start(self, node: Node) -> None:
        """Begin a node in a thread that is free."""
        with self._lock:
            if node.pool == "cpu" and not self._free_hands:
                self._queued[node.name] = node
                return
            if node.pool == "cpu":
                self._free_hands -= 1
            worker = self._idle.pop() if self._idle else self._hire()
        worker.inbox.put(node)

    def _hire(self) -> _Worker:
        worker = _Worker(self)
        self._workers.append(worker)
        return worker

    def work(self, worker: _Worker, node: Node) -> None:
        """Do a node, in the worker's thread."""
        job = Job(node, worker.fresh_group(), self._output(node), self._outer)
        with self._lock:
            worker.job = self.jobs[node.name] = job
            doomed = self._doomed.get(node.name)
        if doomed is not None:
            job.tell(doomed)
        state = FAILED
        try:
            state = self._do(job)
        finally:
            if state not in {DONE, CACHED}:
                job.group.end()
            job.output.close()
            worker.job = None
            self._events.put(Ended(node.name, state))

    def next_for(self, worker: _Worker, done: Node) -> Node | None:
        """What the worker does next; None: it is free."""
        with self._lock:
            if done.pool == "cpu":
                if self._queued:
                    return self._queued.pop(next(iter(self._queued)))
                self._free_hands += 1
            self._idle.append(worker)
            return None

    def stop(self, stop: Stop) -> None:
        """Have the run end; safe in a signal's handler."""
        self._events.put(stop)

    def wait(self, timeout_s: float | None) -> Ended | Stop | None:
        """The next thing that happens; None after a while in which nothing did, at `timeout_s` at the latest."""
        try:
            return self._events.get(timeout=_LISTEN_S if timeout_s is None else min(timeout_s, _LISTEN_S))
        except queue.Empty:
            return None

    def tell(self, name: str, reason: str) -> None:
        """Tell a node to end; one that has not begun is left."""
        with self._lock:
            queued = self._queued.pop(name, None)
            job = self.jobs.get(name)
            if queued is None and job is None:
                self._doomed[name] = reason  # a worker has it in its hand
        if queued is not None:
            self._events.put(Ended(name, LEFT))
        elif job is not None:
            job.tell(reason)

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
        self.inbox: queue.SimpleQueue[Node | None] = queue.SimpleQueue()
        self.group = shell.Group()
        self.job: Job | None = None
        self._crew = crew
        threading.Thread(target=self._work, daemon=True, name="windlass-node").start()

    def fresh_group(self) -> shell.Group:
        """A group in which programs can start."""
        if self.group.ended:
            self.group = shell.Group()
        return self.group

    def _work(self) -> None:
        while (node := self.inbox.get()) is not None:
            while node is not None:
                done = node
                self._crew.work(self, done)
                node = self._crew.next_for(self, done)
