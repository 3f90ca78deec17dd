"""Whole runs in this process: values, skipping, restoring, failures, nested runs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from invoke.context import Context

from windlass.errors import ConflictError, GateError, GraphError
from windlass.graph import Node, Report, run
from windlass.graph.display.plain import Plain
from windlass.graph.display.view import Silent


@dataclass(frozen=True)
class Built:
    name: str
    at: Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "in").mkdir(parents=True)
    (root / "in" / "a.txt").write_text("one\n")
    return root


class Counted:
    """A body that counts its calls and copies in/ to out/."""

    def __init__(self) -> None:
        self.calls = 0

    def node(self, **options: object) -> Node:
        return Node("copy", self.copy, inputs=("in/*.txt",), outputs=("out/all.txt",), result=Built, **options)  # type: ignore[arg-type]

    def copy(self, c: Context) -> Built:
        self.calls += 1
        root = Path(c.cwd)
        print("copying")
        (root / "out").mkdir(exist_ok=True)
        (root / "out" / "all.txt").write_text("".join(p.read_text() for p in sorted(root.glob("in/*.txt"))))
        return Built("all", root / "out" / "all.txt")


def go(*nodes: Node, root: Path, home: Path | None = None, **options: object) -> Report:
    return run(nodes, root=root, home=home or root / ".windlass", **{"view": Silent(), **options})  # type: ignore[arg-type]


def states(report: Report) -> dict[str, str]:
    return {one.name: one.state for one in report.nodes}


def test_a_value_flows_to_what_needs_it_also_when_its_node_was_skipped(project: Path) -> None:
    copy = Counted()
    seen: list[Built] = []
    use = Node("use", lambda c, built: seen.append(built), values={"built": "copy"})
    first = go(copy.node(), use, root=project)
    second = go(copy.node(), use, root=project)
    assert states(first) == {"copy": "done", "use": "done"}
    assert states(second) == {"copy": "cached", "use": "done"}
    assert seen == [Built("all", project / "out/all.txt")] * 2
    assert second.values["copy"] == seen[0]
    assert copy.calls == 1


def test_a_changed_input_runs_it_again_and_the_old_input_is_found_again(project: Path) -> None:
    copy = Counted()
    go(copy.node(), root=project)
    (project / "in/a.txt").write_text("two\n")
    go(copy.node(), root=project)
    assert copy.calls == 2
    (project / "in/a.txt").write_text("one\n")
    go(copy.node(), root=project)
    assert copy.calls == 2
    assert (project / "out/all.txt").read_text() == "one\n"


def test_a_hit_brings_back_outputs_that_are_gone_and_replays_the_log(project: Path) -> None:
    copy = Counted()
    go(copy.node(), root=project)
    shutil.rmtree(project / "out")
    told: list[str] = []
    go(copy.node(), root=project, view=Plain(told.append))
    assert copy.calls == 1
    assert (project / "out/all.txt").read_text() == "one\n"
    assert "".join(told) == "copying\n"


def test_a_copy_of_the_project_elsewhere_hits_with_the_same_home(project: Path, tmp_path: Path) -> None:
    copy = Counted()
    home = tmp_path / "home"
    go(copy.node(), root=project, home=home)
    twin = tmp_path / "elsewhere" / "twin"
    shutil.copytree(project / "in", twin / "in")
    report = go(copy.node(), root=twin, home=home)
    assert states(report) == {"copy": "cached"}
    assert report.values["copy"] == Built("all", twin / "out/all.txt")
    assert (twin / "out/all.txt").read_text() == "one\n"


def test_without_its_home_everything_runs_again(project: Path) -> None:
    copy = Counted()
    go(copy.node(), root=project)
    shutil.rmtree(project / ".windlass")
    assert states(go(copy.node(), root=project)) == {"copy": "done"}
    assert copy.calls == 2


def test_an_effect_runs_every_time(project: Path) -> None:
    copy = Counted()
    go(copy.node(effect=True), root=project)
    assert states(go(copy.node(effect=True), root=project)) == {"copy": "done"}
    assert copy.calls == 2


def test_force_runs_what_is_up_to_date(project: Path) -> None:
    copy = Counted()
    go(copy.node(), root=project)
    assert states(go(copy.node(), root=project, force=True)) == {"copy": "done"}


def test_an_equal_rebuild_stops_there(project: Path) -> None:
    """The digest of what a need made counts, not that it ran."""
    ran: list[str] = []

    def normalise(c: Context) -> None:
        ran.append("normalise")
        Path(c.cwd, "mid.txt").write_text(Path(c.cwd, "in/a.txt").read_text().strip())

    def finish(c: Context) -> None:
        ran.append("finish")
        Path(c.cwd, "end.txt").write_text("end")

    graph = (
        Node("normalise", normalise, inputs=("in/a.txt",), outputs=("mid.txt",)),
        Node("finish", finish, needs=("normalise",), inputs=("mid.txt",), outputs=("end.txt",)),
    )
    go(*graph, root=project)
    (project / "in/a.txt").write_text("one\n\n")
    assert states(go(*graph, root=project)) == {"normalise": "done", "finish": "cached"}
    assert ran == ["normalise", "finish", "normalise"]


def test_a_tampered_file_in_the_cache_is_refused_and_made_again(project: Path) -> None:
    copy = Counted()
    go(copy.node(), root=project)
    for path in (project / ".windlass/cache/files").rglob("*"):
        if path.is_file():
            path.write_text("evil\n")
    shutil.rmtree(project / "out")
    assert states(go(copy.node(), root=project)) == {"copy": "done"}
    assert (project / "out/all.txt").read_text() == "one\n"
    shutil.rmtree(project / "out")
    assert states(go(copy.node(), root=project)) == {"copy": "cached"}


def test_a_tampered_entry_in_the_cache_is_refused_and_made_again(project: Path) -> None:
    copy = Counted()
    go(copy.node(), root=project)
    (project / ".windlass/journal.jsonl").unlink()
    for path in (project / ".windlass/cache/entries").rglob("*"):
        if path.is_file():
            told = path.read_bytes().replace(rb"\"all\"", rb"\"bad\"")  # its value; the files stay as they are
            assert b"bad" in told
            path.write_bytes(told)
    report = go(copy.node(), root=project)
    assert states(report) == {"copy": "done"}
    assert report.values["copy"].name == "all"


def test_a_nodes_own_error_comes_through_with_its_exit_code(project: Path) -> None:
    def body(c: Context) -> None:
        raise ConflictError("other bytes are there", facts={"here": "1"}, remedy="look")

    with pytest.raises(ConflictError) as caught:
        go(Node("push", body, effect=True), root=project)
    assert str(caught.value) == "other bytes are there\n  here: 1\n  fix:  look"


def test_any_other_failure_is_a_gate_error_with_the_last_lines(project: Path) -> None:
    with pytest.raises(GateError) as caught:
        go(Node("lint", lambda c: c.run("echo E501 too long; exit 2")), root=project)
    assert str(caught.value) == (
        "lint failed\n"
        "  it said: E501 too long\n"
        "           exited with 2: echo E501 too long; exit 2"
    )  # fmt: skip


def test_with_keep_going_the_report_comes_back_and_names_every_failure(project: Path) -> None:
    nodes = [Node(name, lambda c: c.run("exit 1")) for name in ("a", "b")]
    after = Node("after", lambda c: None, needs=("a",))
    fine = Node("fine", lambda c: None)
    report = go(*nodes, after, fine, root=project, keep_going=True, jobs=1)
    assert states(report) == {"a": "failed", "b": "failed", "fine": "done", "after": "left"}
    assert report.error is not None
    assert report.error.problem == "2 nodes failed: a, b"


def test_an_output_that_was_not_made_fails_the_node(project: Path) -> None:
    with pytest.raises(GateError) as caught:
        go(Node("dist", lambda c: None, outputs=("dist/*.whl",)), root=project)
    assert str(caught.value) == (
        "dist did not make dist/*.whl\n  fix: correct the task's outputs, or have it make what it promises"
    )


def test_outputs_that_are_optional_may_be_none_and_that_is_up_to_date_afterwards(project: Path) -> None:
    node = Node("sbom", lambda c: None, outputs=("dist/*.json",), optional_outputs=True)
    assert states(go(node, root=project)) == {"sbom": "done"}
    assert states(go(node, root=project)) == {"sbom": "cached"}


def test_an_input_that_is_not_there_fails_the_node(project: Path) -> None:
    with pytest.raises(GateError) as caught:
        go(Node("read", lambda c: None, inputs=("gone.txt",)), root=project)
    assert str(caught.value) == (
        "read reads gone.txt, which is not there\n  fix: make that file, or have the task that makes it among its needs"
    )


@pytest.mark.parametrize("glob", ["../secret", "/etc/passwd", "a/../../b"])
def test_an_input_outside_the_project_is_an_error_before_anything_runs(project: Path, glob: str) -> None:
    ran: list[str] = []
    with pytest.raises(GraphError) as caught:
        go(Node("first", lambda c: ran.append("x")), Node("read", lambda c: None, inputs=(glob,)), root=project)
    assert caught.value.problem == f"'{glob}' of the inputs of read leads out of the project"
    assert not ran


def test_two_makers_of_one_output_are_an_error_before_anything_runs(project: Path) -> None:
    nodes = [Node(name, lambda c: None, outputs=("dist/x",)) for name in ("a", "b")]
    with pytest.raises(GraphError) as caught:
        go(*nodes, root=project)
    assert str(caught.value) == (
        "a and b both make dist/x\n  fix: let one of them make it, and the other need that one"
    )


def test_retries_run_a_flaky_body_again(project: Path) -> None:
    calls: list[int] = []

    def flaky(c: Context) -> int:
        calls.append(1)
        if len(calls) < 3:
            raise OSError("connection reset")
        return len(calls)

    assert go(Node("fetch", flaky, retries=2), root=project).values["fetch"] == 3


def test_bodies_start_in_the_root_and_may_cd_without_disturbing_each_other(project: Path) -> None:
    folders = [project / f"d {i}" for i in range(6)]
    for folder in folders:
        folder.mkdir()

    def body(c: Context, folder: str) -> str:
        assert Path(c.cwd) == project
        with c.cd(folder):
            return str(c.run("pwd").stdout.strip())

    nodes = [Node(f"n{i}", body, args={"folder": folder.name}) for i, folder in enumerate(folders)]
    report = go(*nodes, root=project, jobs=6)
    assert [report.values[f"n{i}"] for i in range(6)] == [str(folder) for folder in folders]


def test_words_of_nodes_side_by_side_are_never_mixed(project: Path) -> None:
    def body(c: Context, word: str) -> None:
        for _ in range(50):
            print(word)
        c.run(f"for i in 1 2 3 4 5; do echo {word}; done")

    told: list[str] = []
    nodes = [Node(word, body, args={"word": word}) for word in ("ant", "bee", "cat")]
    go(*nodes, root=project, jobs=3, view=Plain(told.append))
    lines = "".join(told).splitlines()
    for word in ("ant", "bee", "cat"):
        first = lines.index(f"── {word}")
        assert lines[first + 1 : first + 56] == [word] * 55


def test_a_run_inside_a_body_is_shown_in_that_nodes_words(project: Path) -> None:
    def outer(c: Context) -> str:
        inner = [Node("x", lambda c: print("inside")), Node("y", lambda c: "why", needs=("x",))]
        return str(run(inner, root=project, home=project / ".windlass").values["y"])

    told: list[str] = []
    report = go(Node("outer", outer), Node("other", lambda c: None), root=project, view=Plain(told.append))
    assert report.values["outer"] == "why"
    text = "".join(told)
    assert text.index("── outer\n── x\ninside\n") < text.index("── outer done")
