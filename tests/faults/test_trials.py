"""A real release of a small real project, killed and cut at its effects, then run again: exactly once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from windlass.project import Project
from windlass.stage.history import exactly_once
from windlass.stage.rehearsal import Rehearsal, rehearsal
from windlass.stage.trials import Trials, sample

pytestmark = pytest.mark.faults

PYPROJECT = """\
[build-system]
requires = ["hatchling==1.33.0"]
build-backend = "hatchling.build"

[project]
name = "tiny-demo"
version = "1.2.2"
requires-python = ">=3.11"

[project.scripts]
tiny-demo = "tiny_demo:main"

[dependency-groups]
test = ["pytest"]

[tool.windlass]
pythons = ["3.11"]
"""
FILES = {
    "pyproject.toml": PYPROJECT,
    "tasks.py": "from windlass import collection\nns = collection()\n",
    "invoke.yaml": "tasks:\n  executor_class: windlass.graph.Executor\n",
    "src/tiny_demo/__init__.py": '__version__ = "1.2.2"\n\n\ndef main():\n    print(__version__)\n',
    "tests/test_tiny.py": "import tiny_demo\n\n\ndef test_it():\n    assert tiny_demo.__version__\n",
}
SEED = 7


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("tiny")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    with rehearsal(Project.load(folder), print) as ready:
        yield ready


def test_a_release_killed_or_cut_at_its_effects_is_finished_by_the_next_run(prepared: Rehearsal) -> None:
    trials = Trials(prepared, ("release", "--part", "minor", "--yes"))
    faults = trials.enumerate()
    tried = trials.run(sample(faults, 16, SEED), print)
    trials.restore()
    assert [str(trial) for trial in tried if trial.problems] == []
    assert sum(trial.fired for trial in tried) >= 14, "the faults must be reached"
    print(f"{sum(trial.fired for trial in tried)} faults injected of {len(faults)} that there are")


def test_deleting_what_windlass_keeps_changes_nothing_but_time(prepared: Rehearsal, tmp_path: Path) -> None:
    trials = Trials(prepared, ("release", "--part", "minor", "--yes"), "forgetting")
    faults = [fault for fault in trials.enumerate() if (fault.action, fault.when) == ("kill", "after")]
    tried = [trials.one(fault, forget=True) for fault in sample(faults, 4, SEED)]
    trials.restore()
    assert [str(trial) for trial in tried if trial.problems] == []


def test_of_two_runs_at_once_one_releases_and_the_other_touches_nothing(prepared: Rehearsal) -> None:
    trials = Trials(prepared, ("release", "--part", "minor", "--yes"), "two")
    trials.enumerate()
    trials.restore()
    seen = len(prepared.stage.effects.history())
    argv = prepared.command("release", "--part", "minor", "--yes")
    env = {**os.environ, **prepared.environment()}
    both = [
        subprocess.Popen(argv, cwd=prepared.git.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=300)[0].decode() for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes[0] == 0, said
    assert codes[1] in {50, 51}, said
    history = prepared.stage.effects.history()
    assert exactly_once(history) == ()
    tags = [effect.what for effect in history[seen:] if effect.what.startswith("refs/tags/")]
    assert tags == ["refs/tags/v1.3.0"]
    trials.restore()
