"""Threads that do the work: whoever ends a node has its next one, and nothing is waited for in vain."""

from __future__ import annotations

import threading
import time

import pytest

from windlass.graph import Node
from windlass.graph.crew import Threads
from windlass.graph.job import Job
from windlass.graph.node import DONE
from windlass.graph.order import graph
from windlass.graph.output import Output
from windlass.graph.schedule import Ended, Rules, Scheduler


def nodes(edges: dict[str, tuple[str, ...]]) -> list[Node]:
    return [Node(name, body=lambda c: None, needs=needs) for name, needs in edges.items()]


def test_a_chain_is_done_by_one_thread() -> None:
    hands: set[int] = set()

    def do(job: Job) -> str:
        hands.add(threading.get_ident())
        return DONE

    crew = Threads(do, lambda node: None, lambda node: Output(None))
    edges: dict[str, tuple[str, ...]] = {"n0": (), **{f"n{i}": (f"n{i - 1}",) for i in range(1, 50)}}
    states = Scheduler(graph(nodes(edges)), crew, Rules(jobs=2), {}, time.monotonic).run()
    crew.close()
    assert set(states.values()) == {DONE}
    assert len(hands) == 1


def test_what_nobody_expected_in_a_thread_ends_the_run() -> None:
    def quick(node: Node) -> Ended | None:
        if node.name == "second":
            raise RuntimeError("odd")
        return None

    crew = Threads(lambda job: DONE, quick, lambda node: Output(None))
    checked = graph(nodes({"first": (), "second": ("first",)}))
    with pytest.raises(RuntimeError, match="odd"):
        Scheduler(checked, crew, Rules(), {}, time.monotonic).run()
    crew.close()
