"""Threads that do the work: whoever ends a node has its next one, and nothing is waited for in vain."""

from __future__ import annotations

import threading
import time

import pytest

from windlass.graph import Node
from windlass.graph.body.node_execution import Job
from windlass.graph.body.output import Output
from windlass.graph.node import CACHED, DONE
from windlass.graph.order import graph
from windlass.graph.running.scheduler import NodeEnd, RunRules, Scheduler
from windlass.graph.running.threads import Threads


def nodes(edges: dict[str, tuple[str, ...]]) -> list[Node]:
    return [Node(name, body=lambda c: None, needs=needs) for name, needs in edges.items()]


def test_a_chain_is_done_by_one_thread() -> None:
    hands: set[int] = set()

    def do(job: Job) -> str:
        hands.add(threading.get_ident())
        return DONE

    crew = Threads(do, lambda node: None, lambda node: Output(None))
    edges: dict[str, tuple[str, ...]] = {"n0": (), **{f"n{i}": (f"n{i - 1}",) for i in range(1, 50)}}
    states = Scheduler(graph(nodes(edges)), crew, RunRules(jobs=2), {}, time.monotonic).run()
    crew.close()
    assert set(states.values()) == {DONE}
    assert len(hands) == 1


def test_what_nobody_expected_in_a_thread_ends_the_run() -> None:
    def quick(node: Node) -> NodeEnd | None:
        if node.name == "second":
            raise RuntimeError("odd")
        return None

    crew = Threads(lambda job: DONE, quick, lambda node: Output(None))
    checked = graph(nodes({"first": (), "second": ("first",)}))
    with pytest.raises(RuntimeError, match="odd"):
        Scheduler(checked, crew, RunRules(), {}, time.monotonic).run()
    crew.close()


def test_who_ended_a_node_does_not_wait_until_all_others_were_looked_at() -> None:
    order: list[str] = []
    first_look = threading.Event()

    def do(job: Job) -> str:
        order.append(job.node.name)
        if job.node.name == "long":
            assert first_look.wait(30)
        return DONE

    def quick(node: Node) -> NodeEnd | None:
        if not node.name.startswith("look"):
            return None
        first_look.set()
        until = time.monotonic() + 30
        while not order.count("next") and "long" not in scheduler._over:
            assert time.monotonic() < until
        order.append(node.name)
        return NodeEnd(node.name, CACHED)

    crew = Threads(do, quick, lambda node: Output(None))
    checked = graph(nodes({"long": (), **{f"look{i}": () for i in range(5)}, "next": ("long",)}))
    scheduler = Scheduler(checked, crew, RunRules(jobs=2), {"long": 9.0, "next": 8.0}, time.monotonic)
    states = scheduler.run()
    crew.close()
    assert set(states.values()) == {DONE, CACHED}
    assert set(order[:3]) == {"long", "look0", "next"}
