"""Real processes: nothing outlives its node, its run, or windlass."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from invoke.context import Context

from tests import forkserver
from windlass import shell
from windlass.errors import CancelledError, GateError, ToolError
from windlass.graph import Node, pause, run
from windlass.graph.display.view import Silent

TASKS = """
from windlass.graph import task, need, run, Node

@task
def hang(c):
    c.run("echo $$ > hang.pid; sleep 300 & echo $! > child.pid; wait")

@task
def stubborn(c):
    c.run("trap '' TERM INT; echo $$ > stubborn.pid; while :; do sleep 300 & echo $! > child2.pid; wait; done")

@task
def fails(c):
    c.run("until [ -s hang.pid ] && [ -s child.pid ]; do sleep 0.02; done; exit 7")

@task(needs=[hang, fails])
def both(c): pass

@task
def nested(c):
    from pathlib import Path
    root = Path(c.cwd)
    run([Node("inner", lambda c: hang(c))], root=root, home=root / ".windlass")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "invoke.yaml").write_text("tasks: {executor_class: windlass.graph.Executor}\n")
    return tmp_path


def inv(project: Path, *words: str) -> forkserver.Program:
    return forkserver.start("invoke", *words, cwd=project)


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        threading.Event().wait(0.01)


def pid(project: Path, name: str) -> int:
    path = project / f"{name}.pid"
    until(lambda: path.exists() and path.read_text().strip() != "")
    return int(path.read_text())


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


def test_a_failure_ends_the_siblings_and_their_children(project: Path) -> None:
    done = inv(project, "both", "--jobs", "2").ended(30)
    assert done.returncode == 1
    assert done.stderr.startswith("fails failed\n")
    assert "Traceback" not in done.stderr
    until(lambda: gone(pid(project, "hang")) and gone(pid(project, "child")))


@pytest.mark.parametrize("task", ["hang", "nested"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_windlass_is_ended(project: Path, task: str, number: signal.Signals) -> None:
    running = inv(project, task)
    pids = [pid(project, "hang"), pid(project, "child")]
    running.send_signal(number)
    assert running.ended(30).returncode == (-9 if number == signal.SIGKILL else 128 + number)
    until(lambda: all(map(gone, pids)))


def test_a_program_that_ignores_sigterm_is_killed(project: Path) -> None:
    running = inv(project, "stubborn")
    pids = [pid(project, "stubborn"), pid(project, "child2")]
    running.send_signal(signal.SIGTERM)
    running.ended(30)
    until(lambda: all(map(gone, pids)))


def test_a_timeout_ends_a_node_and_its_children(tmp_path: Path) -> None:
    body = lambda c: c.run("sleep 300 & echo $! > child.pid; wait")  # noqa: E731
    with pytest.raises(GateError) as caught:
        run([Node("slow", body, timeout_s=0.5)], root=tmp_path, home=tmp_path / ".windlass", view=Silent())
    assert caught.value.problem == "slow did not finish within 0.5 s"
    until(lambda: gone(pid(tmp_path, "child")))


def test_programs_started_by_the_shell_edge_die_with_their_node(tmp_path: Path) -> None:
    def hang(c: Context) -> None:
        shell.run(["sh", "-c", "echo $$ > child.pid; exec sleep 300"], cwd=tmp_path)

    def fail(c: Context) -> None:
        pid(tmp_path, "child")
        raise ValueError("no")

    with pytest.raises(GateError, match="fail failed"):
        run([Node("hang", hang), Node("fail", fail)], root=tmp_path, home=tmp_path / ".w", jobs=2, view=Silent())
    until(lambda: gone(pid(tmp_path, "child")))


def test_a_wait_in_a_body_ends_with_the_run(tmp_path: Path) -> None:
    seen: list[BaseException] = []
    waiting = threading.Event()

    def wait(c: Context) -> None:
        waiting.set()
        try:
            pause(300)
        except CancelledError as told:
            seen.append(told)
            raise

    def fail(c: Context) -> None:
        waiting.wait(20)
        raise ValueError("no")

    with pytest.raises(GateError):
        run([Node("wait", wait), Node("fail", fail)], root=tmp_path, home=tmp_path / ".w", jobs=2, view=Silent())
    assert [str(one) for one in seen] == ["wait was ended: fail failed"]


def test_a_program_past_its_own_deadline_takes_its_children_with_it(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"sh did not finish within 0\.5 s"):
        shell.run(["sh", "-c", "sleep 300 & echo $! > child.pid; wait"], cwd=tmp_path, timeout_s=0.5)
    until(lambda: gone(pid(tmp_path, "child")))


def test_no_program_joins_a_group_that_has_ended() -> None:
    group = shell.Group()
    assert group.start(["true"]).wait() == 0
    group.end()
    with pytest.raises(CancelledError):
        group.start(["true"])


def test_a_program_that_found_no_room_says_what_to_do() -> None:
    said = os.strerror(errno.ENOSPC)
    with pytest.raises(ToolError) as full:
        shell.run(["sh", "-c", f"echo 'fatal: unable to write: {said}' >&2; exit 128"])
    assert full.value.remedy == "make room on the disk, then run the same again: what was done stays done"
