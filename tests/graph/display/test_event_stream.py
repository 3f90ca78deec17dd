"""A run followed by the process that started it: every event, in order, and nothing of what is not its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import forkserver
from windlass.graph.display.event_stream import EventPipe, EventView, follower, listening
from windlass.graph.display.view import FOLLOWED
from windlass.graph.display.view_choice import view_on
from windlass.graph.node import CACHED, DONE, NodeReport

TASKS = """
import os, signal, subprocess, sys
from pathlib import Path
from windlass.graph import Node, need, progress, run, task

@task(inputs=["in.txt"])
def kept(c):
    return 1

@task
def low(c, n: int = need(kept)):
    progress("3 of 7 MB")
    sys.stdout.buffer.write(b"caf\\xff\\n")
    print("lone \\udc80 surrogate")

@task(effect=True, pool="console", json=True)
def outer(c):
    print("the plan")
    nodes = [Node("a", lambda c: print("a writes")), Node("b", lambda c: None, needs=("a",))]
    run(nodes, root=Path(c.cwd), home=Path(c.cwd, ".windlass"))
    print("the end")
    return {"ok": True}

@task(effect=True)
def starts(c):
    done = subprocess.run([sys.executable, "-m", "invoke", "low"], capture_output=True)
    print(done.stdout.count(b"surrogate"), "shown by what it started itself")

@task(effect=True)
def dies(c):
    print("last words")
    os.kill(os.getpid(), signal.SIGKILL)
"""
INVOKE = "tasks:\n  executor_class: windlass.graph.Executor\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {"tasks.py": TASKS, "invoke.yaml": INVOKE, "in.txt": ""}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def followed(project: Path, *words: str) -> tuple[subprocess.CompletedProcess[str], list[Mapping[str, Any]]]:
    events: list[Mapping[str, Any]] = []
    with listening(events.append) as to:
        env = {**os.environ, **to.environment}
        done = forkserver.start("invoke", *words, cwd=project, env=env, fds=(to.fd,)).ended()
    return done, events


def kinds(events: list[Mapping[str, Any]]) -> list[tuple[int, str, str]]:
    """Run, kind and node of each."""
    named = [(one, one.get("name") or one.get("report", [""])[0]) for one in events]
    return [(one["run"], one["event"], name) for one, name in named]


def test_a_run_is_told_in_order_with_the_run_inside_its_node_and_the_answer_stays_alone(project: Path) -> None:
    done, events = followed(project, "outer", "--json")
    assert (done.returncode, done.stdout, done.stderr) == (0, '{\n  "ok": true\n}\n', "")
    assert [one for one in kinds(events) if one[1] not in {"wrote", "progress"}] == [
        (1, "planned", ""), (1, "started", "outer"),
        (2, "planned", ""), (2, "started", "a"), (2, "finished", "a"), (2, "started", "b"), (2, "finished", "b"),
        (2, "ended", ""),
        (1, "finished", "outer"), (1, "ended", ""),
    ]  # fmt: skip
    words = [(one["run"], one["text"]) for one in events if one["event"] == "wrote" and one["text"].strip()]
    assert words == [(1, "the plan"), (2, "a writes"), (1, "the end")]


def test_bytes_and_lone_surrogates_and_progress_come_through(project: Path) -> None:
    _, events = followed(project, "low")
    assert next(one for one in events if one["event"] == "progress")["text"] == "3 of 7 MB"
    text = next(one["text"] for one in events if one["event"] == "finished" and one["report"][0] == "low")
    assert text == "caf\ufffd\nlone \udc80 surrogate\n"


def test_a_node_that_was_up_to_date_and_silent_is_among_those_that_are_over(project: Path) -> None:
    followed(project, "low")
    _, events = followed(project, "low")
    over = [NodeReport(*fields) for one in events for fields in one.get("over", ())]
    assert [(one.name, one.state) for one in over] == [("kept", CACHED), ("low", DONE)]


def test_what_a_followed_program_starts_itself_is_shown_there_and_not_told(project: Path) -> None:
    _, events = followed(project, "starts")
    assert "".join(one["text"] for one in events if one["event"] == "wrote") == ("1 shown by what it started itself\n")
    assert {one["run"] for one in events} == {1}


def test_a_killed_program_s_events_end_and_nobody_waits_for_more(project: Path) -> None:
    done, events = followed(project, "dies")
    assert done.returncode == -9
    assert kinds(events)[-1][1] == "wrote"
    assert not any(one["event"] == "finished" for one in events)


def test_the_variable_of_another_s_pipe_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A descriptor's number says nothing: a file or another pipe may have it here."""
    read_end, write_end = os.pipe()
    with (tmp_path / "file").open("w") as file:
        names = (f"{write_end}:1", f"{file.fileno()}:{os.fstat(file.fileno()).st_ino}", "999:5", "nonsense", "")
        for name in names:
            assert follower(name) is None
            monkeypatch.setenv(FOLLOWED, name)
            assert not isinstance(view_on(file), EventView)
    os.close(read_end)
    os.close(write_end)


def test_a_line_torn_by_a_kill_is_no_event_and_a_reader_that_is_gone_fails_nothing() -> None:
    events: list[Mapping[str, Any]] = []
    with listening(events.append) as to:
        os.write(to.fd, b'{"run":1}\n{"run":')
    assert events == [{"run": 1}]
    read_end, write_end = os.pipe()
    os.close(read_end)
    EventPipe(write_end).send({"event": "said"})
    os.close(write_end)
