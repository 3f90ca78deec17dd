"""A rehearsal as JSON: its times are the release's own."""

from __future__ import annotations

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
