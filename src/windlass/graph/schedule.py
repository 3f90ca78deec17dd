"""The scheduler: one thread decides what starts when, and ends the rest when something fails. Knows no process."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from windlass.graph.node import CACHED, DONE, ENDED, FAILED, LEFT, Node
from windlass.graph.order import Graph

POOLS: Mapping[str, int] = {"net": 8, "docker": 2}
"""How many nodes of a pool may run side by side. `cpu`, and a pool that is not named here, have as many as `jobs`."""
ALONE = frozenset({"exclusive", "console"})
"""Pools whose nodes run while nothing else does."""


class Ended(NamedTuple):
    """A node that ended.

    Attributes:
        state: `done`, `cached`, `failed`, `ended`, or `left` where it was told to end before it began.
    """

    name: str
    state: str


class Stop(NamedTuple):
    """The run is to end: a signal came, or the outer run ends.

    Attributes:
        reason: such as `Ctrl-C`.
        at_once: no grace any more (a second signal).
    """

    reason: str
    at_once: bool = False


class Crew(Protocol):
    """Who does the work."""

    def quick(self, node: Node) -> Ended | None:
        """The end of a node that needs no work; it must take no time."""
        ...

    def start(self, node: Node) -> None:
        """Begin a node in the background, as soon as there is a hand for it."""
        ...

    def wait(self, timeout_s: float | None) -> Ended | Stop | None:
        """The next thing that happens; None when nothing did in time."""
        ...

    def tell(self, name: str, reason: str) -> None:
        """Tell a running node to end; it is to be waited for."""
        ...

    def kill(self, name: str) -> None:
        """End what is left of a node that was told to."""
        ...


class Rules(NamedTuple):
    """How a run goes.

    Attributes:
        jobs: nodes of the pool `cpu` side by side, at least 1; with 1, nothing at all runs side by side.
        keep_going: after a failure, finish what does not depend on it.
        grace_s: seconds between telling a node to end and killing its programs.
        patience_s: seconds after which a killed node whose body does not return is left behind.
        pools: pool → nodes side by side.
        ahead: nodes of the pool `cpu` that are handed over before there is room, so that no hand waits for us.
    """

    jobs: int = 1
    keep_going: bool = False
    grace_s: float = 0.1
    patience_s: float = 0.5
    pools: Mapping[str, int] = POOLS
    ahead: int = 0

    def room(self, node: Node) -> int:
        """How many nodes of its pool may be handed over when this one is."""
        side_by_side = 1 if self.jobs == 1 else self.pools.get(node.pool, self.jobs)
        waits = node.pool == "cpu" and node.timeout_s is None  # a deadline counts from the beginning
        return side_by_side + (self.ahead if waits else 0)


class Scheduler:
    """One run over one graph. `run` returns every node's state."""

    def __init__(
        self,
        graph: Graph,
        crew: Crew,
        rules: Rules,
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
        self._ready: dict[str, list[tuple[float, int, str]]] = {}
        self._running: dict[str, float | None] = {}
        self._in_pool: dict[str, int] = {}
        self._told: set[str] = set()
        self._killed: set[str] = set()
        self._late: dict[str, str] = {}
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
        self._fill()
        while self._running:
            event = self._crew.wait(self._patience())
            if isinstance(event, Ended):
                self._ended(event)
            elif isinstance(event, Stop):
                self._stop(event.reason, event.at_once)
            self._expire()
            self._fill()
        for name in self._graph.topological:
            self.states.setdefault(name, LEFT)
        return self.states

    def _offer(self, name: str) -> None:
        """A node's needs are met."""
        pool = self._graph.nodes[name].pool
        heapq.heappush(self._ready.setdefault(pool, []), (-self._rank.get(name, 0.0), self._place[name], name))

    def _fill(self) -> None:
        """Start what may start now."""
        while not self.stopped and (name := self._next()) is not None:
            ended = self._crew.quick(self._graph.nodes[name])
            if ended is not None:
                self._settle(ended.name, ended.state)
                continue
            node = self._graph.nodes[name]
            deadline = None if node.timeout_s is None else self._clock() + node.timeout_s
            self._running[name] = deadline
            self._in_pool[node.pool] = self._in_pool.get(node.pool, 0) + 1
            self._crew.start(node)

    def _next(self) -> str | None:
        """The most urgent node that has room; one that must be alone waits until nothing else is left to start."""
        best: list[tuple[float, int, str]] | None = None
        for pool, heap in self._ready.items():
            if heap and (best is None or heap[0] < best[0]) and self._has_room(pool, heap[0][2]):
                best = heap
        return heapq.heappop(best)[2] if best else None

    def _has_room(self, pool: str, name: str) -> bool:
        if not self._running:
            return pool not in ALONE or not any(heap for one, heap in self._ready.items() if one not in ALONE)
        if pool in ALONE or any(self._in_pool.get(one) for one in ALONE):
            return False
        if self._rules.jobs == 1 and self._in_pool.get(pool, 0) < len(self._running):
            return False
        return self._in_pool.get(pool, 0) < self._rules.room(self._graph.nodes[name])

    def _ended(self, event: Ended) -> None:
        name = event.name
        if name not in self._running:
            return  # was left behind; its body came back after all
        del self._running[name]
        self._in_pool[self._graph.nodes[name].pool] -= 1
        late = self._late.pop(name, "")
        state = FAILED if late and event.state != LEFT else event.state
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
            self._crew.tell(name, reason)
        self._running[name] = self._clock() + grace_s

    def _patience(self) -> float | None:
        deadlines = [deadline for deadline in self._running.values() if deadline is not None]
        return max(min(deadlines) - self._clock(), 0.0) if deadlines else None

    def _expire(self) -> None:
        """Deadlines that have passed: the timeout, then the grace, then patience."""
        now = self._clock()
        for name, deadline in list(self._running.items()):
            if deadline is None or deadline > now:
                continue
            if name not in self._told:
                self._late[name] = f"it did not finish within {self._graph.nodes[name].timeout_s:g} s"
                self._end(name, self._late[name], self._rules.grace_s)
            elif name not in self._killed:
                self._killed.add(name)
                self._crew.kill(name)
                self._running[name] = now + self._rules.patience_s
            else:  # its body does not return: left behind
                self._ended(Ended(name, ENDED))
