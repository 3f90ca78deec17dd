"""The scheduler: decides what starts when, and ends the rest when something fails. Knows no process."""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from windlass.graph.node import CACHED, DONE, ENDED, FAILED, LEFT, Node
from windlass.graph.order import Graph

POOLS: Mapping[str, int] = {"net": 8, "docker": 2}
"""How many nodes of a pool may run side by side. `cpu`, and a pool that is not named here, have as many as `jobs`."""
ALONE = frozenset({"exclusive", "console"})
"""Pools whose nodes run while nothing else does."""


class NodeEnd(NamedTuple):
    """A node that ended.

    Attributes:
        state: `done`, `cached`, `failed`, `ended`, or `left` where it was told to end before it began.
        problem: what was raised that nobody expected; the run ends with it.
    """

    name: str
    state: str
    problem: BaseException | None = None


class Stop(NamedTuple):
    """The run is to end: a signal came, or the outer run ends.

    Attributes:
        reason: such as `Ctrl-C`.
        at_once: no grace any more (a second signal).
    """

    reason: str
    at_once: bool = False


class Workers(Protocol):
    """Who does the work."""

    def quick(self, node: Node) -> NodeEnd | None:
        """The end of a node that needs no work; it must take no time."""
        ...

    def start(self, node: Node, then: Callable[[NodeEnd], None]) -> None:
        """Begin a node in the background; `then` is told of its end by whoever did it, never before this returns."""
        ...

    def wait(self, timeout_s: float | None) -> Stop | None:
        """Until the run is to end; None after this time, or when woken."""
        ...

    def wake(self) -> None:
        """Have `wait` return: there is another deadline, or nothing to wait for any more."""
        ...

    def tell_to_end(self, name: str, reason: str) -> None:
        """Tell a running node to end; it is to be waited for."""
        ...

    def kill(self, name: str) -> None:
        """End what is left of a node that was told to."""
        ...


class RunRules(NamedTuple):
    """How a run goes.

    Attributes:
        jobs: nodes of the pool `cpu` side by side, at least 1; with 1, nothing at all runs side by side.
        keep_going: after a failure, finish what does not depend on it.
        grace_s: seconds between telling a node to end and killing its programs.
        patience_s: seconds after which a killed node whose body does not return is left behind.
        pools: pool → nodes side by side.
    """

    jobs: int = 1
    keep_going: bool = False
    grace_s: float = 0.1
    patience_s: float = 0.5
    pools: Mapping[str, int] = POOLS

    def room(self, pool: str) -> int:
        """How many nodes of a pool may run side by side, where several run at all."""
        return self.pools.get(pool, self.jobs)


class Scheduler:
    """One run over one graph. `run` returns every node's state.

    Whoever ends a node has the scheduler decide what comes next, one at a time, and so has its next node at once: no
    thread stands between that would have to be woken for every node. The thread of `run` does what is beyond that:
    signals, deadlines, and whatever else may start then.
    """

    def __init__(
        self,
        graph: Graph,
        crew: Workers,
        rules: RunRules,
        rank: Mapping[str, float],
        clock: Callable[[], float],
        settled: Iterable[str] = (),
    ) -> None:
        """`rank`: name → seconds of the longest path from there; `clock`: seconds, monotonic.

        `settled`: nodes that are known to be up to date, as are all that they need.
        """
        self._graph = graph
        self._crew = crew
        self._rules = rules
        self._rank = rank
        self._clock = clock
        self._waits = {name: len(needs) for name, needs in graph.needs.items()}
        self._place = {name: place for place, name in enumerate(graph.topological)}
        self._over: set[str] = set()  # nodes that ended and wait for their turn
        self._turn = threading.Lock()  # around what follows
        self._ready: dict[str, list[tuple[float, int, str]]] = {}
        self._running: set[str] = set()
        self._deadlines: dict[str, float] = {}
        self._in_pool: dict[str, int] = {}
        self._told: set[str] = set()
        self._killed: set[str] = set()
        self._late: dict[str, str] = {}
        self._problem: BaseException | None = None
        self.states: dict[str, str] = dict.fromkeys(settled, CACHED)
        for name in self.states:
            for waiting in graph.dependents[name]:
                self._waits[waiting] -= 1
        self.stopped = ""

    def run(self) -> dict[str, str]:
        """Run all that can be; name → state, in the order in which nodes ended."""
        for name, count in self._waits.items():
            if not count and name not in self.states:
                self._offer(name)
        try:
            self._attend()
        except BaseException as problem:
            with self._turn:
                self._break(problem)
            raise
        for name in self._graph.topological:
            self.states.setdefault(name, LEFT)
        return self.states

    def _attend(self) -> None:
        """Start, wait and end until nothing runs."""
        stop: Stop | None = None
        while True:
            with self._turn:
                if self._problem is not None:
                    raise self._problem
                if stop is not None:
                    self._stop(stop.reason, stop.at_once)
                self._expire()
                while not self._over and self._begin():  # who ended a node goes first
                    pass
                if not self._running and self._urgent() is None:
                    return
                earliest = self._earliest()
            stop = self._crew.wait(None if earliest == math.inf else max(earliest - self._clock(), 0.0))

    def _then(self, event: NodeEnd) -> None:
        """A node ended: start the next one in the thread that ended it. What else may start is for `run`."""
        self._over.add(event.name)
        with self._turn:
            before = self._earliest()
            try:
                self._on_node_end(event)
                if event.problem is not None:
                    raise event.problem
                self._begin()
            except BaseException as problem:  # noqa: BLE001 - raised again by `run`
                self._break(problem)
            if not self._running or self._problem or self._urgent() or self._earliest() < before:
                self._crew.wake()

    def _break(self, problem: BaseException) -> None:
        """Nothing starts any more: the run ends with what nobody expected."""
        self._problem = self._problem or problem
        self.stopped = self.stopped or type(problem).__name__

    def _earliest(self) -> float:
        """The next deadline of what has not ended."""
        return min([at for name, at in self._deadlines.items() if name not in self._over], default=math.inf)

    def _offer(self, name: str) -> None:
        """A node's needs are met."""
        pool = self._graph.nodes[name].pool
        heapq.heappush(self._ready.setdefault(pool, []), (-self._rank.get(name, 0.0), self._place[name], name))

    def _begin(self) -> bool:
        """Start the most urgent node, or see that it needs no work; False where none may start now."""
        heap = self._urgent()
        if heap is None:
            return False
        node = self._graph.nodes[heapq.heappop(heap)[2]]
        ended = self._crew.quick(node)
        if ended is not None:
            self._settle(ended.name, ended.state)
            return True
        if node.timeout_s is not None:
            self._deadlines[node.name] = self._clock() + node.timeout_s
        self._running.add(node.name)
        self._in_pool[node.pool] = self._in_pool.get(node.pool, 0) + 1
        self._crew.start(node, self._then)
        return True

    def _urgent(self) -> list[tuple[float, int, str]] | None:
        """Where the most urgent node is first that has room; what must be alone waits until it is all that is left."""
        best: list[tuple[float, int, str]] | None = None
        for pool, heap in () if self.stopped else self._ready.items():
            if heap and (best is None or heap[0] < best[0]) and self._has_room(pool):
                best = heap
        return best

    def _has_room(self, pool: str) -> bool:
        if not self._running:
            return pool not in ALONE or not any(heap for one, heap in self._ready.items() if one not in ALONE)
        if self._rules.jobs == 1 or pool in ALONE or any(self._in_pool.get(one) for one in ALONE):
            return False
        return self._in_pool.get(pool, 0) < self._rules.room(pool)

    def _on_node_end(self, event: NodeEnd) -> None:
        name = event.name
        self._over.discard(name)
        if name not in self._running:
            return  # was left behind; its body came back after all
        self._running.remove(name)
        self._deadlines.pop(name, None)
        self._in_pool[self._graph.nodes[name].pool] -= 1
        late = self._late.pop(name, "")
        state = FAILED if late else event.state
        state = ENDED if state == FAILED and name in self._told and not late else state
        self._told.discard(name)
        self._settle(name, state)
        if state == FAILED and not self._rules.keep_going:
            self._stop(f"{name} failed", at_once=False)

    def _settle(self, name: str, state: str) -> None:
        self.states[name] = state
        if state not in {DONE, CACHED}:
            return
        for waiting in self._graph.dependents[name]:
            self._waits[waiting] -= 1
            if not self._waits[waiting]:
                self._offer(waiting)

    # ---- ending

    def _stop(self, reason: str, at_once: bool) -> None:
        self.stopped = self.stopped or reason
        for name in self._running:
            self._end(name, reason, 0.0 if at_once else self._rules.grace_s)

    def _end(self, name: str, reason: str, grace_s: float) -> None:
        if name not in self._told:
            self._told.add(name)
            self._crew.tell_to_end(name, reason)
        self._deadlines[name] = self._clock() + grace_s

    def _expire(self) -> None:
        """Deadlines that have passed: the timeout, then the grace, then patience."""
        now = self._clock()
        for name, deadline in list(self._deadlines.items()):
            if deadline > now or name in self._over:
                continue
            if name not in self._told:
                self._late[name] = f"it did not finish within {self._graph.nodes[name].timeout_s:g} s"
                self._end(name, self._late[name], self._rules.grace_s)
            elif name not in self._killed:
                self._killed.add(name)
                self._crew.kill(name)
                self._deadlines[name] = now + self._rules.patience_s
            else:  # its body does not return: left behind
                self._on_node_end(NodeEnd(name, ENDED))
