"""A graph drawn, with names that want to be more than names; and `inv graph`, which runs nothing."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import forkserver
from windlass.graph import Node
from windlass.graph.display.graph_drawing import as_json, dot, mermaid, text

NODES = (
    Node("dist", lambda c: None, inputs=("src/**",), outputs=("dist/*",)),
    Node("unit[python=3.11]", lambda c: None, needs=("dist",), args={"python": "3.11"}),
    Node("unit[python=3.12]", lambda c: None, needs=("dist",), args={"python": "3.12"}),
    Node("push", lambda c: None, needs=("unit[python=3.11]", "unit[python=3.12]"), effect=True, pool="console"),
)
HOSTILE = '"]; x --> y\n%% {{`$(id)`}} <script>&quot;\\ \x1b[2J end'


def test_as_text_a_node_stands_above_what_it_needs_and_is_unfolded_once() -> None:
    assert text(NODES) == (
        "push  (effect, console)\n"
        "├─ unit[python=3.11]\n"
        "│  └─ dist\n"
        "└─ unit[python=3.12]\n"
        "   └─ dist\n"
    )  # fmt: skip
    twice = (*NODES, Node("also", lambda c: None, needs=("push",)), Node("again", lambda c: None, needs=("push",)))
    assert text(twice).endswith("again\n└─ push  (effect, console)  (see above)\n")


def test_as_mermaid_cells_of_a_matrix_are_together_and_effects_are_hexagons() -> None:
    assert mermaid(NODES) == (
        "flowchart LR\n"
        '  n0["dist"]\n'
        '  subgraph n1_cells["unit"]\n'
        '  n1["unit#91;python=3.11#93;"]\n'
        '  n2["unit#91;python=3.12#93;"]\n'
        "  end\n"
        '  n3{{"push"}}\n'
        "  n0 --> n1\n"
        "  n0 --> n2\n"
        "  n1 --> n3\n"
        "  n2 --> n3\n"
    )


def test_as_dot_likewise() -> None:
    assert dot(NODES) == (
        "digraph windlass {\n"
        "  rankdir=LR;\n"
        '  node [shape=box, fontname="sans-serif"];\n'
        '  n0 [label="dist"];\n'
        '  subgraph cluster_1 { label="unit";\n'
        '  n1 [label="unit[python=3.11]"];\n'
        '  n2 [label="unit[python=3.12]"];\n'
        "  }\n"
        '  n3 [label="push", shape=hexagon];\n'
        "  n0 -> n1;\n"
        "  n0 -> n2;\n"
        "  n1 -> n3;\n"
        "  n2 -> n3;\n"
        "}\n"
    )


def test_as_json_a_node_has_its_needs_arguments_and_files() -> None:
    first, second, *_ = as_json(NODES)["nodes"]
    assert first == {
        "name": "dist", "needs": [], "args": {}, "effect": False, "cached": True, "pool": "cpu",
        "inputs": ["src/**"], "outputs": ["dist/*"],
    }  # fmt: skip
    assert (second["needs"], second["args"], second["cached"]) == (["dist"], {"python": "3.11"}, False)


@given(st.text(min_size=1))
def test_no_name_leaves_its_label(name: str) -> None:
    """Whatever a node is called, the drawing has the same lines as if it were called `x`."""
    nodes = (Node(name, lambda c: None), Node("after", lambda c: None, needs=(name,), effect=True))
    label = r"[\w .,=#;]*"
    assert re.fullmatch(
        rf'flowchart LR\n  n0\["{label}"\]\n  n1\{{\{{"after"\}}\}}\n  n0 --> n1\n', mermaid(nodes), re.ASCII
    )
    quoted = r'(?:[^"\\\n]|\\.)*'
    *_, labelled, after, edge, end = re.split("(?<=\n)", dot(nodes).removesuffix("\n"))
    assert re.fullmatch(rf'  n0 \[label="{quoted}"\];\n', labelled)
    assert (after, edge, end) == ('  n1 [label="after", shape=hexagon];\n', "  n0 -> n1;\n", "}")
    assert text(nodes).count("\n") == 2


def test_a_hostile_name_is_shown_and_does_nothing() -> None:
    nodes = (Node(HOSTILE, lambda c: None),)
    assert text(nodes) == '"]; x --> y\\n%% {{`$(id)`}} <script>&quot;\\ \\x1b[2J end\n'
    assert '\\"]; x --> y\\\\n%%' in dot(nodes)
    assert "<script>" not in mermaid(nodes)


TASKS = """
from windlass.graph import need, task
from windlass.tasks.graph import graph

@task
def build(c):
    c.run("touch built")

@task(matrix={"python": ["3.11", "3.12"]})
def unit(c, python, made=need(build)):
    pass

@task(effect=True, needs=[unit])
def push(c, to):
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "invoke.yaml").write_text("tasks: {executor_class: windlass.graph.Executor}\n")
    return tmp_path


def inv(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return forkserver.run("invoke", *words, cwd=project)


def test_inv_graph_draws_the_tasks_that_stand_beside_it_and_runs_none(project: Path) -> None:
    assert inv(project, "graph", "push", "--to", "x").stdout == (
        "push[to=x]  (effect)\n├─ unit[python=3.11]\n│  └─ build\n└─ unit[python=3.12]\n   └─ build\n"
    )
    assert not (project / "built").exists()
    assert not (project / ".windlass").exists()


def test_inv_graph_alone_draws_every_task_also_one_that_must_be_given_something(project: Path) -> None:
    found = json.loads(inv(project, "graph", "--json").stdout)
    assert [node["name"] for node in found["nodes"]] == [
        "build", "unit[python=3.11]", "unit[python=3.12]", 'push[to="…"]',
    ]  # fmt: skip


def test_inv_graph_knows_its_formats(project: Path) -> None:
    assert inv(project, "graph", "--format", "dot", "build").stdout.startswith("digraph windlass {")
    wrong = inv(project, "graph", "--format", "png", "build")
    assert (wrong.returncode, wrong.stderr) == (
        24, "a graph can't be drawn as png\n  fix: choose one of text, mermaid, dot\n",
    )  # fmt: skip


def test_without_windlass_s_executor_inv_graph_says_so_and_the_others_do_not_run(project: Path) -> None:
    (project / "invoke.yaml").unlink()
    ended = inv(project, "graph", "build")
    assert ended.returncode == 21
    assert ended.stderr.startswith("graph draws what windlass's executor would run, and that is not in use here\n")
    assert not (project / "built").exists()
