"""The order of random graphs, and the errors of those that have none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.errors import GraphError
from windlass.graph import Node
from windlass.graph.order import critical_path, graph, remaining


def nodes(edges: dict[str, tuple[str, ...]]) -> list[Node]:
    return [Node(name, body=lambda c: None, needs=needs) for name, needs in edges.items()]


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Name → needs, in a random order of names."""
    size = draw(st.integers(0, 12))
    edges = {
        f"n{i}": tuple(f"n{j}" for j in draw(st.sets(st.integers(0, i - 1), max_size=4))) if i else ()
        for i in range(size)
    }
    return {name: edges[name] for name in draw(st.permutations(list(edges)))}


@given(acyclic())
def test_every_node_comes_after_what_it_needs(edges: dict[str, tuple[str, ...]]) -> None:
    order = graph(nodes(edges)).topological
    assert sorted(order) == sorted(edges)
    for name, needs in edges.items():
        assert all(order.index(need) < order.index(name) for need in needs)


@given(acyclic(), st.data())
def test_the_rank_is_the_longest_path_from_a_node(edges: dict[str, tuple[str, ...]], data: st.DataObject) -> None:
    seconds = {name: float(data.draw(st.integers(0, 9))) for name in edges}
    checked = graph(nodes(edges))
    rank = remaining(checked, seconds)
    for name in edges:
        assert rank[name] == seconds[name] + max((rank[one] for one in checked.dependents[name]), default=0.0)


@given(acyclic(), st.data())
def test_the_critical_path_is_a_path_and_as_long_as_the_highest_rank(
    edges: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    seconds = {name: float(data.draw(st.integers(0, 9))) for name in edges}
    checked = graph(nodes(edges))
    path = critical_path(checked, seconds)
    assert sum(seconds[name] for name in path) == max(remaining(checked, seconds).values(), default=0.0)
    assert all(before in edges[after] for before, after in pairwise(path))


@given(acyclic(), st.data())
def test_an_edge_back_is_always_found_and_its_path_is_a_cycle(
    edges: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    linked = [name for name, needs in edges.items() if needs]
    if not linked:
        return
    name = data.draw(st.sampled_from(linked))
    need = edges[name][0]
    closed = {**edges, need: (*edges[need], name)}
    with pytest.raises(GraphError) as caught:
        graph(nodes(closed))
    path = caught.value.facts["path"].split(" → ")
    assert path[0] == path[-1]
    assert all(after in closed[before] for before, after in pairwise(path))


def test_a_cycle_is_shown_with_its_path() -> None:
    with pytest.raises(GraphError) as caught:
        graph(nodes({"start": ("a",), "a": ("b",), "b": ("c",), "c": ("a",)}))
    assert str(caught.value) == (
        "the needs form a cycle\n"
        "  path: a → b → c → a\n"
        "  fix:  take one of these needs away"
    )  # fmt: skip
    assert caught.value.exit_code == 21


def test_a_need_that_is_not_there_is_told_with_the_nearest_name() -> None:
    with pytest.raises(GraphError) as caught:
        graph(nodes({"build": (), "test": ("biuld",)}))
    assert str(caught.value) == "test needs biuld, which is not there\n  fix: did you mean build?"


def test_two_nodes_of_one_name_are_refused() -> None:
    with pytest.raises(GraphError, match="two nodes are called a"):
        graph([*nodes({"a": ()}), *nodes({"a": ()})])


def test_a_chain_of_ten_thousand_is_no_recursion() -> None:
    edges: dict[str, tuple[str, ...]] = {f"n{i}": ((f"n{i - 1}",) if i else ()) for i in range(10_000)}
    assert len(graph(nodes(edges)).topological) == 10_000
