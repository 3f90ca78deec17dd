"""The example as the benchmarks use it: a copy that is a repository, on a machine without an engine."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from windlass import shell
from windlass.graph.caching.journal import NAME
from windlass.graph.invoke.up_to_date_shortcut import FOLDER
from windlass.rehearsal.prepared_stage_cache import FOLDER as STAGES

EXAMPLE = "examples/customer-snapshot"
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
"""Without an engine no image is made: what they take says more of emulation than of windlass."""
RESULTS = ("cache", NAME, FOLDER, STAGES)
"""What holds results below `.windlass`; environments are something else."""
ENVIRONMENTS = "envs"


def copied(root: Path, project: Path) -> Path:
    """A copy of this repository's example with a history of one commit; its folder."""
    shutil.copytree(root / EXAMPLE, project, ignore=shutil.ignore_patterns(".windlass", "__pycache__", "dist", "site"))
    who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for words in (["init", "-q", "-b", "main"], ["add", "--all"], [*who, "commit", "-q", "-m", "feat: all of it"]):
        shell.run(["git", *words], cwd=project)
    return project


def forget(home: Path, names: Sequence[str] = RESULTS) -> None:
    """Remove some of what a `.windlass` folder holds."""
    for name in names:
        place = home / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
