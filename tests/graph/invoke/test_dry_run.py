"""What a run would do, told without doing it; and what `--explain` says, in the words of the same reasons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import forkserver

TASKS = """
from windlass.graph import need, task

@task(inputs=["in.txt"], outputs=["mid.txt"])
def build(c):
    print("building")
    c.run("cat in.txt > mid.txt")

@task(inputs=["mid.txt"], outputs=["end.txt"], needs=[build])
def finish(c):
    c.run("cp mid.txt end.txt")

@task(needs=[finish])
def check(c, json: bool = False):
    return {"ok": True}

@task(effect=True, needs=[check])
def push(c): pass

@task
def fails(c):
    c.run("echo E501 too long; exit 3")

@task
def refuses(c):
    from windlass.errors import ConflictError
    raise ConflictError("other bytes are there", remedy="look")

@task
def fails_too(c):
    c.run("echo E502; exit 4")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "invoke.yaml").write_text("tasks: {executor_class: windlass.graph.Executor}\n")
    (tmp_path / "in.txt").write_text("one\n")
    return tmp_path


def inv(root: Path, *words: str, code: int = 0) -> str:
    done = forkserver.run("invoke", *words, cwd=root)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_dry_run_says_of_each_node_what_it_would_do_and_why_and_does_nothing(root: Path) -> None:
    assert inv(root, "push", "--dry-run") == (
        "build   runs: it has not run here yet\n"
        "finish  depends on build\n"
        "check   runs: it has no inputs or outputs\n"
        "push    runs: it is an effect\n"
    )
    assert {path.name for path in root.iterdir()} - {"__pycache__", ".windlass"} == {
        "in.txt", "invoke.yaml", "tasks.py",
    }  # fmt: skip


def test_dry_run_knows_what_is_up_to_date_what_changed_and_what_is_forced(root: Path) -> None:
    inv(root, "finish")
    assert inv(root, "finish", "--dry-run") == "build   up to date\nfinish  up to date\n"
    assert inv(root, "finish", "--dry-run", "--force") == "build   runs: --force\nfinish  runs: --force\n"
    (root / "in.txt").write_text("two\n")
    assert inv(root, "finish", "--dry-run") == "build   runs: changed: in.txt\nfinish  depends on build\n"
    (root / "in.txt").unlink()
    assert inv(root, "build", "--dry-run") == "build  runs: build reads in.txt, which is not there\n"


def test_dry_run_as_json(root: Path) -> None:
    found = json.loads(inv(root, "check", "--dry-run", "--json"))
    assert found["nodes"][:2] == [
        {"name": "build", "state": "runs", "why": "it has not run here yet"},
        {"name": "finish", "state": "depends", "why": "on build"},
    ]


def test_explain_says_of_each_node_why_it_ran_or_that_it_was_up_to_date(root: Path) -> None:
    inv(root, "push")
    (root / "in.txt").write_text("one\n")
    out = inv(root, "push", "--explain")
    assert "building\n── build up to date\n" in out
    assert "── finish up to date\n" in out
    assert ": it is an effect\n" in out
    (root / "in.txt").write_text("two\n")
    assert ": changed: in.txt\n" in inv(root, "push", "--explain")


def test_json_is_alone_on_standard_output(root: Path) -> None:
    assert json.loads(inv(root, "check", "--json")) == {"ok": True}


def test_with_keep_going_every_failure_is_repeated_last_with_its_words(root: Path) -> None:
    assert inv(root, "fails", "fails-too", "finish", "--keep-going", "--jobs", "1", code=1) == (
        "2 nodes failed: fails, fails-too\n"
        "  fails:     fails failed\n"
        "               it said: E501 too long\n"
        "                        exited with 3: echo E501 too long; exit 3\n"
        "  fails-too: fails-too failed\n"
        "               it said: E502\n"
        "                        exited with 4: echo E502; exit 4\n"
    )
    assert (root / "end.txt").exists()


@pytest.mark.parametrize("jobs", ["abc", "0", "-1", "", "1.5"])
def test_jobs_is_a_number_from_1(root: Path, jobs: str) -> None:
    assert inv(root, "build", f"--jobs={jobs}", code=24) == (
        f"--jobs takes a number from 1, and {jobs} is none\n  fix: correct it\n"
    )


def test_an_error_of_a_run_of_one_node_is_said_once_and_is_in_the_node_s_log(root: Path) -> None:
    done = forkserver.run("invoke", "refuses", cwd=root)
    assert (done.returncode, done.stdout, done.stderr) == (50, "", "other bytes are there\n  fix: look\n")
    assert (root / ".windlass/logs/refuses.log").read_text() == done.stderr
