"""The graph by itself: without the release side, and without invoke.yaml."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import windlass.graph

EDGES = {f"windlass{name}" for name in ("", ".errors", ".inherited", ".processes", ".progress", ".shell", ".spawn")}
"""What the graph stands on: errors, programs, what a thread inherits, and what work is at."""

TASKS = """
from invoke import task as plain
from windlass.graph import need, task

@plain
def clean(c):
    print("clean ran")

@task(pre=[clean])
def number(c):
    print("number ran")
    return 5

@task(pre=[clean], post=[clean])
def build(c, n: int = need(number)):
    print("build ran", n)

@task
def last(c):
    print("last ran")
"""


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_the_graph_imports_nothing_of_the_release_side(tmp_path: Path) -> None:
    modules = sorted(path.stem for path in Path(windlass.graph.__path__[0]).glob("*.py") if path.stem != "__init__")
    lines = ["import sys", *(f"import windlass.graph.{name}" for name in modules)]
    lines.append("print(*sorted(name for name in sys.modules if name.split('.')[0] == 'windlass'))")
    done = python(tmp_path, "-c", "\n".join(lines))
    assert done.returncode == 0, done.stderr
    others = {name for name in done.stdout.split() if not name.startswith("windlass.graph")}
    assert others <= EDGES


def test_no_module_of_the_graph_names_one_of_the_release_side_late() -> None:
    """Imports inside of functions too."""
    known = ("windlass.graph", *EDGES - {"windlass"})
    for path in Path(windlass.graph.__path__[0]).glob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["from"], ["import"]) and words[1].startswith("windlass."):
                assert words[1].startswith(known), f"{path.name}: {line}"


def test_without_invoke_yaml_a_task_runs_its_needs_and_pre_and_post_run_as_invoke_says(tmp_path: Path) -> None:
    """Invoke runs `pre` and `post` of what was asked for; the graph runs needs, with theirs."""
    (tmp_path / "tasks.py").write_text(TASKS)
    done = python(tmp_path, "-m", "invoke", "build", "last", "--no-dedupe")
    assert done.returncode == 0, done.stderr
    ran = [line for line in done.stdout.splitlines() if "ran" in line]
    assert ran == ["clean ran", "clean ran", "number ran", "build ran 5", "clean ran", "last ran"]
