"""From declared tasks to nodes: identity, matrix, values, Invoke's pre and post, and errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from invoke.context import Context, MockContext
from invoke.tasks import Task, call

from windlass.errors import GraphError
from windlass.graph import Node, each, need, plan, task
from windlass.graph.declare.tasks_to_nodes import plan_calls


@task
def setup(c: Context, level: int = 1) -> int:
    return level


@task(needs=[setup, need(setup, level=1)], inputs=["src/*.py"], outputs=["dist/{kind}.whl"])
def dist(c: Context, kind: str = "wheel") -> str:
    return kind


@task(matrix={"python": ["3.11", "3.12"], "size": [1, 2]})
def unit(c: Context, python: str, size: int, dist: str = need(dist)) -> str:
    return f"{python} {size} {dist}"


@task
def everything(
    c: Context, all_: tuple[str, ...] = each(unit), one: str = need(unit, python="3.11", size=2)
) -> None: ...


def plain(name: str, body: Callable[..., None] | None = None) -> Task[Any]:
    """A task of Invoke's own."""
    return Task(body or (lambda c: None), name=name)


def named(nodes: tuple[Node, ...]) -> dict[str, Node]:
    return {node.name: node for node in nodes}


def test_a_default_given_and_a_default_left_out_are_one_node() -> None:
    assert [node.name for node in plan([(dist, {}), (dist, {"kind": "wheel"})])] == ["setup", "dist"]


def test_other_arguments_are_another_node_with_globs_of_its_own() -> None:
    nodes = named(plan([(dist, {"kind": "sdist"}), (dist, {})]))
    assert nodes["dist[kind=sdist]"].outputs == ("dist/sdist.whl",)
    assert nodes["dist"].outputs == ("dist/wheel.whl",)
    assert nodes["dist"].needs == ("setup",)


def test_a_matrix_is_a_node_for_each_cell() -> None:
    nodes = named(plan([(unit, {})]))
    cells = [f"unit[python={python},size={size}]" for python in ("3.11", "3.12") for size in (1, 2)]
    assert list(nodes) == ["setup", "dist", *cells]
    assert nodes[cells[3]].args == {"python": "3.12", "size": 2}
    assert nodes[cells[3]].values == {"dist": "dist"}


def test_a_cell_is_picked_by_its_text_as_the_command_line_gives_it() -> None:
    found = plan_calls([(unit, {"python": "3.12", "size": "1"})])
    assert found.asked == (("unit[python=3.12,size=1]",),)
    assert named(found.nodes)["unit[python=3.12,size=1]"].args == {"python": "3.12", "size": 1}


def test_a_cell_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    with pytest.raises(GraphError) as caught:
        plan([(unit, {"python": "2.7"})])
    assert str(caught.value) == "unit has no python 2.7\n  python: 3.11, 3.12\n  fix:    choose one of these"


def test_a_need_of_a_matrix_is_all_its_cells_and_a_pinned_one_is_its_cell() -> None:
    nodes = named(plan([(everything, {})]))
    assert nodes["everything"].values == {
        "all_": tuple(f"unit[python={python},size={size}]" for python in ("3.11", "3.12") for size in (1, 2)),
        "one": "unit[python=3.11,size=2]",
    }


def test_a_matrix_may_be_a_function_of_the_root() -> None:
    @task(matrix={"name": lambda root: [root.name]})
    def per_root(c: Context, name: str) -> None: ...

    assert [node.name for node in plan([(per_root, {})], root=Path("/some/where"))] == ["per_root[name=where]"]


def test_the_command_line_shows_a_matrix_as_options_and_no_needs() -> None:
    assert [argument.name for argument in unit.get_arguments()][:2] == ["python", "size"]
    assert not any(argument.positional for argument in unit.get_arguments())
    assert [argument.name for argument in everything.get_arguments()] == [
        "jobs",
        "keep_going",
        "force",
        "explain",
        "dry_run",
    ]


def test_a_flag_is_added_only_where_the_task_has_none_of_that_name() -> None:
    @task
    def own(c: Context, dry_run: bool = False, jobs: int = 3) -> None: ...

    assert sorted(str(argument.name) for argument in own.get_arguments()) == [
        "dry_run",
        "explain",
        "force",
        "jobs",
        "keep_going",
    ]
    assert own.split({"dry_run": True, "jobs": 3, "force": True}) == ({"dry_run": True, "jobs": 3}, {"force": True})


def test_needs_may_be_named_and_a_wrong_name_is_an_error() -> None:
    @task(needs=["build.dits"])
    def late(c: Context) -> None: ...

    with pytest.raises(GraphError) as caught:
        plan([(late, {})], tasks={"late": late, "build.dist": dist})
    assert str(caught.value) == "late needs build.dits, which is not there\n  fix: did you mean build.dist?"


def test_a_cycle_of_tasks_is_shown_with_its_path() -> None:
    @task(needs=["c"])
    def a(ctx: Context) -> None: ...

    @task(needs=[a])
    def b(ctx: Context) -> None: ...

    @task(needs=[b])
    def c(ctx: Context) -> None: ...

    with pytest.raises(GraphError) as caught:
        plan([(c, {})], tasks={"a": a, "b": b, "c": c})
    assert str(caught.value) == (
        "the needs form a cycle\n"
        "  path: c → b → a → c\n"
        "  fix:  take one of these needs away"
    )  # fmt: skip


def test_pre_and_post_keep_invokes_order() -> None:
    first = plain("first")
    second = plain("second", lambda c, x=1: None)
    after = plain("after")

    @task(pre=[first, call(second, x=2)], post=[after])
    def middle(c: Context) -> None: ...

    nodes = named(plan([(middle, {})]))
    assert nodes["second[x=2]"].needs == ("first",)
    assert nodes["middle"].needs == ("first", "second[x=2]")
    assert nodes["after"].needs == ("middle",)


def test_what_a_later_pre_needs_waits_for_the_earlier_pre() -> None:
    """`pre=[clean, build]`: nothing of build may run beside clean."""
    clean = plain("clean")

    @task
    def compile_(c: Context) -> None: ...

    @task(needs=[compile_])
    def build(c: Context) -> None: ...

    @task(clean, build)
    def all_(c: Context) -> None: ...

    assert named(plan([(all_, {})]))["compile_"].needs == ("clean",)


def test_invokes_own_tasks_keep_their_place_in_the_order_of_the_command_line() -> None:
    clean = plain("clean")
    nodes = named(plan([(setup, {}), (clean, {}), (dist, {"kind": "x"})]))
    assert nodes["clean"].needs == ("setup",)
    assert nodes["dist[kind=x]"].needs == ("setup", "clean")


def test_two_tasks_of_one_name_are_told_apart_by_their_module() -> None:
    def one(c: Context) -> None: ...

    def two(c: Context) -> None: ...

    nodes = plan([(task(name="same")(one), {}), (task(name="same")(two), {})])
    assert [node.name for node in nodes] == ["same", f"{__name__}.same"]


def test_a_task_called_as_a_function_runs_its_body_only() -> None:
    context = MockContext()
    assert unit(context, "3.11", 1, "wheel") == "3.11 1 wheel"
    with pytest.raises(TypeError, match="unit called as a function runs its body only: pass dist"):
        unit(context, "3.11", 1)


def test_a_string_where_a_list_belongs_is_an_error() -> None:
    with pytest.raises(GraphError) as caught:
        task(inputs="src/*.py")(lambda c: None)
    assert str(caught.value) == "inputs='src/*.py' is one string\n  fix: write inputs=['src/*.py']"


def test_a_chain_of_thousands_of_tasks_is_planned_without_recursion() -> None:
    last: Task[Any] = setup
    for i in range(2000):
        last = task(needs=[last], name=f"t{i}")(_another())
    assert len(plan([(last, {})])) == 2001


def _another() -> Callable[[Context], None]:
    def body(c: Context) -> None: ...

    return body
