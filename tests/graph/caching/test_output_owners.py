"""What nodes say of files: checked before anything runs, and once more by what was really made."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoke.context import Context

from tests import forkserver
from windlass.errors import GateError, GraphError
from windlass.graph import Node, run
from windlass.graph.caching.file_digests import Tree, globs_match
from windlass.graph.display.view import Silent

BAD = """
from windlass.graph import task

@task
def first(c):
    print("first ran")

@task(needs=["ring_b"])
def ring_a(c): ...

@task(needs=[ring_a])
def ring_b(c): ...

@task(needs=["frist"])
def unknown(c): ...

@task(inputs=["../secret.txt"])
def outside(c): ...

@task(outputs=["dist/x"])
def one(c): ...

@task(outputs=["dist/x"])
def two(c): ...

@task(needs=[first], outputs=["dist/*.whl"])
def promises(c): ...

@task(needs=[promises])
def after(c):
    print("after ran")
"""


def inv(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return forkserver.run("invoke", *words, cwd=project)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["first", "ring-b"],
            "the needs form a cycle\n  path: ring-b → ring-a → ring-b\n  fix:  take one of these needs away\n",
        ),
        (["first", "unknown"], "unknown needs frist, which is not there\n  fix: did you mean first?\n"),
        (
            ["first", "outside"],
            "'../secret.txt' of the inputs of outside leads out of the project\n"
            "  root: {root}\n"
            "  fix:  name files below the root; what lies outside is a tool, an environment variable or a need\n",
        ),
        (
            ["first", "one", "two"],
            "one and two both make dist/x\n  fix: let one of them make it, and the other need that one\n",
        ),
    ],
)
def test_what_can_not_run_is_told_before_anything_runs_with_exit_code_21(
    tmp_path: Path, words: list[str], told: str
) -> None:
    (tmp_path / "tasks.py").write_text(BAD)
    (tmp_path / "invoke.yaml").write_text("tasks: {executor_class: windlass.graph.Executor}\n")
    done = inv(tmp_path, *words)
    assert (done.returncode, done.stderr, done.stdout) == (21, told.format(root=tmp_path), "")


def test_an_output_that_was_not_made_stops_what_needs_it_with_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(BAD)
    (tmp_path / "invoke.yaml").write_text("tasks: {executor_class: windlass.graph.Executor}\n")
    done = inv(tmp_path, "after")
    assert done.returncode == 1
    assert done.stderr == (
        "promises did not make dist/*.whl\n  fix: correct the task's outputs, or have it make what it promises\n"
    )
    assert "after ran" not in done.stdout


def writes(*paths: str) -> Callable[[Context], None]:
    def body(c: Context) -> None:
        for path in paths:
            Path(c.cwd, path).parent.mkdir(parents=True, exist_ok=True)
            Path(c.cwd, path).write_text(path)

    return body


def go(root: Path, *nodes: Node, **options: object) -> dict[str, str]:
    report = run(nodes, root=root, home=root / ".windlass", **{"view": Silent(), "jobs": 1, **options})  # type: ignore[arg-type]
    return {one.name: one.state for one in report.nodes}


@pytest.mark.parametrize(
    ("one", "two", "path"),
    [
        ("dist/x", "./dist//x", "dist/x"),
        ("dist/*.whl", "dist/*.whl", "dist/*.whl"),
        ("dist/a.whl", "dist/*.whl", "dist/a.whl"),
        ("dist/**", "dist/sub/x", "dist/sub/x"),
        ("dist", "dist/x", "dist/x"),
    ],
)
def test_two_makers_of_a_file_are_found_however_they_say_it(tmp_path: Path, one: str, two: str, path: str) -> None:
    ran: list[str] = []
    nodes = [Node(name, lambda c: ran.append("x"), outputs=(glob,)) for name, glob in (("a", one), ("b", two))]
    for order in (nodes, nodes[::-1]):
        with pytest.raises(GraphError) as caught:
            go(tmp_path, *order)
        assert caught.value.problem in {f"a and b both make {path}", f"b and a both make {path}"}
        assert caught.value.exit_code == 21
    assert not ran


def test_what_a_glob_leaves_out_another_may_make(tmp_path: Path) -> None:
    built = Node("built", writes("dist/a.whl"), outputs=("dist/*", "!dist/*.html"))
    docs = Node("docs", writes("dist/index.html"), outputs=("dist/index.html",))
    assert go(tmp_path, built, docs) == {"built": "done", "docs": "done"}
    assert go(tmp_path, built, docs) == {"built": "cached", "docs": "cached"}


def test_two_globs_that_mean_one_file_are_found_when_it_is_made(tmp_path: Path) -> None:
    wheels = Node("wheels", writes("dist/app.whl"), outputs=("dist/*.whl",))
    app = Node("app", writes("dist/app.tar"), outputs=("dist/app.*",), needs=("wheels",))
    after = Node("after", writes("dist/after"), needs=("app",))
    with pytest.raises(GraphError) as caught:
        go(tmp_path, wheels, app, after)
    assert str(caught.value) == (
        "app and wheels both make dist/app.whl\n  fix: let one of them make it, and the other need that one"
    )
    assert not (tmp_path / "dist/after").exists()


def test_reading_what_another_makes_without_waiting_for_it_is_an_error(tmp_path: Path) -> None:
    made = Node("made", writes("mid"), outputs=("mid",))
    step = Node("step", writes("step"), needs=("made",))
    reader = Node("reader", writes("end"), inputs=("mid",), outputs=("end",))
    with pytest.raises(GraphError) as caught:
        go(tmp_path, made, step, reader)
    assert str(caught.value) == (
        "reader reads mid, which made makes, and does not wait for it\n  fix: have made among the needs of reader"
    )
    waits = Node("reader", writes("end"), inputs=("mid",), outputs=("end",), needs=("step",))
    assert set(go(tmp_path, made, step, waits).values()) == {"done"}


def test_an_output_behind_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    root, other = tmp_path / "project", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    (root / "out").symlink_to(other)
    with pytest.raises(GateError) as caught:
        go(root, Node("leaks", writes("out/x"), outputs=("out/x",)))
    assert str(caught.value) == (
        "out/x, which leaks makes, lies outside of the project, behind a symbolic link\n"
        f"  folder: {other}\n"
        "  fix:    have it made below the root"
    )


@pytest.mark.parametrize("glob", ["src/[b-a].py", "!src/[b-a].py"])
def test_a_glob_that_is_none_is_told_before_anything_runs(tmp_path: Path, glob: str) -> None:
    with pytest.raises(GraphError) as caught:
        go(tmp_path, Node("first", writes("x")), Node("odd", writes("y"), inputs=("src/*", glob)))
    assert caught.value.problem == f"'{glob.removeprefix('!')}' is no glob: bad character range b-a"
    assert not (tmp_path / "x").exists()


SEGMENT = st.sampled_from(["a", "b", "ab", ".h", "*", "?", "a*", "[ab]", "**"])
GLOB = st.builds("/".join, st.lists(SEGMENT, min_size=1, max_size=3))
GLOBS = st.lists(st.builds(str.__add__, st.sampled_from(["", "", "!"]), GLOB), min_size=1, max_size=3)
FILES = ["a", "b", "ab", ".h", "d/a", "d/ab", "d/.h", "d/e/a", "a.d/b", ".d/a"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    root = tmp_path_factory.mktemp("tree")
    for path in FILES:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    return Tree(root)


@given(globs=GLOBS)
def test_what_globs_mean_without_looking_is_what_they_find(tree: Tree, globs: list[str]) -> None:
    assert tree.find(globs) == sorted(path for path in FILES if globs_match(globs, path))
