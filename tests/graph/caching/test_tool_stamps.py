"""What a result depends on that is no file: commands by their version, functions by what they tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from invoke.context import Context

from windlass.errors import GraphError
from windlass.graph import Node, Report, run, task
from windlass.graph.declare.tasks_to_nodes import plan
from windlass.graph.display.plain import Plain


def go(root: Path, *nodes: Node) -> Report:
    return run(nodes, root=root, home=root / ".windlass", view=Plain(lambda _: None), jobs=1)


def ran(report: Report) -> dict[str, str]:
    """Node → why it ran, of those that did."""
    return {one.name: one.why for one in report.nodes if one.state == "done"}


def season(root: Path) -> str:
    return (root.parent / "season").read_text()


def weather(root: Path, where: str) -> str:
    return (root.parent / f"weather-{where}").read_text()


@task(inputs=["in"], tools=[season, weather], matrix={"where": ["hills", "sea"]})
def walk(c: Context, where: str) -> str:
    return where


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "in").write_text("in")
    for name in ("season", "weather-hills", "weather-sea"):
        (tmp_path / name).write_text("fair")
    return root


def test_while_it_tells_the_same_all_is_up_to_date(root: Path) -> None:
    nodes = plan([(walk, {})], root=root)
    assert len(ran(go(root, *nodes))) == 2
    assert ran(go(root, *nodes)) == {}


def test_what_it_tells_counts_and_is_named(root: Path) -> None:
    nodes = plan([(walk, {})], root=root)
    go(root, *nodes)
    (root.parent / "season").write_text("winter")
    assert ran(go(root, *nodes)) == dict.fromkeys(("walk[where=hills]", "walk[where=sea]"), "changed: season")


def test_what_it_tells_of_an_argument_counts_for_nodes_with_that_argument(root: Path) -> None:
    nodes = plan([(walk, {})], root=root)
    go(root, *nodes)
    (root.parent / "weather-sea").write_text("storm")
    assert ran(go(root, *nodes)) == {"walk[where=sea]": "changed: weather"}


def test_what_was_told_before_is_found_again(root: Path) -> None:
    nodes = plan([(walk, {})], root=root)
    for text in ("fair", "storm"):
        (root.parent / "season").write_text(text)
        assert len(ran(go(root, *nodes))) == 2
    (root.parent / "season").write_text("fair")
    assert ran(go(root, *nodes)) == {}


def test_a_function_that_takes_what_the_node_does_not_have_is_an_error(root: Path) -> None:
    odd = Node("odd", lambda c: None, inputs=("in",), tools=(weather,))
    with pytest.raises(GraphError) as raised:
        go(root, odd)
    assert str(raised.value) == (
        "weather, which tells what a node depends on, takes where\n"
        "  fix: have it take root, or an argument of the task, by its name"
    )


def turned(root: Path) -> None:
    (root.parent / "season").write_text("winter")


def test_what_it_tells_otherwise_after_a_body_is_asked_for_before_the_next_is_looked_up(root: Path) -> None:
    """A result for what was so when the run began would be taken for what is so now."""
    early = Node("early", lambda c: None, inputs=("in",), tools=(season,))
    calm = Node("passed", lambda c: None, ("early",), effect=True)
    passed = Node("passed", lambda c: turned(root), ("early",), effect=True)
    seen = Node("seen", lambda c: (root.parent / "season").read_text(), ("passed",), inputs=("in",), tools=(season,))
    assert go(root, early, calm, seen).values["seen"] == "fair"
    assert go(root, early, passed, seen).values["seen"] == "winter"


def test_a_body_that_changes_what_its_tool_tells_leaves_nothing_to_keep(root: Path) -> None:
    def body(c: Context) -> str:
        text = (root.parent / "season").read_text()
        (root.parent / "season").write_text("winter")
        return text

    node = Node("changing", body, inputs=("in",), tools=(season,))
    assert go(root, node).values["changing"] == "fair"
    (root.parent / "season").write_text("fair")
    assert ran(go(root, node)) == {"changing": "what its tools tell changed while it ran"}
