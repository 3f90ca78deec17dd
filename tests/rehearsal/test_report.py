"""A rehearsal as JSON: its times are the release's own."""

from __future__ import annotations

from windlass.graph.node import CACHED, DONE, NodeReport
from windlass.rehearsal.display import StepNodes
from windlass.rehearsal.report import RehearsalReport, Step

RELEASE = {
    "ok": True,
    "version": "1.3.0",
    "tag": "v1.3.0",
    "commit": "c" * 40,
    "artifacts": [],
    "channels": [],
    "wall_s": 20.0,
    "critical_path_s": 15.0,
    "nodes": [
        {"name": "build.dist", "start_s": 1.0, "end_s": 4.0, "state": "done"},
        {"name": "test", "start_s": 4.0, "end_s": 16.0, "state": "done"},
    ],
}


def test_the_release_s_nodes_stand_in_its_place_so_that_no_time_counts_twice() -> None:
    steps = (Step("copy", 0, 1), Step("seed", 1, 5), Step("release", 5, 25), Step("rollback", 25, 28))
    found = RehearsalReport(RELEASE, {"ok": True}, steps=steps).as_json()
    assert [(node["name"], node["start_s"], node["end_s"]) for node in found["nodes"]] == [
        ("copy", 0, 1), ("seed", 1, 5), ("build.dist", 6.0, 9.0), ("test", 9.0, 21.0), ("rollback", 25, 28),
    ]  # fmt: skip
    assert (found["wall_s"], found["critical_path_s"]) == (28, 23.0)


def test_what_ran_while_the_stage_was_seeded_is_told_where_it_ran_and_is_no_longer_in_the_release_s_path() -> None:
    steps = (
        Step("copy", 0, 1),
        Step("seed", 1, 5),
        Step("gates", 1, 9),
        Step("release", 9, 12),
        Step("rollback", 12, 13),
    )
    early = StepNodes((NodeReport("build.dist", 1.5, 3, DONE), NodeReport("test", 3, 9, DONE)), 7.5)
    cached = [
        {"name": "build.dist", "start_s": 0.5, "end_s": 0.6, "state": CACHED},
        {"name": "test", "start_s": 0.6, "end_s": 0.7, "state": CACHED},
        {"name": "index:demo.whl", "start_s": 1, "end_s": 3, "state": DONE},
    ]
    release = {**RELEASE, "nodes": cached, "critical_path_s": 2.2}
    found = RehearsalReport(release, {"ok": True}, steps=steps, early=early).as_json()
    assert [(node["name"], node["start_s"], node["end_s"], node["state"]) for node in found["nodes"]] == [
        ("copy", 0, 1, DONE), ("seed", 1, 5, DONE), ("build.dist", 1.5, 3, DONE), ("test", 3, 9, DONE),
        ("index:demo.whl", 10, 12, DONE), ("rollback", 12, 13, DONE),
    ]  # fmt: skip
    assert found["critical_path_s"] == 1 + 7.5 + 2.2 + 1, "copy, gates (longer than the seed), release, rollback"
