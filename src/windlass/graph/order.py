"""The order of a graph: a pure function of names and edges. Checks, ranks, and who waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from windlass.errors import GraphError
from windlass.graph.node import Node


class Graph(NamedTuple):
    """Nodes whose edges were checked.

    Attributes:
        nodes: by name, in the order they were given.
        needs: name → names that must have succeeded.
        dependents: name → names that wait for it.
        topological: every name, needs first; stable: what was given first comes first.
    """

    nodes: Mapping[str, Node]
    needs: Mapping[str, tuple[str, ...]]
    dependents: Mapping[str, tuple[str, ...]]
    topological: tuple[str, ...]

    def below(self, name: str) -> set[str]:
        """Every node that can't run without `name`."""
        found: set[str] = set()
        todo = list(self.dependents[name])
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo.extend(self.dependents[one])
        return found


def graph(nodes: Iterable[Node]) -> Graph:
    """Check the edges and sort.

    Raises:
        GraphError: two nodes with one name, a need that is no node, or a cycle (its path is shown).
    """
    named: dict[str, Node] = {}
    for node in nodes:
        if node.name in named:
            raise GraphError(f"two nodes are called {node.name}", remedy="give one of them another name")
        named[node.name] = node
    needs = {name: node.edges for name, node in named.items()}
    dependents: dict[str, list[str]] = {name: [] for name in named}
    for name, edges in needs.items():
        for need in edges:
            if need not in named:
                raise _unknown_need_error(name, need, named)
            dependents[need].append(name)
    frozen = {name: tuple(waiting) for name, waiting in dependents.items()}
    return Graph(named, needs, frozen, _topological(needs, frozen))


def _unknown_need_error(name: str, need: str, named: Mapping[str, Node]) -> GraphError:
    import difflib

    close = difflib.get_close_matches(need, named, 1)
    hint = f"did you mean {close[0]}?" if close else "correct the name, or add that task"
    return GraphError(f"{name} needs {need}, which is not there", remedy=hint)


def _topological(needs: Mapping[str, tuple[str, ...]], dependents: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    waits = {name: len(edges) for name, edges in needs.items()}
    order = [name for name, count in waits.items() if not count]
    for name in order:
        for waiting in dependents[name]:
            waits[waiting] -= 1
            if not waits[waiting]:
                order.append(waiting)
    if len(order) < len(needs):
        raise cycle_error(cycle({name: needs[name] for name, count in waits.items() if count}))
    return tuple(order)


def cycle(needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A cycle among nodes of which each has a need among them: its names, the first repeated at the end."""
    path: list[str] = []
    seen: dict[str, int] = {}
    name = next(iter(needs))
    while name not in seen:
        seen[name] = len(path)
        path.append(name)
        name = next(need for need in needs[name] if need in needs)
    return (*path[seen[name] :], name)


def cycle_error(path: tuple[str, ...]) -> GraphError:
    """The error that shows a cycle's path."""
    return GraphError("the needs form a cycle", facts={"path": " → ".join(path)}, remedy="take one of these needs away")


def remaining(graph: Graph, seconds: Mapping[str, float], default_s: float = 1.0) -> dict[str, float]:
    """Seconds from each node's start to the end of the longest path that begins with it.

    Args:
        seconds: past durations by name; a node without one counts `default_s`.
    """
    rest: dict[str, float] = {}
    for name in reversed(graph.topological):
        waiting = graph.dependents[name]
        after = max([rest[one] for one in waiting]) if waiting else 0.0
        rest[name] = after + seconds.get(name, default_s)
    return rest


def critical_path(graph: Graph, seconds: Mapping[str, float]) -> tuple[str, ...]:
    """The path that bounds a run, by these durations: needs first; empty for an empty graph."""
    rest = remaining(graph, seconds, 0.0)
    roots = [name for name in graph.topological if not graph.needs[name]]
    path: list[str] = []
    while roots:
        name = max(roots, key=lambda one: rest[one])
        path.append(name)
        roots = list(graph.dependents[name])
    return tuple(path)
