"""Windlass's tasks beside those of a project."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Adopted = Callable[[str], Path]
Inv = Callable[..., "subprocess.CompletedProcess[str]"]
_OWN = "from invoke import task\nfrom windlass import collection\n\n\n@task\ndef {name}(c):\n    pass\n\n\n"


@pytest.mark.parametrize("name", ["test", "release", "rollback", "build"])
def test_a_task_that_is_called_as_one_of_ours_is_an_error_with_a_choice(adopted: Adopted, inv: Inv, name: str) -> None:
    root = adopted("sound")
    (root / "tasks.py").write_text(_OWN.format(name=name) + f"ns = collection()\nns.add_task({name})\n")
    ended = inv(root, "--list")
    assert ended.returncode == 24
    assert ended.stderr == (
        f"this project has a task `{name}` of its own, and windlass has one\n"
        "  where: tasks.py\n"
        "  fix:   give yours another name; or hang windlass's below a name: ns = Collection(your, tasks), then "
        'ns.add_collection(windlass.collection(), "windlass"), and `inv windlass.release`\n'
    )


def test_the_choice_works_and_other_names_are_added_as_ever(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    own = _OWN.format(name="test") + "from invoke import Collection\n\nns = Collection(test)\n"
    (root / "tasks.py").write_text(own + 'ns.add_collection(collection(), "windlass")\n')
    listed = inv(root, "--list").stdout.split()
    assert {"test", "windlass.audit", "windlass.rollback"} <= set(listed)
    (root / "tasks.py").write_text(_OWN.format(name="mine") + "ns = collection()\nns.add_task(mine)\n")
    assert "mine" in inv(root, "--list").stdout.split()


def test_windlass_runs_its_own_tasks_whatever_the_project_s_are_called(adopted: Adopted) -> None:
    root = adopted("sound")
    (root / "tasks.py").write_text("raise SystemExit('never run')\n")
    argv = [sys.executable, "-m", "windlass", "--list"]
    ended = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "rollback" in ended.stdout.split()
