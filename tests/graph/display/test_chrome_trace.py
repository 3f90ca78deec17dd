"""A run as a Chrome trace: its form, its rows, runs inside runs, and the critical path."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from invoke.context import Context

from windlass.graph import Node, run, runs_so_far
from windlass.graph.display.chrome_trace import chrome
from windlass.graph.display.view import Silent
from windlass.graph.node import CACHED, DONE, NodeReport
from windlass.graph.report import Report, RunRecord


def slices(trace: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {event["name"]: event for event in trace["traceEvents"] if event["ph"] == "X"}


def ran(*reports: NodeReport, path: tuple[str, ...] = (), **needs: tuple[str, ...]) -> RunRecord:
    return RunRecord(100.0, Report({}, reports, 9.0, path, 0.0), needs)


def test_a_node_is_a_slice_in_microseconds_with_why_it_ran() -> None:
    trace = chrome(ran(NodeReport("build", 0.5, 2.0, DONE, "changed: a.py"), path=("build",)))
    assert slices(trace)["build"] == {
        "name": "build", "cat": "done", "ph": "X", "ts": 500_000, "dur": 1_500_000, "pid": 1, "tid": 1,
        "args": {"state": "done", "critical path": True, "needs": [], "why": "changed: a.py"},
    }  # fmt: skip
    assert trace["otherData"] == {"wall_s": 9.0, "nodes": 1, "critical_path": "build"}


def test_ten_thousand_nodes_that_were_up_to_date_leave_a_trace_without_slices() -> None:
    trace = chrome(ran(*[NodeReport(f"n{i}", 1.0, 1.0, CACHED) for i in range(10_000)]))
    assert slices(trace) == {}
    assert trace["otherData"]["nodes"] == 10_000


def test_a_run_inside_a_node_is_drawn_where_it_happened() -> None:
    inner = ran(NodeReport("test", 1.0, 2.0, DONE))._replace(began=103.0)
    outer = ran(NodeReport("release", 0.0, 6.0, DONE))
    found = slices(chrome(outer._replace(inside={"release": [inner]})))
    assert (found["test"]["ts"], found["test"]["args"]["within"]) == (4_000_000, "release")
    assert found["test"]["tid"] != found["release"]["tid"]


def test_arrows_join_the_nodes_of_the_critical_path() -> None:
    reports = [NodeReport("a", 0, 2, DONE), NodeReport("b", 0, 1, DONE), NodeReport("c", 2, 3, DONE)]
    events = chrome(ran(*reports, path=("a", "c"), c=("a", "b")))["traceEvents"]
    assert [(e["ph"], e["ts"], e["id"]) for e in events if e["cat" if "cat" in e else "ph"] == "path"] == [
        ("s", 1_999_999, 1), ("f", 2_000_000, 1),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=30))
def test_slices_of_one_row_never_overlap(times: list[tuple[int, int]]) -> None:
    """Perfetto takes overlapping slices of a row for nested ones."""
    trace = chrome(ran(*[NodeReport(f"n{i}", at, at + took, DONE) for i, (at, took) in enumerate(times)]))
    by_row: dict[int, list[tuple[int, int]]] = {}
    for event in slices(trace).values():
        by_row.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))
    for row in by_row.values():
        row.sort()
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(row))


def test_every_run_writes_its_trace_with_what_ran_inside_its_nodes(tmp_path: Path) -> None:
    home = tmp_path / ".windlass"

    def outer(c: Context) -> None:
        run([Node("inner", lambda c: c.run("true"))], root=tmp_path, home=home, view=Silent())

    run([Node("outer", outer)], root=tmp_path, home=home, view=Silent())
    found = slices(json.loads((home / "trace.json").read_text()))
    assert set(found) == {"outer", "inner"}
    start, end = found["outer"]["ts"], found["outer"]["ts"] + found["outer"]["dur"]
    assert start <= found["inner"]["ts"] <= found["inner"]["ts"] + found["inner"]["dur"] <= end
    assert [path.name for path in home.glob("trace*")] == ["trace.json"]


def test_a_trace_that_cannot_be_written_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / ".windlass" / "trace.json").mkdir(parents=True)
    report = run([Node("work", lambda c: 1)], root=tmp_path, home=tmp_path / ".windlass", view=Silent())
    assert report.ok
    assert not list((tmp_path / ".windlass").glob("trace.json.*"))


def test_a_body_can_tell_the_runs_that_it_made_and_when(tmp_path: Path) -> None:
    seen: list[tuple[float, list[str]]] = []

    def outer(c: Context) -> None:
        began = time.monotonic()
        for name in ("first", "second"):
            run([Node(name, lambda c: None)], root=tmp_path, home=tmp_path / "w", view=Silent())
        seen.extend((one.began - began, [node.name for node in one.report.nodes]) for one in runs_so_far())

    run([Node("outer", outer)], root=tmp_path, home=tmp_path / "w", view=Silent())
    assert [names for _, names in seen] == [["first"], ["second"]]
    assert 0 <= seen[0][0] < seen[1][0]
    assert runs_so_far() == ()
